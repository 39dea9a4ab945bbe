//! Sends the references of a definition through a qualifier, byte-exactly (A2 to A6, A11 to A13).

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use crate::model::VersionNumber;

use super::error::DefinitionError;
use super::finder::references;
use super::placeholder::has_placeholder;
use super::reference::{
    CallerRole, DynamicReason, FixedReason, FunctionPart, QualifierKind, QualifierPart, QualifierPlace,
    Reference,
};
use super::spelling::StringToken;

/// Stands where the number of a version will be that is not published yet; Lambda accepts no such
/// qualifier, so no definition can mean anything else by it.
pub const NEW_VERSION: &str = "$NEW";

/// Says which qualifiers that stand in a definition are replaced (A11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Existing {
    /// `$LATEST` and version numbers; another alias is kept.
    #[default]
    Versions,
    /// Only `$LATEST`.
    Latest,
    /// All, other aliases too.
    All,
}

impl Existing {
    /// Says whether a qualifier that stands in a definition gives way.
    ///
    /// `$LATEST.PUBLISHED` means the newest version, so it goes where version numbers go.
    fn is_replacing(self, kind: QualifierKind) -> bool {
        match kind {
            QualifierKind::Latest => true,
            QualifierKind::Version | QualifierKind::LatestPublished => self != Self::Latest,
            QualifierKind::Alias => self == Self::All,
            QualifierKind::Dynamic | QualifierKind::Invalid => false,
        }
    }
}

/// Says which references may be changed (A12); what is `None` limits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// The physical names of the functions.
    pub functions: Option<BTreeSet<String>>,
    /// The account; a reference to another one is out of scope, a placeholder is not.
    pub account: Option<String>,
    /// The region; a reference to another one is out of scope, a placeholder is not.
    pub region: Option<String>,
}

/// Says what references become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewritePolicy {
    /// The qualifier that references go through, as in `LIVE`; a valid alias or version.
    pub alias: String,
    /// Which qualifiers it replaces.
    pub existing: Existing,
    /// Which references it concerns.
    pub scope: Scope,
}

/// One string token that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The JSON pointer of the token.
    pub pointer: String,
    /// The state's name; inside maps and parallel states `Outer/Inner`.
    pub state: String,
    /// The token in the text before the rewrite, with its quotes.
    pub span: Range<usize>,
    /// What the token said.
    pub old: String,
    /// What it says now.
    pub new: String,
}

/// One reference that stayed as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The JSON pointer of the token that names the function.
    pub pointer: String,
    /// The state's name; inside maps and parallel states `Outer/Inner`.
    pub state: String,
    /// The string that names the function.
    pub function: String,
    /// The token at `pointer`, with its quotes.
    pub span: Range<usize>,
    /// Why it stayed.
    pub why: LeftReason,
}

/// Why a reference stayed as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftReason {
    /// It has the qualifier already.
    AlreadyRight,
    /// It does not say which function it means (A5).
    Dynamic(DynamicReason),
    /// Its qualifier is decided elsewhere; the text of it (A5).
    DynamicQualifier(String),
    /// Its qualifier is none that Lambda accepts; the text of it (A13).
    InvalidQualifier(String),
    /// It has another qualifier, which the policy keeps (A11).
    KeptQualifier(String),
    /// It is out of scope (A12).
    OutOfScope(ScopeReason),
    /// It would change, but not where it is written.
    Fixed(FixedReason),
    /// Nobody chose a qualifier for it; only [`rewrite_each`] says so.
    NotChosen,
}

/// Why a reference is out of scope (A12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeReason {
    /// The function is not among the named ones.
    Function(String),
    /// The reference names another account.
    Account(String),
    /// The reference names another region.
    Region(String),
    /// The state assumes a role, so that a bare name means another account's function.
    Credentials,
}

