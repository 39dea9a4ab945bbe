//! Which functions the states of a definition call, and through what.
//!
//! This is the reader's view: what a machine runs today. Which of the references a plan would change
//! is decided in [`super::machine_change`].

use std::fmt;

use crate::{
    asl::{self, QualifierKind, QualifierPart},
    model::{AliasName, FunctionName, Place, VersionNumber},
};

use super::machine::name_here;

/// One state that calls a function of this account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The state; inside maps and parallel states `Outer/Inner`.
    pub state: String,
    /// The physical name of the function.
    pub function: FunctionName,
    /// What decides the version.
    pub through: Through,
}

/// What decides which version a call runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Through {
    /// Nothing, or `$LATEST`: the code that was not published.
    Latest,
    /// `$LATEST.PUBLISHED`: the newest version.
    Newest,
    /// A version.
    Version(VersionNumber),
    /// An alias.
    Alias(AliasName),
    /// A placeholder or an expression, decided when the state runs.
    Undecided(String),
}

impl fmt::Display for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("$LATEST"),
            Self::Newest => f.write_str("$LATEST.PUBLISHED"),
            Self::Version(version) => version.fmt(f),
            Self::Alias(alias) => alias.fmt(f),
            Self::Undecided(text) => f.write_str(text),
        }
    }
}

/// Returns what the states of a definition call, in the order of the text. A text that is no
/// definition calls nothing that we could see.
pub fn calls(definition: &str, place: &Place) -> Vec<Call> {
    let references = asl::references(definition).unwrap_or_default().into_iter();
    let call = |reference: asl::Reference| {
        let function = name_here(&reference, place)?;
        let through = reference.qualifier.as_ref().map_or(Through::Latest, through);
        Some(Call { state: reference.state, function, through })
    };
    references.filter_map(call).collect()
}

fn through(qualifier: &QualifierPart) -> Through {
    let undecided = || Through::Undecided(qualifier.text.clone());
    match qualifier.kind {
        QualifierKind::Latest => Through::Latest,
        QualifierKind::LatestPublished => Through::Newest,
        QualifierKind::Version => {
            VersionNumber::parse(&qualifier.text).map_or_else(|_| undecided(), Through::Version)
        }
        QualifierKind::Alias => {
            AliasName::new(qualifier.text.clone()).map_or_else(|_| undecided(), Through::Alias)
        }
        QualifierKind::Dynamic | QualifierKind::Invalid => undecided(),
    }
}
