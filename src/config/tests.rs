//! What a sound file means: merging, inheriting, defaults.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use super::{Document, MemoryFiles, Problem, SourceFile, parse};
use crate::model::{
    AliasName, AliasTarget, CodeSource, Desired, DesiredFunction, DesiredMachine, EnvironmentName,
    FunctionId, FunctionName, Limits, MachineId, MachineKind, MachineLogging, References, Requirement,
    Retention, Setting, SplitKey, VersionNumber,
};

/// The file that the documentation shows.
const WHOLE: &str = r#"
schema  = 1
project = "digital-twin"

[defaults]
name                = "agentic-${id}-${env}"
version_description = "${env}: ${git.short} ${deploy.id}"
aliases.LIVE        = "latest"
aliases.ROLLBACK    = "previous(LIVE)"
retention.keep      = 5
retention.min_age   = "36h"

[functions.file-analyzer]
code.path    = "src/file_analyzer.py"
memory_size  = 512
timeout      = 300

[functions.classifier]
aliases.STAGING = "latest"
aliases.LIVE    = "manual"

[functions.router]
aliases.PARTNER = "42"
aliases.CANARY  = { split = { "41" = 90, "latest" = 10 } }

[state_machines.processing]
name       = "workflow-${env}"
definition = "flow.json"
substitutions = { table = "orders-${env}", topic = "arn:aws:sns:${region}:${account}:${id}" }
type = "EXPRESS"
logging = { level = "ERROR", group = "arn:aws:logs:us-west-1:123456789012:log-group:flow:*" }

[limits]
max_deletes = 20

[drift]
ignore = ["functions.router.memory_size", "functions.router.aliases.CANARY"]

[environments.dev]
region  = "us-west-1"
profile = "development"
[environments.prod]
region  = "us-west-1"
account = "123456789012"
require = ["saved-plan", "clean-git"]
defaults.retention.keep = 10
limits.parallelism = 3
functions.file-analyzer.memory_size = 1024
functions.classifier.aliases.ROLLBACK = "unmanaged"
"#;

const DEFINITION: &str = r#"{ "StartAt": "A", "States": { "A": { "Type": "Task", "End": true,
  "Resource": "arn:aws:lambda:us-west-1:123456789012:function:agentic-router-${env}" } } }"#;

fn files() -> MemoryFiles {
    MemoryFiles::new([("src/file_analyzer.py", "pass"), ("dist/a.zip", "zip"), ("flow.json", DEFINITION)])
}

fn document(text: &str) -> Result<Document, Vec<Problem>> {
    let path = "config/repoint.toml".to_owned();
    parse(SourceFile { path, text: text.to_owned() })
}

fn desired(text: &str, environment: &str) -> Desired {
    let environment = EnvironmentName::new(environment).unwrap();
    document(text).unwrap().resolve(&environment, &files()).unwrap()
}

/// Resolves `dev` of a short file whose functions are named by the template.
fn short(lines: &str) -> Desired {
    let head = "schema = 1\nproject = \"shop\"\ndefaults.name = \"${id}-${env}\"\nenvironments.dev.profile = \"p\"\n";
    desired(&format!("{head}{lines}"), "dev")
}

fn function<'a>(desired: &'a Desired, id: &str) -> &'a DesiredFunction {
    &desired.functions[&FunctionId::new(id).unwrap()]
}

fn machine<'a>(desired: &'a Desired, id: &str) -> &'a DesiredMachine {
    &desired.machines[&MachineId::new(id).unwrap()]
}

fn alias(name: &str) -> AliasName {
    AliasName::new(name).unwrap()
}

fn version(number: u64) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

