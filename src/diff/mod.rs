//! The differences: desired against live, and recorded against live.
//!
//! Everything here is a pure function from values to values. It decides what differs and what an
//! alias resolves to; it does not order anything and does not know what an action is (that is
//! [`crate::plan`]). Drift is here too, because drift is a difference and never becomes an action.

mod alias;
mod drift;
mod function;
mod machine;
mod retention;

pub use alias::{AliasChange, AliasIssue, AliasResolution, resolve_aliases};
pub use drift::{Drift, DriftInputs, DriftItem, DriftVerdict, Moved, Unanswered, drift};
pub use function::{LatestChange, Package, latest_change};
pub use machine::{
    MachineChange, MachineIssue, ManagedFunction, ReferenceEdit, Surroundings, machine_change,
    pinned_versions,
};
pub use retention::{KeepReason, KeptVersion, RetentionInput, RetentionOutcome, retain};
