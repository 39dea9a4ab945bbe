//! What Lambda says about environment variables: names, reserved names, and 4 KB in total.

use std::collections::BTreeMap;

use super::errors::invalid;
use crate::simulator::constraints::Constraints;
use crate::simulator::members::Members;
use crate::simulator::refusal::Refusal;

const LARGEST: usize = 4096;

/// The names that the runtime sets itself.
const RESERVED: [&str; 22] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Returns the variables of a request; `None` when the request does not speak of the environment.
pub(crate) fn variables(request: Members<'_>) -> Result<Option<BTreeMap<String, String>>, Refusal> {
    match request.object("Environment")? {
        Some(environment) => Ok(Some(environment.string_map("Variables")?.unwrap_or_default())),
        None => Ok(None),
    }
}

/// Records every name that the model refuses.
pub(crate) fn check_names(constraints: &mut Constraints, variables: &BTreeMap<String, String>) {
    for name in variables.keys().filter(|name| !is_name(name) && !RESERVED.contains(&name.as_str())) {
        // The real text shows the whole map here; one name is enough to find it, and shows no value.
        let constraint = "Map keys must satisfy constraint: \
                          [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]";
        constraints.fail("environment.variables", format!("{{{name}}}"), constraint);
    }
}

/// Refuses reserved names and too much text.
pub(crate) fn check(variables: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let reserved: Vec<&str> =
        variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let measured = serde_json::json!(variables).to_string();
    if measured.len() <= LARGEST {
        return Ok(());
    }
    // AWS really echoes the values (T24): whoever prints this error must redact it.
    Err(invalid(format!(
        "Lambda was unable to configure your environment variables because the environment variables you have \
         provided exceeded the 4KB limit. String measured: {measured}"
    )))
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.len() >= 2
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}
