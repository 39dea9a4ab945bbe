//! IAM: roles, for tools that create one before a function and read it back.
//!
//! Lambda and Step Functions look here only when the world is strict about roles; else they check a role's form. A role
//! has no policies and no instance profiles, so what lists them is empty.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::second_text;
use super::constraints::Constraints;
use super::credentials::Caller;
use super::identifiers::Identifiers;
use super::place::Place;
use super::refusal::Refusal;
use super::wire::{Pairs, WireRequest, WireResponse, encode};
use super::xml;

/// The API version that IAM requests carry.
pub(crate) const VERSION: &str = "2010-05-08";

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
const NAME_PATTERN: &str = r"[\w+=,.@-]+";
const PATH_PATTERN: &str = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)";
const LONGEST_POLICY: usize = 131_072;

/// The roles of every account; IAM knows no regions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Roles {
    /// By account and name.
    known: BTreeMap<String, BTreeMap<String, Role>>,
}

impl Roles {
    /// Returns true if no account has a role.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.values().all(BTreeMap::is_empty)
    }

    fn get(&self, account: &str, name: &str) -> Option<&Role> {
        self.known.get(account)?.get(name)
    }

    /// Returns when the role of an ARN was created.
    pub(crate) fn created(&self, arn: &str) -> Option<Timestamp> {
        let (account, resource) = arn.split_once(":iam::")?.1.split_once(':')?;
        let name = resource.rsplit('/').next()?;
        let role = self.get(account, name)?;
        (resource == format!("role{}{name}", role.path)).then_some(role.created)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    id: String,
    path: String,
    policy: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    longest_session: i64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    created: Timestamp,
}

/// An IAM request.
#[derive(Debug)]
pub(crate) struct Request {
    operation: Operation,
    name: String,
    form: Pairs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Create,
    Get,
    Delete,
    List,
    ListTags,
    ListPolicies,
    ListAttachedPolicies,
    ListInstanceProfiles,
}

const OPERATIONS: [(&str, Operation); 8] = [
    ("CreateRole", Operation::Create),
    ("GetRole", Operation::Get),
    ("DeleteRole", Operation::Delete),
    ("ListRoles", Operation::List),
    ("ListRoleTags", Operation::ListTags),
    ("ListRolePolicies", Operation::ListPolicies),
    ("ListAttachedRolePolicies", Operation::ListAttachedPolicies),
    ("ListInstanceProfilesForRole", Operation::ListInstanceProfiles),
];

/// Returns true if this is the name of an operation.
pub(crate) fn is_operation(name: &str) -> bool {
    OPERATIONS.iter().any(|(known, _)| *known == name)
}

impl Request {
    /// Reads a form body.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let form = Pairs::of_form(&String::from_utf8_lossy(&request.body));
        let action = form.get("Action").unwrap_or_default();
        let operation = OPERATIONS.into_iter().find(|(name, _)| *name == action);
        let (_, operation) = operation.ok_or_else(|| Refusal::unknown_operation(&format!("iam:{action}")))?;
        let name = form.get("RoleName").unwrap_or_default().to_owned();
        let request = Self { operation, name, form };
        request.check()?;
        Ok(request)
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        let known = OPERATIONS.into_iter().find(|(_, operation)| *operation == self.operation);
        known.map_or("Unknown", |(name, _)| name)
    }

    /// Returns the ARN of the role.
    pub(crate) fn resource(&self, place: &Place) -> String {
        role_arn(place, self.path(), if self.name.is_empty() { "*" } else { &self.name })
    }

    fn path(&self) -> &str {
        self.form.get("Path").unwrap_or("/")
    }

    fn check(&self) -> Result<(), Refusal> {
        let mut constraints = Constraints::default();
        if self.operation != Operation::List {
            let name = self.form.get("RoleName");
            constraints.required("roleName", name.is_some());
            constraints.length("roleName", name, 1..=64);
            constraints.pattern("roleName", name, NAME_PATTERN, is_name);
        }
        if self.operation == Operation::Create {
            let policy = self.form.get("AssumeRolePolicyDocument");
            constraints.required("assumeRolePolicyDocument", policy.is_some());
            constraints.length("assumeRolePolicyDocument", policy, 1..=LONGEST_POLICY);
            constraints.length("path", self.form.get("Path"), 1..=512);
            constraints.pattern("path", self.form.get("Path"), PATH_PATTERN, is_path);
            constraints.length("description", self.form.get("Description"), 0..=1000);
            constraints.range("maxSessionDuration", self.longest_session(), 3600..=43_200);
        }
        constraints.finish().map_err(|refusal| Refusal { code: "ValidationError".into(), ..refusal })
    }

    fn longest_session(&self) -> Option<i64> {
        self.form.get("MaxSessionDuration").map(|text| text.parse().unwrap_or(-1))
    }

    /// Returns the tags, which a form numbers from one.
    fn tags(&self) -> BTreeMap<String, String> {
        let pairs = (1..).map_while(|number| {
            let key = self.form.get(&format!("Tags.member.{number}.Key"))?;
            let value = self.form.get(&format!("Tags.member.{number}.Value"))?;
            Some((key.to_owned(), value.to_owned()))
        });
        pairs.collect()
    }
}

