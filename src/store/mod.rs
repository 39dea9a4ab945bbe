//! Everything on disk under `state/<environment>/`: the state, the lock, the journal, the
//! deployment manifests and the kept definitions.
//!
//! [`Store`] reads; [`LockedStore`], which only [`Store::lock`] gives, is the only writer. A file
//! is replaced by a synced neighbour or appended to and synced, so a crash leaves the old or the
//! new. Nothing is ever lost: what cannot be read is an error and is not written over. Times and
//! random numbers are arguments; this module knows neither AWS nor what a plan is.
//!
//! ```text
//! state/dev/  state.json          what we last applied or adopted; replaced as a whole
//!             lock                who holds the lock; it is the lock of the system that counts
//!             journal.jsonl       intent -> outcome of the open deployment; empty when it finished
//!             deployments/<id>.json
//!             definitions/<sha256>.json
//! ```

pub mod atomic;
mod deployment;
mod difference;
mod error;
mod formats;
mod journal;
mod local;
mod lock;
mod locked;
mod manifest;
mod state_file;

pub use deployment::DeploymentId;
pub use difference::{Compared, Difference, differences};
pub use error::StoreError;
pub use journal::{GroupTurn, Interrupted, JournalEntry, JournalHeader, Outcome};
pub use local::Store;
pub use lock::{Lock, LockInfo};
pub use locked::LockedStore;
pub use manifest::{
    DeploymentOutcome, GitInfo, Layout, Manifest, ManifestAction, ManifestFunction, ManifestMachine,
};
pub use state_file::{Lineage, StateFile};
