//! Preflight of what is done to a state machine beside its definition: publish, aliases, deletions.

use std::collections::BTreeMap;

use crate::{
    diff::{known_versions, machine_fingerprint, named_machine_versions},
    model::{
        Address, Digest, LiveMachine, LiveMachineLine, MachineId, Part, PlannedRouting, RecordedMachineLine,
        RecordedMachineVersion, VersionNumber,
    },
    plan::{Action, Operation, Precondition},
};

use super::{
    machine_line::machine_moved,
    preflight::{
        Deletion, Look, Standing, alias_precondition, machine_standing, min_age, not_an_alias, resolved_away,
    },
};

/// Returns the fingerprint of the machine once an update that is still to come has changed it.
fn coming_fingerprint(update: Option<&Action>, live: &LiveMachine) -> Digest {
    let wanted = update.and_then(|action| match &action.operation {
        Operation::UpdateMachine(wanted) => Some(wanted),
        _ => None,
    });
    let definition = wanted.and_then(|wanted| wanted.definition.as_ref());
    let role = wanted.and_then(|wanted| wanted.role.as_ref());
    let logging = wanted.and_then(|wanted| wanted.logging.as_ref());
    machine_fingerprint(
        definition.map_or(&live.definition, |change| &change.to),
        role.map_or(&live.role, |(_, to)| to),
        logging.map(|(_, to)| to).or(live.logging.as_ref()),
    )
}

impl Look<'_> {
    /// Returns the standing of an action on a machine.
    pub(super) fn machine(&self, action: &Action, id: &MachineId, live: &LiveMachine) -> Standing {
        if live.is_deleting {
            return Standing::Moved("is being deleted".to_owned());
        }
        match &action.operation {
            Operation::CreateMachine(_) | Operation::UpdateMachine(_) => machine_standing(action, live),
            Operation::PublishMachineVersion { newest, .. } => self.publish(action, id, live, *newest),
            Operation::CreateAlias { to } | Operation::UpdateAlias { to, .. } => {
                self.machine_alias(action, id, to, live)
            }
            Operation::KeepAlias { .. } => {
                let (Part::Alias(name), Some(listed)) = (&action.address.part, &live.line) else {
                    return not_an_alias();
                };
                alias_precondition(&action.precondition, listed.aliases.get(name))
            }
            Operation::DeleteMachineVersion { version } => self.machine_deletion(action, id, live, *version),
            Operation::CreateFunction(_)
            | Operation::UpdateSettings { .. }
            | Operation::UpdateCode { .. }
            | Operation::PublishVersion { .. }
            | Operation::DeleteVersion { .. } => Standing::Moved("is a state machine".to_owned()),
        }
    }

    /// A publish is done if a version is there that is newer than all that the plan saw and runs what it
    /// publishes. Nothing about a machine is hidden, so it does not matter whose it is.
    fn publish(
        &self,
        action: &Action,
        id: &MachineId,
        live: &LiveMachine,
        newest: Option<VersionNumber>,
    ) -> Standing {
        let Precondition::MachineAt { fingerprint } = &action.precondition else {
            return Standing::Moved("has a precondition of another kind".to_owned());
        };
        let definition = self.actions.get(&Address::machine(id, Part::Definition)).copied();
        let definition = definition
            .map(|action| self.numbered(action))
            .filter(|action| !matches!(machine_standing(action, live), Standing::Satisfied(_)));
        let actual = coming_fingerprint(definition.as_deref(), live);
        if actual != *fingerprint {
            return Standing::Moved(machine_moved(fingerprint, &actual));
        }
        if definition.is_some() {
            return Standing::Ready;
        }
        match self.equal_version(id, live, fingerprint, newest) {
            Some(version) => Standing::Satisfied(Some(version)),
            None => Standing::Ready,
        }
    }

    fn equal_version(
        &self,
        id: &MachineId,
        live: &LiveMachine,
        fingerprint: &Digest,
        newest: Option<VersionNumber>,
    ) -> Option<VersionNumber> {
        let is_newer = |version: &VersionNumber| newest.is_none_or(|newest| *version > newest);
        let known = self.known(id, live);
        let mut newer = known.iter().rev().filter(|(version, _)| is_newer(version));
        newer.find(|(_, known)| known.fingerprint == *fingerprint).map(|(version, _)| *version)
    }

    fn machine_alias(
        &self,
        action: &Action,
        id: &MachineId,
        to: &PlannedRouting,
        live: &LiveMachine,
    ) -> Standing {
        let (Part::Alias(name), Some(listed)) = (&action.address.part, &live.line) else {
            return not_an_alias();
        };
        let known = self.known(id, live);
        let is_another = |(version, planned): &(&VersionNumber, &Digest)| {
            known.get(version).is_some_and(|found| found.fingerprint != **planned)
        };
        if let Some((version, _)) = action.targets.iter().find(is_another) {
            return Standing::Moved(format!(
                "was to point to version {version}, which is another one by now"
            ));
        }
        let now = listed.aliases.get(name);
        if now.is_some() && now == to.resolve(&self.published).as_ref() {
            return Standing::Satisfied(None);
        }
        if let Some(moved) = resolved_away(to, |version| listed.versions.contains_key(&version)) {
            return moved;
        }
        alias_precondition(&action.precondition, now)
    }

    /// The version must be the one that was planned, and the reasons that let it go must hold. Whether
    /// executions of it run is asked right before it is deleted.
    fn machine_deletion(
        &self,
        action: &Action,
        id: &MachineId,
        live: &LiveMachine,
        version: VersionNumber,
    ) -> Standing {
        let nothing = LiveMachineLine::default();
        let listed = live.line.as_ref().unwrap_or(&nothing);
        let Some(published) = listed.versions.get(&version).copied() else {
            return Standing::Satisfied(None);
        };
        let Precondition::Unreferenced { fingerprint } = &action.precondition else {
            return Standing::Moved("has a precondition of another kind".to_owned());
        };
        if self.known(id, live).get(&version).is_none_or(|known| known.fingerprint != *fingerprint) {
            return Standing::Moved(
                "is another version than the plan saw; was the state machine created anew?".to_owned(),
            );
        }
        let is_started = |text: &&str| named_machine_versions(text, &live.name).contains(&version);
        if self.definitions.iter().any(is_started) {
            return Standing::Moved("is started by a state machine by now".to_owned());
        }
        let retention = self.desired.machines.get(id).and_then(|machine| machine.retention);
        let versions = listed.versions.keys();
        self.deletion_holds(&Deletion {
            action,
            version,
            published,
            min_age: min_age(action, retention),
            history: self.recorded_line(id, live).map(|line| &line.aliases),
            newer: versions.filter(|other| **other > version).count(),
        })
    }

    /// Returns the record of this very machine; one under another name is of another machine.
    fn recorded_line(&self, id: &MachineId, live: &LiveMachine) -> Option<&RecordedMachineLine> {
        let machine = self.memory.recorded.machines.get(id).filter(|machine| machine.name == live.name)?;
        machine.line.as_ref()
    }

    /// Returns what is known of the versions of a machine.
    pub(super) fn known(
        &self,
        id: &MachineId,
        live: &LiveMachine,
    ) -> BTreeMap<VersionNumber, RecordedMachineVersion> {
        let known = |line| known_versions(line, self.recorded_line(id, live));
        live.line.as_ref().map(known).unwrap_or_default()
    }
}
