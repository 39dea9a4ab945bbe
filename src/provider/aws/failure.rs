//! What an SDK error means to the engine.
//!
//! Codes decide, never enum variants: `ValidationException`, `AccessDeniedException` and
//! `ThrottlingException` are in no model (T25). Lambda's 409 has several meanings, which
//! only its words tell apart (T5). What AWS echoes of environment variables and of signatures
//! is cut from every message (T24).

use std::error::Error;

use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::{model::AliasName, provider::FailureKind};

/// Returns what the engine can do about the error.
pub(super) fn kind<E>(error: &SdkError<E, HttpResponse>) -> FailureKind
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let answer = service.err();
            let status = service.raw().status().as_u16();
            kind_of_answer(answer.code().unwrap_or_default(), answer.message().unwrap_or_default(), status)
        }
        _ if is_about_credentials(error) => FailureKind::Credentials,
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => FailureKind::Unreachable,
        SdkError::ConstructionFailure(_) => FailureKind::Refused,
        // An answer that cannot be read, and what a later SDK may add.
        _ => FailureKind::Fault,
    }
}

/// Returns AWS's words, or the whole chain of causes where there was no answer.
pub(super) fn message<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let SdkError::ServiceError(service) = error {
        let status = service.raw().status().as_u16();
        let words = service.err().message().or(service.err().code());
        return words.map_or_else(|| format!("HTTP status {status}"), scrubbed);
    }
    // Above the credentials' own error stand only layers that say nothing of them.
    let is_layer = |cause: &&(dyn Error + 'static)| !is_credentials_error(*cause);
    let skipped =
        if is_about_credentials(error) { causes(error).take_while(is_layer).count() + 1 } else { 0 };
    let mut words: Vec<String> = causes(error).skip(skipped).map(ToString::to_string).collect();
    words.dedup();
    if words.is_empty() {
        return "no credentials".to_owned();
    }
    scrubbed(&words.join(": "))
}

fn kind_of_answer(code: &str, message: &str, status: u16) -> FailureKind {
    match code {
        "ResourceNotFoundException"
        | "ResourceNotFound"
        | "StateMachineDoesNotExist"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "NoSuchVersion" => FailureKind::NotFound,
        "ResourceConflictException" => kind_of_conflict(message),
        "StateMachineAlreadyExists" => FailureKind::AlreadyExists,
        "ConflictException" => kind_of_machine_conflict(message),
        "PreconditionFailedException" => FailureKind::PreconditionFailed,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestExpired" => FailureKind::Credentials,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "EC2ThrottledException" => FailureKind::Throttled,
        _ if is_about_a_new_role(message) => FailureKind::RoleNotReady,
        _ if is_other_code_hash(message) => FailureKind::PreconditionFailed,
        _ if code.starts_with("AccessDenied") || code.starts_with("KMSAccessDenied") => FailureKind::Denied,
        _ => kind_of_status(status),
    }
}

/// A 404 with another code is a wrong address, not an absent function, so it is refused.
fn kind_of_status(status: u16) -> FailureKind {
    match status {
        401 | 403 => FailureKind::Denied,
        412 => FailureKind::PreconditionFailed,
        429 => FailureKind::Throttled,
        500.. => FailureKind::Fault,
        _ => FailureKind::Refused,
    }
}

fn kind_of_conflict(message: &str) -> FailureKind {
    const BUSY: [&str; 4] = [
        "An update is in progress",
        "currently in the following state: Pending",
        "concurrent update",
        "in progress",
    ];
    if let Some((_, names)) = message.split_once("aliases reference it") {
        return FailureKind::Referenced(listed_aliases(names));
    }
    if BUSY.iter().any(|words| message.contains(words)) {
        return FailureKind::Busy;
    }
    if message.contains("already exist") {
        return FailureKind::AlreadyExists;
    }
    FailureKind::Refused
}

/// Step Functions has one code for all conflicts (aws-facts §5); what is none of these is a parallel
/// update or publish of the same machine.
fn kind_of_machine_conflict(message: &str) -> FailureKind {
    if let Some((_, names)) = message.split_once("aliases referencing this version") {
        return FailureKind::Referenced(listed_aliases(names));
    }
    if message.starts_with("Failed to publish the State Machine version for revision") {
        return FailureKind::PreconditionFailed;
    }
    if message.contains("already exists") {
        return FailureKind::AlreadyExists;
    }
    FailureKind::Busy
}

/// Reads `: [live, blue]`; names that we could not have declared are left out.
fn listed_aliases(text: &str) -> Vec<AliasName> {
    let list = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
    list.split(',').filter_map(|name| AliasName::new(name.trim()).ok()).collect()
}

/// IAM tells the services about a role, and about what it may do, with a delay; the same words stand for a
/// role that is wrong for good (T23).
fn is_about_a_new_role(message: &str) -> bool {
    const WORDS: [&str; 4] = [
        "cannot be assumed by Lambda",
        "The provided execution role does not have permissions",
        "the KMS key is invalid for CreateGrant",
        "authorized to assume the provided role",
    ];
    WORDS.iter().any(|words| message.contains(words))
}

/// PublishVersion answers a stale hash with 400 instead of 412 (R10).
fn is_other_code_hash(message: &str) -> bool {
    message.contains("CodeSHA256") && message.contains("is different from current CodeSHA256")
}

fn is_about_credentials(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(is_credentials_error)
}

