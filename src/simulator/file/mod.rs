//! An account as text: what is saved, what is read back, and what is refused.
//!
//! The file holds what belongs to the accounts: their objects, the counters that keep a number from being given twice,
//! the revisions and identifiers that were handed out, and the sessions, because a key that outlived them would land in
//! another account. What belongs to a run is not there: knobs, faults, the log of calls, the rate buckets, and what reads
//! still show from before a write (R33).
//!
//! The same account gives the same bytes, with one line for each function and machine, so that two files can be compared.

mod account;
mod format;
mod layout;
mod observation;

pub use format::{FORMAT, WorldFileError};
pub use observation::Observation;

pub(crate) use format::{read, write};