#[test]
fn functions_inherit_defaults_and_keep_what_they_say_themselves() {
    let dev = desired(WHOLE, "dev");
    let router = function(&dev, "router");
    assert_eq!(router.name.as_str(), "agentic-router-dev");
    assert_eq!(router.version_description, "dev: ${git.short} ${deploy.id}");
    assert_eq!(router.retention, Some(Retention { keep: 5, min_age: SignedDuration::from_hours(36) }));
    let split = BTreeMap::from([(SplitKey::Version(version(41)), 90), (SplitKey::Latest, 10)]);
    assert_eq!(
        router.aliases,
        BTreeMap::from([
            (alias("CANARY"), AliasTarget::Split(split)),
            (alias("LIVE"), AliasTarget::Latest),
            (alias("PARTNER"), AliasTarget::Pinned(version(42))),
            (alias("ROLLBACK"), AliasTarget::Previous(alias("LIVE"))),
        ])
    );
    let analyzer = function(&dev, "file-analyzer");
    assert_eq!(analyzer.code, Some(CodeSource::Path("src/file_analyzer.py".to_owned())));
    assert_eq!(
        analyzer.settings,
        BTreeMap::from([(Setting::MemorySize, json!(512)), (Setting::Timeout, json!(300))])
    );
    assert_eq!(function(&dev, "classifier").aliases[&alias("LIVE")], AliasTarget::Manual);
}

#[test]
fn an_environment_overlays_every_level() {
    let prod = desired(WHOLE, "prod");
    assert_eq!(function(&prod, "router").retention.unwrap().keep, 10);
    assert_eq!(function(&prod, "router").retention.unwrap().min_age, SignedDuration::from_hours(36));
    let analyzer = function(&prod, "file-analyzer");
    assert_eq!(analyzer.settings[&Setting::MemorySize], json!(1024));
    assert_eq!(analyzer.settings[&Setting::Timeout], json!(300));
    assert!(!function(&prod, "classifier").aliases.contains_key(&alias("ROLLBACK")));
    assert!(function(&prod, "classifier").aliases.contains_key(&alias("STAGING")));
    assert_eq!(prod.limits, Limits { parallelism: 3, max_deletes: 20, ..Limits::default() });
    assert_eq!(prod.require, BTreeSet::from([Requirement::SavedPlan, Requirement::CleanGit]));
    assert_eq!(prod.account.as_ref().unwrap().as_str(), "123456789012");
    assert_eq!(prod.profile, None);
    let dev = desired(WHOLE, "dev");
    assert_eq!(dev.profile.as_deref(), Some("development"));
    assert_eq!((dev.require.len(), dev.account.is_none()), (0, true));
}

#[test]
fn a_function_beats_the_defaults_of_an_environment() {
    let desired = short("environments.dev.defaults.retention.keep = 10\nfunctions.a.retention.keep = 3\n");
    assert_eq!(function(&desired, "a").retention.unwrap().keep, 3);
}

#[test]
fn targets_code_and_arrays_replace_whole() {
    let desired = short(
        r#"
defaults.aliases.LIVE = { split = { "41" = 90, "latest" = 10 } }
[functions.a]
aliases.LIVE = { split = { "previous(OLD)" = 100 } }
aliases.OLD = "41"
code.path = "src/file_analyzer.py"
layers = ["arn:aws:lambda:us-west-1:123456789012:layer:one:1"]
vpc = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
[environments.dev.functions.a]
code.zip = "dist/a.zip"
layers = ["arn:aws:lambda:us-west-1:123456789012:layer:two:2"]
vpc.security_group_ids = ["sg-2"]
"#,
    );
    let a = function(&desired, "a");
    let split = BTreeMap::from([(SplitKey::Previous(alias("OLD")), 100)]);
    assert_eq!(a.aliases[&alias("LIVE")], AliasTarget::Split(split));
    assert_eq!(a.code, Some(CodeSource::Zip("dist/a.zip".to_owned())));
    assert_eq!(a.settings[&Setting::Layers], json!(["arn:aws:lambda:us-west-1:123456789012:layer:two:2"]));
    assert_eq!(
        a.settings[&Setting::Vpc],
        json!({ "subnet_ids": ["subnet-1"], "security_group_ids": ["sg-2"] })
    );
}

