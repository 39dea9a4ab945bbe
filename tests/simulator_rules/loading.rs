//! A function that was put there at once is the one that its steps would have made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use repoint::simulator::{Knobs, Scene, SceneFunction, SceneRelease};
use serde_json::{Value, json};

use super::support::{Account, zipped};

fn zip(version: usize) -> Vec<u8> {
    STANDARD.decode(zipped(&format!("version {version}"))).unwrap()
}

fn scene(account: &mut Account) -> Scene<'_> {
    Scene::new(&mut account.world, "us-west-1", "2026-11-22T09:00:00Z".parse().unwrap())
}

fn releases(count: usize) -> Vec<SceneRelease> {
    (1..=count)
        .map(|version| SceneRelease::read(&zip(version), &format!("release {version}")).unwrap())
        .collect()
}

fn loaded(count: usize) -> Account {
    let mut account = Account::new();
    scene(&mut account).load_function("orders", "app.handler", &releases(count)).unwrap();
    account
}

fn step_by_step(count: usize) -> Account {
    let mut account = Account::new();
    let mut scene = scene(&mut account);
    let function = SceneFunction { name: "orders", zip: &zip(0), handler: "app.handler" };
    scene.create_function(function).unwrap();
    for version in 1..=count {
        scene.update_code("orders", &zip(version)).unwrap();
        scene.publish("orders", &format!("release {version}")).unwrap();
    }
    account
}

/// Returns all that the account shows of the function, without revisions and times.
fn shown(account: &mut Account, count: usize) -> Vec<Value> {
    let qualified = (1..=count).map(|version| format!("orders?Qualifier={version}"));
    let mut answers: Vec<Value> = qualified
        .chain(["orders".to_owned()])
        .map(|path| account.lambda("GET", &path, Value::Null).expect(200))
        .collect();
    answers.push(account.lambda("GET", "orders/versions", Value::Null).expect(200));
    for answer in &mut answers {
        forget_times(answer);
    }
    answers
}

fn forget_times(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for name in ["RevisionId", "LastModified", "Location"] {
                members.remove(name);
            }
            members.values_mut().for_each(forget_times);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_times),
        _ => {}
    }
}

#[test]
fn loading_shows_what_the_steps_show() {
    assert_eq!(shown(&mut loaded(3), 3), shown(&mut step_by_step(3), 3));
}

#[test]
fn a_loaded_function_goes_on_as_the_stepped_one() {
    for mut account in [loaded(3), step_by_step(3)] {
        assert_eq!(account.publish("orders")["Version"], "3", "nothing was updated since");
        account.change_code("orders", "other");
        assert_eq!(account.publish("orders")["Version"], "4");
        assert_eq!(account.publish("orders")["Description"], "");
    }
}

#[test]
fn loading_refuses_what_the_steps_refuse() {
    let mut account = loaded(1);
    let mut load = |name: &str, releases: &[SceneRelease]| {
        scene(&mut account).load_function(name, "app.handler", releases).unwrap_err().to_string()
    };
    let known = "the simulated account refused load orders: ResourceConflictException: Function already exist: orders";
    assert_eq!(load("orders", &releases(1)), known);
    assert!(load("no name", &releases(1)).contains("ValidationException"));
    assert!(load("empty", &[]).contains("A past has one release at least."));
    let unreadable = SceneRelease::read(b"no zip", "").unwrap_err().to_string();
    assert!(unreadable.contains("Could not unzip uploaded file."), "{unreadable}");
}

#[test]
fn r37_loaded_code_counts_and_a_region_that_is_full_is_counted_exactly() {
    let size = u64::try_from(zip(1).len()).unwrap();
    let mut account = Account::with(Knobs { code_storage: 3 * size, ..Knobs::default() });
    scene(&mut account).load_function("orders", "app.handler", &releases(2)).unwrap();
    let more = scene(&mut account).load_function("others", "app.handler", &releases(1)).unwrap_err();
    assert!(more.to_string().contains("CodeStorageExceededException"), "{more}");
    account.lambda("DELETE", "orders?Qualifier=1", Value::Null).expect(204);
    account.lambda("DELETE", "orders?Qualifier=2", Value::Null).expect(204);
    scene(&mut account).load_function("others", "app.handler", &releases(1)).unwrap();
    account.change_configuration("orders", json!({"Timeout": 9}));
    let answer = account.lambda("POST", "orders/versions", json!({}));
    assert_eq!(answer.code, "CodeStorageExceededException");
}
