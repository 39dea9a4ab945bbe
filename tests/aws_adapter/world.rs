//! The simulated world: what was written is what is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use repoint::{
    artifact::Package,
    model::{
        AliasName, CodeSha256, Health, MachineLogging, Presence, RevisionId, RoleArn, Routing, Setting,
        Settings, Target, VersionNumber, Weight,
    },
    provider::{
        FailureKind, MachineUpdate, Provider, Reader,
        aws::AwsProvider,
        faulty::{self, ANY_OPERATION, Faulty, Occurrence},
    },
    simulator::{Knobs, Moment, WireRequest, World},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    MACHINE, connected, declared,
    in_process::{in_process, virtual_clock},
    live, name, number, present, resets, revision, settings, start,
};

const ROLE: &str = "arn:aws:iam::000000000000:role/lambda";
const DEFINITION: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;

struct Account {
    world: Arc<Mutex<World>>,
    clock: Box<dyn Fn() -> Timestamp>,
    aws: AwsProvider,
}

impl Account {
    async fn new(knobs: Knobs) -> Self {
        let world = Arc::new(Mutex::new(World::new(knobs)));
        let clock = virtual_clock();
        let (aws, _) = connected(in_process(Arc::clone(&world), clock.clone())).await;
        Self { world, clock: Box::new(clock), aws }
    }

    /// An account with one function, its creation finished.
    async fn with_function(knobs: Knobs) -> Self {
        let account = Self::new(knobs).await;
        account.create(&zipped()).await;
        account
    }

    async fn create(&self, more: &Value) {
        let mut body = json!({ "FunctionName": "orders", "Role": ROLE });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask("lambda", "POST", "/2015-03-31/functions", "", &body);
        sleep(Duration::from_secs(1)).await;
    }

    /// Sends the settings, compares what comes back, and resets all that have a default.
    async fn round_trip(&self, declared: &BTreeMap<Setting, Option<Value>>) {
        self.aws.update_settings(&name(), declared, None, &self.revision().await).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let settings = self.settings().await;
        for (setting, value) in declared {
            assert_eq!(settings.get(*setting), value.as_ref(), "{setting}");
        }
        let resets = resets(declared);
        self.aws.update_settings(&name(), &resets, None, &self.revision().await).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let settings = self.settings().await;
        for setting in resets.keys() {
            assert_eq!(settings.get(*setting), None, "{setting}");
        }
    }

    async fn settings(&self) -> Settings {
        present(self.aws.latest(&name()).await.unwrap()).configuration.settings
    }

    /// Sends one request past the SDK.
    fn ask(&self, service: &str, method: &str, path: &str, target: &str, body: &Value) -> Value {
        let scope = format!("AKIASTANDIN000000000/20261122/eu-west-1/{service}/aws4_request");
        let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = WireRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: BTreeMap::from([
                ("authorization".to_owned(), signed),
                ("x-amz-target".to_owned(), target.to_owned()),
            ]),
            body: body.to_string().into_bytes(),
        };
        let response = self.world.lock().unwrap().handle((self.clock)(), &request);
        let text = String::from_utf8_lossy(&response.body);
        assert!(response.status < 300, "{text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn revision(&self) -> RevisionId {
        present(self.aws.latest(&name()).await.unwrap()).revision_id
    }

    /// Publishes new code and waits for it.
    async fn publish(&self, text: &str) -> VersionNumber {
        let package = package(text);
        let code = CodeSha256::of(&package);
        let package = Package { sha256: code.clone(), bytes: package }.into();
        let taken = self.aws.update_code(&name(), &package, None, &self.revision().await).await.unwrap();
        assert_eq!(taken, code);
        sleep(Duration::from_secs(1)).await;
        let revision = self.revision().await;
        let version = self.aws.publish_version(&name(), &code, text, &revision).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        version
    }

    async fn routing(&self) -> Routing {
        present(self.aws.alias(&name(), &live()).await.unwrap()).routing
    }
}

