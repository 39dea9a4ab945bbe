//! Do the references of a definition go through aliases that somebody declares?
//!
//! The definition is read as it will be sent, with its substitutions filled in, and shown as its
//! authors wrote it: a reference is the same in both by its JSON pointer.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    definitions::Definition,
    nearest::nearest,
    problem::{Problem, Source},
    resolve::Scope,
    tree::{Entry, Node, Table},
};
use crate::{
    asl::{
        self, CallerRole, DefinitionError, FunctionPart, NEW_VERSION, QualifierKind, QualifierPart, Reference,
    },
    model::{AccountId, AliasName, DesiredFunction, ExistingQualifiers, FunctionId, References, Region},
};

/// The managed functions by physical name, with their keys.
pub(crate) type Callees<'a> = BTreeMap<&'a str, Callee<'a>>;

/// A function's key and what the file says about it.
type Callee<'a> = (&'a FunctionId, &'a DesiredFunction);

/// Returns the functions as definitions name them.
pub(crate) fn callees(functions: &BTreeMap<FunctionId, DesiredFunction>) -> Callees<'_> {
    functions.iter().map(|callee| (callee.1.name.as_str(), callee)).collect()
}

/// How the references of a machine are sent.
pub(crate) struct Sent<'a> {
    /// The table of the machine.
    pub(crate) table: &'a Table,
    /// What is said of all states, or assumed.
    pub(crate) references: &'a References,
    /// What is said of single states.
    pub(crate) references_in: &'a BTreeMap<String, References>,
    /// Which qualifiers of the definition give way.
    pub(crate) existing: ExistingQualifiers,
}

impl Sent<'_> {
    /// Returns what is said of a state and where; unsaid it is `LIVE`, and then every function
    /// declares it.
    fn of(&self, state: &str) -> (&References, Option<&Node>) {
        match self.references_in.get(state) {
            Some(policy) => (policy, self.table.table("references_in").and_then(|states| states.node(state))),
            None => (self.references, self.table.node("references")),
        }
    }
}

/// Returns the references to managed functions that would end at an undeclared alias, and the
/// exceptions for states that call nothing.
pub(crate) fn problems(
    scope: &Scope<'_>,
    definition: &Definition<'_>,
    sent: &Sent<'_>,
    callees: &Callees<'_>,
) -> Vec<Problem> {
    let written = Source::new(definition.path, definition.written);
    let originals = asl::references(definition.written).unwrap_or_default();
    let filled = asl::substitute(definition.text, &definition.known_values(scope))
        .and_then(|substituted| asl::references(&substituted.text));
    let references = match filled {
        Ok(references) => references,
        Err(error) => {
            let message = format!("with its substitutions filled in: {error}");
            return vec![written.problem(&(0..0), message).helped(error.help)];
        }
    };
    let mut problems = idle_exceptions(scope.source, definition, sent, &references);
    for reference in &references {
        if let Some(qualifier) = reference.qualifiers().find(|part| part.text == NEW_VERSION) {
            let span = span_as_written(&originals, reference, qualifier);
            let DefinitionError { message, help, .. } = DefinitionError::reserved_qualifier(span.clone());
            problems.push(written.problem(&span, message).helped(help));
            continue;
        }
        let Some(callee) = managed(scope, reference, callees) else {
            continue;
        };
        let (policy, node) = sent.of(&reference.state);
        let is_rewritten = is_rewritten(reference, sent.existing);
        let is_kept = |_: &&QualifierPart| !is_rewritten || *policy == References::Off;
        for qualifier in kept_aliases(reference).filter(is_kept) {
            let span = span_as_written(&originals, reference, qualifier);
            problems.extend(undeclared_in_definition(&written, &span, qualifier, callee));
        }
        if let (References::Alias(alias), Some(node), true) = (policy, node, is_rewritten) {
            let place = format!("state `{}` of `state_machines.{}`", reference.state, definition.id);
            problems.extend(undeclared_in_file(scope.source, node, alias, &place, callee));
        }
    }
    problems
}

/// Returns the managed function that a reference means, if it means one (A12).
fn managed<'a>(scope: &Scope<'_>, reference: &Reference, callees: &Callees<'a>) -> Option<Callee<'a>> {
    let FunctionPart::Static { name, account, region, .. } = &reference.function else {
        return None;
    };
    let is_here = |said: Option<&String>, known: Option<&str>| match (said, known) {
        (Some(said), Some(known)) => said.is_empty() || said.contains(['$', '{']) || said == known,
        (Some(_) | None, _) => true,
    };
    let is_elsewhere = account.is_none() && reference.role == CallerRole::Assumed;
    let is_ours = !is_elsewhere
        && is_here(account.as_ref(), scope.account.map(AccountId::as_str))
        && is_here(region.as_ref(), scope.region.map(Region::as_str));
    callees.get(name.as_str()).copied().filter(|_| is_ours)
}

