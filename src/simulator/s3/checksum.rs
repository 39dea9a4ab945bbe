//! The checksums that clients send along, so that a body that was cut or mixed up is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errors::not_implemented;
use super::etag;
use crate::model::digest::{CodeSha256, Digest};
use crate::simulator::refusal::Refusal;
use crate::simulator::wire::WireRequest;

/// The beginning of the headers and trailers that carry a checksum.
const PREFIX: &str = "x-amz-checksum-";

/// The header of the checksum that Lambda reports too.
pub(super) const SHA256: &str = "x-amz-checksum-sha256";

/// The names that begin like a checksum and are settings.
const SETTINGS: [&str; 3] = ["x-amz-checksum-mode", "x-amz-checksum-type", "x-amz-checksum-algorithm"];

/// A checksum that was checked and is given back with the object: the header and its value.
pub(super) type Checked = (String, String);

/// Refuses a body that is not what the headers and trailers say it is; returns the checksum that was given.
pub(super) fn check(
    request: &WireRequest,
    trailers: &[(String, String)],
    bytes: &[u8],
) -> Result<Option<Checked>, Refusal> {
    check_digests(request, bytes)?;
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let trailers = trailers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut checked = None;
    for (name, value) in headers.chain(trailers) {
        let Some(algorithm) = name.strip_prefix(PREFIX).filter(|_| !SETTINGS.contains(&name)) else {
            continue;
        };
        let found = computed(algorithm, bytes).ok_or_else(|| not_implemented(name))?;
        if found != value {
            let name = algorithm.to_uppercase();
            return Err(bad_digest(&format!(
                "The {name} you specified did not match the calculated checksum."
            )));
        }
        checked = Some((name.to_owned(), found));
    }
    Ok(checked)
}

fn check_digests(request: &WireRequest, bytes: &[u8]) -> Result<(), Refusal> {
    if request.header("content-md5").is_some_and(|given| given != STANDARD.encode(etag::md5(bytes))) {
        return Err(bad_digest("The Content-MD5 you specified did not match what we received."));
    }
    let signed = request.header("x-amz-content-sha256").filter(|text| Digest::new(*text).is_ok());
    if signed.is_some_and(|signed| signed != Digest::of(bytes).as_str()) {
        let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return Err(Refusal::new(400, "XAmzContentSHA256Mismatch", message));
    }
    Ok(())
}

fn bad_digest(message: &str) -> Refusal {
    Refusal::new(400, "BadDigest", message)
}

fn computed(algorithm: &str, bytes: &[u8]) -> Option<String> {
    match algorithm {
        "crc32" => Some(STANDARD.encode(crc32(bytes).to_be_bytes())),
        "crc32c" => Some(STANDARD.encode(crc32c(bytes).to_be_bytes())),
        "crc64nvme" => Some(STANDARD.encode(crc64_nvme(bytes).to_be_bytes())),
        "sha256" => Some(CodeSha256::of(bytes).to_string()),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a reflected 32-bit register never exceeds 32 bits")]
fn crc32(bytes: &[u8]) -> u32 {
    reflected(&IEEE, u64::from(u32::MAX), bytes) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "a reflected 32-bit register never exceeds 32 bits")]
fn crc32c(bytes: &[u8]) -> u32 {
    reflected(&CASTAGNOLI, u64::from(u32::MAX), bytes) as u32
}

fn crc64_nvme(bytes: &[u8]) -> u64 {
    reflected(&NVME, u64::MAX, bytes)
}

const IEEE: [u64; 256] = table(0xEDB8_8320);
const CASTAGNOLI: [u64; 256] = table(0x82F6_3B78);
const NVME: [u64; 256] = table(0x9A6C_9329_AC4B_C9B5);

/// Returns the table of a reflected polynomial.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u64;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ polynomial } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

fn reflected(table: &[u64; 256], mask: u64, bytes: &[u8]) -> u64 {
    let register = bytes.iter().fold(mask, |register, byte| {
        let [low, ..] = register.to_le_bytes();
        (register >> 8) ^ table[usize::from(low ^ byte)]
    });
    register ^ mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
        assert_eq!(crc64_nvme(b"123456789"), 0xAE8B_1486_0A79_9888);
    }
}