impl fmt::Display for LeftReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRight => f.write_str("it has the qualifier already"),
            Self::Dynamic(why) => why.fmt(f),
            Self::DynamicQualifier(text) => write!(f, "the qualifier `{text}` is decided elsewhere"),
            Self::InvalidQualifier(text) => write!(f, "`{text}` is not a version or an alias"),
            Self::KeptQualifier(text) => write!(f, "the qualifier `{text}` is kept"),
            Self::OutOfScope(why) => why.fmt(f),
            Self::Fixed(why) => why.fmt(f),
            Self::NotChosen => f.write_str("no qualifier was chosen for it"),
        }
    }
}

impl fmt::Display for ScopeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(name) => write!(f, "the function `{name}` is not in scope"),
            Self::Account(account) => write!(f, "the account `{account}` is not in scope"),
            Self::Region(region) => write!(f, "the region `{region}` is not in scope"),
            Self::Credentials => f.write_str("the state's `Credentials` may mean another account"),
        }
    }
}

/// A definition after a rewrite, and what happened to each reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The definition; outside the edited tokens the same bytes as before.
    pub text: String,
    /// The tokens that changed, in the order of the text.
    pub edits: Vec<Edit>,
    /// The references that stayed, in the order of the states.
    pub left: Vec<Left>,
}

/// Sends the references of a definition through one qualifier.
///
/// Doing it again changes nothing.
pub fn rewrite(text: &str, policy: &RewritePolicy) -> Result<Rewrite, DefinitionError> {
    let RewritePolicy { alias, existing, scope } = policy;
    rewrite_each(text, *existing, scope, &|_| Some(alias.clone()))
}

/// Sends each reference of a definition through the qualifier that `choose` returns for it.
///
/// `choose` sees only references in scope that say which function they mean; `None` leaves one.
pub fn rewrite_each(
    text: &str,
    existing: Existing,
    scope: &Scope,
    choose: &dyn Fn(&Reference) -> Option<String>,
) -> Result<Rewrite, DefinitionError> {
    let mut changes = Vec::new();
    let mut left = Vec::new();
    for reference in references(text)? {
        match decision(text, &reference, existing, scope, choose) {
            Ok(mut some) => changes.append(&mut some),
            Err(why) => left.push(Left {
                pointer: reference.pointer,
                state: reference.state,
                function: reference.function.text().to_owned(),
                span: reference.span,
                why,
            }),
        }
    }
    changes.sort_by_key(|change| change.replaced.start);
    Ok(Rewrite {
        text: applied(text, &changes),
        edits: changes.into_iter().map(|change| change.edit).collect(),
        left,
    })
}

/// Writes numbers where [`NEW_VERSION`] stands; what `number` does not know stays.
pub fn numbered(
    text: &str,
    number: &dyn Fn(&str) -> Option<VersionNumber>,
) -> Result<String, DefinitionError> {
    if !text.contains(NEW_VERSION) {
        return Ok(text.to_owned());
    }
    let mut changes = Vec::new();
    for reference in references(text)? {
        let FunctionPart::Static { name, .. } = &reference.function else { continue };
        let Some(number) = number(name) else { continue };
        let open = reference.qualifiers().filter(|part| part.text == NEW_VERSION);
        let numbers = open.map(|part| replaced(text, &reference, part, &number.to_string()));
        changes.extend(numbers.filter_map(Result::ok));
    }
    changes.sort_by_key(|change| change.replaced.start);
    Ok(applied(text, &changes))
}

struct Change {
    edit: Edit,
    replaced: Range<usize>,
    by: String,
}

fn applied(text: &str, changes: &[Change]) -> String {
    let mut result = String::with_capacity(text.len() + 16 * changes.len());
    let mut at = 0;
    for change in changes {
        result.push_str(&text[at..change.replaced.start]);
        result.push_str(&change.by);
        at = change.replaced.end;
    }
    result.push_str(&text[at..]);
    result
}

