//! IAM: three role operations, for tools that create a role before a function.
//!
//! Lambda and Step Functions look here only when the world is strict about roles; else they check a role's form.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::clock::second_text;
use super::credentials::Caller;
use super::place::Place;
use super::refusal::Refusal;
use super::wire::{Pairs, WireRequest, WireResponse};
use super::xml;

/// The API version that IAM requests carry.
pub(crate) const VERSION: &str = "2010-05-08";

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// The roles of every account; IAM knows no regions.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    known: BTreeMap<(String, String), Role>,
}

impl Roles {
    /// Returns when the role of an ARN was created.
    pub(crate) fn created(&self, arn: &str) -> Option<Timestamp> {
        let (account, resource) = arn.split_once(":iam::")?.1.split_once(':')?;
        let name = resource.rsplit('/').next()?;
        let role = self.known.get(&(account.to_owned(), name.to_owned()))?;
        (resource == format!("role{}{name}", role.path)).then_some(role.created)
    }
}

#[derive(Debug)]
struct Role {
    path: String,
    policy: String,
    created: Timestamp,
}

/// An IAM request.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    name: String,
    path: String,
    policy: String,
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    Create,
    Get,
    Delete,
}

impl Request {
    /// Reads a form body.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let form = Pairs::of_form(&String::from_utf8_lossy(&request.body));
        let action = form.get("Action").unwrap_or_default();
        let operation = match action {
            "CreateRole" => Operation::Create,
            "GetRole" => Operation::Get,
            "DeleteRole" => Operation::Delete,
            _ => return Err(Refusal::unknown_operation(&format!("iam:{action}"))),
        };
        let name = form.get("RoleName").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Refusal::new(400, "ValidationError", "RoleName is required"))?;
        Ok(Self {
            operation,
            name: name.to_owned(),
            path: form.get("Path").unwrap_or("/").to_owned(),
            policy: form.get("AssumeRolePolicyDocument").unwrap_or_default().to_owned(),
        })
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        match self.operation {
            Operation::Create => "CreateRole",
            Operation::Get => "GetRole",
            Operation::Delete => "DeleteRole",
        }
    }

    /// Returns the ARN of the role.
    pub(crate) fn resource(&self, place: &Place) -> String {
        role_arn(place, &self.path, &self.name)
    }
}

/// Performs an IAM request.
pub(crate) fn perform(
    now: Timestamp,
    roles: &mut Roles,
    caller: &Caller,
    request: &Request,
) -> Result<WireResponse, Refusal> {
    let key = (caller.place.account.clone(), request.name.clone());
    let missing = || {
        let message = format!("The role with name {} cannot be found.", request.name);
        Refusal::new(404, "NoSuchEntity", message)
    };
    let result = match request.operation {
        Operation::Create if roles.known.contains_key(&key) => {
            let message = format!("Role with name {} already exists.", request.name);
            return Err(Refusal::new(409, "EntityAlreadyExists", message));
        }
        Operation::Create => {
            let role = Role { path: request.path.clone(), policy: request.policy.clone(), created: now };
            let text = role.text(&caller.place, &request.name);
            roles.known.insert(key, role);
            text
        }
        Operation::Get => roles.known.get(&key).ok_or_else(missing)?.text(&caller.place, &request.name),
        Operation::Delete => {
            roles.known.remove(&key).ok_or_else(missing)?;
            String::new()
        }
    };
    Ok(xml::answer(request.operation(), NAMESPACE, &result))
}

impl Role {
    fn text(&self, place: &Place, name: &str) -> String {
        let role = [
            xml::text("Path", &self.path),
            xml::text("RoleName", name),
            xml::text("RoleId", "AROASIMULATED0000000"),
            xml::text("Arn", &role_arn(place, &self.path, name)),
            xml::text("CreateDate", &second_text(self.created, "Z")),
            xml::text("AssumeRolePolicyDocument", &self.policy),
        ]
        .concat();
        format!("<Role>{role}</Role>")
    }
}

fn role_arn(place: &Place, path: &str, name: &str) -> String {
    format!("arn:{}:iam::{}:role{path}{name}", place.partition(), place.account)
}
