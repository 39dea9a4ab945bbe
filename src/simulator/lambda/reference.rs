//! How requests name a function: `name`, `account:function:name`, or a full ARN, each with an optional `:qualifier` (R21).

use super::errors::{invalid, not_found};
use super::request::Request;
use crate::simulator::constraints::{Constraints, is_account, is_number, is_partition, is_plain_name};
use crate::simulator::place::Place;
use crate::simulator::refusal::Refusal;

const PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const QUALIFIER_PATTERN: &str = "(|[a-zA-Z0-9$_-]+)";

/// The qualifier of the unpublished version.
pub(crate) const LATEST: &str = "$LATEST";

/// A function, and which version or alias of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The bare name.
    pub(crate) name: String,
    /// The qualifier, from the name or from the query.
    pub(crate) qualifier: Option<String>,
}

/// The parts of a name, before they are compared with where we are.
struct Parts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
}

impl Reference {
    /// Reads the function of a request together with its `Qualifier` parameter.
    pub(crate) fn of(request: &Request, place: &Place) -> Result<Self, Refusal> {
        let given = request.query().get("Qualifier");
        let reference = Self::read(request.function(), 256, place)?;
        check_qualifier(given)?;
        match (reference.qualifier.as_deref(), given) {
            (Some(derived), Some(given)) if derived != given => Err(invalid(
                "The derived qualifier from the function name does not match the specified qualifier.",
            )),
            (None, Some(given)) => Ok(Self { qualifier: Some(given.to_owned()), ..reference }),
            _ => Ok(reference),
        }
    }

    /// Reads the function of a request that only `$LATEST` can answer (R13).
    pub(crate) fn of_latest(request: &Request, place: &Place) -> Result<Self, Refusal> {
        let reference = Self::read(request.function(), 140, place)?;
        match reference.qualifier.as_deref() {
            None | Some(LATEST) => Ok(reference),
            Some(_) => Err(invalid("Current operation does not support versions other than $LATEST")),
        }
    }

    /// Reads a name without checking where it leads; for logs.
    pub(crate) fn loosely(text: &str) -> Option<Self> {
        parts(text).map(|parts| Self::from_parts(&parts))
    }

    /// Reads a name of at most `limit` characters in any of its forms.
    pub(crate) fn read(text: &str, limit: usize, place: &Place) -> Result<Self, Refusal> {
        let mut constraints = Constraints::default();
        constraints.length("functionName", Some(text), 1..=limit);
        constraints.pattern("functionName", Some(text), PATTERN, |text| parts(text).is_some());
        let found = parts(text);
        if let Some(parts) = &found {
            constraints.length("functionName", Some(parts.name), 1..=64);
        }
        constraints.finish()?;
        let Some(parts) = found else { return Err(Refusal::validation("functionName")) };
        if let Some(region) = parts.region.filter(|region| *region != place.region) {
            let here = &place.region;
            return Err(not_found(format!(
                "Functions from '{region}' are not reachable in this region ('{here}')"
            )));
        }
        if parts.account.is_some_and(|account| account != place.account) {
            let message =
                format!("the caller is not authorized to access functions of another account: {text}");
            return Err(Refusal::new(403, "AccessDeniedException", message));
        }
        Ok(Self::from_parts(&parts))
    }

    fn from_parts(parts: &Parts<'_>) -> Self {
        Self { name: parts.name.to_owned(), qualifier: parts.qualifier.map(str::to_owned) }
    }
}

/// Returns true if a qualifier has the form of an alias name.
pub(crate) fn is_alias_name(text: &str) -> bool {
    is_plain_name(text) && !is_number(text)
}

fn check_qualifier(given: Option<&str>) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    constraints.length("qualifier", given, 1..=128);
    constraints.pattern("qualifier", given, QUALIFIER_PATTERN, |text| {
        text.chars().all(|character| character.is_ascii_alphanumeric() || "$_-".contains(character))
    });
    constraints.finish()
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let mut rest: &[&str] = &text.split(':').collect::<Vec<_>>();
    if let [first, partition, service, tail @ ..] = rest
        && *first == "arn"
    {
        if !(partition.is_empty() || is_partition(partition)) || *service != "lambda" {
            return None;
        }
        rest = tail;
    }
    // Each optional part is recognised only while something follows it, as the pattern's colons demand.
    let region = take_if(&mut rest, is_region);
    let account = take_if(&mut rest, is_account);
    take_if(&mut rest, |part| part == "function");
    let (name, qualifier) = match rest {
        [name] => (*name, None),
        [name, qualifier] => (*name, Some(*qualifier)),
        _ => return None,
    };
    let is_qualifier = |text: &str| text == LATEST || is_plain_name(text);
    (is_plain_name(name) && qualifier.is_none_or(is_qualifier)).then_some(Parts {
        region,
        account,
        name,
        qualifier,
    })
}

fn take_if<'a>(rest: &mut &[&'a str], is_part: impl Fn(&str) -> bool) -> Option<&'a str> {
    match *rest {
        [first, tail @ ..] if !tail.is_empty() && is_part(first) => {
            *rest = tail;
            Some(first)
        }
        _ => None,
    }
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            words.len() >= 2 && words.iter().all(is_word) && number.len() == 1 && is_number(number)
        }
        None => false,
    }
}
