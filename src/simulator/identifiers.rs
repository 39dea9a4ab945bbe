//! Identifiers that look random and are not: the same seed and the same calls give the same world.
//!
//! Revisions, executions and request ids come from separate counters, so that reading an object does not change the
//! next revision.

use serde::{Deserialize, Serialize};

use uuid::{Builder, Uuid};

/// The source of every identifier in one world.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identifiers {
    seed: u64,
    revisions: u64,
    /// Requests belong to a run of the account, not to the account.
    #[serde(skip)]
    requests: u64,
    executions: u64,
}

/// Which counter an identifier comes from; the numbers keep the streams apart.
#[derive(Debug, Clone, Copy)]
enum Stream {
    Revision = 1,
    Request = 2,
    Execution = 3,
}

impl Identifiers {
    /// Starts every counter at nothing.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, revisions: 0, requests: 0, executions: 0 }
    }

    /// Returns how many revisions there were.
    pub(crate) fn revisions(&self) -> u64 {
        self.revisions
    }

    /// Returns the next revision id.
    pub(crate) fn revision(&mut self) -> String {
        self.revisions += 1;
        self.uuid(Stream::Revision, self.revisions).to_string()
    }

    /// Returns the next request id.
    pub(crate) fn request(&mut self) -> String {
        self.requests += 1;
        self.uuid(Stream::Request, self.requests).to_string()
    }

    /// Returns the next name of an execution that was given none.
    pub(crate) fn execution(&mut self) -> String {
        self.executions += 1;
        self.uuid(Stream::Execution, self.executions).to_string()
    }

    fn uuid(&self, stream: Stream, counter: u64) -> Uuid {
        let start = self.seed ^ (stream as u64).rotate_left(56) ^ counter;
        let high = mixed(start);
        let low = mixed(high ^ counter);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_be_bytes());
        bytes[8..].copy_from_slice(&low.to_be_bytes());
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// Spreads a counter over all bits (the finalizer of `SplitMix64`).
pub(crate) fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
