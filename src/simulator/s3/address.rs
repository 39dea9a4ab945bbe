//! Which bucket and which key a request is about: in the path, or the bucket in front of the host.

use crate::simulator::wire::{WireRequest, decode};

/// The hosts that a bucket's name may stand in front of; the ones that lead to loopback.
const HOSTS: [&str; 2] = [".localhost", ".127.0.0.1"];

/// A bucket and a key; empty when the request names none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl Address {
    /// Reads the address of a request.
    pub(super) fn of(request: &WireRequest) -> Self {
        let path = request.path.strip_prefix('/').unwrap_or(&request.path);
        if let Some(bucket) = request.header("host").and_then(bucket_of_host) {
            return Self { bucket: bucket.to_owned(), key: decode(path) };
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Self { bucket: decode(bucket), key: decode(key) }
    }
}

fn bucket_of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    HOSTS.iter().find_map(|suffix| name.strip_suffix(suffix)).filter(|bucket| !bucket.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_in_the_path_or_in_the_host() {
        let of = |host: &str, path: &str| {
            let headers = [("host".to_owned(), host.to_owned())].into();
            let address =
                Address::of(&WireRequest { path: path.to_owned(), headers, ..WireRequest::default() });
            (address.bucket, address.key)
        };
        let pair = |bucket: &str, key: &str| (bucket.to_owned(), key.to_owned());
        assert_eq!(of("127.0.0.1:4500", "/code/a/b%20c"), pair("code", "a/b c"));
        assert_eq!(of("localhost", "/code"), pair("code", ""));
        assert_eq!(of("code.localhost:4500", "/a//b"), pair("code", "a//b"));
        assert_eq!(of("my.code.127.0.0.1:1", "/"), pair("my.code", ""));
    }
}
