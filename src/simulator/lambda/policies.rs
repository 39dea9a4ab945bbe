//! Resource policies: one per qualifier, each with a revision of its own (R24).
//!
//! A new version starts without one. The revision that a write believes in is the policy's; while there is none, it is the
//! revision of what the policy will hang on. Whether a policy change gives the function or alias a new revision is
//! recorded both ways over the years (T4); the world changes it, because that is what a deploy must survive.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::{alias_not_found, answered, conflict, function_not_found, invalid, not_found};
use super::function::{Function, Target, Visit, visit};
use super::reference::{LATEST, Reference};
use super::request::Request;
use crate::simulator::constraints::{Constraints, is_account, is_number, is_partition, is_plain_name};
use crate::simulator::identifiers::Identifiers;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::world::Scene;

/// The largest policy, in bytes.
const LARGEST: usize = 20_480;
const MISSING: &str = "The resource you requested does not exist.";
const ACTION_PATTERN: &str = "(lambda:[*]|lambda:[a-zA-Z]+|[*])";
const SOURCE_PATTERN: &str = r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

/// The policy of one qualifier.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    statements: Vec<Value>,
    revision: String,
}

impl Policy {
    fn document(&self) -> String {
        document(&self.statements)
    }

    fn has(&self, statement: &str) -> bool {
        self.statements.iter().any(|known| known["Sid"] == statement)
    }
}

/// Adds a statement to the policy of a qualifier.
pub(crate) fn add(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let members = request.members();
    constrain_permission(members)?;
    let reference = Reference::of(request, scene.place)?;
    if reference.qualifier.as_deref() == Some(LATEST) {
        return Err(invalid("We currently do not support adding policies for $LATEST."));
    }
    let qualifier = reference.qualifier.unwrap_or_default();
    let Visit { function, identifiers, .. } = visit(scene, &reference.name)?;
    let target = check_exists(function, &qualifier)?;
    let policy = function.policies.get(&qualifier);
    let current = policy.map_or_else(|| function.revision_of(&target), |policy| policy.revision.clone());
    check_revision(&current, members.string("RevisionId")?)?;
    let id = members.string("StatementId")?.unwrap_or_default();
    if policy.is_some_and(|policy| policy.has(id)) {
        return Err(conflict(format!(
            "The statement id ({id}) provided already exists. \
             Please provide a new statement id, or remove the existing statement."
        )));
    }
    let resource = if qualifier.is_empty() { function.arn.clone() } else { function.qualified(&qualifier) };
    let statement = statement(members, id, &resource)?;
    let mut statements = policy.map(|policy| policy.statements.clone()).unwrap_or_default();
    statements.push(statement.clone());
    check_size(&statements)?;
    replace(function, identifiers, &qualifier, statements);
    Ok(answered(201, &json!({"Statement": statement.to_string()})))
}

/// Returns the policy of a qualifier.
pub(crate) fn get(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let reference = Reference::of(request, scene.place)?;
    // A function without a policy and no function at all are answered in the same words.
    let missing = |_| not_found(MISSING);
    let function = visit(scene, &reference.name).map_err(missing)?.function;
    let policy = function.policies.get(&reference.qualifier.unwrap_or_default());
    let policy = policy.ok_or_else(|| not_found(MISSING))?;
    Ok(answered(200, &json!({"Policy": policy.document(), "RevisionId": policy.revision})))
}

/// Removes a statement; the last one takes the policy with it.
pub(crate) fn remove(scene: &mut Scene<'_>, request: &Request) -> Result<WireResponse, Refusal> {
    let id = request.statement();
    let mut constraints = Constraints::default();
    constraints.length("statementId", Some(id), 1..=100);
    constraints
        .pattern("statementId", Some(id), "([a-zA-Z0-9-_.]+)", |id| is_plain_name(&id.replace('.', "_")));
    constraints.finish()?;
    let reference = Reference::of(request, scene.place)?;
    let qualifier = reference.qualifier.unwrap_or_default();
    let arn = scene.place.function_arn(&reference.name);
    let visit = visit(scene, &reference.name);
    let Visit { function, identifiers, .. } =
        visit.map_err(|_| not_found(format!("No policy found for: {arn}")))?;
    check_exists(function, &qualifier)?;
    let policy = function.policies.get(&qualifier);
    let policy = policy.ok_or_else(|| not_found("No policy is associated with the given resource."))?;
    if !policy.has(id) {
        return Err(not_found(format!("Statement {id} is not found in resource policy.")));
    }
    check_revision(&policy.revision, request.query().get("RevisionId"))?;
    let statements = policy.statements.iter().filter(|known| known["Sid"] != id).cloned().collect();
    replace(function, identifiers, &qualifier, statements);
    Ok(WireResponse::empty(204))
}

impl Function {
    fn revision_of(&self, target: &Target) -> String {
        match target {
            Target::Latest => self.latest.revision.clone(),
            Target::Version(number) => {
                self.versions.get(number).map(|version| version.snapshot.revision.clone()).unwrap_or_default()
            }
            Target::Alias(name) => {
                self.aliases.get(name).map(|alias| alias.revision.clone()).unwrap_or_default()
            }
        }
    }
}