fn is_credentials_error(error: &(dyn Error + 'static)) -> bool {
    error.is::<CredentialsError>() || error.is::<TokenError>()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// Returns AWS's words up to where they repeat what must not be shown.
///
/// The 4 KB refusal quotes all variables, constraint texts quote the value that they refuse, and a
/// signature mismatch quotes the request with its session token.
pub(super) fn scrubbed(words: &str) -> String {
    const WITHHELD: [&str; 5] = [
        "string measured",
        "the canonical string",
        "the string-to-sign",
        "x-amz-security-token",
        // The SDK's own words for an endpoint that is no address: the whole request, body included.
        " to request `request",
    ];
    // Lowering ASCII alone keeps every position.
    let lower = words.to_ascii_lowercase();
    if lower.contains("at 'environment") {
        return "AWS refused the environment variables; its words repeat their values and are withheld"
            .to_owned();
    }
    let end = WITHHELD.iter().filter_map(|start| lower.find(start)).min().unwrap_or(words.len());
    words[..end].trim_end_matches(['.', ' ', '\n', ':']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_has_the_meaning_of_its_words() {
        let live = vec![AliasName::new("live").unwrap(), AliasName::new("blue").unwrap()];
        let cases = [
            (
                "The operation cannot be performed at this time. An update is in progress for resource: arn",
                FailureKind::Busy,
            ),
            (
                "The operation cannot be performed at this time. The function is currently in the following \
                 state: Pending",
                FailureKind::Busy,
            ),
            (
                "The operation cannot be performed at this time. The function is currently in the following \
                 state: Failed",
                FailureKind::Refused,
            ),
            ("Alias already exists: arn", FailureKind::AlreadyExists),
            ("Function already exist: orders", FailureKind::AlreadyExists),
            (
                "Unable to delete version because the following aliases reference it: [live, blue]",
                FailureKind::Referenced(live),
            ),
            ("something new", FailureKind::Refused),
        ];
        for (message, kind) in cases {
            assert_eq!(kind_of_answer("ResourceConflictException", message, 409), kind, "{message}");
        }
    }

    #[test]
    fn the_words_of_a_conflict_of_a_machine_tell_what_it_is() {
        let live = vec![AliasName::new("LIVE").unwrap()];
        let cases = [
            (
                "Version to be deleted must not be referenced by an alias. Current list of aliases \
                 referencing this version: [LIVE]",
                FailureKind::Referenced(live),
            ),
            (
                "Failed to publish the State Machine version for revision a. The current State Machine \
                 revision is b.",
                FailureKind::PreconditionFailed,
            ),
            (
                "Failed to create alias because an alias with the same name and a different routing \
                 configuration already exists.",
                FailureKind::AlreadyExists,
            ),
            ("Updating or deleting a resource can cause inconsistency.", FailureKind::Busy),
        ];
        for (message, kind) in cases {
            assert_eq!(kind_of_answer("ConflictException", message, 400), kind, "{message}");
        }
    }

    #[test]
    fn codes_decide_before_the_status() {
        let different =
            "CodeSHA256 (a) is different from current CodeSHA256 in $LATEST (b). Please try again";
        let assumed = "The role defined for the function cannot be assumed by Lambda.";
        let neither = "Neither the global service principal states.amazonaws.com, nor the regional one is \
                       authorized to assume the provided role.";
        let cases = [
            ("InvalidParameterValueException", assumed, 400, FailureKind::RoleNotReady),
            ("AccessDeniedException", neither, 400, FailureKind::RoleNotReady),
            ("StateMachineAlreadyExists", "", 400, FailureKind::AlreadyExists),
            ("AccessDeniedException", "", 400, FailureKind::Denied),
            ("AccessDenied", "", 403, FailureKind::Denied),
            ("ExpiredTokenException", "", 403, FailureKind::Credentials),
            ("UnrecognizedClientException", "", 403, FailureKind::Credentials),
            ("ThrottlingException", "", 400, FailureKind::Throttled),
            ("", "", 429, FailureKind::Throttled),
            ("StateMachineDoesNotExist", "", 400, FailureKind::NotFound),
            ("NoSuchVersion", "", 404, FailureKind::NotFound),
            ("UnknownOperationException", "", 404, FailureKind::Refused),
            ("InvalidParameterValueException", different, 400, FailureKind::PreconditionFailed),
            ("ValidationException", "", 400, FailureKind::Refused),
            ("ServiceException", "", 500, FailureKind::Fault),
        ];
        for (code, message, status, kind) in cases {
            assert_eq!(kind_of_answer(code, message, status), kind, "{code} {status}");
        }
    }

    #[test]
    fn values_and_tokens_are_cut_from_the_words_of_aws() {
        let measured = "Lambda was unable to configure your environment variables because the environment \
                        variables you have provided exceeded the 4KB limit. String measured: {\"A\":\"hush\"}";
        assert!(scrubbed(measured).ends_with("exceeded the 4KB limit"));
        let constraint = "1 validation error detected: Value '{A=hush}' at 'environment.variables' failed";
        assert!(!scrubbed(constraint).contains("hush"));
        let signature = "The signature does not match.\n\nThe Canonical String for this request should have \
                         been\n'GET\nx-amz-security-token:hush'";
        assert_eq!(scrubbed(signature), "The signature does not match");
        assert_eq!(scrubbed("Function not found: arn:aws:lambda"), "Function not found: arn:aws:lambda");
    }
}
