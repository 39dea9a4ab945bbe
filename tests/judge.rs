//! An independent client judges the program: boto3 sets the scene on `repoint sandbox`, `repoint`
//! applies the example, and boto3 and the AWS CLI read back what callers would see.
//!
//! The clients live in a virtual environment that `.ci/run` makes (or `REPOINT_PYTHON` names its
//! Python, which then must have them); where there is none, the tests say so and have nothing to
//! prove.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

#[path = "support/sandbox.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod sandbox;

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use sandbox::{Project, REGION, assert_output};

const MACHINE: &str = "arn:aws:states:us-west-1:000000000000:stateMachine:docs-processing-dev";

#[test]
fn boto3_sees_what_was_applied_and_drift_sees_what_boto3_moved() {
    let Some(judge) = Judge::seeded() else { return };
    let before = judge.callers();
    assert_output!("judge_apply", judge.project.repoint(&["apply", "-e", "dev", "--auto-approve"]));
    let applied = judge.callers();
    insta::assert_snapshot!("judge_callers", format!("{applied:#}"));
    assert_eq!(
        applied["functions"]["ocr-engine-dev"], before["functions"]["ocr-engine-dev"],
        "what the TOML does not name is never touched"
    );
    judge.runs(0, &["plan", "-e", "dev", "--detailed-exitcode"]);

    judge.project.edit("config/functions/intake.py", "def handler", "# The next release.\ndef handler");
    judge.runs(0, &["apply", "-e", "dev", "--auto-approve"]);
    let released = judge.callers();
    let intake = &released["functions"]["docs-intake-dev"];
    assert_eq!(intake["ROLLBACK"], applied["functions"]["docs-intake-dev"]["LIVE"]);
    assert_ne!(intake["LIVE"], intake["ROLLBACK"]);

    judge.walk(&["move-alias", "docs-intake-dev", "LIVE", "1"]);
    assert_ne!(judge.callers(), released);
    assert_output!("judge_drift", judge.project.repoint(&["drift", "-e", "dev"]));
    judge.runs(0, &["apply", "-e", "dev", "--auto-approve"]);
    let restored = judge.callers();
    let restored = &restored["functions"]["docs-intake-dev"];
    assert_eq!(restored["LIVE"], intake["LIVE"], "the apply puts it back");
    assert_eq!(restored["ROLLBACK"]["version"], "1", "the version that `LIVE` served in between");
    judge.runs(0, &["drift", "-e", "dev"]);
}

#[test]
fn the_aws_cli_sees_what_was_applied() {
    let Some(judge) = Judge::seeded() else { return };
    judge.runs(0, &["apply", "-e", "dev", "--auto-approve"]);

    let alias = judge.aws("lambda get-alias --function-name docs-classifier-dev --name STAGING");
    assert_eq!(alias["FunctionVersion"], "2");
    assert_eq!(alias.get("RoutingConfig"), None);

    let versions = judge.aws("lambda list-versions-by-function --function-name docs-extractor-dev");
    let versions = versions["Versions"].as_array().unwrap().iter();
    let fields = ["Version", "Handler", "MemorySize", "Timeout"];
    let versions: Vec<Value> = versions.map(|version| json!(fields.map(|field| &version[field]))).collect();
    let applied = |version: &str| json!([version, "app.handler", 512, 60]);
    assert_eq!(versions, [applied("$LATEST"), json!(["1", "app.handler", 128, 3]), applied("2")]);

    let machine = judge.aws(&format!("stepfunctions describe-state-machine --state-machine-arn {MACHINE}"));
    assert_eq!(machine["definition"].as_str().unwrap(), judge.sent_definition());
}

#[test]
fn boto3_walks_what_hangs_on_a_function_and_the_services_beside_lambda() {
    let Some(python) = python() else { return };
    let judge = Judge { project: Project::empty(), account: Account::start(), python };
    let seen = judge.script("services.py", &[]);
    insta::assert_snapshot!("judge_services", format!("{seen:#}"));
}

#[test]
fn the_aws_cli_walks_the_guide_of_the_first_users() {
    let Some(python) = python() else { return };
    let judge = Judge { project: Project::empty(), account: Account::start(), python };
    let seen = judge.script("guide.py", &[]);
    insta::assert_snapshot!("judge_guide", format!("{seen:#}"));
}