/// Performs an IAM request.
pub(crate) fn perform(
    now: Timestamp,
    roles: &mut Roles,
    identifiers: &mut Identifiers,
    caller: &Caller,
    request: &Request,
) -> Result<WireResponse, Refusal> {
    let place = &caller.place;
    let known = || roles.get(&place.account, &request.name).ok_or_else(|| missing(&request.name));
    let result = match request.operation {
        Operation::Create => {
            let role = created(now, roles, identifiers, place, request)?;
            let text = role.text(place, &request.name);
            roles.known.entry(place.account.clone()).or_default().insert(request.name.clone(), role);
            text
        }
        Operation::Get => known()?.text(place, &request.name),
        Operation::Delete => {
            let own = roles.known.get_mut(&place.account);
            own.and_then(|own| own.remove(&request.name)).ok_or_else(|| missing(&request.name))?;
            String::new()
        }
        Operation::List => roles.list(place, request),
        Operation::ListTags => list("Tags", &known()?.tags_text()),
        Operation::ListPolicies => known().map(|_| list("PolicyNames", ""))?,
        Operation::ListAttachedPolicies => known().map(|_| list("AttachedPolicies", ""))?,
        Operation::ListInstanceProfiles => known().map(|_| list("InstanceProfiles", ""))?,
    };
    Ok(xml::answer(request.operation(), NAMESPACE, &result))
}

fn created(
    now: Timestamp,
    roles: &Roles,
    identifiers: &mut Identifiers,
    place: &Place,
    request: &Request,
) -> Result<Role, Refusal> {
    if roles.get(&place.account, &request.name).is_some() {
        let message = format!("Role with name {} already exists.", request.name);
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let policy = request.form.get("AssumeRolePolicyDocument").unwrap_or_default();
    if !serde_json::from_str::<serde_json::Value>(policy).is_ok_and(|policy| policy.is_object()) {
        let message = "This policy contains invalid Json";
        return Err(Refusal::new(400, "MalformedPolicyDocument", message));
    }
    let unique: String = identifiers.revision().replace('-', "").to_uppercase().chars().take(17).collect();
    Ok(Role {
        id: format!("AROA{unique}"),
        path: request.path().to_owned(),
        policy: policy.to_owned(),
        description: request.form.get("Description").map(str::to_owned),
        longest_session: request.longest_session().unwrap_or(3600),
        tags: request.tags(),
        created: now,
    })
}

impl Roles {
    /// Returns every role of the account under a path prefix. It is one page: no account here has more than fit.
    fn list(&self, place: &Place, request: &Request) -> String {
        let prefix = request.form.get("PathPrefix").unwrap_or("/");
        let own = self.known.get(&place.account).into_iter().flatten();
        let own = own.filter(|(_, role)| role.path.starts_with(prefix));
        let members = own.map(|(name, role)| xml::element("member", &role.members(place, name)));
        list("Roles", &members.collect::<String>())
    }
}

impl Role {
    fn text(&self, place: &Place, name: &str) -> String {
        let tags = match self.tags.len() {
            0 => String::new(),
            _ => xml::element("Tags", &self.tags_text()),
        };
        xml::element("Role", &format!("{}{tags}", self.members(place, name)))
    }

    /// Returns what every view of a role shows; the policy is percent-encoded, as in AWS's answers.
    fn members(&self, place: &Place, name: &str) -> String {
        let description = self.description.as_deref().map(|text| xml::text("Description", text));
        [
            xml::text("Path", &self.path),
            xml::text("RoleName", name),
            xml::text("RoleId", &self.id),
            xml::text("Arn", &role_arn(place, &self.path, name)),
            xml::text("CreateDate", &second_text(self.created, "Z")),
            xml::text("AssumeRolePolicyDocument", &encode(&self.policy, "")),
            description.unwrap_or_default(),
            xml::text("MaxSessionDuration", &self.longest_session.to_string()),
        ]
        .concat()
    }

    fn tags_text(&self) -> String {
        let tags = self.tags.iter();
        let tags = tags.map(|(key, value)| {
            xml::element("member", &[xml::text("Key", key), xml::text("Value", value)].concat())
        });
        tags.collect()
    }
}

fn list(name: &str, members: &str) -> String {
    [xml::element(name, members), xml::text("IsTruncated", "false")].concat()
}

fn missing(name: &str) -> Refusal {
    Refusal::new(404, "NoSuchEntity", format!("The role with name {name} cannot be found."))
}

fn role_arn(place: &Place, path: &str, name: &str) -> String {
    format!("arn:{}:iam::{}:role{path}{name}", place.partition(), place.account)
}

fn is_name(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character))
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.ends_with('/') && text.bytes().all(|byte| (0x21..=0x7E).contains(&byte))
}