/// Puts the statements in place under a new revision, which `$LATEST` or the alias shares; a version never changes (R13).
fn replace(function: &mut Function, identifiers: &mut Identifiers, qualifier: &str, statements: Vec<Value>) {
    let revision = identifiers.revision();
    if let Some(alias) = function.aliases.get_mut(qualifier) {
        alias.revision.clone_from(&revision);
    } else if qualifier.is_empty() {
        function.latest.revision.clone_from(&revision);
    }
    if statements.is_empty() {
        function.policies.remove(qualifier);
    } else {
        function.policies.insert(qualifier.to_owned(), Policy { statements, revision });
    }
}

fn check_exists(function: &Function, qualifier: &str) -> Result<Target, Refusal> {
    let wanted = Some(qualifier).filter(|qualifier| !qualifier.is_empty());
    let arn = function.qualified(qualifier);
    function
        .target(wanted)
        .map_err(|_| if is_number(qualifier) { function_not_found(&arn) } else { alias_not_found(&arn) })
}

/// Refuses a write that believes in an old policy; the words differ from those of functions (R6).
fn check_revision(current: &str, believed: Option<&str>) -> Result<(), Refusal> {
    if believed.is_none_or(|believed| believed == current) {
        return Ok(());
    }
    let message = "The Revision Id provided does not match the latest Revision Id. \
                   Call the GetPolicy API to retrieve the latest Revision Id";
    Err(Refusal::new(412, "PreconditionFailedException", message))
}

fn check_size(statements: &[Value]) -> Result<(), Refusal> {
    let size = document(statements).len();
    if size <= LARGEST {
        return Ok(());
    }
    let message = format!("The final policy size ({size}) is bigger than the limit ({LARGEST}).");
    Err(Refusal::new(400, "PolicyLengthExceededException", message))
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Id": "default", "Statement": statements}).to_string()
}

fn statement(members: Members<'_>, id: &str, resource: &str) -> Result<Value, Refusal> {
    let action = members.string("Action")?.unwrap_or_default();
    if members.has("FunctionUrlAuthType") && action != "lambda:InvokeFunctionUrl" {
        return Err(invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"));
    }
    let mut statement = json!({
        "Sid": id,
        "Effect": "Allow",
        "Principal": principal(members.string("Principal")?.unwrap_or_default())?,
        "Action": action,
        "Resource": resource,
    });
    let conditions = [
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ];
    for (member, test, key) in conditions {
        if let Some(value) = members.string(member)? {
            statement["Condition"][test][key] = Value::from(value);
        }
    }
    if members.flag("InvokedViaFunctionUrl")? {
        statement["Condition"]["Bool"]["lambda:InvokedViaFunctionUrl"] = Value::from("true");
    }
    Ok(statement)
}

fn principal(text: &str) -> Result<Value, Refusal> {
    let is_arn = text.starts_with("arn:") && text.split(':').nth(1).is_some_and(is_partition);
    match text {
        "*" => Ok(json!("*")),
        account if is_account(account) => Ok(json!({"AWS": format!("arn:aws:iam::{account}:root")})),
        arn if is_arn => Ok(json!({"AWS": arn})),
        service if service.contains('.') => Ok(json!({"Service": service})),
        _ => Err(invalid("The provided principal was invalid. Please check the principal and try again.")),
    }
}

fn constrain_permission(members: Members<'_>) -> Result<(), Refusal> {
    let mut constraints = Constraints::default();
    let (id, action, principal) =
        (members.string("StatementId")?, members.string("Action")?, members.string("Principal")?);
    for (path, value) in [("statementId", id), ("action", action), ("principal", principal)] {
        constraints.required(path, value.is_some());
    }
    constraints.length("statementId", id, 1..=100);
    constraints.pattern("statementId", id, "([a-zA-Z0-9-_]+)", is_plain_name);
    constraints.pattern("action", action, ACTION_PATTERN, is_action);
    constraints.length("principal", principal, 0..=2048);
    constraints.pattern("principal", principal, r"[^\s]+", |text| {
        !text.is_empty() && !text.contains(char::is_whitespace)
    });
    constraints.pattern("sourceArn", members.string("SourceArn")?, SOURCE_PATTERN, is_source);
    constraints.pattern("sourceAccount", members.string("SourceAccount")?, r"\d{12}", is_account);
    let token = members.string("EventSourceToken")?;
    constraints.length("eventSourceToken", token, 0..=256);
    let url = members.string("FunctionUrlAuthType")?;
    constraints.one_of("functionUrlAuthType", url, &["NONE", "AWS_IAM"]);
    constraints.length("principalOrgID", members.string("PrincipalOrgID")?, 12..=34);
    constraints.finish()
}

fn is_action(text: &str) -> bool {
    let name = text.strip_prefix("lambda:");
    let is_word = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    text == "*" || name.is_some_and(|name| name == "*" || is_word(name))
}

/// Returns true if the text looks like the ARN of something that sends events.
pub(crate) fn is_source(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, service, _, account, _]
        if is_partition(partition) && !service.is_empty() && (account.is_empty() || is_account(account)))
}
