//! `unhold`: an alias follows the TOML again. Nothing is sent: the next apply moves it.

use std::collections::BTreeMap;

use crate::{
    cli::UnholdArguments,
    diff::{AliasIntents, IntendedPlace, IntentKind},
    error::Failure,
    exit::Exit,
    model::{AliasName, Holds, Object, Recorded},
    plan::intend,
};

use super::{
    Invocation,
    change::{Change, Wanted, change, tell_nothing},
    chosen::{declared_alias, in_environment, objects, targets, typed},
    point::{asked, wish},
    project::Project,
};

/// Ends holds, and clears the marks that came with them.
pub(super) async fn run(invocation: &Invocation<'_>, arguments: &UnholdArguments) -> Result<Exit, Failure> {
    let project = Project::open(invocation)?;
    let UnholdArguments { name, alias, change: how } = arguments;
    let words: Vec<&str> = ["unhold", name].into_iter().chain(alias.as_deref()).collect();
    let command = typed(&words);
    let recorded = project.store().state()?.map(|state| state.recorded).unwrap_or_default();
    let mut intents: BTreeMap<Object, AliasIntents> = BTreeMap::new();
    let chosen = objects(&project, std::slice::from_ref(name))?;
    for object in &chosen {
        for (alias, kind) in released(&project, &recorded, object, alias.as_deref())? {
            let wish = wish(IntendedPlace::Here, kind, &command, None);
            intend(&mut intents, object, alias, wish);
        }
    }
    if intents.is_empty() {
        let what = alias.as_ref().map_or_else(String::new, |alias| format!(" at `{alias}`"));
        invocation.console.note(&format!("Nothing of `{name}` is held{what}; nothing was changed."));
        tell_nothing(invocation);
        return Ok(Exit::Success);
    }
    let command = in_environment(&project, &command);
    let wanted = Wanted::Planned(asked(&project, intents));
    change(invocation, &project, Change { command, arguments: how, digest: None, wanted }).await
}

/// Returns the aliases of an object that are let go. The marks go with the first of them; they belong to
/// the object, and an alias that is `manual` has no hold to go with.
fn released(
    project: &Project,
    recorded: &Recorded,
    object: &Object,
    alias: Option<&str>,
) -> Result<Vec<(AliasName, IntentKind)>, Failure> {
    let nothing = Holds::new();
    let (holds, has_marks) = match object {
        Object::Function(id) => {
            let function = recorded.functions.get(id);
            function.map_or((&nothing, false), |function| (&function.holds, !function.bad.is_empty()))
        }
        Object::Machine(id) => {
            let line = recorded.machines.get(id).and_then(|machine| machine.line.as_ref());
            line.map_or((&nothing, false), |line| (&line.holds, !line.bad.is_empty()))
        }
    };
    if let Some(alias) = alias {
        let alias = declared_alias(project, object, alias)?;
        let is_held = holds.contains_key(&alias);
        return Ok(is_held.then_some((alias, IntentKind::Release)).into_iter().collect());
    }
    let declared = targets(project, object);
    let held = holds.keys().filter(|alias| declared.is_some_and(|declared| declared.contains_key(*alias)));
    let mut released: Vec<AliasName> = held.cloned().collect();
    if released.is_empty() && has_marks {
        released.extend(declared.and_then(|declared| declared.keys().next()).cloned());
    }
    let kind = |index| if index == 0 { IntentKind::ReleaseAll } else { IntentKind::Release };
    Ok(released.into_iter().enumerate().map(|(index, alias)| (alias, kind(index))).collect())
}
