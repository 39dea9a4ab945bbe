//! The differences: desired against live, and recorded against live.
//!
//! Everything here is a pure function from values to values. It decides what differs and what an
//! alias resolves to; it does not order anything and does not know what an action is (that is
//! [`crate::plan`]). Drift is here too, because drift is a difference and never becomes an action.

mod alias;
mod calls;
mod drift;
mod function;
mod function_alias;
mod hold;
mod intent;
mod line;
mod machine;
mod machine_line;
mod retention;
mod versions;

pub use alias::{AliasChange, AliasIssue, AliasResolution, Resolving, resolve_aliases};
pub use calls::{Call, Through, calls};
pub use drift::{Drift, DriftInputs, DriftItem, DriftVerdict, Moved, Unanswered, drift};
pub use function::{LatestChange, Package, latest_change};
pub use function_alias::{function_alias_issues, latest_version};
pub use hold::{is_as_left, latest_mark};
pub use intent::{AliasIntent, AliasIntents, Intended, IntendedPlace, IntentKind, Once, WishIssue};
pub use line::{Line, LineAlias, LineVersion, Past};
pub use machine::{
    MachineChange, MachineIssue, ManagedFunction, ReferenceEdit, Surroundings, machine_change,
    named_machine_versions, pinned_functions, pinned_versions, pinning_states,
};
pub use machine_line::{known_versions, latest_machine_version, machine_fingerprint, unknown_versions};
pub use retention::{KeepReason, KeptVersion, RetentionInput, RetentionOutcome, retain};
pub use versions::{VariableNames, VersionComparison, VersionSide, compare_versions};
