//! Fetching a package by the link that GetFunction answers with.
//!
//! The link carries a signature that is good for ten minutes, so whoever reads it may fetch the code:
//! it is never shown, and neither are the client's own words, which may repeat it (design §3.8). The
//! link leads to S3, past the SDK, so there is one attempt and a clock of our own.

use std::{fmt, time::Duration};

use aws_smithy_runtime_api::client::{
    http::HttpConnector as _,
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::byte_stream::ByteStream;

use crate::provider::ProviderError;

use super::{call::Call, connection::connector};

/// How long the link may take until it begins to answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a whole package may take; the link itself lives for ten minutes.
const BODY_TIMEOUT: Duration = Duration::from_mins(8);

/// A link that lets whoever has it fetch the code.
pub(super) struct PresignedLink<'a>(&'a str);

impl<'a> PresignedLink<'a> {
    pub(super) fn new(link: &'a str) -> Self {
        Self(link)
    }
}

impl fmt::Debug for PresignedLink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresignedLink")
    }
}

/// Where packages can be fetched from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Downloads {
    /// The network.
    Network,
    /// Nowhere: a function stands in for AWS, and it answers calls alone.
    None,
}

impl Downloads {
    /// Returns the bytes behind a link, unless there are more than the limit.
    pub(super) async fn fetch(
        self,
        call: &Call,
        link: &PresignedLink<'_>,
        limit: u64,
    ) -> Result<Vec<u8>, ProviderError> {
        match self {
            Self::None => Err(call.refused("what stands in for the network serves no packages")),
            Self::Network => fetched(call, link, limit).await,
        }
    }
}

async fn fetched(call: &Call, link: &PresignedLink<'_>, limit: u64) -> Result<Vec<u8>, ProviderError> {
    let request =
        HttpRequest::get(link.0).map_err(|_| call.unreadable("the link to the package is no address"))?;
    let answer = tokio::time::timeout(HEAD_TIMEOUT, connector(None, None).call(request)).await;
    let answer = answer.map_err(|_| call.unreachable("the link to the package does not answer"))?;
    let answer: HttpResponse = answer.map_err(|error| call.unreachable(words(&error)))?;
    if !answer.status().is_success() {
        let status = answer.status().as_u16();
        return Err(call.unreadable(format!("the link to the package answers with status {status}")));
    }
    let body = tokio::time::timeout(BODY_TIMEOUT, collected(call, answer, limit)).await;
    body.map_err(|_| call.unreachable("the package does not arrive in time"))?
}

/// The size that AWS reports may be wrong; what arrives is counted.
async fn collected(call: &Call, answer: HttpResponse, limit: u64) -> Result<Vec<u8>, ProviderError> {
    let mut stream = ByteStream::new(answer.into_body());
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| call.unreachable("the connection broke while the package arrived"))?;
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > limit {
            return Err(call.refused(format!("the package has more than {limit} bytes")));
        }
    }
    Ok(bytes)
}

/// The client's own words may repeat the link.
fn words(error: &ConnectorError) -> &'static str {
    if error.is_timeout() {
        "the link to the package does not answer"
    } else if error.is_io() {
        "the connection to the package breaks"
    } else {
        "the package cannot be fetched"
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
    };

    use super::*;

    /// Serves one answer, byte for byte, and returns a link to it.
    fn link_to(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        });
        format!("http://{address}/package?X-Amz-Signature=secret")
    }

    async fn fetch(answer: &'static str, limit: u64) -> Result<Vec<u8>, ProviderError> {
        let link = link_to(answer);
        let call = Call::read("lambda:GetFunction", "router:7");
        Downloads::Network.fetch(&call, &PresignedLink::new(&link), limit).await
    }

    #[tokio::test]
    async fn a_package_arrives_whole_and_within_its_limit() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ncode";
        assert_eq!(fetch(answer, 4).await.unwrap(), b"code");
        let error = fetch(answer, 3).await.unwrap_err();
        assert_eq!(error.message, "the package has more than 3 bytes");
    }

    #[tokio::test]
    async fn no_failure_repeats_the_link() {
        let refused = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
        let cut_off = "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\ncode";
        let cases = [
            (refused, "the link to the package answers with status 403"),
            (cut_off, "the connection broke while the package arrived"),
            ("", "the package cannot be fetched"),
        ];
        for (answer, message) in cases {
            let error = fetch(answer, 1000).await.unwrap_err();
            assert_eq!(error.message, message, "{answer:?}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }
}
