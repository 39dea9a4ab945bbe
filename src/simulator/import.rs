//! Rebuilds an account from what the engine observed of one: the inverse of reading it.
//!
//! What was observed comes out again as it went in, revisions included, so a plan that reads the copy is the plan that
//! reads the account. What nobody can observe is made up as little as possible, and never in a way that a plan could see:
//! the bytes of packages are not there, the highest number ever given is the highest that was seen, and whether `$LATEST`
//! was touched since its last publish is told by whether it differs from it (R8).

use super::lambda;
use super::refusal::Refusal;
use super::states;
use super::world::Scene;
use crate::model::{Live, LiveFunction, LiveMachine, Presence, Tokens, VersionNumber};

/// Why an account cannot be rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The versions and aliases of a machine were not asked for.
    #[error("the versions of the state machine `{machine}` were not read")]
    LineNotRead {
        /// The physical name.
        machine: String,
    },
    /// What a version runs was not asked for.
    #[error("version {version} of the state machine `{machine}` was not read")]
    VersionNotRead {
        /// The physical name.
        machine: String,
        /// The version.
        version: VersionNumber,
    },
    /// A setting has a value that AWS would not report.
    #[error("the settings of the function `{function}` have no form that AWS would report: {why}")]
    Unreadable {
        /// The physical name.
        function: String,
        /// What is wrong with them.
        why: String,
    },
}

impl ImportError {
    /// Says which function a refusal of its settings is about.
    pub(crate) fn unreadable(function: &LiveFunction, refusal: &Refusal) -> Self {
        Self::Unreadable { function: function.name.to_string(), why: refusal.message.clone() }
    }
}

/// Adds what was observed; what has the same name gives way.
pub(crate) fn import(scene: &mut Scene<'_>, live: &Live, tokens: &mut Tokens) -> Result<(), ImportError> {
    let functions: Vec<&LiveFunction> = live.functions.values().filter_map(Presence::present).collect();
    for function in functions {
        lambda::import(scene, function, tokens)?;
    }
    scene.region.stored_at_most = lambda::stored_bytes(scene.region);
    let machines: Vec<&LiveMachine> = live.machines.values().filter_map(Presence::present).collect();
    machines.into_iter().try_for_each(|machine| states::import(scene, machine))
}
