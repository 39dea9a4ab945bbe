//! A strict simulated AWS account: Lambda, Step Functions, and the corners of S3, Systems Manager, STS and IAM that a
//! deploy needs.
//!
//! The question it answers: what would AWS say to this request? [`World::handle`] is a plain function from a wire request
//! and an instant to a wire response, so the rules are tested without a socket; [`serve`] puts the same world behind a
//! loopback listener that the real SDKs, boto3 and the AWS CLI can use.
//!
//! It refuses to know anything about the engine: it works on wire JSON, not on the engine's types, so that a mistake in
//! the model cannot hide in both. Only `import` reads them, to rebuild an account from what was observed of one. Where AWS is not documented it takes the stricter reading and says so in a comment.
//! Time is an input: what AWS does in the background happens here when an object is next touched after its instant.

mod base64_text;
mod clock;
mod constraints;
mod credentials;
mod dangling;
mod dice;
mod fault_rule;
mod faults;
mod file;
mod iam;
mod identifiers;
mod import;
mod lambda;
mod line;
mod members;
mod operations;
mod paging;
mod place;
mod rate;
mod refusal;
mod roles;
mod s3;
mod scene;
mod server;
mod service;
mod ssm;
mod states;
mod sts;
mod wire;
mod world;
mod xml;

pub use dangling::Definitions;
pub use fault_rule::{FaultKind, FaultRule, FaultRuleError, Frequency};
pub use faults::{Faults, Moment};
pub use file::{FORMAT, Observation, WorldFileError};
pub use import::ImportError;
pub use rate::Throttling;
pub use roles::RoleCheck;
pub use scene::{Scene, SceneError, SceneFunction, SceneRelease};
pub use server::serve;
pub use wire::{Delivery, Manner, WireRequest, WireResponse};
pub use world::{Call, Knobs, World};
