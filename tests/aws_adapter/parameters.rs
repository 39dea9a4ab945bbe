//! Values of environment variables: where they are read, and how they are sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use repoint::{
    model::{
        AmbientName, Environment, ParameterName, Unresolved, Values, VariableName, VariableSource, Variables,
    },
    provider::{Provider, Reader, aws::AwsProvider, resolve},
    simulator::{Knobs, WireRequest, World},
};
use serde_json::{Value, json};

use crate::{
    canned::{recording, sent},
    connected,
    in_process::{in_process, virtual_clock},
    name, revision,
};

fn parameter(text: &str) -> ParameterName {
    ParameterName::new(text).unwrap()
}

fn ssm(text: &str) -> VariableSource {
    VariableSource::Ssm(parameter(text))
}

/// An account with these parameters, each with its name in capitals as the value.
async fn account(names: &[&str]) -> (Arc<Mutex<World>>, AwsProvider) {
    let world = Arc::new(Mutex::new(World::new(Knobs::default())));
    let clock = virtual_clock();
    for name in names {
        let body = json!({ "Name": name, "Type": "SecureString", "Value": name.to_uppercase() });
        let scope = "AKIASTANDIN000000000/20261122/eu-west-1/ssm/aws4_request";
        let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let headers = [("authorization", signed.as_str()), ("x-amz-target", "AmazonSSM.PutParameter")];
        let request = WireRequest {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: body.to_string().into_bytes(),
        };
        assert_eq!(world.lock().unwrap().handle(clock(), &request).status, 200);
    }
    let (aws, _) = connected(in_process(Arc::clone(&world), clock)).await;
    (world, aws)
}

/// Returns the value of each source in words: the value itself, or why there is none.
fn told(values: &Values, sources: &BTreeSet<VariableSource>) -> Vec<String> {
    let word = |source: &VariableSource| {
        let variable = Variables::from([(VariableName::new("VALUE").unwrap(), source.clone())]);
        let resolved = values.resolved(&variable);
        let value = resolved.exposed().next().map(|(_, value)| value.to_owned());
        value.unwrap_or_else(|| match values.unresolved(source) {
            Some(Unresolved::Denied(_)) => "denied".to_owned(),
            other => format!("{other:?}"),
        })
    };
    sources.iter().map(|source| format!("{source}: {}", word(source))).collect()
}

#[tokio::test(start_paused = true)]
async fn each_source_is_asked_once_and_ten_parameters_at_a_time() {
    let names: Vec<String> = (10..22).map(|number| format!("/p/{number}")).collect();
    let (world, aws) = account(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut sources: BTreeSet<VariableSource> = names.iter().map(|name| ssm(name)).collect();
    sources.insert(ssm("/p/none"));
    let table = |name: &str| (name == "TABLE").then(|| "orders".to_owned());
    let ambient = |name: &str| VariableSource::FromEnv(AmbientName::new(name).unwrap());
    sources.extend([ambient("TABLE"), ambient("QUEUE")]);
    let values = resolve(&aws, &sources, &table).await.unwrap();
    assert_eq!(world.lock().unwrap().calls()["GetParameters"], 2);
    let told = told(&values, &sources);
    assert_eq!(told[..3], ["from_env QUEUE: Some(Missing)", "from_env TABLE: orders", "ssm /p/10: /P/10"]);
    assert_eq!(told.last().unwrap(), "ssm /p/none: Some(Missing)");
}

#[tokio::test(start_paused = true)]
async fn one_parameter_that_is_denied_denies_no_other() {
    let (world, aws) = account(&["/shop/open", "/shop/secret"]).await;
    world.lock().unwrap().faults().deny("GetParameters", "secret");
    let sources = BTreeSet::from([ssm("/shop/open"), ssm("/shop/secret"), ssm("/shop/open:1")]);
    let values = resolve(&aws, &sources, &|_| None).await.unwrap();
    let expected = ["ssm /shop/open: /SHOP/OPEN", "ssm /shop/open:1: /SHOP/OPEN", "ssm /shop/secret: denied"];
    assert_eq!(told(&values, &sources), expected);
}

#[tokio::test(start_paused = true)]
async fn parameters_are_asked_for_with_decryption() {
    let (client, asked) = recording(json!({ "Parameters": [], "InvalidParameters": ["/shop/token"] }));
    let (aws, _) = connected(client).await;
    assert!(aws.parameters(&[parameter("/shop/token")]).await.unwrap().is_empty());
    let body = json!({ "Names": ["/shop/token"], "WithDecryption": true });
    assert_eq!(sent(&asked), ("POST /".to_owned(), body));
    let (client, _) = recording(json!({ "Parameters": [], "InvalidParameters": [] }));
    let (aws, _) = connected(client).await;
    let error = aws.parameters(&[parameter("/shop/token")]).await.unwrap_err();
    assert!(error.to_string().ends_with("the answer says nothing of `/shop/token`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn all_variables_are_sent_at_once_and_none_where_none_changes() {
    let (client, asked) = recording(json!({}));
    let (aws, _) = connected(client).await;
    let variables = BTreeMap::from([("TABLE".to_owned(), "orders".to_owned())]);
    let environment = Environment::new(variables);
    aws.update_settings(&name(), &BTreeMap::new(), Some(&environment), &revision("r")).await.unwrap();
    let body = json!({ "Environment": { "Variables": { "TABLE": "orders" } }, "RevisionId": "r" });
    assert_eq!(sent(&asked).1, body);
    aws.update_settings(&name(), &BTreeMap::new(), None, &revision("r")).await.unwrap();
    assert_eq!(sent(&asked).1["Environment"], Value::Null);
}
