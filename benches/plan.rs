//! Pure diff and plan, in memory: 10 to 10 000 functions with 6 versions each, one in ten changed, and
//! one state machine for ten functions.
//!
//! `REPOINT_BENCH_ONCE=10000 cargo bench --bench plan` makes one plan and prints what it took, memory
//! included.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    hint::black_box,
    time::Instant,
};

use criterion::{BenchmarkId, Criterion, Throughput};
use jiff::{SignedDuration, Timestamp};
use repoint::{
    diff::Package,
    model::{
        AccountId, AliasMove, AliasName, AliasTarget, CodeSha256, CodeSource, Configuration, Desired,
        DesiredFunction, DesiredMachine, Digest, Environment, EnvironmentName, ExistingQualifiers,
        FunctionId, FunctionName, Health, Limits, Live, LiveAlias, LiveFunction, LiveLatest, LiveMachine,
        LiveVersion, MachineId, MachineKind, MachineName, Partition, Place, Presence, ProjectName, Recorded,
        RecordedAlias, RecordedFunction, RecordedLatest, RecordedMachine, RecordedVersion, References,
        Region, Retention, RevisionId, RoleArn, Routing, Setting, Settings, VersionNumber,
    },
    plan::{Base, Plan, PlanInputs, plan},
};
use serde_json::{Value, json};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
const VERSIONS: u64 = 6;
/// One state machine calls this many functions, and one function in as many has new code.
const TEN: usize = 10;
const ROLE: &str = "arn:aws:iam::123456789012:role/service";
const PAST: &str = "2026-01-01T00:00:00Z";
const NOW: &str = "2026-11-22T10:00:00Z";

fn main() {
    if let Some(count) = env::var("REPOINT_BENCH_ONCE").ok().and_then(|text| text.parse().ok()) {
        return once(count);
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    for count in SIZES {
        let system = System::new(count);
        group.throughput(Throughput::Elements(u64::try_from(count).expect("a count is small")));
        group.bench_with_input(BenchmarkId::from_parameter(count), &system, |bencher, system| {
            bencher.iter(|| black_box(system.plan()));
        });
    }
    group.finish();
    criterion.final_summary();
}

fn once(count: usize) {
    let system = System::new(count);
    let begun = Instant::now();
    let plan = system.plan();
    let spent = begun.elapsed();
    let (actions, findings) = (plan.actions.len(), plan.findings.len());
    println!("{count} functions: {actions} actions, {findings} findings, {} ms", spent.as_millis());
    println!("memory at the peak, the inputs included: {}", peak().unwrap_or("unknown".to_owned()));
}

/// Returns the most memory that this process ever had, where Linux tells.
fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}

/// Everything that a plan is made from.
struct System {
    desired: Desired,
    live: Live,
    recorded: Recorded,
    base: Base,
    packages: BTreeMap<FunctionId, Package>,
    place: Place,
}

impl System {
    fn new(count: usize) -> Self {
        let functions: Vec<FunctionId> = (0..count).map(function_id).collect();
        let machines: Vec<(MachineId, String)> =
            functions.chunks(TEN).enumerate().map(|(index, called)| machine(index, called)).collect();
        Self {
            desired: desired(&functions, &machines),
            live: Live {
                functions: functions
                    .iter()
                    .map(|id| (id.clone(), Presence::Present(live_function(id))))
                    .collect(),
                machines: machines
                    .iter()
                    .map(|(id, definition)| (id.clone(), Presence::Present(live_machine(id, definition))))
                    .collect(),
                ..Live::default()
            },
            recorded: Recorded {
                functions: functions.iter().map(|id| (id.clone(), recorded_function(id))).collect(),
                machines: machines
                    .iter()
                    .map(|(id, definition)| (id.clone(), recorded_machine(id, definition)))
                    .collect(),
            },
            base: Base { lineage: "6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10".to_owned(), serial: 1 },
            packages: functions
                .iter()
                .enumerate()
                .map(|(index, id)| (id.clone(), package(id, index)))
                .collect(),
            place: Place {
                account: AccountId::new("123456789012").expect("it has 12 digits"),
                partition: Partition::new("aws").expect("it is one"),
                region: Region::new("us-west-1").expect("it is one"),
            },
        }
    }

