//! What a reference from a definition to a function is made of.

use std::fmt;
use std::ops::Range;

use super::spelling::{Spelling, StringToken};

/// One place of a definition that decides which function a state calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The JSON pointer of the token that names the function.
    pub pointer: String,
    /// The state's name; inside maps and parallel states `Outer/Inner`.
    pub state: String,
    /// How the state names the function.
    pub form: Form,
    /// The function.
    pub function: FunctionPart,
    /// The qualifier that counts: the `Qualifier` field, else the one after the function's name.
    pub qualifier: Option<QualifierPart>,
    /// The qualifier after the function's name, where a `Qualifier` field stands beside it (A4).
    pub second_qualifier: Option<QualifierPart>,
    /// The token at `pointer`, in bytes of the text, with its quotes.
    pub span: Range<usize>,
    /// The query language of the state (A9).
    pub language: QueryLanguage,
    /// Whose permissions the call runs with (A12).
    pub role: CallerRole,
    /// What a reader should know about it.
    pub note: Option<Note>,
    pub(crate) spelling: Spelling,
}

impl Reference {
    /// Returns the qualifiers that the reference carries, none, one or two.
    pub fn qualifiers(&self) -> impl Iterator<Item = &QualifierPart> {
        self.qualifier.iter().chain(&self.second_qualifier)
    }

    /// Returns the token that names the function.
    pub(crate) fn token<'a>(&'a self, text: &'a str) -> StringToken<'a> {
        StringToken {
            text,
            start: self.span.start,
            end: self.span.end,
            decoded: self.function.text(),
            spelling: self.spelling,
        }
    }
}

/// How a state names the function that it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `Resource` is the function's ARN (A2).
    ResourceArn,
    /// `Resource` is an invoke action and `FunctionName` names the function (A3).
    FunctionName,
}

/// The function that a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionPart {
    /// The name is written out. The other parts may be placeholders; what is empty is absent.
    Static {
        /// The function's name.
        name: String,
        /// The account, where the reference says it.
        account: Option<String>,
        /// The region, where the reference says it.
        region: Option<String>,
        /// The partition, where the reference says it.
        partition: Option<String>,
        /// The whole string.
        text: String,
    },
    /// The function is decided elsewhere; such a reference is never changed (A5).
    Dynamic {
        /// The whole string, or the JSON where it is no string.
        text: String,
        /// What decides it.
        why: DynamicReason,
    },
}

impl FunctionPart {
    /// Returns the whole string that names the function.
    pub fn text(&self) -> &str {
        match self {
            Self::Static { text, .. } | Self::Dynamic { text, .. } => text,
        }
    }
}

/// Why a reference does not say which function it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DynamicReason {
    /// A `.$` field takes it from the state's input.
    Path,
    /// A `{% … %}` expression computes it.
    Jsonata,
    /// A `${…}` or `{{…}}` stands where the name should be.
    Placeholder,
    /// The whole request is computed, or taken from the state's input.
    Request,
    /// The value is no string, such as a template's `Fn::GetAtt`.
    NotText,
    /// The string is not a function's name or ARN (A13).
    NotAFunction,
}

impl fmt::Display for DynamicReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "a path takes the function from the state's input",
            Self::Jsonata => "an expression computes the function",
            Self::Placeholder => "a placeholder stands for the function",
            Self::Request => "the whole request is decided when the state runs",
            Self::NotText => "the value is not a string",
            Self::NotAFunction => "the string is not a function's name or ARN",
        })
    }
}

/// The version or alias that a reference asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifierPart {
    /// The qualifier as written, decoded.
    pub text: String,
    /// What it names.
    pub kind: QualifierKind,
    /// Where it stands.
    pub place: QualifierPlace,
    /// The JSON pointer of the token that holds it.
    pub pointer: String,
    /// The token that holds it, in bytes of the text, with its quotes.
    pub token: Range<usize>,
    /// Its own characters in the text, without quotes; the whole value where it is no string, or
    /// where its characters are not its own.
    pub span: Range<usize>,
    pub(crate) spelling: Spelling,
}

/// Where a qualifier stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QualifierPlace {
    /// After the function's name, in the ARN or in `FunctionName`.
    InFunctionName,
    /// In the `Qualifier` field beside `FunctionName` (A4).
    QualifierField,
}

/// What a qualifier names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QualifierKind {
    /// `$LATEST`, the code that was not published.
    Latest,
    /// `$LATEST.PUBLISHED`, the newest version.
    LatestPublished,
    /// The number of a version.
    Version,
    /// An alias.
    Alias,
    /// Decided when the state runs, or by a placeholder (A5).
    Dynamic,
    /// Nothing that Lambda accepts (A13).
    Invalid,
}

/// The language of a state's expressions (A9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueryLanguage {
    /// `JSONPath`, the default.
    JsonPath,
    /// `JSONata`.
    Jsonata,
}

/// Whose permissions a call runs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerRole {
    /// The state machine's role.
    Own,
    /// The role in the state's `Credentials`, usually of another account (A12).
    Assumed,
}

/// What a reader should know about a reference that is otherwise fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// `Arguments` in a `JSONPath` state, which should be `Parameters` (A10).
    ArgumentsInJsonPath,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ArgumentsInJsonPath => "`Arguments` in a `JSONPath` state is read as `Parameters`",
        })
    }
}

/// Why a string of a YAML definition cannot be changed where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FixedReason {
    /// It comes from an alias or a merge key, and is written elsewhere.
    Alias,
    /// It has an anchor, or is inside something that has one, and is used elsewhere too.
    Anchor,
    /// Its characters cannot be told apart in the text.
    Spelling,
}

impl fmt::Display for FixedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alias => "a YAML alias or merge key brings it from another place",
            Self::Anchor => "a YAML anchor shares it with other places",
            Self::Spelling => "it is spelled in a way that cannot be changed in place",
        })
    }
}
