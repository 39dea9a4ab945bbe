//! ARNs of state machines, with or without a version or an alias at the end.

use super::errors::{invalid_arn, invalid_resource_type, machine_not_found};
use super::machine::Machine;
use crate::simulator::constraints::Constraints;
use crate::simulator::constraints::is_number;
use crate::simulator::members::Members;
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::{Region, Scene};

/// A state machine, and perhaps a version or an alias of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The ARN as the request wrote it.
    pub(crate) arn: String,
    /// The name of the state machine.
    pub(crate) name: String,
    /// What stands behind the name.
    pub(crate) qualifier: Option<Qualifier>,
}

/// What stands behind the name of a state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Qualifier {
    Version(u64),
    Alias(String),
}

impl Reference {
    /// Reads the ARN in a member that must be there.
    pub(crate) fn of(members: Members<'_>, member: &str, place: &Place) -> Result<Self, Refusal> {
        let arn = members.string(member)?;
        let mut constraints = Constraints::default();
        constraints.required(member, arn.is_some());
        constraints.length(member, arn, 1..=256);
        constraints.finish()?;
        Self::read(arn.unwrap_or_default(), place)
    }

    /// Reads an ARN; one of another account or region leads to nothing here.
    pub(crate) fn read(arn: &str, place: &Place) -> Result<Self, Refusal> {
        let parts: Vec<&str> = arn.split(':').collect();
        let (region, account, name, qualifier) = match parts[..] {
            ["arn", _, "states", region, account, "stateMachine", name] => (region, account, name, None),
            ["arn", _, "states", region, account, "stateMachine", name, qualifier] => {
                (region, account, name, Some(qualifier))
            }
            ["arn", _, "states", _, _, kind, _, ..] if kind != "stateMachine" => {
                return Err(invalid_resource_type(kind));
            }
            _ => return Err(invalid_arn(arn)),
        };
        if name.is_empty() || qualifier == Some("") {
            return Err(invalid_arn(arn));
        }
        if region != place.region || account != place.account {
            return Err(machine_not_found(arn));
        }
        let qualifier = qualifier.map(|text| match text.parse() {
            Ok(number) if is_number(text) => Qualifier::Version(number),
            _ => Qualifier::Alias(text.to_owned()),
        });
        Ok(Self { arn: arn.to_owned(), name: name.to_owned(), qualifier })
    }

    /// Returns the refusal of this ARN as a state machine.
    pub(crate) fn missing(&self) -> Refusal {
        machine_not_found(&self.arn)
    }

    /// Returns the state machine that an unqualified ARN names; a qualified one names none (R30).
    pub(crate) fn machine<'a>(&self, region: &'a mut Region) -> Result<&'a mut Machine, Refusal> {
        match self.qualifier {
            None => region.machines.get_mut(&self.name).ok_or_else(|| self.missing()),
            Some(_) => Err(self.missing()),
        }
    }
}

/// Returns the state machine that a member names.
pub(crate) fn machine<'a>(
    scene: &'a mut Scene<'_>,
    members: Members<'_>,
    member: &str,
) -> Result<&'a mut Machine, Refusal> {
    let reference = Reference::of(members, member, scene.place)?;
    reference.machine(scene.region)
}
