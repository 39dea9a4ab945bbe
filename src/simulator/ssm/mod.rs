//! Systems Manager: Parameter Store, as far as a deploy reads it and a person fills it, in JSON 1.1.
//!
//! A parameter keeps its versions with their labels. The value of a SecureString is answered only where the request asks
//! for decryption; without it there is a text that nothing can be learned from, so that a reader who forgets to ask is
//! found out. Keys of KMS are taken by name and not looked at.

mod errors;
mod operations;
mod parameter;
mod request;

pub(crate) use errors::refused;
pub(crate) use parameter::Parameter;
pub(crate) use request::{Request, TARGET_PREFIX, is_operation, perform};