fn decision(
    text: &str,
    reference: &Reference,
    existing: Existing,
    scope: &Scope,
    choose: &dyn Fn(&Reference) -> Option<String>,
) -> Result<Vec<Change>, LeftReason> {
    check_scope(reference, scope)?;
    let wanted = choose(reference).ok_or(LeftReason::NotChosen)?;
    if reference.qualifier.is_none() {
        return appended(text, reference, &wanted).map(|change| vec![change]).map_err(LeftReason::Fixed);
    }
    let others = || reference.qualifiers().filter(|part| part.text != wanted);
    if others().next().is_none() {
        return Err(LeftReason::AlreadyRight);
    }
    // Lambda refuses two qualifiers that differ, so both change or none does (A4).
    for part in others() {
        check_qualifier(part, existing)?;
    }
    let changes = others().map(|part| replaced(text, reference, part, &wanted));
    changes.collect::<Result<_, _>>().map_err(LeftReason::Fixed)
}

fn check_scope(reference: &Reference, scope: &Scope) -> Result<(), LeftReason> {
    let (name, account, region) = match &reference.function {
        FunctionPart::Dynamic { why, .. } => return Err(LeftReason::Dynamic(*why)),
        FunctionPart::Static { name, account, region, .. } => (name, account, region),
    };
    let Scope { functions, account: own_account, region: own_region } = scope;
    let why = if functions.as_ref().is_some_and(|names| !names.contains(name)) {
        ScopeReason::Function(name.clone())
    } else if let Some(other) = another(account.as_ref(), own_account.as_ref()) {
        ScopeReason::Account(other)
    } else if let Some(other) = another(region.as_ref(), own_region.as_ref()) {
        ScopeReason::Region(other)
    } else if own_account.is_some() && account.is_none() && reference.role == CallerRole::Assumed {
        ScopeReason::Credentials
    } else {
        return Ok(());
    };
    Err(LeftReason::OutOfScope(why))
}

/// Returns what a reference says, if it is literal and not ours (A12).
fn another(said: Option<&String>, own: Option<&String>) -> Option<String> {
    let said = said.filter(|said| !has_placeholder(said))?;
    (own? != said).then(|| said.clone())
}

fn check_qualifier(part: &QualifierPart, existing: Existing) -> Result<(), LeftReason> {
    let text = part.text.clone();
    match part.kind {
        QualifierKind::Dynamic => Err(LeftReason::DynamicQualifier(text)),
        QualifierKind::Invalid => Err(LeftReason::InvalidQualifier(text)),
        kind if existing.is_replacing(kind) => Ok(()),
        _ => Err(LeftReason::KeptQualifier(text)),
    }
}

/// Adds the qualifier after the last character of the string that names the function.
fn appended(text: &str, reference: &Reference, wanted: &str) -> Result<Change, FixedReason> {
    let old = reference.function.text();
    let end = old.len();
    let (replaced, by) = reference.token(text).replacement(&(end..end), &format!(":{wanted}"))?;
    let edit = Edit {
        pointer: reference.pointer.clone(),
        state: reference.state.clone(),
        span: reference.span.clone(),
        old: old.to_owned(),
        new: format!("{old}:{wanted}"),
    };
    Ok(Change { edit, replaced, by })
}

/// Replaces the characters of a qualifier, wherever it stands.
fn replaced(
    text: &str,
    reference: &Reference,
    part: &QualifierPart,
    wanted: &str,
) -> Result<Change, FixedReason> {
    let old = match part.place {
        QualifierPlace::QualifierField => &*part.text,
        QualifierPlace::InFunctionName => reference.function.text(),
    };
    let start = old.len() - part.text.len();
    let token = StringToken {
        text,
        start: part.token.start,
        end: part.token.end,
        decoded: old,
        spelling: part.spelling,
    };
    let (replaced, by) = token.replacement(&(start..old.len()), wanted)?;
    let edit = Edit {
        pointer: part.pointer.clone(),
        state: reference.state.clone(),
        span: part.token.clone(),
        old: old.to_owned(),
        new: format!("{}{wanted}", &old[..start]),
    };
    Ok(Change { edit, replaced, by })
}
