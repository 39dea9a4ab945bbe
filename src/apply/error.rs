//! Why an apply did not begin, or lost its footing on disk.

use crate::{model::Address, provider::ProviderError, store::StoreError};

/// Why an apply did not begin, or could not go on. Failures of single actions are outcomes, not
/// errors.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The world moved since the plan was made; nothing was sent.
    #[error("the plan is stale: {}", moved_words(.0))]
    Stale(Vec<(Address, String)>),
    /// The plan was made on another state file.
    #[error("the plan was made on state {planned}, and the state here is {found}")]
    OtherLineage {
        /// The lineage in the plan.
        planned: String,
        /// The lineage of the state.
        found: String,
    },
    /// The code is not the one that was planned.
    #[error("`{address}` packs to {actual}, and the plan has {planned}")]
    OtherPackage {
        /// The code's address.
        address: Address,
        /// The planned hash.
        planned: String,
        /// What it packs to now.
        actual: String,
    },
    /// Environment variables have no value here; nothing was sent.
    #[error("the plan sets environment variables whose values cannot be read here")]
    Values(Vec<Unreadable>),
    /// The apply had begun when this happened; something may have been sent, and the journal is open.
    #[error(transparent)]
    Begun(Box<ApplyError>),
    /// A file of the state could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// AWS could not be read.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// An environment variable that has no value here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The action that sets it.
    pub address: Address,
    /// Which variable, and why it has none.
    pub message: String,
    /// What to do.
    pub help: String,
}

fn moved_words(moved: &[(Address, String)]) -> String {
    moved.iter().map(|(address, what)| format!("`{address}` {what}")).collect::<Vec<_>>().join("; ")
}
