//! STS: who calls, and roles to assume.
//!
//! The world remembers which account the keys of an assumed role belong to, until they expire.
//! A role is checked for form only; whether it exists is not part of the simulation.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::{after, second_text};
use super::constraints::{Constraints, ROLE_PATTERN, is_role};
use super::credentials::{Caller, Scope};
use super::place::Place;
use super::refusal::Refusal;
use super::wire::{Pairs, WireRequest, WireResponse};
use super::xml;

/// The API version that STS requests carry.
pub(crate) const VERSION: &str = "2011-06-15";

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// An STS request.
#[derive(Debug)]
pub(crate) enum Request {
    GetCallerIdentity,
    AssumeRole { role: String, session: String, seconds: u64 },
}

/// The sessions that `AssumeRole` handed out, by access key id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sessions {
    known: BTreeMap<String, Session>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    account: String,
    arn: String,
    user_id: String,
    token: String,
    expires: Timestamp,
}

impl Sessions {
    /// Returns true if nobody assumed a role.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Returns the caller behind a session's access key; `None` if the key belongs to no session.
    pub(crate) fn caller(
        &self,
        now: Timestamp,
        scope: &Scope,
        token: Option<&str>,
    ) -> Result<Option<Caller>, Refusal> {
        let Some(session) = self.known.get(&scope.access_key) else { return Ok(None) };
        if token != Some(session.token.as_str()) {
            let message = "The security token included in the request is invalid.";
            return Err(Refusal::new(403, "UnrecognizedClientException", message));
        }
        if now >= session.expires {
            let message = "The security token included in the request is expired";
            return Err(Refusal::new(403, "ExpiredTokenException", message));
        }
        let place = Place { account: session.account.clone(), region: scope.region.clone() };
        Ok(Some(Caller { place, arn: session.arn.clone(), user_id: session.user_id.clone() }))
    }
}

impl Request {
    /// Reads a form body.
    pub(crate) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let form = Pairs::of_form(&String::from_utf8_lossy(&request.body));
        match form.get("Action").or(Pairs::of_query(&request.query).get("Action")) {
            Some("GetCallerIdentity") => Ok(Self::GetCallerIdentity),
            Some("AssumeRole") => Self::read_assume_role(&form),
            action => Err(Refusal::unknown_operation(&format!("sts:{}", action.unwrap_or_default()))),
        }
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::AssumeRole { .. } => "AssumeRole",
        }
    }

    /// Returns what the request is about.
    pub(crate) fn resource(&self) -> String {
        match self {
            Self::GetCallerIdentity => "*".to_owned(),
            Self::AssumeRole { role, .. } => role.clone(),
        }
    }

    fn read_assume_role(form: &Pairs) -> Result<Self, Refusal> {
        let mut constraints = Constraints::default();
        let (role, session) = (form.get("RoleArn"), form.get("RoleSessionName"));
        constraints.required("roleArn", role.is_some());
        constraints.required("roleSessionName", session.is_some());
        constraints.pattern("roleArn", role, ROLE_PATTERN, is_role);
        constraints.length("roleSessionName", session, 2..=64);
        constraints.pattern("roleSessionName", session, r"[\w+=,.@-]*", is_session_name);
        let seconds = form.get("DurationSeconds").map(|text| text.parse::<i64>().unwrap_or(-1));
        constraints.range("durationSeconds", seconds, 900..=43_200);
        constraints.finish().map_err(|refusal| Refusal { code: "ValidationError".into(), ..refusal })?;
        Ok(Self::AssumeRole {
            role: role.unwrap_or_default().to_owned(),
            session: session.unwrap_or_default().to_owned(),
            seconds: seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(3600),
        })
    }
}

/// Performs an STS request.
#[expect(clippy::unnecessary_wraps, reason = "every service performs with the same signature")]
pub(crate) fn perform(
    now: Timestamp,
    sessions: &mut Sessions,
    caller: &Caller,
    request: &Request,
) -> Result<WireResponse, Refusal> {
    let result = match request {
        Request::GetCallerIdentity => [
            xml::text("Arn", &caller.arn),
            xml::text("UserId", &caller.user_id),
            xml::text("Account", &caller.place.account),
        ]
        .concat(),
        Request::AssumeRole { role, session, seconds } => assume_role(now, sessions, role, session, *seconds),
    };
    Ok(xml::answer(request.operation(), NAMESPACE, &result))
}

fn assume_role(now: Timestamp, sessions: &mut Sessions, role: &str, name: &str, seconds: u64) -> String {
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    let (partition, account) = (parts.get(1).unwrap_or(&"aws"), parts.get(4).unwrap_or(&""));
    let role_name = role.rsplit('/').next().unwrap_or_default();
    let number = sessions.known.len() + 1;
    let key = format!("ASIA{number:016}");
    let role_id = format!("AROA{number:016}");
    let expires = after(now, Duration::from_secs(seconds));
    let session = Session {
        account: (*account).to_owned(),
        arn: format!("arn:{partition}:sts::{account}:assumed-role/{role_name}/{name}"),
        user_id: format!("{role_id}:{name}"),
        token: format!("simulated-session-token-{number}"),
        expires,
    };
    let credentials = [
        xml::text("AccessKeyId", &key),
        xml::text("SecretAccessKey", &format!("simulated-secret-{number}")),
        xml::text("SessionToken", &session.token),
        xml::text("Expiration", &second_text(expires, "Z")),
    ]
    .concat();
    let user = [xml::text("AssumedRoleId", &session.user_id), xml::text("Arn", &session.arn)].concat();
    sessions.known.insert(key, session);
    format!("<Credentials>{credentials}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>")
}

fn is_session_name(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character))
}
