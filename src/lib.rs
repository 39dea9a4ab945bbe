//! `repoint`: plan and apply for AWS Lambda versions, aliases and Step Functions.

pub mod apply;
pub mod artifact;
pub mod asl;
pub mod diff;
pub mod event;
pub mod model;
pub mod plan;
pub mod provider;
pub mod store;