/// Takes minutes, and needs terraform with the AWS provider; tests/terraform/README.md says how.
#[test]
fn terraform_applies_plans_nothing_updates_and_destroys() {
    let Some(plugins) = env::var_os("REPOINT_TERRAFORM_PLUGINS") else {
        eprintln!("skipped: REPOINT_TERRAFORM_PLUGINS names no mirror with the AWS provider");
        return;
    };
    let account = Account::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform/walk.py");
    let mut command = Command::new("python3");
    let output = command.arg(script).arg(&account.endpoint).env("REPOINT_TERRAFORM_PLUGINS", plugins);
    let output = output.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said, "terraform: applied, planned nothing, updated, planned nothing, destroyed\n");
}

/// The client, the account that it filled, and the project that is applied to it.
struct Judge {
    project: Project,
    account: Account,
    python: PathBuf,
}

impl Judge {
    /// Seeds an account; nothing where the client is not installed.
    fn seeded() -> Option<Self> {
        let python = python()?;
        let account = Account::start();
        let project = Project::example()
            .variable("AWS_ENDPOINT_URL", &account.endpoint)
            .variable("AWS_ACCESS_KEY_ID", "tester")
            .variable("AWS_SECRET_ACCESS_KEY", "tester");
        let judge = Self { project, account, python };
        let seeded = judge.walk(&["seed"]);
        assert_eq!(seeded["account"], "000000000000");
        Some(judge)
    }

    fn runs(&self, code: i32, arguments: &[&str]) {
        self.project.succeeds_with(code, arguments);
    }

    fn callers(&self) -> Value {
        self.walk(&["callers"])
    }

    fn walk(&self, arguments: &[&str]) -> Value {
        self.script("walk.py", arguments)
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name);
        let mut command = Command::new(&self.python);
        self.asks(command.arg(script).arg(&self.account.endpoint).args(arguments))
    }

    /// Runs the AWS CLI, which is beside the Python of the virtual environment.
    fn aws(&self, arguments: &str) -> Value {
        let program = self.python.with_file_name("aws");
        let mut command = Command::new(&self.python);
        let endpoint = ["--endpoint-url", &self.account.endpoint, "--region", REGION, "--output", "json"];
        self.asks(command.arg(program).args(endpoint).args(arguments.split_whitespace()))
    }

    fn asks(&self, command: &mut Command) -> Value {
        let home = self.project.base().join("home");
        let variables = [("AWS_ACCESS_KEY_ID", "judge"), ("AWS_SECRET_ACCESS_KEY", "judge")];
        command.env_clear().envs(variables).env("HOME", home).env("PATH", env::var_os("PATH").unwrap());
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The definition's file with its placeholders filled and `:LIVE` behind each managed function.
    fn sent_definition(&self) -> String {
        let values = [
            ("${env}", "dev"),
            ("${region}", REGION),
            ("${account}", "000000000000"),
            ("${table}", "docs-records-dev"),
        ];
        let text = self.project.read("config/document_workflow.json");
        let text = values.iter().fold(text, |text, (name, value)| text.replace(name, value));
        ["intake", "classifier", "extractor", "archivist"].iter().fold(text, |text, function| {
            text.replace(&format!("docs-{function}-dev\""), &format!("docs-{function}-dev:LIVE\""))
        })
    }
}

/// Returns the Python that has boto3 and the AWS CLI beside it.
fn python() -> Option<PathBuf> {
    let named = env::var_os("REPOINT_PYTHON").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-venv/bin/python");
    let is_named = named.is_some();
    let python = named.unwrap_or(usual);
    let has_clients = |python: &PathBuf| {
        let tried = Command::new(python).args(["-c", "import boto3, awscli"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    if has_clients(&python) {
        return Some(python);
    }
    assert!(!is_named, "REPOINT_PYTHON names `{}`, which has no boto3 and AWS CLI", python.display());
    eprintln!(
        "skipped: `{}` has no boto3 and AWS CLI; `.ci/run` installs them, and tests/clients/requirements.txt \
         says how to do it by hand",
        python.display()
    );
    None
}

/// `repoint sandbox` as a child, ended when it is dropped.
struct Account {
    child: Child,
    endpoint: String,
}

impl Account {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_repoint"));
        command.args(["sandbox", "--port", "0"]).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let endpoint = first.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let endpoint = endpoint.trim_end_matches(';').to_owned();
        Self { child, endpoint }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        // It has no state to lose, and it may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