/// An exception for a state that calls nothing would be ignored.
fn idle_exceptions(
    source: &Source,
    definition: &Definition<'_>,
    sent: &Sent<'_>,
    references: &[Reference],
) -> Vec<Problem> {
    let calling: BTreeSet<&str> = references.iter().map(|reference| reference.state.as_str()).collect();
    let idle = sent.table.children("references_in").iter();
    let idle = idle.filter(|entry| !calling.contains(entry.key.as_str()));
    let problem = |entry: &Entry| {
        let message = format!(
            "`state_machines.{}.references_in` names state `{}`, and no state of that name calls a function",
            definition.id, entry.key
        );
        let problem = source.problem(&entry.key_span, message);
        match nearest(&entry.key, calling.iter().copied()) {
            Some(near) => problem
                .labelled(format!("did you mean `{near}`?"))
                .helped(source.corrected_line(&entry.key_span, &format!("\"{near}\""))),
            None => problem
                .labelled("no such call")
                .helped("a state inside a map or parallel state is named with its way: \"Outer/Inner\""),
        }
    };
    idle.map(problem).collect()
}

/// Returns the aliases that the definition names itself.
fn kept_aliases(reference: &Reference) -> impl Iterator<Item = &QualifierPart> {
    reference.qualifiers().filter(|qualifier| qualifier.kind == QualifierKind::Alias)
}

/// Says whether the reference will be sent through the machine's alias (A11).
fn is_rewritten(reference: &Reference, existing: ExistingQualifiers) -> bool {
    reference.qualifiers().all(|qualifier| match qualifier.kind {
        QualifierKind::Latest => true,
        QualifierKind::LatestPublished | QualifierKind::Version => existing != ExistingQualifiers::Latest,
        QualifierKind::Alias => existing == ExistingQualifiers::All,
        QualifierKind::Dynamic | QualifierKind::Invalid => false,
    })
}

fn span_as_written(
    originals: &[Reference],
    reference: &Reference,
    qualifier: &QualifierPart,
) -> Range<usize> {
    let Some(original) = originals.iter().find(|original| original.pointer == reference.pointer) else {
        return 0..0;
    };
    original
        .qualifiers()
        .find(|written| written.pointer == qualifier.pointer)
        .map_or_else(|| original.span.clone(), |written| written.span.clone())
}

fn undeclared_in_definition(
    written: &Source,
    span: &Range<usize>,
    qualifier: &QualifierPart,
    (id, function): Callee<'_>,
) -> Option<Problem> {
    let alias = qualifier.text.as_str();
    let mut declared = function.aliases.keys().map(AliasName::as_str);
    if declared.any(|name| name == alias) {
        return None;
    }
    let message =
        format!("`{}` is called through `{alias}`, which `functions.{id}` does not declare", function.name);
    let problem = written.problem(span, message);
    let near = nearest(alias, function.aliases.keys().map(AliasName::as_str));
    let declare = format!("functions.{id}.aliases.{alias} = \"latest\"");
    Some(match near {
        Some(near) if written.slice(span) == alias => {
            problem.labelled(format!("did you mean `{near}`?")).helped(written.corrected_line(span, near))
        }
        Some(near) => problem.labelled(format!("did you mean `{near}`?")).helped(declare),
        None => problem.labelled("no such alias").helped(declare),
    })
}

fn undeclared_in_file(
    source: &Source,
    node: &Node,
    alias: &AliasName,
    place: &str,
    (id, function): Callee<'_>,
) -> Option<Problem> {
    if function.aliases.contains_key(alias) {
        return None;
    }
    let message = format!("{place} would call `functions.{id}` through `{alias}`, which it does not declare");
    let problem = source.problem(&node.span, message);
    let near = nearest(alias.as_str(), function.aliases.keys().map(AliasName::as_str));
    Some(match near {
        Some(near) => problem
            .labelled(format!("did you mean `{near}`?"))
            .helped(source.corrected_line(&node.span, &format!("\"{near}\""))),
        None => problem
            .labelled(format!("not an alias of `functions.{id}`"))
            .helped(format!("functions.{id}.aliases.{alias} = \"latest\"")),
    })
}
