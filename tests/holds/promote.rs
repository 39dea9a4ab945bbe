//! `promote`: what was tried under one alias goes to those who call the other.

use crate::{
    alias, dev, done, release_of,
    sandbox::{Project, Sandbox, assert_output},
};

/// Returns the small project with a LIVE that only people move, one release behind STAGING.
fn staged() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::small().on(&sandbox);
    let aliases = "aliases.LIVE = \"manual\"\naliases.STAGING = \"latest\"";
    project.edit("config/repoint.toml", "aliases.LIVE = \"latest\"", aliases);
    project.succeeds_with(0, &["apply", "-e", "dev", "-y", "-q"]);
    release_of(&project, "second");
    project.succeeds_with(0, &["apply", "-e", "dev", "-y", "-q"]);
    (sandbox, project)
}

#[test]
fn promotes_without_a_hold_where_live_is_manual() {
    let (sandbox, project) = staged();
    assert_eq!((alias(&sandbox, "STAGING"), alias(&sandbox, "LIVE")), ("3".to_owned(), "2".to_owned()));
    assert_output!("promote", done(&project, 0, &["promote", "*"]));
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("3".to_owned(), "2".to_owned()));
    assert!(!project.read("state/dev/state.json").contains("\"holds\""));
    assert_output!("promote_again", done(&project, 0, &["promote", "orders"]));
    // The way back is marked, so that the next promotion does not make it the way back again.
    assert_output!("promote_back", done(&project, 0, &["rollback", "orders"]));
    assert_eq!(alias(&sandbox, "LIVE"), "2");
    done(&project, 0, &["apply"]);
    assert_eq!(alias(&sandbox, "LIVE"), "2");
    assert_output!("promote_forgiven", done(&project, 0, &["unhold", "orders"]));
}

#[test]
fn what_cannot_be_promoted_is_refused() {
    let (sandbox, project) = staged();
    let cases: &[&[&str]] = &[
        &["promote"],
        &["promote", "order"],
        &["promote", "zzz*"],
        &["promote", "orders", "--from", "BETA"],
        &["promote", "orders", "--from", "LIVE", "--to", "LIVE"],
        &["promote", "*", "--from", "BETA"],
        &["promote", "checkout"],
        &["promote", "orders"],
    ];
    let writes = sandbox.writes();
    let outputs: Vec<String> = cases.iter().map(|arguments| dev(&project, arguments).to_string()).collect();
    assert_output!("promote_bad", outputs.join("\n"));
    // One that serves two versions has none to promote.
    done(&project, 0, &["point", "orders", "STAGING", "2=50,3=50"]);
    let more = sandbox.writes();
    assert_output!("promote_split", crate::flowed(&done(&project, 1, &["promote", "orders"])));
    assert_eq!((sandbox.writes().len(), writes.len() + 1), (more.len(), more.len()));
}

#[test]
fn a_rollback_of_a_manual_alias_that_stops_half_way_is_ended_by_the_next_apply() {
    let (sandbox, project) = staged();
    done(&project, 0, &["promote", "orders"]);
    release_of(&project, "third");
    done(&project, 0, &["apply"]);
    done(&project, 0, &["promote", "orders"]);
    sandbox.world().faults().add("UpdateAlias@LIVE:deny".parse().expect("it is a rule"));
    done(&project, 3, &["rollback", "orders"]);
    assert_eq!((alias(&sandbox, "LIVE"), alias(&sandbox, "ROLLBACK")), ("4".to_owned(), "2".to_owned()));
    assert_output!("promote_under_way", crate::flowed(&dev(&project, &["plan", "--detailed-exitcode"])));
    done(&project, 0, &["apply"]);
    assert_eq!(alias(&sandbox, "LIVE"), "3");
    assert!(!project.read("state/dev/state.json").contains("\"holds\""), "it has arrived");
    let after = dev(&project, &["plan", "--detailed-exitcode"]);
    assert_eq!(after.code, Some(0), "{after}");
}
