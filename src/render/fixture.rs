//! A small world for the tests: four functions and one state machine, and the plans of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    diff::Package,
    model::*,
    plan::{Base, Plan, PlanInputs, plan},
};

pub(super) const FILE: &str = r#"{
  "Comment": "Takes an order apart.",
  "StartAt": "Classify",
  "States": {
    "Classify": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-west-1:123456789012:function:agentic-classifier-dev",
      "TimeoutSeconds": 300,
      "Next": "Route"
    },
    "Route": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {
        "FunctionName": "agentic-router-dev",
        "Payload.$": "$"
      },
      "Next": "Notify"
    },
    "Notify": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-west-1:123456789012:function:send-mail",
      "End": true
    }
  }
}
"#;

pub(super) struct World {
    pub(super) desired: Desired,
    pub(super) live: Live,
    pub(super) packages: BTreeMap<FunctionId, Package>,
    pub(super) recorded: Option<(Base, Recorded)>,
}

pub(super) fn function_id(text: &str) -> FunctionId {
    FunctionId::new(text).unwrap()
}

pub(super) fn machine_id() -> MachineId {
    MachineId::new("processing").unwrap()
}

fn alias(text: &str) -> AliasName {
    AliasName::new(text).unwrap()
}

pub(super) fn version(number: u64) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

pub(super) fn place() -> Place {
    Place {
        account: AccountId::new("123456789012").unwrap(),
        partition: Partition::new("aws").unwrap(),
        region: Region::new("us-west-1").unwrap(),
    }
}

fn role() -> RoleArn {
    RoleArn::new("arn:aws:iam::123456789012:role/processing").unwrap()
}

/// Four functions that are as declared, with the versions 1 to 7, `LIVE` at 7 and `ROLLBACK` at 6.
pub(super) fn settled() -> World {
    let mut world = World {
        desired: Desired {
            project: ProjectName::new("digital-twin").unwrap(),
            environment: EnvironmentName::new("dev").unwrap(),
            region: None,
            account: None,
            profile: None,
            role_arn: None,
            require: BTreeSet::new(),
            limits: Limits::default(),
            drift_ignore: Vec::new(),
            functions: BTreeMap::new(),
            machines: BTreeMap::new(),
            foreign_names: BTreeMap::new(),
        },
        live: Live::default(),
        packages: BTreeMap::new(),
        recorded: None,
    };
    for id in ["archiver", "classifier", "file-analyzer", "router"] {
        let (desired, live) = function(id);
        world.packages.insert(function_id(id), Package { sha256: code(id, 7), size: 3481 });
        world.desired.functions.insert(function_id(id), desired);
        world.live.functions.insert(function_id(id), Presence::Present(live));
    }
    let live = FILE
        .replace("agentic-classifier-dev", "agentic-classifier-dev:LIVE")
        .replace("agentic-router-dev", "agentic-router-dev:LIVE");
    world.desired.machines.insert(machine_id(), machine());
    world.live.machines.insert(machine_id(), Presence::Present(live_machine(live)));
    world
}

fn code(id: &str, version: u64) -> CodeSha256 {
    CodeSha256::of(format!("{id} {version}").as_bytes())
}

fn function(id: &str) -> (DesiredFunction, LiveFunction) {
    let name = FunctionName::new(format!("agentic-{id}-dev")).unwrap();
    let desired = DesiredFunction {
        name: name.clone(),
        version_description: "${git.short} ${deploy.id}".to_owned(),
        code: Some(CodeSource::Path(format!("config/functions/{}.py", id.replace('-', "_")))),
        settings: BTreeMap::from([(Setting::Timeout, json!(30))]),
        variables: BTreeMap::new(),
        aliases: BTreeMap::from([
            (alias("LIVE"), AliasTarget::Latest),
            (alias("ROLLBACK"), AliasTarget::Previous(alias("LIVE"))),
        ]),
        retention: Some(Retention { keep: 5, min_age: SignedDuration::from_hours(24) }),
        group: None,
    };
    let configuration = |number: u64| {
        let mut settings = Settings::default();
        settings.insert(Setting::Timeout, &json!(30), &name);
        Configuration { code: code(id, number), settings, environment: Environment::default() }
    };
    let published = |number: u64| LiveVersion {
        configuration: configuration(number),
        description: String::new(),
        last_modified: format!("2026-11-0{number}T08:00:00Z").parse().unwrap(),
        code_size: 3300 + number,
        health: Health::Ready,
    };
    let pointing = |number: u64| LiveAlias {
        routing: Routing::to(version(number)),
        revision_id: RevisionId::reported("r"),
        is_shifting: false,
    };
    let live = LiveFunction {
        arn: place().function_arn(&name),
        latest: LiveLatest {
            configuration: configuration(7),
            revision_id: RevisionId::reported("r"),
            health: Health::Ready,
        },
        versions: (3..=7).map(|number| (version(number), published(number))).collect(),
        aliases: BTreeMap::from([(alias("LIVE"), pointing(7)), (alias("ROLLBACK"), pointing(6))]),
        name,
    };
    (desired, live)
}

fn machine() -> DesiredMachine {
    DesiredMachine {
        name: MachineName::new("agentic-processing-dev").unwrap(),
        definition_path: "config/processing.json".to_owned(),
        definition: FILE.to_owned(),
        references_in: BTreeMap::new(),
        existing: ExistingQualifiers::default(),
        references: References::Alias(alias("LIVE")),
        substitutions: BTreeMap::new(),
        role: Some(role()),
        kind: None,
        logging: None,
        verify: false,
        aliases: AliasTargets::new(),
        retention: None,
    }
}

