//! What a signature says without being checked: who signs, for which region and which service.
//!
//! Any secret is accepted, because the world has none to compare with; a missing header is not, and neither is a garbled one.

use super::place::Place;
use super::refusal::Refusal;
use super::wire::{Pairs, WireRequest};

/// The account of every access key that does not name one.
pub(crate) const DEFAULT_ACCOUNT: &str = "000000000000";

/// The credential scope of a `SigV4` authorization header or presigned link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The access key id.
    pub(crate) access_key: String,
    /// The region the request was signed for.
    pub(crate) region: String,
    /// The signing name of the service.
    pub(crate) service: String,
    /// The session token, of temporary credentials.
    pub(crate) token: Option<String>,
}

/// Who calls, and where the call lands.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The account and region of the call.
    pub(crate) place: Place,
    /// The ARN that error texts and `GetCallerIdentity` name.
    pub(crate) arn: String,
    /// The unique id that goes with the ARN.
    pub(crate) user_id: String,
}

impl Caller {
    /// Returns the caller that an access key stands for when no session is known by it.
    pub(crate) fn of_key(scope: &Scope) -> Self {
        let is_account = super::constraints::is_account(&scope.access_key);
        let account = if is_account { scope.access_key.as_str() } else { DEFAULT_ACCOUNT };
        let place = Place { account: account.to_owned(), region: scope.region.clone() };
        let arn = format!("arn:{}:sts::{account}:assumed-role/simulated/simulated", place.partition());
        Self { place, arn, user_id: "AROASIMULATED0000000:simulated".to_owned() }
    }
}

impl Scope {
    /// Reads the scope of a request, from its header or from a presigned link; one that is not there and one that is
    /// garbled are refused differently.
    pub(crate) fn of(request: &WireRequest) -> Result<Self, Refusal> {
        let Some(header) = request.header("authorization") else {
            return Self::of_link(&Pairs::of_query(&request.query));
        };
        let fields = header.strip_prefix("AWS4-HMAC-SHA256").unwrap_or_default();
        let field = |name: &str| {
            let mut parts = fields.split(',').map(str::trim);
            parts
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
        };
        let missing = ["Credential", "Signature", "SignedHeaders"].into_iter();
        let missing = missing.filter(|name| field(name).is_none());
        let missing: Vec<String> =
            missing.map(|name| format!("Authorization header requires '{name}' parameter.")).collect();
        if !missing.is_empty() {
            // AWS repeats the header after these words; here it could be a real one, so it is left out.
            return Err(Refusal::incomplete_signature(missing.join(" ")));
        }
        let token = request.header("x-amz-security-token");
        Self::of_credential(field("Credential").unwrap_or_default(), token)
    }

    fn of_link(query: &Pairs) -> Result<Self, Refusal> {
        let field = |name: &str| query.get(name).filter(|value| !value.is_empty());
        let is_signed = field("X-Amz-Algorithm") == Some("AWS4-HMAC-SHA256")
            && ["X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires"]
                .iter()
                .all(|name| field(name).is_some());
        let credential =
            field("X-Amz-Credential").filter(|_| is_signed).ok_or_else(Refusal::missing_authentication)?;
        Self::of_credential(credential, query.get("X-Amz-Security-Token"))
    }

    fn of_credential(credential: &str, token: Option<&str>) -> Result<Self, Refusal> {
        let parts: Vec<&str> = credential.split('/').collect();
        match parts[..] {
            [access_key, date, region, service, "aws4_request"]
                if ![access_key, date, region, service].contains(&"") =>
            {
                Ok(Self {
                    access_key: access_key.to_owned(),
                    region: region.to_owned(),
                    service: service.to_owned(),
                    token: token.map(str::to_owned),
                })
            }
            _ => Err(Refusal::incomplete_signature(format!(
                "Credential must have exactly 5 slash-delimited elements, \
                 e.g. keyid/date/region/service/term, got '{credential}'"
            ))),
        }
    }
}
