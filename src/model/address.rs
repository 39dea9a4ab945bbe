//! Addresses: the path of a thing in the TOML, used everywhere that a thing is named.
//!
//! `functions.router.aliases.LIVE` is what the user wrote, what the plan shows, what the journal
//! records and what `--target` takes. A plan has at most one action per address, so an address is
//! an action's identity too.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{AliasName, FunctionId, InvalidName, MachineId, VersionNumber};

/// A function or a state machine of the TOML.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// `functions.<key>`
    Function(FunctionId),
    /// `state_machines.<key>`
    Machine(MachineId),
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(id) => write!(f, "functions.{id}"),
            Self::Machine(id) => write!(f, "state_machines.{id}"),
        }
    }
}

/// The part of an object that an address names. The order is the order of work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The whole function or machine.
    Whole,
    /// The settings of `$LATEST`.
    Settings,
    /// The code of `$LATEST`.
    Code,
    /// The definition, role and logging of a state machine.
    Definition,
    /// The version that this plan publishes; its number is known after the publish (T21).
    NewVersion,
    /// An alias.
    Alias(AliasName),
    /// An existing published version.
    Version(VersionNumber),
}

/// The path of a function, machine, alias, version or part of one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    /// The function or machine.
    pub object: Object,
    /// The part of it.
    pub part: Part,
}

impl Address {
    /// Returns the address of a part of a function.
    pub fn function(id: &FunctionId, part: Part) -> Self {
        Self { object: Object::Function(id.clone()), part }
    }

    /// Returns the address of a part of a machine.
    pub fn machine(id: &MachineId, part: Part) -> Self {
        Self { object: Object::Machine(id.clone()), part }
    }

    /// Tells whether this address is the other one or holds it (`functions.x` holds all its parts).
    pub fn is_over(&self, other: &Self) -> bool {
        self.object == other.object && (self.part == Part::Whole || self.part == other.part)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)?;
        match &self.part {
            Part::Whole => Ok(()),
            Part::Settings => f.write_str(".settings"),
            Part::Code => f.write_str(".code"),
            Part::NewVersion => f.write_str(".versions.new"),
            Part::Alias(alias) => write!(f, ".aliases.{alias}"),
            Part::Definition => f.write_str(".definition"),
            Part::Version(version) => write!(f, ".versions.{version}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let refusal = || InvalidName {
            kind: "address",
            value: text.to_owned(),
            rule: "an address looks like `functions.router`, `functions.router.aliases.LIVE` or `state_machines.processing`",
        };
        let parts: Vec<&str> = text.split('.').collect();
        match parts.as_slice() {
            ["functions", key, rest @ ..] => {
                let part = match rest {
                    [] => Part::Whole,
                    ["settings"] => Part::Settings,
                    ["code"] => Part::Code,
                    other => part_of_line(other).ok_or_else(refusal)??,
                };
                Ok(Self { object: Object::Function(FunctionId::new(*key)?), part })
            }
            ["state_machines", key, rest @ ..] => {
                let part = match rest {
                    [] => Part::Whole,
                    ["definition"] => Part::Definition,
                    other => part_of_line(other).ok_or_else(refusal)??,
                };
                Ok(Self { object: Object::Machine(MachineId::new(*key)?), part })
            }
            _ => Err(refusal()),
        }
    }
}

/// Reads what functions and machines have alike: versions and aliases.
fn part_of_line(parts: &[&str]) -> Option<Result<Part, InvalidName>> {
    match parts {
        ["versions", "new"] => Some(Ok(Part::NewVersion)),
        ["versions", number] => Some(VersionNumber::parse(number).map(Part::Version)),
        ["aliases", alias] => Some(AliasName::new(*alias).map(Part::Alias)),
        _ => None,
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        for text in [
            "functions.router",
            "functions.router.settings",
            "functions.router.code",
            "functions.router.versions.new",
            "functions.router.versions.41",
            "functions.router.aliases.LIVE",
            "state_machines.processing",
            "state_machines.processing.definition",
            "state_machines.processing.versions.new",
            "state_machines.processing.versions.7",
            "state_machines.processing.aliases.LIVE",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in [
            "router",
            "functions",
            "functions.router.aliases",
            "functions.router.versions.x",
            "machines.x",
            "state_machines.x.code",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
