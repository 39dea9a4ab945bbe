//! S3: buckets, objects, conditional writes, checksums, and the packages that Lambda reads from and serves through it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use repoint::simulator::{WireRequest, WireResponse};
use serde_json::{Value, json};

use super::support::{Account, creation, rest, zipped};

const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

fn s3(
    account: &mut Account,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> WireResponse {
    s3_as(account, "AKIDEXAMPLE", "us-west-1", method, path, headers, body)
}

fn s3_as(
    account: &mut Account,
    key: &str,
    region: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> WireResponse {
    let scope = format!("{key}/20261122/{region}/s3/aws4_request");
    let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
    let headers = headers.iter().copied().chain([("authorization", authorization.as_str())]);
    let request = WireRequest {
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.to_vec(),
        ..rest(method, path, &Value::Null)
    };
    account.handle(&request)
}

/// Returns the status and the code of a refusal.
fn code(response: &WireResponse) -> (u16, String) {
    let text = String::from_utf8_lossy(&response.body);
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    (response.status, code.map(|(code, _)| code.to_owned()).unwrap_or_default())
}

fn refusal(status: u16, name: &str) -> (u16, String) {
    (status, name.to_owned())
}

fn with_bucket() -> Account {
    let mut account = Account::new();
    let location = b"<CreateBucketConfiguration><LocationConstraint>us-west-1</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(s3(&mut account, "PUT", "/code", &[], location).status, 200);
    account
}

fn versioned(account: &mut Account) {
    let body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(s3(account, "PUT", "/code?versioning", &[], body).status, 200);
}

#[test]
fn an_object_is_written_read_and_deleted() {
    let mut account = with_bucket();
    let put = s3(
        &mut account,
        "PUT",
        "/code/a/b%20c.txt",
        &[("content-type", "text/plain"), ("x-amz-meta-by", "me")],
        b"hello",
    );
    assert_eq!((put.status, put.header("etag")), (200, Some(HELLO)));
    for method in ["GET", "HEAD"] {
        let read = s3(&mut account, method, "/code/a/b%20c.txt", &[], b"");
        assert_eq!((read.status, read.header("etag")), (200, Some(HELLO)));
        assert_eq!(read.header("last-modified"), Some("Sun, 22 Nov 2026 10:00:00 GMT"));
        assert_eq!(
            (read.header("content-type"), read.header("x-amz-meta-by")),
            (Some("text/plain"), Some("me"))
        );
        assert_eq!(read.body, if method == "GET" { &b"hello"[..] } else { b"" });
    }
    let part = s3(&mut account, "GET", "/code/a/b%20c.txt", &[("range", "bytes=1-2")], b"");
    assert_eq!(
        (part.status, part.header("content-range"), part.body.clone()),
        (206, Some("bytes 1-2/5"), b"el".to_vec())
    );
    assert_eq!(s3(&mut account, "DELETE", "/code/a/b%20c.txt", &[], b"").status, 204);
    assert_eq!(s3(&mut account, "DELETE", "/code/a/b%20c.txt", &[], b"").status, 204);
    assert_eq!(code(&s3(&mut account, "GET", "/code/a/b%20c.txt", &[], b"")), refusal(404, "NoSuchKey"));
    assert_eq!(code(&s3(&mut account, "GET", "/none/a", &[], b"")), refusal(404, "NoSuchBucket"));
}

#[test]
fn a_conditional_write_replaces_only_what_it_believes_in() {
    let mut account = with_bucket();
    let put = |account: &mut Account, name: &str, value: &str| {
        code(&s3(account, "PUT", "/code/state", &[(name, value)], b"hello"))
    };
    assert_eq!(put(&mut account, "if-match", HELLO), refusal(404, "NoSuchKey"));
    assert_eq!(put(&mut account, "if-none-match", "*"), refusal(200, ""));
    assert_eq!(put(&mut account, "if-none-match", "*"), refusal(412, "PreconditionFailed"));
    assert_eq!(put(&mut account, "if-match", "\"0\""), refusal(412, "PreconditionFailed"));
    assert_eq!(put(&mut account, "if-match", HELLO), refusal(200, ""));
    assert_eq!(put(&mut account, "if-none-match", HELLO), refusal(400, "NotImplemented"));
    let delete = |account: &mut Account, etag: &str| {
        code(&s3(account, "DELETE", "/code/state", &[("if-match", etag)], b""))
    };
    assert_eq!(delete(&mut account, "\"0\""), refusal(412, "PreconditionFailed"));
    assert_eq!(delete(&mut account, HELLO), refusal(204, ""));
}

#[test]
fn a_conditional_read_says_whether_something_changed() {
    let mut account = with_bucket();
    s3(&mut account, "PUT", "/code/state", &[], b"hello");
    let read = |account: &mut Account, name: &str, value: &str| {
        code(&s3(account, "GET", "/code/state", &[(name, value)], b""))
    };
    assert_eq!(read(&mut account, "if-none-match", HELLO), refusal(304, ""));
    assert_eq!(read(&mut account, "if-none-match", "\"0\"").0, 200);
    assert_eq!(read(&mut account, "if-match", "\"0\""), refusal(412, "PreconditionFailed"));
    let since = "Sun, 22 Nov 2026 10:00:00 GMT";
    assert_eq!(read(&mut account, "if-modified-since", since), refusal(400, "NotImplemented"));
}

#[test]
fn a_chunked_body_is_joined_and_checked_against_its_trailer() {
    let mut account = with_bucket();
    let headers = [
        ("content-encoding", "aws-chunked"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let body = b"3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let put = s3(&mut account, "PUT", "/code/a", &headers, body);
    assert_eq!((put.status, put.header("etag")), (200, Some(HELLO)));
    assert_eq!(put.header("x-amz-checksum-crc32"), Some("NhCmhg=="));
    let read = s3(&mut account, "GET", "/code/a", &[("x-amz-checksum-mode", "ENABLED")], b"");
    assert_eq!((read.body.as_slice(), read.header("content-encoding")), (&b"hello"[..], None));
    assert_eq!(read.header("x-amz-checksum-crc32"), Some("NhCmhg=="));
    let wrong = b"5\r\nhallo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    assert_eq!(code(&s3(&mut account, "PUT", "/code/a", &headers, wrong)), refusal(400, "BadDigest"));
    let short = b"3\r\nhel\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    assert_eq!(code(&s3(&mut account, "PUT", "/code/a", &headers, short)), refusal(400, "IncompleteBody"));
    let cut = b"3\r\nhel\r\n2\r\nlo";
    assert_eq!(code(&s3(&mut account, "PUT", "/code/a", &headers, cut)), refusal(400, "IncompleteBody"));
    let bare = b"5\r\nhello\r\n0\r\n\r\n";
    assert_eq!(
        code(&s3(&mut account, "PUT", "/code/a", &headers, bare)),
        refusal(400, "MalformedTrailerError")
    );
}

#[test]
fn every_checksum_that_comes_with_a_body_is_checked() {
    let mut account = with_bucket();
    let cases = [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg==", "BadDigest"),
        ("x-amz-checksum-crc32", "NhCmhg==", "BadDigest"),
        ("x-amz-checksum-crc32c", "mnG7TA==", "BadDigest"),
        ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "BadDigest"),
        (
            "x-amz-content-sha256",
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            "XAmzContentSHA256Mismatch",
        ),
    ];
    for (name, value, refused) in cases {
        let mut put = |body: &[u8]| code(&s3(&mut account, "PUT", "/code/a", &[(name, value)], body));
        assert_eq!(put(b"hello"), refusal(200, ""), "{name}");
        assert_eq!(put(b"hallo"), refusal(400, refused), "{name}");
    }
    let unknown = [("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=")];
    assert_eq!(code(&s3(&mut account, "PUT", "/code/a", &unknown, b"hello")), refusal(400, "NotImplemented"));
}

#[test]
fn a_versioned_bucket_forgets_nothing() {
    let mut account = with_bucket();
    s3(&mut account, "PUT", "/code/a", &[], b"first");
    versioned(&mut account);
    let put = s3(&mut account, "PUT", "/code/a", &[], b"second");
    let second = put.header("x-amz-version-id").unwrap().to_owned();
    let removed = s3(&mut account, "DELETE", "/code/a", &[], b"");
    assert_eq!(removed.header("x-amz-delete-marker"), Some("true"));
    let marker = removed.header("x-amz-version-id").unwrap().to_owned();
    assert_eq!(code(&s3(&mut account, "GET", "/code/a", &[], b"")), refusal(404, "NoSuchKey"));
    let mut at = |id: &str| s3(&mut account, "GET", &format!("/code/a?versionId={id}"), &[], b"");
    assert_eq!((at("null").body, at(&second).body), (b"first".to_vec(), b"second".to_vec()));
    assert_eq!(code(&at(&marker)), refusal(405, "MethodNotAllowed"));
    assert_eq!(code(&at("none")), refusal(404, "NoSuchVersion"));
    assert_eq!(code(&s3(&mut account, "DELETE", "/code", &[], b"")), refusal(409, "BucketNotEmpty"));
    s3(&mut account, "DELETE", &format!("/code/a?versionId={marker}"), &[], b"");
    assert_eq!(s3(&mut account, "GET", "/code/a", &[], b"").body, b"second");
    let fresh = s3(&mut account, "PUT", "/code/a", &[("if-none-match", "*")], b"third");
    assert_eq!(code(&fresh), refusal(412, "PreconditionFailed"));
}

#[test]
fn a_list_pages_and_folds_what_shares_a_prefix() {
    let mut account = with_bucket();
    for key in ["a", "b/1", "b/2", "c%26d", "e"] {
        s3(&mut account, "PUT", &format!("/code/{key}"), &[], b"x");
    }
    let mut list = |query: &str| {
        let listed = s3(&mut account, "GET", &format!("/code?list-type=2{query}"), &[], b"");
        String::from_utf8(listed.body).unwrap()
    };
    let names = |text: &str| {
        let parts =
            text.split("<Contents><Key>").skip(1).map(|part| part.split('<').next().unwrap().to_owned());
        parts.collect::<Vec<_>>()
    };
    assert_eq!(names(&list("")), ["a", "b/1", "b/2", "c&amp;d", "e"]);
    assert_eq!(names(&list("&encoding-type=url&start-after=b/2")), ["c%26d", "e"]);
    assert_eq!(names(&list("&prefix=b/")), ["b/1", "b/2"]);
    let folded = list("&delimiter=/&max-keys=2");
    assert_eq!(names(&folded), ["a"]);
    assert!(folded.contains("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"), "{folded}");
    assert!(folded.contains("<KeyCount>2</KeyCount>") && folded.contains("<IsTruncated>true</IsTruncated>"));
    let (_, token) = folded.split_once("<NextContinuationToken>").unwrap();
    let token = token.split('<').next().unwrap();
    let rest = list(&format!("&delimiter=/&continuation-token={token}"));
    assert_eq!(names(&rest), ["c&amp;d", "e"], "the folded prefix does not come again");
    assert!(!rest.contains("<NextContinuationToken>"));
}

#[test]
fn a_bucket_belongs_to_one_account_and_one_region_and_its_name_to_everybody() {
    let mut account = with_bucket();
    s3(&mut account, "PUT", "/code/a", &[], b"hello");
    let other = s3_as(&mut account, "123456789012", "us-west-1", "GET", "/code/a", &[], b"");
    assert_eq!(code(&other), refusal(403, "AccessDenied"));
    let location = b"<CreateBucketConfiguration><LocationConstraint>us-west-1</LocationConstraint></CreateBucketConfiguration>";
    let taken = s3_as(&mut account, "123456789012", "us-west-1", "PUT", "/code", &[], location);
    assert_eq!(code(&taken), refusal(409, "BucketAlreadyExists"));
    assert_eq!(
        code(&s3(&mut account, "PUT", "/code", &[], location)),
        refusal(409, "BucketAlreadyOwnedByYou")
    );
    let elsewhere = s3_as(&mut account, "AKIDEXAMPLE", "us-east-1", "GET", "/code/a", &[], b"");
    assert_eq!(code(&elsewhere), refusal(400, "AuthorizationHeaderMalformed"));
    let unspecified = s3(&mut account, "PUT", "/other", &[], b"");
    assert_eq!(code(&unspecified), refusal(400, "IllegalLocationConstraintException"));
    assert_eq!(
        code(&s3(&mut account, "PUT", "/Not_A_Bucket", &[], location)),
        refusal(400, "InvalidBucketName")
    );
    let owner = [("x-amz-expected-bucket-owner", "123456789012")];
    assert_eq!(code(&s3(&mut account, "GET", "/code/a", &owner, b"")), refusal(403, "AccessDenied"));
    let host = [("host", "code.localhost:4500")];
    assert_eq!(s3(&mut account, "GET", "/a", &host, b"").body, b"hello");
}

#[test]
fn r34_an_operation_or_a_header_that_s3_has_and_the_world_has_not_is_named() {
    let mut account = with_bucket();
    s3(&mut account, "PUT", "/code/a", &[], b"hello");
    for (method, path, named) in [
        ("POST", "/code/a?uploads", "POST /code/a?uploads"),
        ("GET", "/code?acl", "GET /code?acl"),
        ("GET", "/code", "GET /code"),
        ("GET", "/code/a?tagging&x-id=GetObjectTagging", "GET /code/a?tagging"),
    ] {
        let answer = s3(&mut account, method, path, &[], b"");
        assert_eq!(code(&answer), refusal(404, "UnknownOperation"), "{path}");
        assert!(String::from_utf8_lossy(&answer.body).contains(named), "{path}");
    }
    let copy = s3(&mut account, "PUT", "/code/b", &[("x-amz-copy-source", "/code/a")], b"");
    assert_eq!(code(&copy), refusal(404, "UnknownOperation"));
    let tagged = s3(&mut account, "PUT", "/code/b", &[("x-amz-tagging", "a=b")], b"");
    assert_eq!(code(&tagged), refusal(400, "NotImplemented"));
}

#[test]
fn lambda_reads_its_code_from_s3() {
    let mut account = with_bucket();
    versioned(&mut account);
    let package = |text: &str| STANDARD.decode(zipped(text)).unwrap();
    let first = s3(&mut account, "PUT", "/code/app.zip", &[], &package("one"));
    let first = first.header("x-amz-version-id").unwrap().to_owned();
    s3(&mut account, "PUT", "/code/app.zip", &[], &package("two"));
    let create = |name: &str, code: Value| {
        let mut body = creation(name);
        body["Code"] = code;
        body
    };
    let direct = account.create("direct")["CodeSha256"].clone();
    let stored = json!({"S3Bucket": "code", "S3Key": "app.zip", "S3ObjectVersion": first});
    let created = account.lambda("POST", "", create("stored", stored)).expect(201);
    assert_eq!(created["CodeSha256"], direct);
    let newest = json!({"S3Bucket": "code", "S3Key": "app.zip"});
    assert_ne!(account.lambda("POST", "", create("newest", newest)).expect(201)["CodeSha256"], direct);
    let mut refused = |code: Value, error: &str, words: &str| {
        let words =
            format!("Error occurred while GetObject. S3 Error Code: {error}. S3 Error Message: {words}");
        let answer = account.lambda("POST", "", create("refused", code));
        answer.refused(400, "InvalidParameterValueException", &words);
    };
    refused(json!({"S3Bucket": "none", "S3Key": "a"}), "NoSuchBucket", "The specified bucket does not exist");
    refused(json!({"S3Bucket": "code", "S3Key": "a"}), "NoSuchKey", "The specified key does not exist.");
    let version = json!({"S3Bucket": "code", "S3Key": "app.zip", "S3ObjectVersion": "none"});
    refused(version, "NoSuchVersion", "The specified version does not exist.");
}

#[test]
fn lambda_does_not_read_the_buckets_of_other_accounts_and_regions() {
    let mut account = with_bucket();
    s3_as(&mut account, "AKIDEXAMPLE", "us-east-1", "PUT", "/far", &[], b"");
    let body = |bucket: &str| {
        let mut body = creation("orders");
        body["Code"] = json!({"S3Bucket": bucket, "S3Key": "app.zip"});
        body
    };
    let words = "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: \
                 The bucket is in this region: us-east-1. Please use this region to retry the request";
    account.lambda("POST", "", body("far")).refused(400, "InvalidParameterValueException", words);
    let request = rest("POST", "/2015-03-31/functions", &body("code"));
    let words =
        "Error occurred while GetObject. S3 Error Code: AccessDenied. S3 Error Message: Access Denied";
    account.send_as("123456789012", "lambda", request).refused(400, "InvalidParameterValueException", words);
}

/// Returns the request that follows a link without any header of its own.
fn follow(link: &str) -> WireRequest {
    let (host, path) = link.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let headers = BTreeMap::from([("host".to_owned(), host.to_owned())]);
    WireRequest { headers, ..rest("GET", &format!("/{path}"), &Value::Null) }
}

#[test]
fn the_location_of_code_serves_the_bytes_of_that_version() {
    let mut account = Account::with_versions(2);
    let mut location = |query: &str| {
        let headers = BTreeMap::from([("host".to_owned(), "127.0.0.1:4500".to_owned())]);
        let request = rest("GET", &format!("/2015-03-31/functions/orders{query}"), &Value::Null);
        let read = account.send("lambda", WireRequest { headers, ..request }).expect(200);
        let location = read["Code"]["Location"].as_str().unwrap().to_owned();
        (location, read["Configuration"]["CodeSize"].as_u64().unwrap())
    };
    let ((first, size), (second, _)) = (location("?Qualifier=1"), location(""));
    assert!(
        first.starts_with("http://127.0.0.1:4500/awslambda-us-west-1-tasks/snapshots/000000000000/orders/")
    );
    for (link, text) in [(&first, "version 1"), (&second, "version 2")] {
        let served = account.handle(&follow(link));
        assert_eq!((served.status, served.body), (200, STANDARD.decode(zipped(text)).unwrap()));
    }
    assert_eq!(usize::try_from(size).unwrap(), STANDARD.decode(zipped("version 1")).unwrap().len());
    let mut forged = follow(&first);
    forged.path = follow(&second).path;
    assert_eq!(code(&account.handle(&forged)), refusal(403, "SignatureDoesNotMatch"));
    for _ in 0..600 {
        account.wait();
    }
    assert_eq!(code(&account.handle(&follow(&first))), refusal(403, "AccessDenied"));
    let renewed = account.lambda("GET", "orders", Value::Null).expect(200);
    let renewed = follow(renewed["Code"]["Location"].as_str().unwrap());
    account.lambda("DELETE", "orders", Value::Null).expect(204);
    assert_eq!(code(&account.handle(&renewed)), refusal(404, "NoSuchKey"));
}
