//! Sets the scene: fills a world through its own front door, as a client would.
//!
//! Every step is a wire request, so a scene can hold nothing that AWS would refuse. Only a function with a whole past is
//! put there at once, under the same rules: ten thousand of them would take too long step by step.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::credentials::DEFAULT_ACCOUNT;
use super::lambda::{self, Release};
use super::place::Place;
use super::refusal::Refusal;
use super::{WireRequest, World};

/// A world with the place and instant that its scene is set at.
pub struct Scene<'a> {
    world: &'a mut World,
    region: String,
    now: Timestamp,
}

/// A function to create.
#[derive(Debug, Clone, Copy)]
pub struct SceneFunction<'a> {
    /// The physical name.
    pub name: &'a str,
    /// The bytes of a readable zip.
    pub zip: &'a [u8],
    /// The handler, `module.function`.
    pub handler: &'a str,
}

/// Code that was published under a description; it is read once, for as many functions as have it.
#[derive(Debug, Clone)]
pub struct SceneRelease(Release);

impl SceneRelease {
    /// Reads a zip as Lambda does.
    pub fn read(zip: &[u8], description: &str) -> Result<Self, SceneError> {
        let package = lambda::of_zip(zip).map_err(|refusal| refused("read a zip", &refusal))?;
        Ok(Self(Release { package, description: description.to_owned() }))
    }
}

/// A step that the world refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the simulated account refused {step}: {answer}")]
pub struct SceneError {
    step: String,
    answer: String,
}

const ROLE: &str = "arn:aws:iam::000000000000:role/example";

impl<'a> Scene<'a> {
    /// Begins a scene in a region, at an instant.
    pub fn new(world: &'a mut World, region: &str, now: Timestamp) -> Self {
        Self { world, region: region.to_owned(), now }
    }

    /// Lets everything that is pending or in progress end.
    pub fn wait(&mut self) {
        self.now += jiff::SignedDuration::from_secs(1);
    }

    /// Creates the role that this scene's functions and machines name, for accounts that are strict about it.
    pub fn create_role(&mut self) -> Result<(), SceneError> {
        let form = "Action=CreateRole&Version=2010-05-08&RoleName=example&AssumeRolePolicyDocument=%7B%7D";
        self.send("iam", "POST", "/", form.as_bytes().to_vec(), &[])
    }

    /// Creates a function, with version 1 published if asked for by [`Self::publish`] later.
    pub fn create_function(&mut self, function: SceneFunction<'_>) -> Result<(), SceneError> {
        let SceneFunction { name, zip, handler } = function;
        let body = json!({
            "FunctionName": name, "Runtime": "python3.12", "Handler": handler, "Role": ROLE,
            "Code": { "ZipFile": STANDARD.encode(zip) },
        });
        self.lambda("POST", "/2015-03-31/functions", &body)?;
        self.wait();
        Ok(())
    }

    /// Adds a function that was published once for each release, oldest first; its `$LATEST` is the last one.
    pub fn load_function(
        &mut self,
        name: &str,
        handler: &str,
        releases: &[SceneRelease],
    ) -> Result<(), SceneError> {
        let body = json!({ "FunctionName": name, "Runtime": "python3.12", "Handler": handler, "Role": ROLE });
        let place = Place { account: DEFAULT_ACCOUNT.to_owned(), region: self.region.clone() };
        let releases: Vec<Release> = releases.iter().map(|release| release.0.clone()).collect();
        let body = body.as_object().cloned().unwrap_or_default();
        lambda::load(&mut self.world.scene(self.now, &place), &body, &releases)
            .map_err(|refusal| refused(&format!("load {name}"), &refusal))
    }

    /// Replaces the code of a function.
    pub fn update_code(&mut self, name: &str, zip: &[u8]) -> Result<(), SceneError> {
        let body = json!({ "ZipFile": STANDARD.encode(zip) });
        self.lambda("PUT", &format!("/2015-03-31/functions/{name}/code"), &body)?;
        self.wait();
        Ok(())
    }

    /// Publishes `$LATEST` of a function.
    pub fn publish(&mut self, name: &str, description: &str) -> Result<(), SceneError> {
        let body = json!({ "Description": description });
        self.lambda("POST", &format!("/2015-03-31/functions/{name}/versions"), &body)
    }

    /// Moves an alias to a version, as somebody might by hand.
    pub fn move_alias(&mut self, name: &str, alias: &str, version: &str) -> Result<(), SceneError> {
        let body = json!({ "FunctionVersion": version });
        self.lambda("PUT", &format!("/2015-03-31/functions/{name}/aliases/{alias}"), &body)
    }

    /// Creates a state machine with a definition.
    pub fn create_machine(&mut self, name: &str, definition: &str) -> Result<(), SceneError> {
        let body = json!({ "name": name, "definition": definition, "roleArn": ROLE });
        let target = [("x-amz-target", "AWSStepFunctions.CreateStateMachine")];
        self.send("states", "POST", "/", body.to_string().into_bytes(), &target)
    }

    fn lambda(&mut self, method: &str, path: &str, body: &Value) -> Result<(), SceneError> {
        self.send("lambda", method, path, body.to_string().into_bytes(), &[])
    }

    fn send(
        &mut self,
        service: &str,
        method: &str,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Result<(), SceneError> {
        let scope = format!("scene/20261122/{}/{service}/aws4_request", self.region);
        let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
        let headers = headers.iter().copied().chain([("authorization", authorization.as_str())]);
        let request = WireRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body,
        };
        let response = self.world.handle(self.now, &request);
        if response.status < 300 {
            return Ok(());
        }
        let answer = String::from_utf8_lossy(&response.body).into_owned();
        Err(SceneError { step: format!("{method} {path}"), answer })
    }
}

fn refused(step: &str, refusal: &Refusal) -> SceneError {
    SceneError { step: step.to_owned(), answer: format!("{}: {}", refusal.code, refusal.message) }
}
