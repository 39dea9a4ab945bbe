//! Code that Lambda fetches itself: a version of an object of S3, and an image by its digest.

use repoint::model::CodeSha256;

use crate::hands::lambda;
use crate::sandbox::{ACCOUNT, Project, REGION, Sandbox, assert_output, past_code};

const APPLY: [&str; 4] = ["apply", "-e", "dev", "--auto-approve"];
const PLAN: [&str; 3] = ["plan", "-e", "dev"];
const DIGEST: &str = "1a187dade6c4c4f88448176082c93b7a0428cd02080b64ca32a8b9fac8d5d24d";
const OTHER_DIGEST: &str = "d0ec757342ba64f8f80c524431989d778c45289bfe312a58fe2dfbc0fa604c4e";

/// Makes a bucket that keeps versions.
fn bucket(sandbox: &Sandbox, name: &str, region: &str) {
    let location = format!(
        "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
    );
    sandbox.s3("PUT", &format!("/{name}"), &[], (region, location.as_bytes()));
    let versioning = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    sandbox.s3("PUT", &format!("/{name}?versioning"), &[], (region, versioning));
}

/// Puts a package into the bucket, perhaps with its SHA-256, and returns its version.
fn put(sandbox: &Sandbox, bytes: &[u8], headers: &[(&str, &str)]) -> String {
    version_of(&sandbox.s3("PUT", "/packages/orders.zip", headers, (REGION, bytes)).headers)
}

fn version_of(headers: &[(String, String)]) -> String {
    let version = headers.iter().find(|(name, _)| name == "x-amz-version-id");
    version.expect("the bucket keeps versions").1.clone()
}

fn source(version: &str) -> String {
    format!("code.s3 = {{ bucket = \"packages\", key = \"orders.zip\", version = \"{version}\" }}")
}

/// Makes an applied project whose orders come from version so-and-so of an object.
fn with_object(headers: &[(&str, &str)]) -> (Sandbox, Project, String) {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    bucket(&sandbox, "packages", REGION);
    let version = put(&sandbox, &past_code(40), headers);
    project.edit("config/repoint.toml", PATH, &source(&version));
    (sandbox, project, version)
}

const PATH: &str = "code.path   = \"config/functions/orders.py\"";

fn calls(sandbox: &Sandbox, operation: &str) -> u64 {
    sandbox.world().calls().get(operation).copied().unwrap_or_default()
}

fn image(digest: &str) -> String {
    format!("{ACCOUNT}.dkr.ecr.us-west-1.amazonaws.com/shop/orders@sha256:{digest}")
}

#[test]
fn an_object_is_planned_by_its_hash_fetched_by_lambda_and_published() {
    let hash = CodeSha256::of(&past_code(40));
    let (sandbox, project, version) = with_object(&[("x-amz-checksum-sha256", hash.as_str())]);
    let before = sandbox.writes().len();
    let shown = |output: crate::sandbox::Output| output.to_string().replace(&version, "VERSION");
    assert_output!("object_plan", shown(project.repoint(&PLAN)));
    assert_eq!(calls(&sandbox, "GetObject"), 0, "S3 knows the hash");
    assert_output!("object_apply", shown(project.repoint(&APPLY)));
    insta::assert_snapshot!("object_writes", sandbox.writes()[before..].join("\n"));
    assert_output!("object_nothing_left", project.repoint(&PLAN));
    assert_output!("object_no_drift", project.repoint(&["drift", "-e", "dev"]));
}

#[test]
fn an_object_without_a_sha256_is_read_once_for_all_who_have_it() {
    let (sandbox, project, version) = with_object(&[]);
    project.edit("config/repoint.toml", "timeout = 20", &format!("timeout = 20\n{}", source(&version)));
    let told = project.succeeds_with(0, &PLAN).to_string();
    let hash = CodeSha256::of(&past_code(40));
    assert_eq!(told.matches(hash.short()).count(), 2, "{told}");
    assert_eq!((calls(&sandbox, "HeadObject"), calls(&sandbox, "GetObject")), (1, 1));
}

#[test]
fn code_that_is_equal_to_an_older_version_is_not_published_again() {
    let (sandbox, project, _) = with_object(&[]);
    project.succeeds_with(0, &APPLY);
    let next = put(&sandbox, &past_code(41), &[]);
    let line = project.read("config/repoint.toml");
    let line = line.lines().find(|line| line.starts_with("code.s3")).expect("it is there").to_owned();
    project.edit("config/repoint.toml", &line, &source(&next));
    project.succeeds_with(0, &APPLY);
    project.edit("config/repoint.toml", &source(&next), &line);
    let before = sandbox.writes().len();
    let told = project.succeeds_with(0, &APPLY).to_string();
    assert!(!sandbox.writes()[before..].iter().any(|call| call.contains("PublishVersion")), "{told}");
}