    fn plan(&self) -> Plan {
        plan(&PlanInputs {
            desired: &self.desired,
            live: &self.live,
            recorded: Some((&self.base, &self.recorded)),
            packages: &self.packages,
            place: &self.place,
            now: instant(NOW),
            max_deletes: u32::MAX,
        })
    }
}

fn desired(functions: &[FunctionId], machines: &[(MachineId, String)]) -> Desired {
    Desired {
        project: ProjectName::new("bench").expect("it is a name"),
        environment: EnvironmentName::new("dev").expect("it is a name"),
        region: None,
        account: None,
        profile: None,
        role_arn: None,
        require: BTreeSet::new(),
        limits: Limits::default(),
        drift_ignore: Vec::new(),
        functions: functions.iter().map(|id| (id.clone(), desired_function(id))).collect(),
        machines: machines.iter().map(|(id, text)| (id.clone(), desired_machine(id, text))).collect(),
        foreign_names: functions
            .iter()
            .map(|id| {
                let name = FunctionName::new(format!("{id}-prod")).expect("it is a name");
                (name, EnvironmentName::new("prod").expect("it is a name"))
            })
            .collect(),
    }
}

fn desired_function(id: &FunctionId) -> DesiredFunction {
    DesiredFunction {
        name: function_name(id),
        version_description: "${git.short} ${deploy.id}".to_owned(),
        code: Some(CodeSource::Path(format!("config/functions/{id}"))),
        settings: BTreeMap::from([(Setting::MemorySize, json!(512)), (Setting::Timeout, json!(30))]),
        variables: BTreeMap::new(),
        aliases: BTreeMap::from([
            (alias("LIVE"), AliasTarget::Latest),
            (alias("ROLLBACK"), AliasTarget::Previous(alias("LIVE"))),
        ]),
        // The functions with a new version have one to delete, the others none.
        retention: Some(Retention { keep: 6, min_age: SignedDuration::from_hours(24) }),
        group: None,
    }
}

fn desired_machine(id: &MachineId, definition: &str) -> DesiredMachine {
    DesiredMachine {
        name: machine_name(id),
        definition_path: format!("config/{id}.json"),
        definition: definition.to_owned(),
        references_in: BTreeMap::new(),
        existing: ExistingQualifiers::default(),
        verify: false,
        references: References::Alias(alias("LIVE")),
        substitutions: BTreeMap::new(),
        role: None,
        kind: None,
        logging: None,
        aliases: BTreeMap::new(),
        retention: None,
    }
}

fn live_function(id: &FunctionId) -> LiveFunction {
    let routed = |number| LiveAlias {
        routing: Routing::to(version(number)),
        revision_id: revision(),
        is_shifting: false,
    };
    LiveFunction {
        name: function_name(id),
        arn: format!("arn:aws:lambda:us-west-1:123456789012:function:{id}-dev"),
        latest: LiveLatest {
            configuration: configuration(id, VERSIONS),
            revision_id: revision(),
            health: Health::Ready,
        },
        versions: (1..=VERSIONS).map(|number| (version(number), live_version(id, number))).collect(),
        aliases: BTreeMap::from([
            (alias("LIVE"), routed(VERSIONS)),
            (alias("ROLLBACK"), routed(VERSIONS - 1)),
        ]),
    }
}

fn live_version(id: &FunctionId, number: u64) -> LiveVersion {
    LiveVersion {
        configuration: configuration(id, number),
        description: format!("1a2b3c4 deploy-20260101T00000{number}Z-1a2b"),
        last_modified: instant(PAST),
        code_size: 10_000,
        health: Health::Ready,
    }
}

fn configuration(id: &FunctionId, number: u64) -> Configuration {
    let name = function_name(id);
    let mut settings = Settings::default();
    let values: [(Setting, Value); 6] = [
        (Setting::Role, json!(ROLE)),
        (Setting::Runtime, json!("python3.12")),
        (Setting::Handler, json!("app.handler")),
        (Setting::MemorySize, json!(512)),
        (Setting::Timeout, json!(30)),
        (Setting::Layers, json!(["arn:aws:lambda:us-west-1:123456789012:layer:common:7"])),
    ];
    for (setting, value) in &values {
        settings.insert(*setting, value, &name);
    }
    let variables = [("TABLE", format!("{id}-records")), ("LOG_LEVEL", "info".to_owned())];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    Configuration { code: code(id, number), settings, environment: Environment::new(variables.into()) }
}

