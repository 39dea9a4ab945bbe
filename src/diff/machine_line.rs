//! What is known of the published versions of a state machine.
//!
//! AWS's lists tell nothing of what a version runs (R28, T14), and a version never changes. So each is
//! read once, and the state remembers a fingerprint and the pins. A record counts only for the version
//! that it was made of: one that was published at the same instant.

use std::collections::BTreeMap;

use crate::{
    asl,
    model::{
        Address, Digest, LiveMachineLine, MachineId, MachineLogging, Part, RecordedMachineLine,
        RecordedMachineVersion, RoleArn, VersionNumber, VersionRef,
    },
};

use super::machine::pinning_states;

/// Returns the fingerprint of what a state machine runs: the meaning of the definition, the role and
/// the logging, where off and absent are equal.
pub fn machine_fingerprint(definition: &str, role: &RoleArn, logging: Option<&MachineLogging>) -> Digest {
    let off = MachineLogging::off();
    let logging = logging.unwrap_or(&off);
    let definition = Digest::of(asl::canonical_text(definition).as_bytes());
    Digest::of(format!("definition {definition}\nrole {role}\nlogging {logging}\n").as_bytes())
}

/// Returns what is known of each version, from the state or from what was asked.
pub fn known_versions(
    live: &LiveMachineLine,
    recorded: Option<&RecordedMachineLine>,
) -> BTreeMap<VersionNumber, RecordedMachineVersion> {
    let known = |number: &VersionNumber| -> Option<RecordedMachineVersion> {
        let created = *live.versions.get(number)?;
        let record = recorded.and_then(|line| line.versions.get(number));
        if let Some(record) = record.filter(|record| record.created == created) {
            return Some(record.clone());
        }
        let content = live.contents.get(number)?;
        Some(RecordedMachineVersion {
            created,
            fingerprint: machine_fingerprint(&content.definition, &content.role, content.logging.as_ref()),
            pins: pinning_states(&content.definition),
        })
    };
    live.versions.keys().filter_map(|number| Some((*number, known(number)?))).collect()
}

/// Returns the versions of which nobody knows what they run.
pub fn unknown_versions(
    live: &LiveMachineLine,
    recorded: Option<&RecordedMachineLine>,
) -> Vec<VersionNumber> {
    let known = known_versions(live, recorded);
    live.versions.keys().filter(|number| !known.contains_key(*number)).copied().collect()
}

/// Returns the newest version that runs what the fingerprint is of, else the one that the machine's
/// publish will make.
pub fn latest_machine_version(
    id: &MachineId,
    known: &BTreeMap<VersionNumber, RecordedMachineVersion>,
    fingerprint: &Digest,
) -> VersionRef {
    match known.iter().rev().find(|(_, version)| version.fingerprint == *fingerprint) {
        Some((version, _)) => VersionRef::Existing(*version),
        None => VersionRef::PublishedBy(Address::machine(id, Part::NewVersion)),
    }
}
