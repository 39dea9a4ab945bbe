//! The little XML that S3 and the query protocols of STS and IAM need.

use super::refusal::Refusal;
use super::wire::WireResponse;

/// Returns an element with text inside, escaped.
pub(crate) fn text(name: &str, value: &str) -> String {
    element(name, &escaped(value))
}

/// Returns an element with elements inside.
pub(crate) fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// Returns the response of a query operation: the result inside its envelope.
pub(crate) fn answer(operation: &str, namespace: &str, result: &str) -> WireResponse {
    let result = match result {
        "" => String::new(),
        inner => format!("<{operation}Result>{inner}</{operation}Result>"),
    };
    let metadata =
        "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>";
    WireResponse::xml(
        200,
        format!("<{operation}Response xmlns=\"{namespace}\">{result}{metadata}</{operation}Response>"),
    )
}

/// Returns the error document of the query protocols; their codes carry no `Exception`.
pub(crate) fn refused(refusal: &Refusal) -> WireResponse {
    let kind = if refusal.status < 500 { "Sender" } else { "Receiver" };
    let code = refusal.code.strip_suffix("Exception").unwrap_or(&refusal.code);
    let error = [text("Type", kind), text("Code", code), text("Message", &refusal.message)].concat();
    let body = format!(
        "<ErrorResponse><Error>{error}</Error>\
         <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    );
    WireResponse::xml(refusal.status, body)
}

/// Returns the text inside the first element of a name; enough for the two small documents that S3 is sent.
pub(crate) fn value<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}

fn escaped(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
