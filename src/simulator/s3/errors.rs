//! The refusals of S3 and their XML.

use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireResponse;
use crate::simulator::xml;

/// The one code of S3 that carries an `Exception`.
pub(super) const ILLEGAL_LOCATION: &str = "IllegalLocationConstraintException";

/// Returns the error document of S3.
pub(crate) fn refused(refusal: &Refusal) -> WireResponse {
    if refusal.status == 304 {
        return WireResponse::empty(304);
    }
    let code = match refusal.code.as_ref() {
        ILLEGAL_LOCATION => ILLEGAL_LOCATION,
        code => code.strip_suffix("Exception").unwrap_or(code),
    };
    let error = [
        xml::text("Code", code),
        xml::text("Message", &refusal.message),
        xml::text("RequestId", "0000000000000000"),
    ]
    .concat();
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    WireResponse::xml(refusal.status, format!("{declaration}<Error>{error}</Error>"))
}

/// Returns the refusal of a bucket that is not there.
pub(super) fn no_such_bucket() -> Refusal {
    Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist")
}

/// Returns the refusal of a key that is not there.
pub(super) fn no_such_key() -> Refusal {
    Refusal::new(404, "NoSuchKey", "The specified key does not exist.")
}

/// Returns the refusal of a version that is not there.
pub(super) fn no_such_version() -> Refusal {
    Refusal::new(404, "NoSuchVersion", "The specified version does not exist.")
}

/// Returns the refusal of somebody else's bucket.
pub(super) fn access_denied() -> Refusal {
    Refusal::new(403, "AccessDenied", "Access Denied")
}

/// Returns the refusal of a condition that does not hold.
pub(super) fn precondition_failed() -> Refusal {
    let message = "At least one of the pre-conditions you specified did not hold";
    Refusal::new(412, "PreconditionFailed", message)
}

/// Returns the refusal of something that AWS has and the world has not. AWS answers 501 here, which SDKs retry (R34).
pub(super) fn not_implemented(what: &str) -> Refusal {
    let message = format!("A header you provided implies functionality that is not implemented: {what}");
    Refusal::new(400, "NotImplemented", message)
}

/// Returns the refusal of an argument.
pub(super) fn invalid_argument(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidArgument", message)
}
