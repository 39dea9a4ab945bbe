//! Whether a role may be used: by its form alone, or because IAM knows it for long enough.
//!
//! IAM tells Lambda and Step Functions about a new role with a delay, and both refuse it until then (T23).

use std::time::Duration;

use super::clock::after;
use super::constraints::is_role;
use super::refusal::Refusal;
use super::world::Scene;

/// How strictly a role is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoleCheck {
    /// A role must have the form of a role's ARN.
    #[default]
    Form,
    /// A role must have been created in this world's IAM, this long ago.
    Existence {
        /// How long IAM takes to tell the other services.
        propagation: Duration,
    },
}

impl Scene<'_> {
    /// Refuses a role that Lambda cannot assume, or cannot assume yet.
    pub(crate) fn check_lambda_role(&self, role: Option<&str>) -> Result<(), Refusal> {
        if self.is_assumable(role) {
            return Ok(());
        }
        let message = "The role defined for the function cannot be assumed by Lambda.";
        Err(Refusal::new(400, "InvalidParameterValueException", message))
    }

    /// Refuses a role that Step Functions cannot assume, or cannot assume yet.
    pub(crate) fn check_states_role(&self, role: Option<&str>) -> Result<(), Refusal> {
        if self.is_assumable(role) {
            return Ok(());
        }
        let message = "Neither the global service principal states.amazonaws.com, nor the regional one is \
                       authorized to assume the provided role.";
        Err(Refusal::new(400, "AccessDeniedException", message))
    }

    /// Returns false for a role that IAM does not know for long enough; a text that is no role has its own refusal.
    fn is_assumable(&self, role: Option<&str>) -> bool {
        let RoleCheck::Existence { propagation } = self.knobs.roles else { return true };
        let Some(role) = role.filter(|role| is_role(role)) else { return true };
        self.roles.created(role).is_some_and(|created| after(created, propagation) <= self.now)
    }
}
