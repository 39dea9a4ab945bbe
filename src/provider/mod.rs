//! The door to AWS: what the engine asks and orders, in the engine's own words.
//!
//! [`Reader`] can only look; drift and plan get no more than that (design §3.10). [`Provider`] adds
//! the writes, and only an apply holds one. The one real implementation is [`aws`]; the
//! [`faulty`] wrapper stands in front of any other and fails on demand.

mod assess;
pub mod aws;
mod code;
mod error;
mod executions;
pub mod faulty;
mod observe;
mod resolve;
mod traits;

pub use assess::{assess, settle};
pub use code::{Code, StoredObject};
pub use error::{FailureKind, ProviderError};
pub use observe::{Observed, observe, observe_function, observe_machine};
pub use resolve::resolve;
pub use traits::{
    ExecutionDefinition, FunctionListing, Identity, LivePackage, MachineUpdate, Named, Provider, Reader,
    RunningExecution, RunningList,
};
