//! Step Functions: state machines, their versions and their aliases, in JSON 1.0.
//!
//! Unlike a function, a state machine changes at once; what it lacks is a precondition on updates (T15). Its revision
//! is absent until the first update that changes something (R26), and versions are found again by revision.

mod aliases;
mod definition;
mod errors;
mod machine;
mod machines;
mod reference;
mod request;
mod tags;
mod versions;

pub(crate) use errors::refused;
pub(crate) use machine::Machine;
pub(crate) use request::{Request, TARGET_PREFIX, perform};
