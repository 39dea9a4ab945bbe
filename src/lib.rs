//! `repoint`: plan and apply for AWS Lambda versions, aliases and Step Functions.

pub mod asl;
pub mod model;
