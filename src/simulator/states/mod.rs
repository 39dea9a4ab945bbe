//! Step Functions: state machines, their versions, aliases and executions, in JSON 1.0.
//!
//! Unlike a function, a state machine changes at once; what it lacks is a precondition on updates (T15). Its revision
//! is absent until the first update that changes something (R26), and versions are found again by revision.
//! Executions run nothing: they keep what they were started with (R31) and stay `RUNNING` until they are stopped.
//! Reads go through `past::seen`, because AWS may still show what was there before a write (R33).

mod aliases;
mod definition;
mod errors;
mod execution;
mod executions;
mod import;
mod machine;
mod machines;
mod past;
mod reference;
mod request;
mod tags;
mod versions;

pub(crate) use errors::refused;
pub(crate) use execution::{Execution, Executions};
pub(crate) use import::import;
pub(crate) use machine::Machine;
pub(crate) use past::Past;
pub(crate) use request::{Request, TARGET_PREFIX, is_operation, perform};
