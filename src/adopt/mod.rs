//! What exists already, as desired state: the TOML of live functions and machines.
//!
//! The question is which tables to add so that the plan right after is empty. Nothing is decided twice:
//! a target is written only if the diff says that the alias is there already, so what cannot be said
//! in other words becomes `manual`, which moves nothing. Code and retention are never declared, because
//! what is not declared is not managed. The module knows no disk and no AWS; it writes text, and
//! whoever asked reads that text again and plans it before a byte of it is kept.

mod adoption;
mod aliases;
mod keys;
mod settings;
mod table;

pub use adoption::{Adopting, Adoption, Existing, Extent, Placement};
pub use settings::Inherited;
