//! What can be wrong with what the program is given, and what it says then.
//!
//! Every test runs the real program against a simulated account and asserts its whole output. It
//! also asserts that nothing is lost: no write reaches an account that may not be changed, and no
//! file is replaced or left half-written.

mod account;
mod code;
mod command_line;
mod connection;
mod desired_state;
mod lock;
mod saved_plan;
mod state;

#[expect(dead_code, reason = "every folder of tests uses its own part of it")]
#[path = "../support/sandbox.rs"]
mod sandbox;
