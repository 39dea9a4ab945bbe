//! `repoint`: plan and apply for AWS Lambda versions, aliases and Step Functions.
//!
//! | tier | modules | knows |
//! |---|---|---|
//! | nouns | [`model`] | names, versions, digests; desired, live, recorded |
//! | readers | [`config`], [`asl`], [`artifact`] | TOML, definitions, packages |
//! | differences | [`diff`] | what differs, what an alias resolves to, what drifted |
//! | migration | [`adopt`] | the TOML of what exists already |
//! | decisions | [`plan`] | actions, reasons, preconditions, the graph |
//! | doors | [`provider`], [`store`] | AWS; the files under `state/` |
//! | deeds | [`event`], [`apply`] | carrying out a plan, resumably |
//! | words | [`render`], [`console`] | values to text; the terminal |
//! | verbs | [`commands`], [`cli`], [`ambient`], [`error`], [`exit`] | one verb per file |
//! | stand-in | [`simulator`] | a strict simulated account, with the real wire protocols |
//!
//! A module imports from the tiers above it only; the simulator imports `model`, `asl` and
//! `artifact` at most, and only `commands` imports the simulator. A test checks both.

pub mod adopt;
pub mod ambient;
pub mod apply;
pub mod artifact;
pub mod asl;
pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod diff;
pub mod error;
pub mod event;
pub mod exit;
pub mod model;
pub mod plan;
pub mod provider;
pub mod render;
pub mod simulator;
pub mod store;
