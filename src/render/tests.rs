//! Complete outputs, to be read as a user would read them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    diff::{Drift, DriftItem, DriftVerdict, Moved},
    event::Event,
    model::{AccountId, Digest, EnvironmentName, ProjectName, Region, Routing},
    plan::PlanFile,
    store::{
        DeploymentId, DeploymentOutcome, GitInfo, Interrupted, Layout, Manifest, ManifestAction,
        ManifestFunction, ManifestMachine, Outcome,
    },
};

use super::{
    fixture::{World, blocked, busy, first, function_id, machine_id, place, settled, version},
    *,
};

const PLAIN: Style = Style { color: false, width: 100 };

fn context(digest: Option<&Digest>, detail: Detail) -> Context<'_> {
    Context {
        environment_source: "--environment",
        region_source: "config/repoint.toml",
        account_source: "STS GetCallerIdentity",
        observed: None,
        digest,
        detail,
    }
}

fn text(world: &World) -> String {
    plan_text(&world.plan(), &context(None, Detail::Normal), PLAIN)
}

#[test]
fn a_plan_reads_well_as_text() {
    let file = PlanFile::new(busy().plan());
    let text = plan_text(&file.plan, &context(Some(&file.digest), Detail::Normal), PLAIN);
    insta::assert_snapshot!(text);
}

#[test]
fn a_plan_reads_well_with_everything_told() {
    let text = plan_text(&busy().plan(), &context(None, Detail::Full), PLAIN);
    insta::assert_snapshot!(text);
}

#[test]
fn a_plan_reads_well_on_a_narrow_terminal() {
    let style = Style { color: false, width: 60 };
    insta::assert_snapshot!(plan_text(&busy().plan(), &context(None, Detail::Normal), style));
}

#[test]
fn a_plan_says_the_same_with_colour() {
    let (plan, context) = (busy().plan(), context(None, Detail::Normal));
    let colored = plan_text(&plan, &context, Style { color: true, width: 100 });
    assert_eq!(without_escapes(&colored), plan_text(&plan, &context, PLAIN));
    insta::assert_snapshot!(colored.replace('\u{1b}', "␛"));
}

fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn a_plan_reads_well_in_a_pull_request() {
    insta::assert_snapshot!(plan_markdown(&PlanFile::new(busy().plan()), None));
}

#[test]
fn a_page_is_known_by_its_head_and_its_digest() {
    let page = plan_markdown(&PlanFile::new(busy().plan()), None);
    assert!(is_plan_page(&page));
    assert!(is_plan_page(&page.replace('\n', "\r\n")), "git may give it other line ends");
    assert!(!is_plan_page("# Plan for the summer, environment sea\n\nSwim.\n"));
    assert!(!is_plan_page(""));
}

#[test]
fn a_blocked_plan_says_what_stops_it() {
    insta::assert_snapshot!(text(&blocked()));
    let markdown = plan_markdown(&PlanFile::new(blocked().plan()), None);
    assert!(markdown.contains("**This plan cannot be applied because of 1 blocking finding.**"));
}

