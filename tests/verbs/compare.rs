//! What differs between two versions of a function.

use serde_json::{Value, json};

use crate::{
    applied_small,
    hands::lambda,
    sandbox::{ACCOUNT, Project, Sandbox, assert_output},
};

const ORDERS: &str = "shop-orders-dev";
const SECRET: &str = "hunter2-of-the-database";

/// The small project whose function is a folder, after two releases of it and a change of variables
/// and memory by hand.
fn released() -> (Sandbox, Project) {
    let (sandbox, project) = applied_small();
    let toml = "config/repoint.toml";
    project.edit(toml, "\"config/functions/orders.py\"", "\"config/functions/orders\"");
    let code = |file: &str| format!("config/functions/orders/{file}");
    project.write(&code("orders.py"), "def handler(event, context):\n    return \"order\"\n\n\nLIMIT = 10\n");
    project.write(&code("old.txt"), "to be removed\n");
    project.write(&code("logo.bin"), [0_u8, 1, 2, 3]);
    project.write(&code("same.txt"), "always the same\n");
    apply(&project);
    set(&sandbox, &json!({ "Environment": { "Variables": { "TABLE": SECRET, "OLD": "1", "SAME": "x" } } }));
    project.edit(&code("orders.py"), "LIMIT = 10", "LIMIT = 20");
    std::fs::remove_file(project.path().join(code("old.txt"))).expect("it is there");
    project.write(&code("logo.bin"), [0_u8, 1, 2, 3, 4]);
    project.write(&code("new.txt"), "just added\n");
    apply(&project);
    set(
        &sandbox,
        &json!({ "Environment": { "Variables": { "TABLE": "another", "NEW": "1", "SAME": "x" } }, "MemorySize": 1024 }),
    );
    let body = json!({ "Description": "by hand" });
    lambda(&sandbox, "POST", ORDERS, "/versions", &body);
    (sandbox, project)
}

fn set(sandbox: &Sandbox, body: &Value) {
    lambda(sandbox, "PUT", ORDERS, "/configuration", body);
}

fn apply(project: &Project) {
    project.succeeds_with(0, &["apply", "-e", "dev", "--auto-approve", "-q"]);
}

#[test]
fn tells_settings_hashes_sizes_and_dates_and_hides_the_values_of_variables() {
    let (sandbox, project) = released();
    let before = sandbox.writes();
    let compared = project.repoint(&["compare", "-e", "dev", "orders", "3", "5"]);
    assert!(
        !compared.to_string().contains(SECRET) && !compared.to_string().contains("another"),
        "{compared}"
    );
    assert_output!("compare", compared);
    assert_output!("compare_by_hand", project.repoint(&["compare", "-e", "dev", ORDERS, "LIVE", "latest"]));
    let json = project.repoint(&["compare", "-e", "dev", "functions.orders", "4", "5", "--json"]);
    assert!(!json.to_string().contains(SECRET), "{json}");
    assert_output!("compare_json", json);
    assert_eq!(sandbox.writes(), before, "nothing may be sent");
}

#[test]
fn compares_the_files_of_both_packages() {
    let (_sandbox, project) = released();
    let compared = project.repoint(&["compare", "-e", "dev", "orders", "3", "4", "--code", "-vv"]);
    assert_eq!(compared.code, Some(0), "{compared}");
    for secret in ["X-Amz-Signature", "x-amz-signature", SECRET] {
        assert!(!compared.to_string().contains(secret), "{secret} is shown:\n{compared}");
    }
    assert_output!("compare_code", project.repoint(&["compare", "-e", "dev", "orders", "3", "4", "--code"]));
    assert_output!(
        "compare_code_json",
        project.repoint(&["compare", "-e", "dev", "orders", "3", "4", "--code", "--json"])
    );
    assert_output!(
        "compare_code_same",
        project.repoint(&["compare", "-e", "dev", "orders", "4", "5", "--code"])
    );
}

#[test]
fn an_exit_code_tells_whether_they_differ() {
    let (_sandbox, project) = released();
    for (from, to, code) in [("3", "4", 2), ("4", "LIVE", 0), ("5", "$LATEST", 0), ("latest", "4", 2)] {
        project.succeeds_with(code, &["compare", "-e", "dev", "orders", from, to, "--exit-code"]);
        project.succeeds_with(0, &["compare", "-e", "dev", "orders", from, to]);
    }
}

#[test]
fn the_files_of_an_image_are_not_compared() {
    let (sandbox, project) = applied_small();
    lambda(&sandbox, "DELETE", "shop-mailer-dev", "", &Value::Null);
    let image = |tag: &str| format!("{ACCOUNT}.dkr.ecr.us-west-1.amazonaws.com/mailer:{tag}");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/example");
    let body = json!({
        "FunctionName": "shop-mailer-dev", "PackageType": "Image", "Role": role,
        "Code": { "ImageUri": image("one") }, "Publish": true,
    });
    sandbox.lambda("POST", "/2015-03-31/functions", &body);
    lambda(
        &sandbox,
        "PUT",
        "shop-mailer-dev",
        "/code",
        &json!({ "ImageUri": image("two"), "Publish": true }),
    );
    assert_output!("compare_image", project.repoint(&["compare", "-e", "dev", "mailer", "1", "2", "--code"]));
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let (sandbox, project) = released();
    let weights = json!({ "AdditionalVersionWeights": { "4": 0.1 } });
    let canary = json!({ "Name": "CANARY", "FunctionVersion": "3", "RoutingConfig": weights });
    lambda(&sandbox, "POST", ORDERS, "/aliases", &canary);
    let before = sandbox.writes();
    for (name, arguments) in [
        ("compare_no_function", &["odrers", "1", "2"][..]),
        ("compare_no_version", &["orders", "1", "99"]),
        ("compare_no_alias", &["orders", "LVE", "latest"]),
        ("compare_no_word", &["orders", "0", "latest"]),
        ("compare_split", &["orders", "CANARY", "latest"]),
        ("compare_two", &["*", "1", "2"]),
        ("compare_machine", &["checkout", "1", "2"]),
        ("compare_one_version", &["orders", "1"]),
    ] {
        assert_output!(name, project.repoint(&[&["compare", "-e", "dev"], arguments].concat()));
    }
    assert_eq!(sandbox.writes(), before);
    lambda(&sandbox, "DELETE", "shop-mailer-dev", "", &Value::Null);
    assert_output!("compare_missing", project.repoint(&["compare", "-e", "dev", "mailer", "1", "2"]));
}
