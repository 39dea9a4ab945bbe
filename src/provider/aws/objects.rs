//! Objects of S3 that are code: the hash of one version, without keeping its bytes.
//!
//! S3 tells the SHA-256 of the whole where the object was put with one; a multipart upload has a checksum of
//! checksums instead, which says nothing of the package. Else the object is read once, piece by piece.
//!
//! ```text
//! HeadObject ─▶ whole SHA-256? ─▶ done
//!     │ no, or refused
//!     ▼
//! GetObject ─▶ hashed as it arrives, or why not
//! ```
//!
//! The answer to a HEAD has no body, so that only GetObject can say what is missing.

use std::time::Duration;

use aws_sdk_s3::{
    operation::head_object::HeadObjectOutput,
    types::{ChecksumMode, ChecksumType},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::{byte_stream::ByteStream, error::metadata::ProvideErrorMetadata};

use crate::{
    model::{CodeHasher, CodeSha256, S3Object},
    provider::{ProviderError, StoredObject},
};

use super::{AwsProvider, call::Call};

/// A package unzips to fewer bytes than these (aws-facts §2, "Package"), so no zip has more.
const LARGEST: u64 = 262_144_000;

/// How long a whole package may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_mins(8);

impl AwsProvider {
    /// Returns what S3 says of an object.
    pub(super) async fn stored_object(&self, object: &S3Object) -> Result<StoredObject, ProviderError> {
        let call = Call::read("s3:GetObjectVersion", object.to_string());
        let request = self.objects.head_object().bucket(object.bucket.as_str()).key(object.key.as_str());
        let request = request.version_id(object.version.as_str()).checksum_mode(ChecksumMode::Enabled);
        match request.customize().interceptor(call.log()).send().await {
            Ok(head) => {
                let size = size(&call, head.content_length())?;
                match whole_sha256(&head) {
                    Some(sha256) => Ok(StoredObject { sha256, size }),
                    None => self.read_object(&call, object).await,
                }
            }
            Err(SdkError::ServiceError(_)) => self.read_object(&call, object).await,
            Err(error) => Err(call.failed(&error)),
        }
    }

    async fn read_object(&self, call: &Call, object: &S3Object) -> Result<StoredObject, ProviderError> {
        let request = self.objects.get_object().bucket(object.bucket.as_str()).key(object.key.as_str());
        let request = request.version_id(object.version.as_str());
        let answer = match request.customize().interceptor(call.log()).send().await {
            Ok(answer) => answer,
            Err(error) => return Err(refusal(call, object, &error)),
        };
        size(call, answer.content_length())?;
        let body = tokio::time::timeout(BODY_TIMEOUT, hashed(call, answer.body)).await;
        body.map_err(|_| call.unreachable("the object does not arrive in time"))?
    }
}

/// Returns the size, unless no package has so many bytes.
fn size(call: &Call, reported: Option<i64>) -> Result<u64, ProviderError> {
    let size = call.required("Content-Length", reported.and_then(|size| u64::try_from(size).ok()))?;
    if size < LARGEST {
        return Ok(size);
    }
    Err(call.refused(format!("the object has {size} bytes, and Lambda takes fewer than {LARGEST} unzipped")))
}

/// Returns the SHA-256 of the whole object; a checksum of checksums ends with the number of parts.
fn whole_sha256(head: &HeadObjectOutput) -> Option<CodeSha256> {
    let is_composite = head.checksum_type() == Some(&ChecksumType::Composite);
    let sha256 = head.checksum_sha256().filter(|text| !is_composite && !text.contains('-'))?;
    Some(CodeSha256::reported(sha256))
}

async fn hashed(call: &Call, mut body: ByteStream) -> Result<StoredObject, ProviderError> {
    let (mut hasher, mut size) = (CodeHasher::default(), 0);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| call.unreachable("the connection broke while the object arrived"))?;
        size += piece.len() as u64;
        hasher.update(&piece);
    }
    Ok(StoredObject { sha256: hasher.finish(), size })
}

/// Returns why an object cannot be read. Lambda reads from its own region alone, so another one is no detour
/// that we should take for it.
fn refusal<E>(call: &Call, object: &S3Object, error: &SdkError<E, HttpResponse>) -> ProviderError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let SdkError::ServiceError(service) = error else { return call.failed(error) };
    let status = service.raw().status().as_u16();
    match (service.err().code().unwrap_or_default(), status) {
        ("PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed", _) | ("", 301 | 307) => {
            let region = service.raw().headers().get("x-amz-bucket-region");
            let region = region.map(|region| format!(", {region}")).unwrap_or_default();
            call.refused(format!(
                "bucket `{}` is in another region{region}, and Lambda takes code from its own region alone",
                object.bucket
            ))
        }
        // A version that is a delete marker can be named, and there is nothing to read.
        ("MethodNotAllowed", _) | (_, 405) => {
            call.not_found(format!("version {} only marks that the object was deleted", object.version))
        }
        _ => call.failed(error),
    }
}
