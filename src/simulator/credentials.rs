//! What a signature says without being checked: who signs, for which region and which service.
//!
//! Any secret is accepted, because the world has none to compare with; a missing or garbled header is not.

use super::place::Place;
use super::wire::WireRequest;

/// The account of every access key that does not name one.
pub(crate) const DEFAULT_ACCOUNT: &str = "000000000000";

/// The credential scope of a `SigV4` authorization header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The access key id.
    pub(crate) access_key: String,
    /// The region the request was signed for.
    pub(crate) region: String,
    /// The signing name of the service.
    pub(crate) service: String,
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
    /// Reads the scope of a request; `None` if it is missing or garbled.
    pub(crate) fn of(request: &WireRequest) -> Option<Self> {
        let fields = request.header("authorization")?.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| {
            let mut parts = fields.split(',').map(str::trim);
            parts
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
        };
        field("SignedHeaders")?;
        field("Signature")?;
        let parts: Vec<&str> = field("Credential")?.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = parts[..] else { return None };
        if [access_key, date, region, service].contains(&"") {
            return None;
        }
        Some(Self {
            access_key: access_key.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}