fn live_machine(definition: String) -> LiveMachine {
    LiveMachine {
        name: MachineName::new("agentic-processing-dev").unwrap(),
        arn: place().machine_arn(&MachineName::new("agentic-processing-dev").unwrap()),
        definition,
        role: role(),
        kind: MachineKind::Standard,
        logging: None,
        revision_id: None,
        is_deleting: false,
        line: None,
        executions: None,
    }
}

impl World {
    pub(super) fn function(&mut self, id: &str) -> &mut DesiredFunction {
        self.desired.functions.get_mut(&function_id(id)).unwrap()
    }

    pub(super) fn live_function(&mut self, id: &str) -> &mut LiveFunction {
        match self.live.functions.get_mut(&function_id(id)) {
            Some(Presence::Present(live)) => live,
            Some(Presence::Absent) | None => panic!("{id} is absent"),
        }
    }

    pub(super) fn live_machine(&mut self) -> &mut LiveMachine {
        match self.live.machines.get_mut(&machine_id()) {
            Some(Presence::Present(live)) => live,
            Some(Presence::Absent) | None => panic!("the machine is absent"),
        }
    }

    /// Remembers what is live, since early November.
    pub(super) fn remember(&mut self) {
        let at: Timestamp = "2026-11-08T08:00:00Z".parse().unwrap();
        let mut recorded = Recorded::default();
        for (id, presence) in &self.live.functions {
            let live = presence.present().unwrap();
            let aliases = live
                .aliases
                .iter()
                .map(|(name, alias)| (name.clone(), RecordedAlias::first_seen(alias.routing.clone(), at)));
            let versions = live.versions.iter().map(|(number, version)| {
                let fingerprint = version.configuration.fingerprint();
                (*number, RecordedVersion { fingerprint, published: Some(version.last_modified) })
            });
            let function = RecordedFunction {
                name: live.name.clone(),
                first_recorded: at,
                latest: RecordedLatest {
                    code: live.latest.configuration.code.clone(),
                    settings: live.latest.configuration.settings.clone(),
                    environment: BTreeSet::new(),
                    equals: Some(version(7)),
                },
                versions: versions.collect(),
                aliases: aliases.collect(),
                bad: BTreeSet::new(),
                holds: BTreeMap::new(),
            };
            recorded.functions.insert(id.clone(), function);
        }
        let base = Base { lineage: "5b0c7b4e-3f0e-4f0f-9a53-0d9f6f6f1c11".to_owned(), serial: 12 };
        self.recorded = Some((base, recorded));
    }

    pub(super) fn plan(&self) -> Plan {
        plan(&PlanInputs {
            desired: &self.desired,
            live: &self.live,
            recorded: self.recorded.as_ref().map(|(base, recorded)| (base, recorded)),
            packages: &self.packages,
            place: &place(),
            now: "2026-11-22T10:15:00Z".parse().unwrap(),
            max_deletes: 50,
        })
    }
}

/// A normal day: new code and settings, new code alone, a definition of another time, a way to
/// clean up, and a few things to say.
pub(super) fn busy() -> World {
    let mut world = settled();
    world.remember();
    for id in ["classifier", "router"] {
        world.packages.insert(function_id(id), Package { sha256: code(id, 8), size: 3902 });
    }
    let settings = &mut world.function("classifier").settings;
    settings.insert(Setting::MemorySize, json!(512));
    settings.insert(Setting::Timeout, json!(300));
    settings.insert(Setting::Description, json!("Tells invoices from offers."));
    let aliases = &mut world.function("router").aliases;
    aliases.insert(
        alias("CANARY"),
        AliasTarget::Split(BTreeMap::from([(SplitKey::Version(version(7)), 90), (SplitKey::Latest, 10)])),
    );
    world.function("file-analyzer").retention =
        Some(Retention { keep: 2, min_age: SignedDuration::from_hours(24) });
    let beta = LiveAlias {
        routing: Routing::to(version(5)),
        revision_id: RevisionId::reported("r"),
        is_shifting: false,
    };
    world.live_function("file-analyzer").aliases.insert(alias("BETA"), beta);
    let before = FILE.replace("\"TimeoutSeconds\": 300", "\"TimeoutSeconds\": 60");
    world.live_machine().definition = before;
    world
}

/// The busy world with a function that is missing.
pub(super) fn blocked() -> World {
    let mut world = busy();
    world.live.functions.insert(function_id("archiver"), Presence::Absent);
    world
}

/// The first plan of a project: nothing is recorded or published, and much is declared at once.
pub(super) fn first() -> World {
    let mut world = settled();
    let router = world.live_function("router");
    router.versions.clear();
    router.aliases.clear();
    router.latest.configuration.environment =
        Environment::new(BTreeMap::from([("TOKEN".to_owned(), "hunter2".to_owned())]));
    world.function("router").settings.insert(Setting::Architectures, json!(["arm64"]));
    world.function("archiver").retention = None;
    world.function("archiver").settings.insert(Setting::Timeout, json!(3));
    world.function("classifier").aliases.insert(alias("PARTNER"), AliasTarget::Pinned(version(42)));
    let machine = world.desired.machines.get_mut(&machine_id()).unwrap();
    machine.role = Some(RoleArn::new("arn:aws:iam::123456789012:role/processing-2").unwrap());
    machine.logging = Some(MachineLogging {
        level: "ERROR".to_owned(),
        include_execution_data: false,
        group: Some("arn:aws:logs:us-west-1:123456789012:log-group:/aws/states/processing:*".to_owned()),
    });
    world
}