fn live_machine(id: &MachineId, definition: &str) -> LiveMachine {
    LiveMachine {
        name: machine_name(id),
        arn: format!("arn:aws:states:us-west-1:123456789012:stateMachine:{id}-dev"),
        definition: definition.replace("-dev\"", "-dev:LIVE\""),
        role: RoleArn::new(ROLE).expect("it is a role"),
        kind: MachineKind::Standard,
        logging: None,
        revision_id: None,
        is_deleting: false,
        line: None,
        executions: None,
    }
}

fn recorded_function(id: &FunctionId) -> RecordedFunction {
    let latest = configuration(id, VERSIONS);
    let moves = |numbers: &[u64]| RecordedAlias {
        moves: numbers
            .iter()
            .map(|number| AliasMove { at: instant(PAST), routing: Routing::to(version(*number)) })
            .collect(),
        gone: None,
        left: BTreeMap::new(),
    };
    RecordedFunction {
        name: function_name(id),
        first_recorded: instant(PAST),
        latest: RecordedLatest {
            code: latest.code.clone(),
            environment: latest.environment.names(),
            settings: latest.settings,
            equals: Some(version(VERSIONS)),
        },
        versions: (1..=VERSIONS)
            .map(|number| {
                let fingerprint = Digest::of(format!("{id} {number}").as_bytes());
                (version(number), RecordedVersion { fingerprint, published: Some(instant(PAST)) })
            })
            .collect(),
        aliases: BTreeMap::from([
            (alias("LIVE"), moves(&[1, 2, 3, 4, 5, 6])),
            (alias("ROLLBACK"), moves(&[1, 2, 3, 4, 5])),
        ]),
        bad: BTreeSet::new(),
        holds: BTreeMap::new(),
    }
}

fn recorded_machine(id: &MachineId, definition: &str) -> RecordedMachine {
    RecordedMachine {
        name: machine_name(id),
        definition: Digest::of(definition.as_bytes()),
        role: RoleArn::new(ROLE).expect("it is a role"),
        logging: None,
        pins: BTreeMap::new(),
        kept: Vec::new(),
        line: None,
    }
}

fn package(id: &FunctionId, index: usize) -> Package {
    let number = if index.is_multiple_of(TEN) { VERSIONS + 1 } else { VERSIONS };
    Package { sha256: code(id, number), size: 10_000 }
}

/// A machine and its definition, in which one state after the other calls a function.
fn machine(index: usize, called: &[FunctionId]) -> (MachineId, String) {
    let states = called.iter().enumerate().map(|(index, id)| {
        let state = json!({
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": function_name(id), "Payload.$": "$" },
            "Retry": [{ "ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 3 }],
            "Next": format!("Call{}", index + 1),
        });
        (format!("Call{index}"), state)
    });
    let mut states: serde_json::Map<String, Value> = states.collect();
    states.insert(format!("Call{}", called.len()), json!({ "Type": "Succeed" }));
    let definition = json!({ "StartAt": "Call0", "States": states });
    let id = MachineId::new(format!("machine-{index:05}")).expect("it is a key");
    (id, format!("{definition:#}"))
}

fn function_id(index: usize) -> FunctionId {
    FunctionId::new(format!("function-{index:05}")).expect("it is a key")
}

fn function_name(id: &FunctionId) -> FunctionName {
    FunctionName::new(format!("{id}-dev")).expect("it is a name")
}

fn machine_name(id: &MachineId) -> MachineName {
    MachineName::new(format!("{id}-dev")).expect("it is a name")
}

fn alias(name: &str) -> AliasName {
    AliasName::new(name).expect("it is a name")
}

fn version(number: u64) -> VersionNumber {
    VersionNumber::new(number).expect("it is not zero")
}

fn revision() -> RevisionId {
    RevisionId::reported("6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10")
}

fn code(id: &FunctionId, number: u64) -> CodeSha256 {
    CodeSha256::of(format!("{id} {number}").as_bytes())
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("it is an instant")
}