#[test]
fn keys_that_look_like_other_keys_are_only_names() {
    let desired = short(
        "[functions.code]\ntimeout = 3\n[functions.aliases]\ntimeout = 4\n[environments.dev.functions.code]\nmemory_size = 256\n",
    );
    let code = &function(&desired, "code").settings;
    assert_eq!(*code, BTreeMap::from([(Setting::MemorySize, json!(256)), (Setting::Timeout, json!(3))]));
}

#[test]
fn what_is_unsaid_has_its_default() {
    let desired = short("functions.a = {}\nfunctions.b.retention = {}\n");
    let (a, b) = (function(&desired, "a"), function(&desired, "b"));
    assert_eq!((a.retention, b.retention), (None, Some(Retention::default())));
    assert!(a.aliases.is_empty() && a.settings.is_empty() && a.code.is_none());
    assert_eq!(a.version_description, "${git.short} ${deploy.id}");
    assert_eq!(desired.limits, Limits::default());
}

#[test]
fn every_setting_keeps_the_shape_of_the_file() {
    let desired = short(
        r#"
[functions.a]
description = "routes"
role = "arn:aws:iam::123456789012:role/a"
runtime = "python3.13"
handler = "app.handler"
architectures = ["arm64"]
ephemeral_storage = 1024
tracing = "Active"
snap_start = "PublishedVersions"
dead_letter = "arn:aws:sqs:us-west-1:123456789012:failed"
kms_key = ""
logging = { format = "JSON", application_level = "INFO", system_level = "WARN", group = "/aws/a" }
image_config = { entry_point = ["/e.sh"], command = ["${HOME}"], working_directory = "/w" }
file_systems = [{ arn = "arn:aws:elasticfilesystem:us-west-1:123456789012:access-point/fsap-1", local_mount_path = "/mnt/a" }]
vpc = { subnet_ids = [], security_group_ids = [], ipv6 = true }
"#,
    );
    let settings = &function(&desired, "a").settings;
    assert_eq!(settings.len(), 14);
    assert_eq!(settings[&Setting::EphemeralStorage], json!(1024));
    assert_eq!(settings[&Setting::KmsKey], json!(""));
    assert_eq!(settings[&Setting::Vpc], json!({ "subnet_ids": [], "security_group_ids": [], "ipv6": true }));
    assert_eq!(
        settings[&Setting::ImageConfig],
        json!({ "entry_point": ["/e.sh"], "command": ["${HOME}"], "working_directory": "/w" })
    );
    assert_eq!(
        settings[&Setting::FileSystems],
        json!([{ "arn": "arn:aws:elasticfilesystem:us-west-1:123456789012:access-point/fsap-1", "local_mount_path": "/mnt/a" }])
    );
}

#[test]
fn a_machine_leaves_account_and_region_for_the_plan() {
    let dev = desired(WHOLE, "dev");
    let processing = machine(&dev, "processing");
    assert_eq!(processing.name.as_str(), "workflow-dev");
    assert_eq!(
        (processing.definition_path.as_str(), processing.definition.as_str()),
        ("flow.json", DEFINITION)
    );
    assert_eq!(processing.references, References::Alias(alias("LIVE")));
    assert_eq!(processing.substitutions["table"], "orders-dev");
    assert_eq!(processing.substitutions["topic"], "arn:aws:sns:${region}:${account}:processing");
    assert_eq!(processing.kind, Some(MachineKind::Express));
    let group = Some("arn:aws:logs:us-west-1:123456789012:log-group:flow:*".to_owned());
    let logging = MachineLogging { level: "ERROR".to_owned(), include_execution_data: false, group };
    assert_eq!(processing.logging, Some(logging));
}