#[test]
fn an_object_that_is_gone_stops_a_reviewed_plan_before_anything_is_sent() {
    let (sandbox, project, version) = with_object(&[]);
    project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/new.json"]);
    sandbox.s3("DELETE", &format!("/packages/orders.zip?versionId={version}"), &[], (REGION, b""));
    let writes = sandbox.writes();
    let output = project.repoint(&["apply", "plans/new.json", "--auto-approve"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert_output!("object_gone", output.to_string().replace(&version, "VERSION"));
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn what_cannot_be_read_is_told_with_the_line_of_the_toml() {
    let (sandbox, project, version) = with_object(&[]);
    bucket(&sandbox, "elsewhere", "eu-west-1");
    let there = sandbox.s3("PUT", "/elsewhere/orders.zip", &[], ("eu-west-1", &past_code(40)));
    let marker = sandbox.s3("DELETE", "/packages/orders.zip", &[], (REGION, b""));
    let writes = sandbox.writes();
    let lines = [
        source("wrong"),
        source(&version_of(&marker.headers)),
        source(&version).replace("orders.zip", "absent.zip"),
        source(&version).replace("packages", "no-such-bucket"),
        source(&version_of(&there.headers)).replace("packages", "elsewhere"),
    ];
    let mut told = String::new();
    let mut before = source(&version);
    for line in lines {
        project.edit("config/repoint.toml", &before, &line);
        let output = project.succeeds_with(1, &PLAN);
        let findings = output.stdout.split_once("Findings\n").expect("there are some").1;
        told.extend(
            findings.lines().take_while(|line| !line.starts_with("  note")).map(|line| format!("{line}\n")),
        );
        told.push('\n');
        before = line;
    }
    for (id, word) in [
        (&version, "VERSION"),
        (&version_of(&marker.headers), "MARKER"),
        (&version_of(&there.headers), "OTHER"),
    ] {
        told = told.replace(id.as_str(), word);
    }
    assert_output!("object_unread", told);
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn a_plan_from_a_snapshot_and_a_rehearsal_know_the_hash_of_the_object() {
    let (sandbox, project, version) = with_object(&[]);
    project.succeeds_with(0, &["snapshot", "-e", "dev", "--out", "dev.snapshot.json"]);
    let live = project.succeeds_with(0, &["plan", "-e", "dev", "--out", "plans/live.json"]);
    let offline = project.succeeds_with(
        0,
        &["plan", "-e", "dev", "--from", "dev.snapshot.json", "--out", "plans/offline.json"],
    );
    assert_eq!(project.read("plans/live.json"), project.read("plans/offline.json"), "{live}{offline}");
    let rehearsed = project.succeeds_with(0, &["rehearse", "plans/live.json"]);
    assert!(rehearsed.to_string().contains("orders.zip"), "{rehearsed}");
    assert!(!project.read("dev.snapshot.json").contains("X-Amz"));
    let other = put(&sandbox, &past_code(41), &[]);
    project.edit("config/repoint.toml", &source(&version), &source(&other));
    let told = project.repoint(&["plan", "-e", "dev", "--from", "dev.snapshot.json"]);
    assert_output!("object_offline_unknown", told.to_string().replace(&other, "OTHER"));
}

#[test]
fn a_function_is_created_from_an_object() {
    let (sandbox, project, version) = with_object(&[]);
    let new = format!(
        "[functions.returns]\n{}\nrole = \"arn:aws:iam::{ACCOUNT}:role/returns\"\nruntime = \"python3.13\"\nhandler = \"orders.handler\"\n\n[limits]",
        source(&version)
    );
    project.edit("config/repoint.toml", "[limits]", &new);
    let before = sandbox.writes().len();
    project.succeeds_with(0, &APPLY);
    insta::assert_snapshot!("object_created", sandbox.writes()[before..].join("\n"));
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
}

#[test]
fn a_function_is_created_from_an_image_and_gets_the_next_one() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    let new = format!("[functions.returns]\ncode.image = \"{}\"\n\n[limits]", image(DIGEST));
    project.edit("config/repoint.toml", "[limits]", &new);
    assert_output!("image_without_role", project.repoint(&PLAN));
    let role = format!("[functions.returns]\nrole = \"arn:aws:iam::{ACCOUNT}:role/returns\"");
    project.edit("config/repoint.toml", "[functions.returns]", &role);
    assert_output!("image_plan", project.repoint(&PLAN));
    assert_output!("image_apply", project.repoint(&APPLY));
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    project.edit("config/repoint.toml", DIGEST, OTHER_DIGEST);
    assert_output!("image_next", project.repoint(&APPLY));
    project.succeeds_with(0, &["plan", "-e", "dev", "--detailed-exitcode"]);
    let answer = lambda(&sandbox, "GET", "shop-returns-dev", "", &serde_json::Value::Null);
    assert_eq!(answer["Code"]["ResolvedImageUri"], image(OTHER_DIGEST));
}

#[test]
fn a_function_never_changes_between_package_and_image() {
    let sandbox = Sandbox::with_small();
    let project = Project::applied(&sandbox);
    let edit = |from: &str, to: &str| project.edit("config/repoint.toml", from, to);
    edit(
        &format!("{PATH}\nhandler     = \"orders.handler\""),
        &format!("code.image = \"{}\"", image(DIGEST)),
    );
    let output = project.repoint(&PLAN);
    assert_eq!(output.code, Some(1), "{output}");
    assert_output!("image_for_package", output);
}

#[test]
fn an_object_that_cannot_be_read_stops_only_what_needs_it() {
    let (sandbox, project, _) = with_object(&[]);
    project.succeeds_with(0, &APPLY);
    for rule in ["HeadObject:deny:100%", "GetObject:deny:100%"] {
        sandbox.world().faults().add(rule.parse().expect("it is a rule"));
    }
    let blocked = project.repoint(&PLAN).to_string();
    assert_eq!(blocked.matches("the code of `functions.orders` cannot be read").count(), 1, "{blocked}");
    project.succeeds_with(1, &PLAN);
    project.succeeds_with(1, &["point", "-e", "dev", "orders", "LIVE", "latest", "-y"]);
    project.succeeds_with(0, &["plan", "-e", "dev", "--target", "functions.mailer"]);
    project.succeeds_with(0, &["drift", "-e", "dev"]);
    project.succeeds_with(0, &["cleanup", "-e", "dev", "-y"]);
    project.succeeds_with(0, &["rollback", "-e", "dev", "orders", "-y"]);
}