#[test]
fn a_first_plan_says_that_nothing_is_recorded_and_shows_no_environment_value() {
    let file = PlanFile::new(first().plan());
    let text = plan_text(&file.plan, &context(None, Detail::Full), PLAIN);
    for shown in [&text, &plan_markdown(&file, None), &plan_json(&file, None).to_string()] {
        assert!(!shown.contains("hunter2"));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn an_empty_plan_is_short() {
    let mut world = settled();
    world.remember();
    insta::assert_snapshot!(text(&world));
    insta::assert_snapshot!(
        "an_empty_plan_in_a_pull_request",
        plan_markdown(&PlanFile::new(world.plan()), None)
    );
}

#[test]
fn another_layout_of_the_live_definition_is_not_shown_as_a_change() {
    let mut world = settled();
    let value: serde_json::Value = serde_json::from_str(&fixture::FILE.replace("300", "60")).unwrap();
    world.live_machine().definition = value.to_string();
    let text = text(&world);
    let machine = text.find("state_machines.processing").unwrap();
    insta::assert_snapshot!(&text[machine..]);
}

#[test]
fn a_plan_is_json_with_a_schema() {
    let file = PlanFile::new(busy().plan());
    let mut json = plan_json(&file, None);
    assert_eq!(json["plan"]["actions"].as_array().unwrap().len(), file.plan.actions.len());
    json["plan"] = serde_json::Value::Null;
    json["digest"] = serde_json::Value::Null;
    insta::assert_snapshot!(format!("{json:#}"));
}

#[test]
fn the_graph_has_every_action_and_edge() {
    insta::assert_snapshot!("graph_mermaid", graph_mermaid(&busy().plan()));
    insta::assert_snapshot!("graph_dot", graph_dot(&busy().plan()));
}

#[test]
fn an_action_has_a_short_name() {
    let lines: Vec<String> = busy()
        .plan()
        .actions
        .iter()
        .map(|action| format!("{}: {}", action.address, action.summary()))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

fn drifted() -> Drift {
    let item =
        |address: &str, verdict, moved| DriftItem { address: address.parse().unwrap(), verdict, moved };
    let text = ToString::to_string;
    let mut items = vec![
        item("functions.archiver", DriftVerdict::Drifted, Moved::Missing),
        item(
            "functions.classifier.code",
            DriftVerdict::Drifted,
            Moved::Code { recorded: text("q1w2e3r4"), live: text("a1s2d3f4") },
        ),
        item(
            "functions.classifier.settings",
            DriftVerdict::Drifted,
            Moved::Setting { setting: text("memory_size"), recorded: None, live: Some(text("1024")) },
        ),
        item(
            "functions.classifier.settings",
            DriftVerdict::Drifted,
            Moved::Variables(BTreeSet::from([text("TABLE"), text("TOPIC")])),
        ),
        item("functions.classifier.versions.4", DriftVerdict::Drifted, Moved::VersionGone),
        item(
            "functions.router.aliases.LIVE",
            DriftVerdict::Drifted,
            Moved::AliasTarget { recorded: text("7"), live: text("6") },
        ),
        item(
            "functions.router.aliases.CANARY",
            DriftVerdict::InProgress,
            Moved::AliasWeights { recorded: text("none"), live: text("10% to version 7") },
        ),
        item(
            "functions.router.aliases.ROLLBACK",
            DriftVerdict::Drifted,
            Moved::AliasGone { recorded: text("6") },
        ),
        item(
            "functions.router.aliases.TEST",
            DriftVerdict::Drifted,
            Moved::AliasAppeared { live: text("7") },
        ),
        item("functions.router.settings", DriftVerdict::NotCompared, Moved::NoWitness),
        item("functions.file-analyzer", DriftVerdict::NotCompared, Moved::NotRecorded),
        item("functions.file-analyzer.aliases.LIVE", DriftVerdict::Pending, Moved::Planned),
        item(
            "state_machines.processing",
            DriftVerdict::NotCompared,
            Moved::Unreadable(text("AWS refused DescribeStateMachine: AccessDeniedException")),
        ),
        item(
            "state_machines.processing.definition",
            DriftVerdict::Drifted,
            Moved::Definition { states: vec![text("`Classify` changed"), text("`Archive` added")] },
        ),
        item(
            "state_machines.processing.definition",
            DriftVerdict::Drifted,
            Moved::Role {
                recorded: text("arn:aws:iam::123456789012:role/processing"),
                live: text("arn:aws:iam::123456789012:role/admin"),
            },
        ),
    ];
    items.sort();
    Drift { items, ignored: 2, compared: 4 }
}

fn drift_words(drift: &Drift) -> String {
    let (project, environment, place) =
        (ProjectName::new("digital-twin").unwrap(), EnvironmentName::new("dev").unwrap(), place());
    let subject = Subject { project: &project, environment: &environment, place: &place };
    drift_text(drift, &subject, &context(None, Detail::Normal), PLAIN)
}

#[test]
fn drift_reads_well() {
    insta::assert_snapshot!(drift_words(&drifted()));
    insta::assert_snapshot!(
        "drift_in_sync",
        drift_words(&Drift { items: Vec::new(), ignored: 0, compared: 5 })
    );
    let not_compared = drifted().items.into_iter().filter(|item| item.verdict == DriftVerdict::NotCompared);
    let drift = Drift { items: not_compared.collect(), ignored: 0, compared: 2 };
    insta::assert_snapshot!("drift_not_compared", drift_words(&drift));
}

#[test]
fn drift_is_json_with_a_verdict() {
    let (project, environment, place) =
        (ProjectName::new("digital-twin").unwrap(), EnvironmentName::new("dev").unwrap(), place());
    let subject = Subject { project: &project, environment: &environment, place: &place };
    insta::assert_snapshot!(format!("{:#}", drift_json(&drifted(), &subject)));
}

fn deployment() -> DeploymentId {
    DeploymentId::parse("deploy-20261122T101500Z-1a2b").unwrap()
}

fn outcomes() -> Vec<Outcome> {
    vec![
        Outcome::Done { detail: None, version: Some(version(8)) },
        Outcome::AlreadyDone,
        Outcome::Moved { what: "`LIVE` points to 6, and the plan was made for 7".to_owned() },
        Outcome::Failed {
            message: "AccessDeniedException: not authorized to perform lambda:UpdateAlias".to_owned(),
        },
        Outcome::Unknown { why: "the connection was reset".to_owned() },
        Outcome::Protected { reason: "alias `TEST` points to it".to_owned() },
        Outcome::Skipped { because: "functions.router.aliases.LIVE".parse().unwrap() },
    ]
}

#[test]
fn events_are_lines_and_json() {
    let address = "functions.router.versions.new".parse().unwrap();
    let mut events = vec![
        Event::Started { deployment: deployment(), actions: 9, is_resumed: false },
        Event::Started { deployment: deployment(), actions: 1, is_resumed: true },
        Event::ActionStarted { address, summary: "publish version".to_owned() },
        Event::ActionWaiting {
            address: "functions.router.versions.new".parse().unwrap(),
            what: "version 8 becomes active".to_owned(),
        },
    ];
    let finished = |outcome| Event::ActionFinished {
        address: "functions.router.versions.new".parse().unwrap(),
        outcome,
    };
    events.extend(outcomes().into_iter().map(finished));
    events.extend([
        Event::Throttled { operation: "PublishVersion".to_owned() },
        Event::Stopping,
        Event::Finished { deployment: deployment(), outcome: DeploymentOutcome::Failed },
    ]);
    let lines: Vec<String> = events.iter().filter_map(|event| event_line(event, PLAIN)).collect();
    insta::assert_snapshot!("event_lines", lines.join("\n"));
    let json: Vec<String> = events.iter().map(|event| event_json(event).to_string()).collect();
    insta::assert_snapshot!("event_json", json.join("\n"));
}

fn manifest(outcome: DeploymentOutcome, actions: &[(&str, &str, Outcome)]) -> Manifest {
    let function = |id: &str, latest: u64, rollback: u64| ManifestFunction {
        name: format!("agentic-{id}-dev").try_into().unwrap(),
        version: Some(version(latest)),
        aliases: BTreeMap::from([
            ("LIVE".to_owned().try_into().unwrap(), Routing::to(version(latest))),
            ("ROLLBACK".to_owned().try_into().unwrap(), Routing::to(version(rollback))),
        ]),
    };
    let machine = ManifestMachine {
        name: "agentic-processing-dev".to_owned().try_into().unwrap(),
        definition: Digest::of(b"definition"),
        version: Some(version(7)),
        aliases: BTreeMap::from([("LIVE".to_owned().try_into().unwrap(), Routing::to(version(7)))]),
    };
    Manifest {
        deployment: deployment(),
        project: Some(ProjectName::new("digital-twin").unwrap()),
        environment: EnvironmentName::new("dev").unwrap(),
        account: AccountId::new("123456789012").unwrap(),
        region: Region::new("us-west-1").unwrap(),
        git: Some(GitInfo {
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            short: "0123456".to_owned(),
            is_dirty: true,
        }),
        who: "ana".to_owned(),
        started: "2026-11-22T10:15:00Z".parse().unwrap(),
        finished: "2026-11-22T10:15:09Z".parse().unwrap(),
        outcome,
        plan_digest: Some(Digest::of(b"plan")),
        functions: BTreeMap::from([
            (function_id("classifier"), function("classifier", 7, 6)),
            (function_id("router"), function("router", 8, 7)),
        ]),
        machines: BTreeMap::from([(machine_id(), machine)]),
        before: Some(Layout {
            functions: BTreeMap::from([(function_id("router"), function("router", 7, 6))]),
            machines: BTreeMap::new(),
        }),
        actions: actions
            .iter()
            .enumerate()
            .map(|(at, (address, summary, outcome))| ManifestAction {
                address: address.parse().unwrap(),
                summary: (*summary).to_owned(),
                began: began(outcome, at),
                ended: began(outcome, at).map(|began| began + SignedDuration::from_millis(1_250)),
                after: at
                    .checked_sub(1)
                    .map(|before| actions[before].0.parse().unwrap())
                    .into_iter()
                    .collect(),
                outcome: outcome.clone(),
            })
            .collect(),
    }
}

/// What was sent began a second after what came before it.
fn began(outcome: &Outcome, at: usize) -> Option<Timestamp> {
    let is_sent = !matches!(outcome, Outcome::AlreadyDone | Outcome::Skipped { .. } | Outcome::NotBegun);
    let start: Timestamp = "2026-11-22T10:15:00.5Z".parse().unwrap();
    is_sent.then(|| start + SignedDuration::from_secs(at.try_into().unwrap()))
}

fn done() -> Outcome {
    Outcome::Done { detail: None, version: None }
}

#[test]
fn the_closing_report_of_an_apply_says_where_everything_points() {
    let all = [
        ("functions.router.code", "update code", done()),
        (
            "functions.router.versions.new",
            "publish version",
            Outcome::Done { detail: None, version: Some(version(8)) },
        ),
        ("functions.router.aliases.ROLLBACK", "ROLLBACK: 6 → 7", Outcome::AlreadyDone),
        ("functions.router.aliases.LIVE", "LIVE: 7 → new", done()),
        (
            "functions.router.versions.3",
            "delete version 3",
            Outcome::Protected { reason: "alias `TEST` points to it".to_owned() },
        ),
    ];
    let manifest = manifest(DeploymentOutcome::Completed, &all);
    insta::assert_snapshot!("apply_completed", apply_text(&manifest, PLAIN));
    insta::assert_snapshot!("show_deployment", report_text(&report(&manifest), PLAIN));
    assert_eq!(apply_json(&manifest)["deployment"]["who"], "ana");
}

fn report(manifest: &Manifest) -> Report<'_> {
    Report { manifest, previous: None }
}

/// A deployment of which everything went another way, with words of others that look like markup.
fn eventful() -> Manifest {
    let hostile = "<script>alert(1)</script> | **bold** `code` & \u{202e}turned";
    let all = [
        ("functions.router.code", "update code: 1a2b → 3c4d", done()),
        (
            "functions.router.versions.new",
            "publish a version",
            Outcome::Done { detail: None, version: Some(version(8)) },
        ),
        ("functions.router.aliases.ROLLBACK", "ROLLBACK: 6 → 7", Outcome::AlreadyDone),
        ("functions.router.aliases.LIVE", "LIVE: 7 → new", done()),
        (
            "state_machines.processing.definition",
            "update definition",
            Outcome::Failed { message: hostile.to_owned() },
        ),
        (
            "functions.router.versions.3",
            "delete version 3",
            Outcome::Skipped { because: "state_machines.processing.definition".parse().unwrap() },
        ),
    ];
    Manifest { who: hostile.to_owned(), ..manifest(DeploymentOutcome::Failed, &all) }
}

#[test]
fn a_report_tells_the_same_in_every_form() {
    let manifest = eventful();
    let report = report(&manifest);
    insta::assert_snapshot!("report_text", report_text(&report, PLAIN));
    insta::assert_snapshot!("report_markdown", report_markdown(&report));
    insta::assert_snapshot!("report_html", report_html(&report));
    insta::assert_snapshot!("report_json", format!("{:#}", report_json(&report)));
}

#[test]
fn a_page_runs_nothing_and_loads_nothing() {
    let page = report_html(&report(&eventful()));
    let lower = page.to_lowercase();
    for forbidden in
        ["<script", "http://", "https://", "src=", "@import", "url(http", "<link", "onload", "<iframe"]
    {
        assert!(!lower.contains(forbidden), "{forbidden} in {page}");
    }
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{page}");
    assert!(!page.contains('\u{202e}'), "text that turns its direction is made visible");
}

#[test]
fn a_list_tells_what_is_still_open() {
    let crashed = Interrupted {
        deployment: DeploymentId::parse("deploy-20261123T080000Z-00ff").unwrap(),
        first_plan: Digest::of(b"plan"),
        plan_digest: Digest::of(b"plan"),
        who: "ben@laptop".to_owned(),
        started: "2026-11-23T08:00:00Z".parse().unwrap(),
        entries: Vec::new(),
        torn_line: None,
    };
    let failed = Manifest { who: "ana@laptop".to_owned(), ..eventful() };
    let done = Manifest { actions: Vec::new(), git: None, ..manifest(DeploymentOutcome::Completed, &[]) };
    let rows = [
        HistoryRow::Crashed(crashed),
        HistoryRow::Ended(Box::new(failed), true),
        HistoryRow::Ended(Box::new(done), false),
    ];
    insta::assert_snapshot!("history_text", history_text(&rows, 1, Style { color: false, width: 140 }));
    insta::assert_snapshot!("history_json", format!("{:#}", history_json("dev", &rows, 1)));
}

#[test]
fn a_report_knows_itself_and_nothing_else() {
    let manifest = eventful();
    let report = report(&manifest);
    let json = format!("{:#}", report_json(&report));
    for text in [report_text(&report, PLAIN), report_markdown(&report), report_html(&report), json] {
        assert!(is_report(&text), "{text}");
    }
    for text in ["", "schema = 1", "# Plan for shop, environment dev", "{}", "<!doctype html>"] {
        assert!(!is_report(text), "{text}");
    }
}

#[test]
fn what_a_manifest_does_not_say_is_compared_with_the_deployment_before() {
    let [before, after] =
        [DeploymentOutcome::Completed; 2].map(|outcome| Manifest { before: None, ..manifest(outcome, &[]) });
    let mut before = before;
    before.functions.remove(&function_id("classifier"));
    let report = Report { manifest: &after, previous: Some(&before) };
    insta::assert_snapshot!("report_since", report_text(&report, PLAIN));
    let alone = Report { manifest: &after, previous: None };
    insta::assert_snapshot!("report_unknown", report_text(&alone, PLAIN));
}

#[test]
fn the_closing_report_says_how_to_go_on() {
    let summaries = [
        "publish version",
        "ROLLBACK: 6 → 7",
        "LIVE: 7 → new",
        "CANARY: 7 → new",
        "update code",
        "delete version 3",
        "update definition",
    ];
    let addresses = [
        "functions.router.versions.new",
        "functions.router.aliases.ROLLBACK",
        "functions.router.aliases.LIVE",
        "functions.router.aliases.CANARY",
        "functions.classifier.code",
        "functions.router.versions.3",
        "state_machines.processing.definition",
    ];
    let all: Vec<(&str, &str, Outcome)> = addresses
        .into_iter()
        .zip(summaries)
        .zip(outcomes())
        .map(|((address, summary), outcome)| (address, summary, outcome))
        .collect();
    insta::assert_snapshot!("apply_failed", apply_text(&manifest(DeploymentOutcome::Failed, &all), PLAIN));
    let stopped = manifest(DeploymentOutcome::Interrupted, &all[..2]);
    insta::assert_snapshot!("apply_interrupted", apply_text(&stopped, PLAIN));
    let moved = manifest(DeploymentOutcome::Failed, &all[1..3]);
    insta::assert_snapshot!("apply_stale", apply_text(&moved, PLAIN));
    let empty = manifest(DeploymentOutcome::Completed, &[]);
    insta::assert_snapshot!("apply_nothing", apply_text(&empty, PLAIN));
}

#[test]
fn a_difference_has_three_lines_around_and_equal_texts_have_none() {
    let from = "a\nb\nc\nd\ne\nf\ng\n";
    assert_eq!(
        unified_diff(from, &from.replace('e', "E"), "m", PLAIN),
        "--- m (before)\n+++ m (after)\n@@ -2,6 +2,6 @@\n b\n c\n d\n-e\n+E\n f\n g\n"
    );
    assert_eq!(unified_diff(from, from, "m", PLAIN), "");
}
