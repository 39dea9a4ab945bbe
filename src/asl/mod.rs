//! Which strings of a state machine definition call a Lambda function, and what each becomes.
//!
//! The module answers questions about one definition in Amazon States Language: where it refers to
//! functions ([`references`]), what it looks like when those references go through an alias
//! ([`rewrite`]), what it looks like with its placeholders filled in ([`substitute`]), and how two
//! definitions differ in meaning ([`is_same_meaning`], [`changed_states`]).
//!
//! It knows no files, no AWS and no plan. The decision that is not obvious: a definition is never
//! parsed and printed again. Edits replace characters inside single string tokens, and every other
//! byte stays, so a rewritten definition is reviewed as a diff of the lines that matter.
//!
//! ```text
//! text ─ json ─▶ value tree with byte spans ─ finder ─▶ references ─ rewrite ─▶ edits ─▶ text
//! ```
//!
//! The rules are cited as `A1` to `A14`. Only `json` knows the text format.

mod arn;
mod error;
mod finder;
mod json;
mod meaning;
mod placeholder;
mod reference;
mod rewrite;
mod states;
mod string_token;
mod substitute;
#[cfg(test)]
mod tests;
mod value;

pub use error::DefinitionError;
pub use finder::references;
pub use json::{SERVICE_LIMIT, is_over_service_limit};
pub use meaning::{StateChange, changed_states, is_same_meaning};
pub use reference::{
    CallerRole, DynamicReason, Form, FunctionPart, Note, QualifierKind, QualifierPart, QualifierPlace,
    QueryLanguage, Reference,
};
pub use rewrite::{
    Edit, Existing, Left, LeftReason, Rewrite, RewritePolicy, Scope, ScopeReason, rewrite, rewrite_each,
};
pub use substitute::{Substituted, Unresolved, substitute};
