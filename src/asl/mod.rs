//! Which strings of a state machine definition call a Lambda function, and what each becomes.
//!
//! The module answers questions about one definition in Amazon States Language: where it refers to
//! functions ([`references`]), what it looks like when those references go through an alias
//! ([`rewrite`]), what it looks like with its placeholders filled in ([`substitute`]), what AWS is sent
//! where it is YAML ([`sent_text`]), what Step Functions would refuse ([`problems`]), and how two definitions differ in meaning ([`is_same_meaning`],
//! [`changed_states`]).
//!
//! It knows no files, no AWS and no plan. The decision that is not obvious: a definition is never
//! parsed and printed again. Edits replace characters inside single string tokens, and every other
//! byte stays, so a rewritten definition is reviewed as a diff of the lines that matter.
//!
//! ```text
//! text ─ json | yaml ─▶ value tree with byte spans ─ finder ─▶ references ─ rewrite ─▶ edits ─▶ text
//! ```
//!
//! The rules are cited as `A1` to `A14`. Only `json` and `yaml` read a text format, and `spelling`
//! alone knows which bytes of a token stand for which characters.

mod arn;
mod definition;
mod differences;
mod error;
mod finder;
mod json;
mod lookalikes;
mod meaning;
mod mentions;
mod placeholder;
mod problems;
mod reference;
mod rewrite;
mod sent;
mod spelling;
mod states;
mod string_token;
mod substitute;
#[cfg(test)]
mod tests;
mod value;
mod yaml;
mod yaml_scalar;

pub use definition::{Format, READING_LIMIT, SERVICE_LIMIT, format, is_over_service_limit};
pub use differences::{FieldDifference, StateDifference, state_differences};
pub use error::DefinitionError;
pub use finder::references;
pub use lookalikes::{Lookalike, lookalikes};
pub use meaning::{StateChange, canonical_text, changed_states, is_same_meaning};
pub use mentions::mentions;
pub use problems::{Problem, Severity, problems};
pub use reference::{
    CallerRole, DynamicReason, FixedReason, Form, FunctionPart, Note, QualifierKind, QualifierPart,
    QualifierPlace, QueryLanguage, Reference,
};
pub use rewrite::{
    Edit, Existing, Left, LeftReason, NEW_VERSION, Rewrite, RewritePolicy, Scope, ScopeReason, numbered,
    rewrite, rewrite_each,
};
pub use sent::sent_text;
pub use substitute::{Substituted, Unresolved, substitute};
