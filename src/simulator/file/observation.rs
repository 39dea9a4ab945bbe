//! What a snapshot says of itself: of which account it is, when it was taken, and what was looked for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{EnvironmentName, FunctionName, MachineName, Place, ProjectName};

/// The head of a snapshot. An account that was changed since has none any more: it is nobody's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The project whose functions and machines were looked for.
    pub project: ProjectName,
    /// Its environment.
    pub environment: EnvironmentName,
    /// The account, partition and region that were looked at.
    pub place: Place,
    /// When.
    pub taken: Timestamp,
    /// The functions that were looked for, also those that are not there. Of others nothing is known.
    pub functions: BTreeSet<FunctionName>,
    /// The machines that were looked for.
    pub machines: BTreeSet<MachineName>,
}
