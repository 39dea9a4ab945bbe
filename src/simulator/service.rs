//! The six services, and how each one writes a refusal.

use super::credentials::Scope;
use super::refusal::Refusal;
use super::wire::{Pairs, WireRequest, WireResponse};
use super::{iam, lambda, s3, ssm, states, sts, xml};

/// A service of the simulated account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    States,
    Ssm,
    Sts,
    Iam,
    S3,
}

/// A request that a service has understood.
#[derive(Debug)]
pub(crate) enum Request {
    Lambda(lambda::Request),
    States(states::Request),
    Ssm(ssm::Request),
    Sts(sts::Request),
    Iam(iam::Request),
    S3(Box<s3::Request>),
}

impl Service {
    /// Returns the service a request is for: by its scope, else by its headers, path and body.
    pub(crate) fn of(scope: Option<&Scope>, request: &WireRequest) -> Option<Self> {
        let signed = scope.and_then(|scope| Self::signed_as(&scope.service));
        signed.or_else(|| Self::looks_like(request))
    }

    /// Returns the prefix of the service's IAM actions.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::States => "states",
            Self::Ssm => "ssm",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::S3 => "s3",
        }
    }

    /// Returns the request in the service's own words.
    pub(crate) fn understand(self, request: &WireRequest) -> Result<Request, Refusal> {
        match self {
            Self::Lambda => lambda::Request::read(request).map(Request::Lambda),
            Self::States => states::Request::read(request).map(Request::States),
            Self::Ssm => ssm::Request::read(request).map(Request::Ssm),
            Self::Sts => sts::Request::read(request).map(Request::Sts),
            Self::Iam => iam::Request::read(request).map(Request::Iam),
            Self::S3 => s3::Request::read(request).map(|request| Request::S3(Box::new(request))),
        }
    }

    /// Returns the refusal in the service's protocol.
    pub(crate) fn refused(self, refusal: &Refusal) -> WireResponse {
        match self {
            Self::Lambda => lambda::refused(refusal),
            Self::States => states::refused(refusal),
            Self::Ssm => ssm::refused(refusal),
            Self::Sts | Self::Iam => xml::refused(refusal),
            Self::S3 => s3::refused(refusal),
        }
    }

    /// Returns the throttling answer of the service (R34; the code of Step Functions is assumed).
    pub(crate) fn throttled(self) -> Refusal {
        match self {
            Self::Lambda => Refusal::new(429, "TooManyRequestsException", "Rate exceeded"),
            Self::States | Self::Ssm => Refusal::new(400, "ThrottlingException", "Rate exceeded"),
            Self::Sts | Self::Iam => Refusal::new(400, "Throttling", "Rate exceeded"),
            Self::S3 => Refusal::new(503, "SlowDown", "Please reduce your request rate."),
        }
    }

    /// Returns the answer of a service that failed on its own.
    pub(crate) fn failed(self) -> Refusal {
        let code = match self {
            Self::Lambda => "ServiceException",
            Self::S3 => "InternalError",
            Self::Ssm => "InternalServerError",
            Self::States | Self::Sts | Self::Iam => "InternalFailure",
        };
        Refusal::new(500, code, "An error occurred and the request cannot be processed.")
    }

    fn signed_as(name: &str) -> Option<Self> {
        [Self::Lambda, Self::States, Self::Ssm, Self::Sts, Self::Iam, Self::S3]
            .into_iter()
            .find(|service| service.prefix() == name)
    }

    fn looks_like(request: &WireRequest) -> Option<Self> {
        let target = request.header("x-amz-target").unwrap_or_default();
        if target.starts_with(states::TARGET_PREFIX) {
            return Some(Self::States);
        }
        if target.starts_with(ssm::TARGET_PREFIX) {
            return Some(Self::Ssm);
        }
        if request.path.starts_with("/20") {
            return Some(Self::Lambda);
        }
        let form = Pairs::of_form(&String::from_utf8_lossy(&request.body));
        match form.get("Version") {
            Some(sts::VERSION) => Some(Self::Sts),
            Some(iam::VERSION) => Some(Self::Iam),
            _ => None,
        }
    }
}
