//! The body of a write: plain, or in the chunks that SDKs send when they sign or sum while streaming.
//!
//! ```text
//! 5;chunk-signature=…␍␊hello␍␊0␍␊x-amz-checksum-crc32:NhCmhg==␍␊␍␊
//! ```

use super::checksum::{self, Checked};
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireRequest;

/// The bytes of a write, and the checksum that came with them.
#[derive(Debug, Default)]
pub(super) struct Payload {
    pub(super) bytes: Vec<u8>,
    pub(super) checksum: Option<Checked>,
}

/// The content of a chunked body, and what follows it.
type Chunked = (Vec<u8>, Vec<(String, String)>);

/// Returns the payload of a request, checked against everything the request says about it.
pub(super) fn read(request: &WireRequest) -> Result<Payload, Refusal> {
    let (bytes, trailers) = if is_chunked(request) {
        let chunked = chunks(&request.body).ok_or_else(incomplete)?;
        let length = request.header("x-amz-decoded-content-length");
        if length.is_some_and(|length| length != chunked.0.len().to_string()) {
            return Err(incomplete());
        }
        chunked
    } else {
        (request.body.clone(), Vec::new())
    };
    check_announced(request, &trailers)?;
    let checksum = checksum::check(request, &trailers, &bytes)?;
    Ok(Payload { bytes, checksum })
}

fn is_chunked(request: &WireRequest) -> bool {
    let is_streamed =
        request.header("x-amz-content-sha256").is_some_and(|digest| digest.starts_with("STREAMING-"));
    let codings = request.header("content-encoding").unwrap_or_default();
    is_streamed || codings.split(',').any(|coding| coding.trim() == "aws-chunked")
}

fn chunks(body: &[u8]) -> Option<Chunked> {
    let mut content = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let line = line(&mut rest)?;
        let size = usize::from_str_radix(line.split(';').next()?, 16).ok()?;
        if size == 0 {
            return Some((content, trailers(rest)?));
        }
        let (chunk, tail) = rest.split_at_checked(size)?;
        content.extend_from_slice(chunk);
        rest = tail.strip_prefix(b"\r\n")?;
    }
}

fn trailers(mut rest: &[u8]) -> Option<Vec<(String, String)>> {
    let mut trailers = Vec::new();
    while !rest.is_empty() {
        let line = line(&mut rest)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        trailers.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    Some(trailers)
}

/// Takes a line off the front.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let line = std::str::from_utf8(rest.get(..end)?).ok()?;
    *rest = rest.get(end + 2..)?;
    Some(line)
}

/// Refuses a body that ends before the trailers that it announced.
fn check_announced(request: &WireRequest, trailers: &[(String, String)]) -> Result<(), Refusal> {
    let announced = request.header("x-amz-trailer").unwrap_or_default().to_lowercase();
    let mut names = announced.split(',').map(str::trim).filter(|name| !name.is_empty());
    if names.all(|name| trailers.iter().any(|(known, _)| known == name)) {
        return Ok(());
    }
    let message = "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    Err(Refusal::new(400, "MalformedTrailerError", message))
}

fn incomplete() -> Refusal {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    Refusal::new(400, "IncompleteBody", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_trailers_kept() {
        let body = b"5;chunk-signature=0\r\nhello\r\n1\r\n!\r\n0\r\nX-Amz-Checksum-CRC32: abc\r\n\r\n";
        let trailer = ("x-amz-checksum-crc32".to_owned(), "abc".to_owned());
        assert_eq!(chunks(body), Some((b"hello!".to_vec(), vec![trailer])));
    }

    #[test]
    fn a_cut_body_is_no_body() {
        for body in
            [&b"5\r\nhel"[..], b"5\r\nhello", b"5\r\nhello\r\n", b"x\r\n", b"", b"ffffffffffffffff\r\n"]
        {
            assert_eq!(chunks(body), None, "{body:?}");
        }
    }
}
