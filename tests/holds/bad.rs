//! What cannot be is refused with what to do instead, and nothing changes.

use crate::{dev, released, sandbox::assert_output};

#[test]
fn what_is_not_there_or_decided_elsewhere_is_refused() {
    let (sandbox, project) = released();
    let mailer = "[functions.mailer]\naliases.PINNED = \"1\"\naliases.CANARY = { split = { \"1\" = 90, \"latest\" = 10 } }\naliases.SAME = \"same-as(LIVE)\"";
    project.edit("config/repoint.toml", "[functions.mailer]", mailer);
    let cases: &[&[&str]] = &[
        &["point", "order", "LIVE", "2"],
        &["point", "zzz*", "LIVE", "2"],
        &["point", "*", "LIVE", "2"],
        &["point", "orders", "LIV", "2"],
        &["point", "orders", "BETA", "2"],
        &["point", "mailer", "PINNED", "2"],
        &["point", "mailer", "CANARY", "1"],
        &["point", "mailer", "SAME", "1"],
        &["point", "orders", "LIVE", "$LATEST"],
        &["point", "orders", "LIVE", "2=90"],
        &["point", "orders", "LIVE", "2=90,3=20"],
        &["point", "orders", "LIVE", "ROLBACK"],
        &["point", "orders", "LIVE", "LIVE"],
        &["point", "orders", "LIVE", "0"],
        &["point", "orders", "LIVE", "2"],
        &["rollback"],
        &["rollback", "orders", "--to", "yesterday"],
        &["rollback", "orders", "mailer", "--to", "1"],
        &["rollback", "checkout"],
        &["rollback", "*", "--alias", "NONE"],
        &["unhold", "orders", "LIV"],
    ];
    let writes = sandbox.writes();
    let files = project.files();
    let outputs: Vec<String> = cases.iter().map(|arguments| dev(&project, arguments).to_string()).collect();
    assert_output!("bad", outputs.join("\n"));
    assert_eq!((sandbox.writes(), project.files()), (writes, files));
}

#[test]
fn what_only_the_account_can_tell_blocks_the_plan() {
    let (sandbox, project) = released();
    let cases: &[&[&str]] = &[
        &["point", "orders", "LIVE", "99", "-y"],
        &["point", "orders", "LIVE", "2=50,99=50", "-y"],
        &["rollback", "orders", "--to", "99", "-y"],
        &["rollback", "mailer", "-y"],
    ];
    let writes = sandbox.writes();
    let outputs: Vec<String> = cases.iter().map(|arguments| dev(&project, arguments).to_string()).collect();
    assert_output!("bad_live", outputs.join("\n"));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn a_saved_plan_moves_no_alias_that_the_toml_decides_by_now() {
    let (sandbox, project) = released();
    dev(&project, &["rollback", "orders", "--out", "plans/back.json"]);
    let toml = project.read("config/repoint.toml");
    let writes = sandbox.writes();
    let cases = ["\"4\"", "\"manual\"", "{ split = { \"3\" = 50, \"4\" = 50 } }"];
    let outputs: Vec<String> = cases
        .iter()
        .map(|target| {
            let orders = format!("[functions.orders]\naliases.LIVE = {target}");
            project.write("config/repoint.toml", toml.replace("[functions.orders]", &orders));
            dev(&project, &["apply", "plans/back.json", "-y"]).to_string()
        })
        .collect();
    assert_output!("bad_saved", outputs.join("\n"));
    assert_eq!(sandbox.writes(), writes);
}
