//! A simulated account with a hand-moved clock, and answers that can be asserted in one line.

#![expect(clippy::needless_pass_by_value, reason = "bodies are written in place, as literals")]

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use repoint::simulator::{Knobs, WireRequest, WireResponse, World};
use serde_json::{Value, json};

/// The role of every function and state machine here.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";

/// The ARN of the function `orders`.
pub(crate) const ORDERS: &str = "arn:aws:lambda:us-west-1:000000000000:function:orders";

/// One account in one region at one instant.
pub(crate) struct Account {
    pub(crate) world: World,
    now: Timestamp,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Account {
    /// Returns an empty account.
    pub(crate) fn new() -> Self {
        Self::with(Knobs::default())
    }

    /// Returns an empty account that behaves as the knobs say.
    pub(crate) fn with(knobs: Knobs) -> Self {
        Self { world: World::new(knobs), now: "2026-11-22T10:00:00Z".parse().unwrap() }
    }

    /// Returns an account with the function `orders`, created and settled.
    pub(crate) fn with_orders() -> Self {
        let mut account = Self::new();
        account.create("orders");
        account.wait();
        account
    }

    /// Returns an account whose function `orders` has this many versions, each with other code.
    pub(crate) fn with_versions(count: usize) -> Self {
        let mut account = Self::with_orders();
        for version in 1..=count {
            account.change_code("orders", &format!("version {version}"));
            account.publish("orders");
        }
        account
    }

    /// Lets everything in the background end.
    pub(crate) fn wait(&mut self) {
        self.now = self.now.checked_add(Duration::from_secs(1)).unwrap();
    }

    /// Sends a signed request.
    pub(crate) fn send(&mut self, service: &str, request: WireRequest) -> Answer {
        self.send_as("AKIDEXAMPLE", service, request)
    }

    /// Sends a request signed with an access key.
    pub(crate) fn send_as(&mut self, key: &str, service: &str, mut request: WireRequest) -> Answer {
        let scope = format!("{key}/20261122/us-west-1/{service}/aws4_request");
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00");
        request.headers.insert("authorization".to_owned(), authorization);
        self.send_unsigned(&request)
    }

    /// Sends a request as it is and returns all that came back.
    pub(crate) fn handle(&mut self, request: &WireRequest) -> WireResponse {
        self.world.handle(self.now, request)
    }

    /// Sends a request as it is.
    pub(crate) fn send_unsigned(&mut self, request: &WireRequest) -> Answer {
        let response = self.handle(request);
        let text = String::from_utf8(response.body.clone()).unwrap();
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let kind = body.get("__type").and_then(Value::as_str);
        let code = response.header("x-amzn-errortype").or(kind).unwrap_or_default().to_owned();
        Answer { status: response.status, code, body, text }
    }

    /// Calls Lambda: `PUT /2015-03-31/functions/orders/code` is `lambda("PUT", "orders/code", …)`.
    pub(crate) fn lambda(&mut self, method: &str, path: &str, body: Value) -> Answer {
        self.send("lambda", rest(method, &format!("/2015-03-31/functions/{path}"), &body))
    }

    /// Calls Step Functions.
    pub(crate) fn states(&mut self, operation: &str, body: Value) -> Answer {
        let target = format!("AWSStepFunctions.{operation}");
        let headers = BTreeMap::from([("x-amz-target".to_owned(), target)]);
        let request = WireRequest { headers, ..rest("POST", "/", &body) };
        self.send("states", request)
    }

    /// Calls Systems Manager.
    pub(crate) fn ssm(&mut self, operation: &str, body: Value) -> Answer {
        let headers = BTreeMap::from([("x-amz-target".to_owned(), format!("AmazonSSM.{operation}"))]);
        self.send("ssm", WireRequest { headers, ..rest("POST", "/", &body) })
    }

    /// Calls STS or IAM.
    pub(crate) fn query(&mut self, service: &str, form: &str) -> Answer {
        self.send(service, WireRequest { body: form.into(), ..rest("POST", "/", &Value::Null) })
    }

    /// Creates a function, still pending.
    pub(crate) fn create(&mut self, name: &str) -> Value {
        self.lambda("POST", "", creation(name)).expect(201)
    }

    /// Updates the code of a function and waits.
    pub(crate) fn change_code(&mut self, name: &str, code: &str) {
        self.lambda("PUT", &format!("{name}/code"), json!({"ZipFile": zipped(code)})).expect(200);
        self.wait();
    }

    /// Updates the configuration of a function and waits.
    pub(crate) fn change_configuration(&mut self, name: &str, members: Value) {
        self.lambda("PUT", &format!("{name}/configuration"), members).expect(200);
        self.wait();
    }

    /// Publishes a function.
    pub(crate) fn publish(&mut self, name: &str) -> Value {
        self.lambda("POST", &format!("{name}/versions"), json!({})).expect(201)
    }

    /// Returns the configuration of a function, or of `name?Qualifier=…`.
    pub(crate) fn configuration(&mut self, name: &str) -> Value {
        self.lambda("GET", name, Value::Null).expect(200)["Configuration"].clone()
    }

    /// Returns the revision of `$LATEST`.
    pub(crate) fn revision(&mut self, name: &str) -> Value {
        self.configuration(name)["RevisionId"].clone()
    }

    /// Returns the version numbers that a list shows.
    pub(crate) fn versions(&mut self, name: &str) -> Vec<String> {
        let body = self.lambda("GET", &format!("{name}/versions"), Value::Null).expect(200);
        texts(&body["Versions"], "Version")
    }

    /// Creates an alias of `orders`.
    pub(crate) fn alias(&mut self, name: &str, version: &str) -> Value {
        self.lambda("POST", "orders/aliases", json!({"Name": name, "FunctionVersion": version})).expect(201)
    }

    /// Creates a state machine and returns its ARN.
    pub(crate) fn machine(&mut self, name: &str) -> String {
        let body = json!({"name": name, "definition": definition("one"), "roleArn": ROLE});
        self.states("CreateStateMachine", body).expect(200)["stateMachineArn"].as_str().unwrap().to_owned()
    }
}

impl Answer {
    /// Asserts the status and returns the body.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{} {}", self.code, self.text);
        self.body
    }

    /// Asserts a refusal, whichever member holds the words.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, words: &str) {
        let member = ["Message", "message"].into_iter().find_map(|name| self.body.get(name)?.as_str());
        assert_eq!((self.status, self.code.as_str()), (status, code), "{}", self.text);
        assert_eq!(member.unwrap_or_default(), words);
    }
}

/// Returns a request; what follows a question mark in the path is the query.
pub(crate) fn rest(method: &str, path: &str, body: &Value) -> WireRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    WireRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: BTreeMap::new(),
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
    }
}

/// Returns the body of a plain create.
pub(crate) fn creation(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "Role": ROLE,
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped("one")},
    })
}

/// Returns a zip with one file, as a request carries it.
pub(crate) fn zipped(text: &str) -> String {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("app.py", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(writer.finish().unwrap().into_inner())
}

/// Returns a small definition with a comment that makes it unlike others.
pub(crate) fn definition(comment: &str) -> String {
    json!({"Comment": comment, "StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": true}}})
        .to_string()
}

/// Returns one member of every item of a list.
pub(crate) fn texts(list: &Value, member: &str) -> Vec<String> {
    let items = list.as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item[member].as_str().unwrap_or_default().to_owned()).collect()
}