fn zipped() -> Value {
    json!({
        "Handler": "app.handler",
        "Runtime": "python3.13",
        "Code": { "ZipFile": STANDARD.encode(package("one")) },
        "Environment": { "Variables": { "TABLE": "orders" } },
    })
}

fn package(text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("app.py", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

#[tokio::test(start_paused = true)]
async fn every_setting_comes_back_as_it_was_sent_and_resets() {
    let account = Account::with_function(Knobs::default()).await;
    account.round_trip(&declared(|setting| setting != Setting::ImageConfig)).await;
    let latest = present(account.aws.latest(&name()).await.unwrap());
    assert_eq!(latest.configuration.environment.names(), BTreeSet::from(["TABLE".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn the_configuration_of_an_image_comes_back_and_resets() {
    let account = Account::new(Knobs::default()).await;
    account.create(&json!({ "PackageType": "Image", "Code": { "ImageUri": "000000000000.dkr.ecr.us-west-1.amazonaws.com/orders:1" } })).await;
    account.round_trip(&declared(|setting| setting == Setting::ImageConfig)).await;
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_read() {
    let account = Account::with_function(Knobs { page_size: Some(2), ..Knobs::default() }).await;
    for text in ["1", "2", "3", "4", "5"] {
        let version = account.publish(text).await;
        let alias = AliasName::new(format!("A{text}")).unwrap();
        account.aws.create_alias(&name(), &alias, &Routing::to(version)).await.unwrap();
    }
    let listing = present(account.aws.function(&name()).await.unwrap());
    assert_eq!(listing.arn, "arn:aws:lambda:eu-west-1:000000000000:function:orders");
    assert_eq!(listing.versions.keys().map(|version| version.get()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let third = &listing.versions[&number(3)];
    assert_eq!((third.description.as_str(), &third.health), ("3", &Health::Unknown));
    assert_eq!(third.configuration.code, CodeSha256::of(&package("3")));
    assert_eq!(third.code_size, u64::try_from(package("3").len()).unwrap());
    assert!(third.last_modified > start() && third.last_modified < start() + Duration::from_secs(20));
    assert!(listing.latest.configuration.is_same_version(&listing.versions[&number(5)].configuration));
    let aliases = account.aws.aliases(&name()).await.unwrap();
    let targets: Vec<String> =
        aliases.iter().map(|(name, alias)| format!("{name} {}", alias.routing)).collect();
    assert_eq!(targets, ["A1 1", "A2 2", "A3 3", "A4 4", "A5 5"]);
}

#[tokio::test(start_paused = true)]
async fn a_weight_comes_and_goes_with_its_alias() {
    let account = Account::with_function(Knobs::default()).await;
    let (one, two) = (account.publish("1").await, account.publish("2").await);
    let split = Routing { additional: Some((two, Weight::fraction(0.125))), ..Routing::to(one) };
    account.aws.create_alias(&name(), &live(), &split).await.unwrap();
    assert_eq!(account.routing().await, split);
    let error = account.aws.create_alias(&name(), &live(), &split).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::AlreadyExists);
    let error = account.aws.delete_version(&name(), one).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Referenced(vec![live()]));

    let alias = present(account.aws.alias(&name(), &live()).await.unwrap());
    account.aws.update_alias(&name(), &live(), &Routing::to(two), &alias.revision_id).await.unwrap();
    assert_eq!(account.routing().await, Routing::to(two));
    let stale = account.aws.update_alias(&name(), &live(), &split, &alias.revision_id).await.unwrap_err();
    assert_eq!(stale.kind, FailureKind::PreconditionFailed);

    account.aws.delete_version(&name(), one).await.unwrap();
    assert_eq!(account.aws.version(&name(), one).await.unwrap(), Presence::Absent);
}

#[tokio::test(start_paused = true)]
async fn an_alias_on_the_latest_is_read_as_such() {
    let account = Account::with_function(Knobs::default()).await;
    let body = json!({ "Name": "LIVE", "FunctionVersion": "$LATEST" });
    account.ask("lambda", "POST", "/2015-03-31/functions/orders/aliases", "", &body);
    assert_eq!(account.routing().await, Routing { primary: Target::Latest, additional: None });
}

#[tokio::test(start_paused = true)]
async fn health_follows_an_update_to_its_end() {
    let knobs = Knobs { in_progress: Duration::from_secs(30), ..Knobs::default() };
    let account = Account::with_function(knobs).await;
    let health = async || present(account.aws.latest(&name()).await.unwrap()).health;
    let timeout = |seconds: u32| BTreeMap::from([(Setting::Timeout, Some(json!(seconds)))]);
    assert_eq!(health().await, Health::Ready);
    account.aws.update_settings(&name(), &timeout(9), None, &account.revision().await).await.unwrap();
    assert_eq!(health().await, Health::InProgress);
    let busy = account.aws.update_settings(&name(), &timeout(8), None, &account.revision().await).await;
    assert_eq!(busy.unwrap_err().kind, FailureKind::Busy);
    sleep(Duration::from_secs(31)).await;
    assert_eq!(health().await, Health::Ready);

    account.world.lock().unwrap().faults().end_update_failed("orders");
    account.aws.update_settings(&name(), &timeout(8), None, &account.revision().await).await.unwrap();
    sleep(Duration::from_secs(31)).await;
    let Health::Failed(reason) = health().await else { panic!("it did not fail") };
    assert_eq!(reason, "The update was ended by a fault of the simulated account");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_is_being_created_is_pending() {
    let account = Account::new(Knobs { pending: Duration::from_secs(30), ..Knobs::default() }).await;
    account.create(&zipped()).await;
    assert_eq!(present(account.aws.latest(&name()).await.unwrap()).health, Health::Pending);
    let code = CodeSha256::of(&package("one"));
    let busy = account.aws.publish_version(&name(), &code, "", &account.revision().await).await;
    assert_eq!(busy.unwrap_err().kind, FailureKind::Busy);
}

#[tokio::test(start_paused = true)]
async fn publishing_other_code_than_named_fails_its_precondition() {
    let account = Account::with_function(Knobs::default()).await;
    let other = CodeSha256::of(&package("two"));
    let refused = account.aws.publish_version(&name(), &other, "", &account.revision().await).await;
    assert_eq!(refused.unwrap_err().kind, FailureKind::PreconditionFailed);
}

#[tokio::test(start_paused = true)]
async fn the_echo_of_a_lost_answer_is_an_unknown_effect() {
    let account = Account::with_function(Knobs::default()).await;
    let one = account.publish("1").await;
    account.world.lock().unwrap().faults().fail_next("CreateAlias", 1, Moment::After);
    let error = account.aws.create_alias(&name(), &live(), &Routing::to(one)).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Unreachable);
    assert!(
        error.message.starts_with("the answer to an earlier attempt was lost, and now: Alias already exists")
    );
    assert_eq!(account.routing().await, Routing::to(one));

    account.world.lock().unwrap().faults().fail_next("DeleteFunction", 1, Moment::Before);
    let error = account.aws.delete_version(&name(), one).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Referenced(vec![live()]));
}

#[tokio::test(start_paused = true)]
async fn a_faulty_provider_fails_before_or_after_the_effect() {
    let account = Account::with_function(Knobs::default()).await;
    let one = account.publish("1").await;
    let faulty = Faulty::new(account.aws.clone());
    let lost = FailureKind::Unreachable;
    faulty.fail("lambda:CreateAlias", Occurrence::Nth(1), lost.clone(), faulty::Moment::Before);
    faulty.fail("lambda:CreateAlias", Occurrence::Nth(2), lost.clone(), faulty::Moment::After);
    for expected in [Presence::Absent, Presence::Present(Routing::to(one))] {
        let error = faulty.create_alias(&name(), &live(), &Routing::to(one)).await.unwrap_err();
        assert_eq!((error.kind, error.subject.as_str()), (lost.clone(), "orders:LIVE"));
        let found = faulty.alias(&name(), &live()).await.unwrap();
        assert_eq!(found.present().map(|alias| &alias.routing), expected.present());
    }
    assert_eq!((faulty.calls("lambda:CreateAlias"), faulty.calls(ANY_OPERATION)), (2, 4));
    faulty.fail(ANY_OPERATION, Occurrence::From(6), FailureKind::Denied, faulty::Moment::Before);
    assert!(faulty.identity().await.is_ok());
    assert_eq!(faulty.identity().await.unwrap_err().kind, FailureKind::Denied);
    faulty.heal();
    assert!(faulty.identity().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn provisioned_concurrency_that_moves_is_told() {
    let account = Account::with_function(Knobs { pending: Duration::from_secs(1), ..Knobs::default() }).await;
    let one = account.publish("1").await;
    account.aws.create_alias(&name(), &live(), &Routing::to(one)).await.unwrap();
    assert_eq!(account.aws.shifting_aliases(&name()).await.unwrap(), []);
    let path = "/2019-09-30/functions/orders/provisioned-concurrency?Qualifier=LIVE";
    account.ask("lambda", "PUT", path, "", &json!({ "ProvisionedConcurrentExecutions": 1 }));
    let moving = account.aws.shifting_aliases(&name()).await.unwrap();
    assert_eq!(moving, [live()]);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(account.aws.shifting_aliases(&name()).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a_machine_is_read_and_rewritten() {
    let account = Account::new(Knobs::default()).await;
    let body = json!({ "name": "orders", "definition": DEFINITION, "roleArn": ROLE });
    account.ask("states", "POST", "/", "AWSStepFunctions.CreateStateMachine", &body);
    let machine = present(account.aws.machine(MACHINE).await.unwrap());
    assert_eq!((machine.definition.as_str(), machine.revision_id, machine.logging), (DEFINITION, None, None));

    let group = "arn:aws:logs:eu-west-1:000000000000:log-group:orders:*".to_owned();
    let logging =
        MachineLogging { level: "ALL".to_owned(), include_execution_data: true, group: Some(group) };
    let other = DEFINITION.replace("\"A\"", "\"B\"");
    let update =
        MachineUpdate { definition: Some(other.clone()), logging: Some(logging.clone()), role: None };
    account.aws.update_machine(MACHINE, &update).await.unwrap();
    let machine = present(account.aws.machine(MACHINE).await.unwrap());
    assert_eq!((machine.definition, machine.logging), (other, Some(logging)));
    assert!(machine.revision_id.is_some());
    assert_eq!(machine.role, RoleArn::new(ROLE).unwrap());

    let off = MachineLogging { level: "OFF".to_owned(), include_execution_data: false, group: None };
    account
        .aws
        .update_machine(MACHINE, &MachineUpdate { logging: Some(off), ..MachineUpdate::default() })
        .await
        .unwrap();
    assert_eq!(present(account.aws.machine(MACHINE).await.unwrap()).logging, None);
    let refused = account.aws.update_machine(MACHINE, &MachineUpdate::default()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Refused);
}

#[tokio::test(start_paused = true)]
async fn versions_and_aliases_of_a_machine_are_published_moved_and_deleted() {
    let account = Account::new(Knobs { page_size: Some(1), ..Knobs::default() }).await;
    let body = json!({ "name": "orders", "definition": DEFINITION, "roleArn": ROLE });
    account.ask("states", "POST", "/", "AWSStepFunctions.CreateStateMachine", &body);
    // A machine that was never updated has no revision (T16); the second publish makes nothing new.
    for _ in 0..2 {
        let first = account.aws.publish_machine_version(MACHINE, "first", None).await.unwrap();
        assert_eq!(first, number(1));
    }
    let other = DEFINITION.replace("\"A\"", "\"B\"");
    let update = MachineUpdate { definition: Some(other.clone()), ..MachineUpdate::default() };
    account.aws.update_machine(MACHINE, &update).await.unwrap();
    let stale = account.aws.publish_machine_version(MACHINE, "second", Some(&revision("old"))).await;
    assert_eq!(stale.unwrap_err().kind, FailureKind::PreconditionFailed);
    let revision = present(account.aws.machine(MACHINE).await.unwrap()).revision_id;
    let second = account.aws.publish_machine_version(MACHINE, "second", revision.as_ref()).await.unwrap();
    assert_eq!(second, number(2));
    let version = present(account.aws.machine_version(MACHINE, number(2)).await.unwrap());
    assert_eq!((version.definition, version.description.as_str()), (other, "second"));
    assert_eq!(account.aws.machine_version(MACHINE, number(3)).await.unwrap(), Presence::Absent);

    let split =
        Routing { primary: Target::Version(number(1)), additional: Some((number(2), Weight::percent(10))) };
    account.aws.create_machine_alias(MACHINE, &live(), &split).await.unwrap();
    assert_eq!(account.aws.machine_alias(MACHINE, &live()).await.unwrap(), Presence::Present(split));
    let again = account.aws.create_machine_alias(MACHINE, &live(), &Routing::to(number(2))).await;
    assert_eq!(again.unwrap_err().kind, FailureKind::AlreadyExists);
    account.aws.update_machine_alias(MACHINE, &live(), &Routing::to(number(2))).await.unwrap();
    let dotted = json!({
        "name": "v1.blue",
        "routingConfiguration": [{ "stateMachineVersionArn": format!("{MACHINE}:1"), "weight": 100 }],
    });
    account.ask("states", "POST", "/", "AWSStepFunctions.CreateStateMachineAlias", &dotted);
    let line = present(account.aws.machine_line(MACHINE).await.unwrap());
    assert_eq!(line.versions.into_keys().collect::<Vec<_>>(), [number(1), number(2)]);
    assert_eq!(line.aliases, BTreeMap::from([(live(), Routing::to(number(2)))]));
    assert_eq!(line.other_aliases, BTreeMap::from([("v1.blue".to_owned(), Routing::to(number(1)))]));

    let referenced = account.aws.delete_machine_version(MACHINE, number(2)).await.unwrap_err();
    assert_eq!(referenced.kind, FailureKind::Referenced(vec![live()]));
    account.aws.update_machine_alias(MACHINE, &live(), &Routing::to(number(1))).await.unwrap();
    account.aws.delete_machine_version(MACHINE, number(2)).await.unwrap();
    let line = present(account.aws.machine_line(MACHINE).await.unwrap());
    assert_eq!(line.versions.into_keys().collect::<Vec<_>>(), [number(1)]);
    let gone = format!("{MACHINE}-gone");
    assert_eq!(account.aws.machine_line(&gone).await.unwrap(), Presence::Absent);
}

#[tokio::test(start_paused = true)]
async fn a_role_is_assumed_on_top_of_the_credentials() {
    let world = Arc::new(Mutex::new(World::new(Knobs::default())));
    let (mut settings, _) = settings(Some(in_process(world, virtual_clock())));
    settings.role_arn = Some(RoleArn::new("arn:aws:iam::111111111111:role/deploy").unwrap());
    let aws = AwsProvider::connect(settings).await.unwrap();
    let identity = aws.identity().await.unwrap();
    assert_eq!(identity.account.as_str(), "111111111111");
    assert_eq!(identity.arn, "arn:aws:sts::111111111111:assumed-role/deploy/repoint-test");
    assert_eq!(format!("{aws:?}"), r#"AwsProvider { region: Region("eu-west-1"), .. }"#);
}
