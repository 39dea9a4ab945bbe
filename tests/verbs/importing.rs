//! `import` and `init`: what exists is declared, and the plan right after is empty.

use serde_json::{Value, json};

use crate::{
    applied_small,
    hands::{definition, edit_definition, lambda, states},
    sandbox::{ACCOUNT, Project, REGION, Sandbox, assert_output},
};

/// A folder with nothing in it, on the account that scripts of the past filled.
fn beginner() -> (Sandbox, Project) {
    let sandbox = Sandbox::with_small();
    let project = Project::empty().on(&sandbox).variable("AWS_REGION", REGION);
    (sandbox, project)
}

/// An account with every kind of alias: newest, older, half shifted, at `$LATEST`, none.
fn lived_in() -> (Sandbox, Project) {
    let (sandbox, project) = applied_small();
    for number in [2, 3, 4] {
        project.write(
            "config/functions/orders.py",
            format!("def handler(event, context):\n    return {number}\n"),
        );
        project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
    }
    let alias = |function: &str, body: Value| lambda(&sandbox, "POST", function, "/aliases", &body);
    let split = |weight: f64| json!({ "AdditionalVersionWeights": { "4": weight } });
    alias(
        "shop-orders-dev",
        json!({ "Name": "CANARY", "FunctionVersion": "3", "RoutingConfig": split(0.1) }),
    );
    alias(
        "shop-orders-dev",
        json!({ "Name": "FINE", "FunctionVersion": "3", "RoutingConfig": split(0.125) }),
    );
    alias(
        "shop-orders-dev",
        json!({ "Name": "LESSER", "FunctionVersion": "3", "RoutingConfig": split(0.9) }),
    );
    alias("shop-mailer-dev", json!({ "Name": "DEBUG", "FunctionVersion": "$LATEST" }));
    publish_machine(&sandbox);
    let project = Project::empty().on(&sandbox).variable("AWS_REGION", REGION);
    (sandbox, project)
}

/// Publishes the machine twice, with an alias at each version and one that the TOML cannot name.
fn publish_machine(sandbox: &Sandbox) {
    let publish = || {
        let published = states(sandbox, "PublishStateMachineVersion", "shop-checkout-dev", &json!({}));
        published["stateMachineVersionArn"].as_str().expect("it is published").to_owned()
    };
    let old = publish();
    edit_definition(sandbox, "shop-checkout-dev", |text| text.replace("SendMail", "Mail"));
    let new = publish();
    for (name, version) in [("LIVE", &new), ("OLD", &old), ("v1.0", &old)] {
        let routing = json!([{ "stateMachineVersionArn": version, "weight": 100 }]);
        let body = json!({ "name": name, "routingConfiguration": routing });
        states(sandbox, "CreateStateMachineAlias", "shop-checkout-dev", &body);
    }
}

fn tag(sandbox: &Sandbox, function: &str) {
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}");
    sandbox.lambda("POST", &format!("/2017-03-31/tags/{arn}"), &json!({ "Tags": { "team": "shop" } }));
}

#[test]
fn a_beginner_has_a_project_and_an_empty_plan_in_two_commands() {
    let (sandbox, project) = beginner();
    assert_output!("init", project.repoint(&["init", "--project", "shop"]));
    assert_eq!(project.read(".gitignore"), "/state/\n");
    let before = project.files();
    assert_output!("import_printed", project.repoint(&["import", "shop-*"]));
    assert_eq!(project.files(), before, "nothing is written without --write");
    assert_output!("import_written", project.repoint(&["import", "shop-*", "--write"]));
    assert_output!("import_file", project.read("config/repoint.toml"));
    assert_eq!(project.read("config/shop-checkout.json"), definition(&sandbox, "shop-checkout-dev"));
    assert_output!("import_plan", project.succeeds_with(0, &["plan", "--detailed-exitcode"]));
    sandbox.assert_untouched();
}

#[test]
fn every_alias_is_declared_where_it_is() {
    let (sandbox, project) = lived_in();
    let before = sandbox.writes();
    assert_output!("init_from", project.repoint(&["init", "--project", "shop", "--from", "shop-*"]));
    assert_output!("init_from_file", project.read("config/repoint.toml"));
    project.succeeds_with(0, &["plan", "--detailed-exitcode"]);
    project.succeeds_with(0, &["apply", "--auto-approve"]);
    project.succeeds_with(0, &["drift"]);
    assert_eq!(sandbox.writes(), before, "nothing is sent");
}

#[test]
fn settings_are_declared_on_demand_and_change_nothing() {
    let (_sandbox, project) = lived_in();
    project.succeeds_with(0, &["init", "--project", "shop"]);
    let imported =
        project.succeeds_with(0, &["import", "shop-orders-dev", "--settings", "--write", "--json"]);
    let imported: Value = serde_json::from_str(&imported.stdout).expect("it is JSON");
    assert_output!("import_settings", imported["toml"].as_str().expect("it is a text"));
    project.succeeds_with(0, &["plan", "--detailed-exitcode"]);
}

#[test]
fn a_setting_that_the_toml_cannot_say_is_left_alone() {
    let (sandbox, project) = beginner();
    project.succeeds_with(0, &["init", "--project", "shop"]);
    let described = json!({ "Description": "orders of ${env}" });
    lambda(&sandbox, "PUT", "shop-orders-dev", "/configuration", &described);
    project.succeeds_with(0, &["import", "shop-orders-dev", "--settings", "--write"]);
    let written = "# description = \"orders of ${env}\" is left alone: no setting can say `${`\n";
    assert!(project.read("config/repoint.toml").contains(written));
    project.succeeds_with(0, &["plan", "--detailed-exitcode"]);
}

