//! The first user's own system, from `../shared/real-input`: the whole main job on it, as a user runs
//! it. Nothing of it is kept here; where it is missing, the test says so and has nothing to prove.
//!
//! Four functions are managed, with handlers that the test writes. Two workflows go through `LIVE`
//! already and call functions that nobody manages; one has placeholders instead of names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

#[path = "support/sandbox.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "other tests use the rest of it")]
mod sandbox;

use std::{
    cell::Cell,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use repoint::{
    ambient,
    artifact::{Entry, pack},
    model::{CodeSha256, Digest},
    simulator::{SceneFunction, WireRequest},
};
use serde_json::{Value, json};

use sandbox::{ACCOUNT, Output, Project, REGION, Sandbox, past_code};

/// The workflows by the key that they get; the first is the one that the deployment names.
const MACHINES: [(&str, &str); 3] = [
    ("processing", "customer_aware_workflow.json"),
    ("upload", "customer_aware_workflow_async_neptune.json"),
    ("graph", "customer_graph_workflow.json"),
];

/// The functions that the workflows call and nobody manages, without their environment.
const STRANGERS: [&str; 2] = ["graph-extraction-agent", "neptune-bulk-upload-trigger"];
const HANDLER_OF_THE_PAST: &str = "lambda_function.handler";

#[test]
fn the_main_job_runs_on_the_first_users_system() {
    let Some(input) = Input::read() else { return };
    let user = User::new(&input);

    user.finds_its_workflows_as_they_should_be();
    user.applies_once_and_then_never_again();
    user.finds_what_somebody_moved_and_puts_it_back();
    user.releases_and_keeps_the_way_back();
    user.keeps_five_versions();
}

#[test]
fn prod_may_not_call_the_functions_of_dev() {
    let Some(input) = Input::read() else { return };
    let user = User::new(&input);
    user.account.fill(&input, "prod");
    let output = user.runs(1, &["apply", "-e", "prod", "--auto-approve"]);
    for called in input.functions.iter().map(|function| &function.name) {
        let finding = format!("calls `{called}`, which belongs to environment `dev`");
        assert!(words(&output.stdout).contains(&finding), "{finding}\n{output}");
    }
    assert_eq!(user.account.sent(), [""; 0], "a blocked plan sends nothing");
}

/// What the first user has.
struct Input {
    folder: PathBuf,
    settings: Value,
    functions: Vec<Function>,
}

struct Function {
    id: String,
    name: String,
    description: String,
    /// The module that holds the handler.
    source: String,
    memory: u64,
    timeout: u64,
}

impl Input {
    fn read() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real-input");
        let path = folder.join("deployment_config.json");
        let Ok(text) = fs::read_to_string(&path) else {
            eprintln!("skipped: there is no `../shared/real-input` beside the project");
            return None;
        };
        let config: Value = serde_json::from_str(&text).unwrap();
        let functions = config["functions"].as_object().unwrap().iter().map(|(name, said)| Function {
            id: name.strip_prefix("agentic-").unwrap().strip_suffix("-dev").unwrap().to_owned(),
            name: name.clone(),
            description: text_of(&said["description"]),
            source: text_of(&said["source_file"]).strip_suffix(".py").unwrap().to_owned(),
            memory: said["memory_size"].as_u64().unwrap(),
            timeout: said["timeout"].as_u64().unwrap(),
        });
        let functions = functions.collect();
        Some(Self { folder, settings: config["deployment_settings"].clone(), functions })
    }

    /// The workflow's file, byte for byte.
    fn definition(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap()
    }

    /// The same desired state as the user's own file, in the words of repoint.
    fn toml(&self) -> String {
        let settings = &self.settings;
        let alias = |role: &str| text_of(&settings["aliases"][role]);
        let head = format!(
            "schema  = 1\nproject = \"digital-twin\"\n\n[defaults]\nname = \"agentic-${{id}}-${{env}}\"\n\
             aliases.{live} = \"latest\"\naliases.{rollback} = \"previous({live})\"\n\
             aliases.{staging} = \"latest\"\nretention.keep = {keep}\n\n\
             [limits]\nlambda_rps = 15\n\n[environments.dev]\nregion = {region}\nprofile = {profile}\n\n\
             [environments.prod]\nregion = {region}\n",
            live = alias("live"),
            rollback = alias("rollback"),
            staging = alias("staging"),
            keep = settings["versioning"]["keep_versions"],
            region = settings["region"],
            profile = settings["profile"],
        );
        let functions = self.functions.iter().map(|function| {
            let Function { id, description, source, memory, timeout, .. } = function;
            format!(
                "\n[functions.{id}]\ndescription = {description:?}\n\
                 code.path = \"config/functions/{source}.py\"\nhandler = \"{source}.handler\"\n\
                 memory_size = {memory}\ntimeout = {timeout}\n"
            )
        });
        let machines = MACHINES.iter().map(|(id, file)| {
            format!(
                "\n[state_machines.{id}]\nname = \"agentic-framework-{id}-workflow-${{env}}\"\n\
                 definition = \"config/{file}\"\nreferences = \"LIVE\"\n"
            )
        });
        // The table of the last machine goes on: its file has names of its own for what is known.
        let names = "substitutions = { account_id = \"${account}\", environment = \"${env}\" }\n";
        let parts = [head].into_iter().chain(functions).chain(machines).chain([names.to_owned()]);
        parts.collect::<Vec<_>>().concat()
    }

    /// What is sent of the workflow with placeholders: the file's bytes but for the placeholders and
    /// for the alias behind the name of each managed function.
    fn sent_graph(&self) -> String {
        let filled = filled(&self.definition(MACHINES[2].1), "dev");
        let through_live = |text: String, function: &Function| {
            text.replace(&format!("{}\"", function.name), &format!("{}:LIVE\"", function.name))
        };
        self.functions.iter().fold(filled, through_live)
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn filled(text: &str, environment: &str) -> String {
    text.replace("${region}", REGION).replace("${account_id}", ACCOUNT).replace("${environment}", environment)
}

/// Joins what was wrapped, so that a sentence can be looked for.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name of a workflow without its environment.
fn workflow(id: &str) -> String {
    format!("agentic-framework-{id}-workflow")
}

/// The user at work.
struct User<'a> {
    input: &'a Input,
    account: Account,
    project: Project,
}

impl<'a> User<'a> {
    fn new(input: &'a Input) -> Self {
        let account = Account { sandbox: Sandbox::quick(), by_scripts: Cell::new(0) };
        account.fill(input, "dev");
        let project = Project::empty().on(&account.sandbox);
        // The credentials come from the profile that the deployment names, and from no variable.
        let project = project.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        let profile = text_of(&input.settings["profile"]);
        let keys = "aws_access_key_id = tester\naws_secret_access_key = tester\n";
        project.write("../home/.aws/credentials", format!("[{profile}]\n{keys}[default]\n{keys}"));
        project.write("config/repoint.toml", input.toml());
        for (_, file) in MACHINES {
            project.write(&format!("config/{file}"), input.definition(file));
        }
        let user = Self { input, account, project };
        user.releases(&input.functions, 1);
        user
    }

    fn releases(&self, functions: &[Function], release: u64) {
        for function in functions {
            self.project.write(&format!("config/functions/{}.py", function.source), code(release));
        }
    }

    fn runs(&self, code: i32, arguments: &[&str]) -> Output {
        self.project.succeeds_with(code, arguments)
    }

    fn applies(&self) {
        self.runs(0, &["apply", "-e", "dev", "--auto-approve"]);
    }

    fn finds_its_workflows_as_they_should_be(&self) {
        self.runs(0, &["validate"]);
        let output = self.runs(2, &["plan", "-e", "dev", "--detailed-exitcode"]);
        for stranger in STRANGERS {
            let note = format!("calls `{stranger}-dev`, which is not managed here; it is left alone");
            assert!(words(&output.stdout).contains(&note), "{note}\n{output}");
        }
        let plan = self.runs(0, &["plan", "-e", "dev", "--json"]).stdout;
        let plan: Value = serde_json::from_str(&plan).unwrap();
        let actions = plan["plan"]["actions"].as_array().unwrap().iter();
        let machines = actions.filter_map(|action| action["address"].as_str());
        let machines = machines.filter(|address| address.starts_with("state_machines."));
        assert_eq!(machines.collect::<Vec<_>>(), ["state_machines.graph.definition"]);
        assert_eq!(self.account.sent(), [""; 0], "a plan only reads");
    }

    fn applies_once_and_then_never_again(&self) {
        let before = MACHINES.map(|(id, _)| self.account.definition(id));
        self.applies();
        self.has(&self.input.functions, &[("LIVE", 2, 1), ("ROLLBACK", 1, 0), ("STAGING", 2, 1)]);
        for Function { name, description, .. } in &self.input.functions {
            let latest = self.account.lambda("GET", name, "", &Value::Null);
            assert_eq!(text_of(&latest["Configuration"]["Description"]), *description);
        }
        let after = MACHINES.map(|(id, _)| self.account.definition(id));
        assert_eq!(after[..2], before[..2], "they go through `LIVE` already and stay as they are");
        assert_eq!(after[2], self.input.sent_graph());
        let updates = self.account.sent().into_iter().filter(|call| call.contains("UpdateStateMachine"));
        assert_eq!(updates.count(), 1);
        for text in before.iter().chain(&after) {
            let path = format!("state/dev/definitions/{}.json", Digest::of(text.as_bytes()));
            assert_eq!(self.project.read(&path), *text, "every definition can be found again");
        }
        self.has_nothing_to_do();
    }

    fn has_nothing_to_do(&self) {
        let (sent, files) = (self.account.sent(), self.project.files());
        self.applies();
        assert_eq!(self.account.sent(), sent, "nothing may be sent");
        assert_eq!(self.project.files(), files, "nothing may be written");
        self.runs(0, &["drift", "-e", "dev"]);
    }

    fn finds_what_somebody_moved_and_puts_it_back(&self) {
        let moved = &self.input.functions[0];
        self.account.sandbox.by_hand(|scene| scene.move_alias(&moved.name, "LIVE", "1").unwrap());
        let output = self.runs(2, &["drift", "-e", "dev"]);
        let address = format!("functions.{}.aliases.LIVE", moved.id);
        assert!(output.stdout.contains(&address), "{address}\n{output}");
        self.applies();
        self.has(&self.input.functions, &[("LIVE", 2, 1), ("ROLLBACK", 1, 0), ("STAGING", 2, 1)]);
        self.has_nothing_to_do();
    }

    fn releases_and_keeps_the_way_back(&self) {
        self.releases(&self.input.functions, 2);
        self.applies();
        self.has(&self.input.functions, &[("LIVE", 3, 2), ("ROLLBACK", 2, 1), ("STAGING", 3, 2)]);
        self.has_nothing_to_do();
    }

    /// No day passes in a test, so the user gives up `min_age` to see old versions go.
    fn keeps_five_versions(&self) {
        let (keep, no_age) = ("retention.keep = 5\n", "retention.keep = 5\nretention.min_age = \"0s\"\n");
        self.project.edit("config/repoint.toml", keep, no_age);
        let (released, others) = self.input.functions.split_at(1);
        for release in 3..=6 {
            self.releases(released, release);
            self.applies();
        }
        self.has(released, &[("LIVE", 7, 6), ("ROLLBACK", 6, 5), ("STAGING", 7, 6)]);
        assert_eq!(self.account.versions(&released[0].name), ["3", "4", "5", "6", "7"]);
        for other in others {
            assert_eq!(self.account.versions(&other.name), ["1", "2", "3"]);
        }
        self.has_nothing_to_do();
    }

    /// Asserts what callers get through each alias: which version, and which release is in it.
    fn has(&self, functions: &[Function], expected: &[(&str, u64, u64)]) {
        for function in functions {
            let expected = expected.iter().map(|(alias, version, release)| {
                let configuration = if *release == 0 { untouched() } else { function.released(*release) };
                ((*alias).to_owned(), (version.to_string(), configuration))
            });
            let expected: BTreeMap<_, _> = expected.collect();
            assert_eq!(self.account.reached(&function.name), expected, "{}", function.name);
        }
    }
}

impl Function {
    /// What a version holds once this release of it is published.
    fn released(&self, release: u64) -> Value {
        let Self { source, memory, timeout, .. } = self;
        let bytes = code(release).into_bytes();
        let entry = Entry { name: format!("{source}.py"), bytes, is_executable: false };
        let sha = pack(vec![entry]).unwrap().sha256;
        json!([sha, format!("{source}.handler"), memory, timeout])
    }
}

fn code(release: u64) -> String {
    format!("def handler(event, context):\n    return \"release {release}\"\n")
}

/// What version 1 of the past holds.
fn untouched() -> Value {
    json!([CodeSha256::of(&past_code(0)), HANDLER_OF_THE_PAST, 128, 3])
}

/// The account, filled as scripts would and asked as callers would, over its own wire.
struct Account {
    sandbox: Sandbox,
    /// How many writes the scripts sent before the program began.
    by_scripts: Cell<usize>,
}

impl Account {
    /// Leaves version 1 behind `LIVE`, and the workflows as their files say.
    fn fill(&self, input: &Input, environment: &str) {
        let in_environment = |name: &str| format!("{name}-{environment}");
        for function in &input.functions {
            let name = in_environment(function.name.strip_suffix("-dev").unwrap());
            self.create(&name);
            self.sandbox.by_hand(|scene| scene.publish(&name, "").unwrap());
            let live = json!({ "Name": "LIVE", "FunctionVersion": "1" });
            self.lambda("POST", &format!("{name}/aliases"), "", &live);
        }
        for stranger in STRANGERS {
            self.create(&in_environment(stranger));
        }
        for (id, file) in MACHINES {
            let definition = filled(&input.definition(file), environment);
            let name = in_environment(&workflow(id));
            self.sandbox.by_hand(|scene| scene.create_machine(&name, &definition).unwrap());
        }
        self.by_scripts.set(self.sandbox.writes().len());
    }

    fn create(&self, name: &str) {
        let function = SceneFunction { name, zip: &past_code(0), handler: HANDLER_OF_THE_PAST };
        self.sandbox.by_hand(|scene| scene.create_function(function).unwrap());
    }

    /// Returns what the program sent that could change something.
    fn sent(&self) -> Vec<String> {
        self.sandbox.writes().split_off(self.by_scripts.get())
    }

    /// Returns what a caller of each alias gets: the version, and what is in it.
    fn reached(&self, name: &str) -> BTreeMap<String, (String, Value)> {
        let aliases = self.lambda("GET", &format!("{name}/aliases"), "", &Value::Null);
        let reached = aliases["Aliases"].as_array().unwrap().iter().map(|alias| {
            let alias = text_of(&alias["Name"]);
            let found = self.lambda("GET", name, &format!("Qualifier={alias}"), &Value::Null);
            let found = &found["Configuration"];
            let fields = ["CodeSha256", "Handler", "MemorySize", "Timeout"];
            (alias, (text_of(&found["Version"]), json!(fields.map(|field| &found[field]))))
        });
        reached.collect()
    }

    fn versions(&self, name: &str) -> Vec<String> {
        let found = self.lambda("GET", &format!("{name}/versions"), "", &Value::Null);
        let versions = found["Versions"].as_array().unwrap().iter();
        versions.map(|version| text_of(&version["Version"])).filter(|version| version != "$LATEST").collect()
    }

    /// Returns the definition that an execution would run.
    fn definition(&self, id: &str) -> String {
        let arn = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{}-dev", workflow(id));
        let target = Some(("x-amz-target", "AWSStepFunctions.DescribeStateMachine"));
        let body = json!({ "stateMachineArn": arn });
        let request =
            WireRequest { method: "POST".to_owned(), path: "/".to_owned(), ..WireRequest::default() };
        text_of(&self.ask("states", target, request, &body)["definition"])
    }

    fn lambda(&self, method: &str, path: &str, query: &str, body: &Value) -> Value {
        let path = format!("/2015-03-31/functions/{path}");
        let (method, query) = (method.to_owned(), query.to_owned());
        self.ask("lambda", None, WireRequest { method, path, query, ..WireRequest::default() }, body)
    }

    fn ask(&self, service: &str, target: Option<(&str, &str)>, request: WireRequest, body: &Value) -> Value {
        let scope = format!("caller/20261122/{REGION}/{service}/aws4_request");
        let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
        let headers = target.into_iter().chain([("authorization", authorization.as_str())]);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = WireRequest { headers, body, ..request };
        let answer = self.sandbox.world().handle(ambient::now(), &request);
        let text = String::from_utf8(answer.body).unwrap();
        assert!(answer.status < 300, "{} {}: {text}", request.method, request.path);
        serde_json::from_str(&text).unwrap()
    }
}