#[test]
fn references_can_be_off_or_go_through_any_declared_alias() {
    let lines = "functions.a.aliases.BETA = \"latest\"\n[state_machines.m]\nname = \"m\"\ndefinition = \"flow.json\"\n";
    let off = short(&format!("{lines}references = \"off\"\n"));
    assert_eq!(machine(&off, "m").references, References::Off);
    let beta = short(&format!("{lines}references = \"BETA\"\n"));
    assert_eq!(machine(&beta, "m").references, References::Alias(alias("BETA")));
}

#[test]
fn ignored_drift_is_an_address_and_perhaps_a_field() {
    let ignored = desired(WHOLE, "dev").drift_ignore;
    let shown: Vec<(String, Option<&str>)> =
        ignored.iter().map(|one| (one.address.to_string(), one.field.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("functions.router".to_owned(), Some("memory_size")),
            ("functions.router.aliases.CANARY".to_owned(), None),
        ]
    );
}

#[test]
fn the_names_of_other_environments_are_known_but_not_the_shared_ones() {
    let text = r#"
schema = 1
project = "shop"
defaults.name = "${id}-${env}"
functions.a = {}
functions.shared.name = "shared"
environments.dev.profile = "p"
environments.test.functions.only-here = {}
environments.prod.functions.a.name = "a-live"
"#;
    let foreign: Vec<(FunctionName, EnvironmentName)> =
        desired(text, "dev").foreign_names.into_iter().collect();
    let shown: Vec<(&str, &str)> =
        foreign.iter().map(|(name, environment)| (name.as_str(), environment.as_str())).collect();
    assert_eq!(shown, [("a-live", "prod"), ("a-test", "test"), ("only-here-test", "test")]);
}

#[test]
fn a_mistake_of_another_environment_does_not_stop_this_one() {
    let text = format!("{WHOLE}[environments.test]\ndefaults.name = \"bad name ${{id}}\"\n");
    assert_eq!(desired(&text, "dev").foreign_names.len(), 3);
}

#[test]
fn a_reference_to_another_account_is_not_ours() {
    let lines = "functions.router = { name = \"agentic-router-dev\", aliases.BETA = \"latest\" }\n\
        environments.dev.account = \"210987654321\"\n\
        [state_machines.m]\nname = \"m\"\ndefinition = \"flow.json\"\nreferences = \"LIVE\"\n";
    assert_eq!(machine(&short(lines), "m").references, References::Alias(alias("LIVE")));
}

proptest! {
    /// Whatever is typed into a sound file, every problem points at characters of its text.
    #[test]
    fn no_text_breaks_the_reader(
        at in 0..WHOLE.len(),
        removed in 0_usize..12,
        typed in r#"(\$LATEST|"|\{|\}|=|é|\[|\n|LIVE|previous\(|[0-9]{1,3}| )?"#,
    ) {
        let end = (at + removed).min(WHOLE.len());
        let text = format!("{}{typed}{}", &WHOLE[..at], &WHOLE[end..]);
        let resolved = document(&text)
            .and_then(|document| document.resolve(&EnvironmentName::new("dev").unwrap(), &files()));
        for problem in resolved.err().unwrap_or_default() {
            prop_assert!(problem.text.get(problem.span.clone()).is_some());
            prop_assert!(problem.position().0 >= 1);
            prop_assert!(!problem.message.is_empty());
        }
    }
}

#[test]
fn variables_merge_by_name_and_their_sources_are_replaced_whole() {
    let desired = short(
        "[defaults.environment]\nSTAGE = { from_env = \"STAGE\" }\nTOKEN = { ssm = \"/shop/${env}/${id}\" }\n\
         [functions.a]\nenvironment.TABLE = { ssm = \"table:3\" }\n\
         [environments.dev.functions.a]\nenvironment.STAGE = { ssm = \"/${project}/stage\" }\n",
    );
    let variables = function(&desired, "a").variables.iter();
    let shown: Vec<String> = variables.map(|(name, source)| format!("{name} {source}")).collect();
    assert_eq!(shown, ["STAGE ssm /shop/stage", "TABLE ssm table:3", "TOKEN ssm /shop/dev/a"]);
}