#[test]
fn what_carries_a_tag_is_found_and_only_that() {
    let (sandbox, project) = beginner();
    tag(&sandbox, "shop-mailer-dev");
    project.succeeds_with(0, &["init", "--project", "shop"]);
    assert_output!("import_tag", project.repoint(&["import", "--tag", "team=shop"]));
    assert_output!("import_tag_of_nobody", project.repoint(&["import", "--tag", "team=bank"]));
    assert_output!("import_tag_empty", project.repoint(&["import", "--tag", "=shop"]));
}

#[test]
fn every_byte_stays_and_what_is_declared_is_not_declared_again() {
    let (_sandbox, project) = beginner();
    let text = "# ours\r\nschema = 1 # one\nproject = 'shop'\n[environments.dev]\nregion = 'us-west-1'\n\n[functions.shop-mailer]\nname = 'other-${env}'\n[functions.o]\nname = \"shop-orders-${env}\"";
    project.write("config/repoint.toml", text);
    project.succeeds_with(0, &["import", "shop-*", "--write"]);
    let after = project.read("config/repoint.toml");
    assert!(after.starts_with(&format!("{text}\n")), "{after}");
    assert_output!("import_clash", after);
    assert_output!("import_all_declared", project.repoint(&["import", "shop-*", "--write"]));
    assert_eq!(project.read("config/repoint.toml"), after);
}

#[test]
fn what_defaults_declare_is_undone_for_what_has_it_not() {
    let (_sandbox, project) = beginner();
    let defaults = "[defaults]\naliases.LIVE = \"latest\"\naliases.ROLLBACK = \"previous(LIVE)\"\ntimeout = 77\nlayers = [\"arn:aws:lambda:us-west-1:123456789012:layer:numpy:3\"]\n";
    let text =
        format!("schema = 1\nproject = \"shop\"\n{defaults}[environments.dev]\nregion = \"us-west-1\"\n");
    project.write("config/repoint.toml", &text);
    project.succeeds_with(0, &["import", "shop-orders-dev", "--write"]);
    assert_output!(
        "import_defaults",
        project.read("config/repoint.toml").strip_prefix(&text).expect("it stays")
    );
    project.succeeds_with(0, &["plan", "--detailed-exitcode"]);
}

#[test]
fn where_there_are_several_environments_only_the_one_that_was_looked_at_gets_the_tables() {
    let (_sandbox, project) = beginner();
    let text =
        "schema = 1\nproject = \"shop\"\n[environments.dev]\nregion = \"us-west-1\"\n[environments.prod]\n";
    project.write("config/repoint.toml", text);
    project.succeeds_with(0, &["import", "-e", "dev", "shop-*", "--write"]);
    assert_output!("import_environment", project.read("config/repoint.toml"));
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    project.succeeds_with(0, &["plan", "-e", "prod", "--detailed-exitcode"]);
}

#[test]
fn a_machine_whose_definition_would_be_filled_in_is_left_out() {
    let (sandbox, project) = beginner();
    project.succeeds_with(0, &["init", "--project", "shop"]);
    edit_definition(&sandbox, "shop-checkout-dev", |text| {
        text.replace("\"StartAt\"", "\"Comment\": \"${x}\", \"StartAt\"")
    });
    let before = project.files();
    assert_output!("import_placeholder", project.repoint(&["import", "shop-checkout-dev", "--write"]));
    assert_eq!(project.files(), before);
}

#[test]
fn bad_input_changes_nothing() {
    let (sandbox, project) = beginner();
    assert_output!("import_no_project", project.repoint(&["import", "shop-*"]));
    project.succeeds_with(0, &["init", "--project", "shop"]);
    project.write("config/shop-checkout.json", "{}");
    let before = project.files();
    for (name, arguments) in [
        ("import_no_match", &["import", "shop-*", "bank-*", "--write"] as &[&str]),
        ("import_misspelt", &["import", "shop-order-dev", "--write"]),
        ("import_nothing_said", &["import"]),
        ("import_file_there", &["import", "shop-*", "--write"]),
        ("init_again", &["init"]),
    ] {
        assert_output!(name, project.repoint(arguments));
        assert_eq!(project.files(), before, "{name}");
    }
    sandbox.world().faults().deny("lambda:ListFunctions", "*");
    assert_output!("import_denied", project.repoint(&["import", "shop-*", "--write"]));
    assert_eq!(project.files(), before);
    sandbox.assert_untouched();
}

#[test]
fn tables_that_do_not_fit_are_refused_with_the_reason() {
    let (_sandbox, project) = beginner();
    let text = "schema = 1\nproject = \"shop\"\nfunctions = {}\n[environments.dev]\nregion = \"us-west-1\"\n";
    project.write("config/repoint.toml", text);
    assert_output!("import_inline", project.repoint(&["import", "shop-orders-dev", "--write"]));
    assert_eq!(project.read("config/repoint.toml"), text);
}

#[test]
fn init_takes_what_is_said_and_keeps_the_ignored_lines() {
    let project = Project::empty();
    project.write(".gitignore", "/target");
    assert_output!(
        "init_prod",
        project.repoint(&["init", "-e", "prod", "--region", "eu-central-1", "--profile", "live"])
    );
    assert_output!("init_prod_file", project.read("config/repoint.toml"));
    assert_eq!(project.read(".gitignore"), "/target\n/state/\n");
    project.succeeds_with(0, &["validate"]);
    assert_output!(
        "init_bad_name",
        project.repoint(&["init", "-c", "other/repoint.toml", "--project", "a b"])
    );
}

#[test]
fn init_that_finds_nothing_to_adopt_writes_nothing() {
    let (_sandbox, project) = beginner();
    assert_output!("init_from_nothing", project.repoint(&["init", "--from", "bank-*"]));
    assert!(project.files().is_empty());
}
