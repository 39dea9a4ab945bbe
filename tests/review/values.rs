//! An account as values, for what is decided without one: one function, its versions, its record.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use repoint::{
    config::{self, MemoryFiles, SourceFile},
    model::{
        AccountId, AliasName, CodeSha256, Configuration, Desired, Environment, EnvironmentName, FunctionId,
        Health, Live, LiveAlias, LiveFunction, LiveLatest, LiveVersion, Partition, Place, Presence, Recorded,
        RecordedAlias, RecordedFunction, RecordedLatest, RecordedVersion, Region, RevisionId, Routing,
        Settings, Target, VersionNumber, Weight,
    },
    plan::{Base, Plan, PlanInputs, Question, Selection, plan_part, questions},
};

use crate::mailer_toml;

/// When everything that a record knows was seen first.
pub(crate) const LONG_AGO: &str = "2026-01-02T00:00:00Z";
/// When a plan is made.
pub(crate) const NOW: &str = "2026-11-22T10:15:00Z";

/// What a plan of the mailer is made from.
pub(crate) struct Values {
    pub(crate) desired: Desired,
    pub(crate) live: Live,
    pub(crate) recorded: Option<Recorded>,
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("it is an instant")
}

pub(crate) fn version(number: u64) -> VersionNumber {
    VersionNumber::new(number).expect("it is a number from 1 on")
}

pub(crate) fn alias(name: &str) -> AliasName {
    AliasName::new(name).expect("it is a name")
}

pub(crate) fn mailer_id() -> FunctionId {
    FunctionId::new("mailer").expect("it is a key")
}

/// Most of the traffic to one version, this share to another.
pub(crate) fn weighted(primary: u64, other: u64, percent: u8) -> Routing {
    Routing {
        primary: Target::Version(version(primary)),
        additional: Some((version(other), Weight::percent(percent))),
    }
}

fn configuration(code: u64) -> Configuration {
    Configuration {
        code: CodeSha256::of(&code.to_be_bytes()),
        settings: Settings::default(),
        environment: Environment::default(),
    }
}

impl Values {
    /// The mailer as these keys declare it, with one version of each of these codes; `$LATEST` has the
    /// last of them. It has no alias.
    pub(crate) fn mailer(keys: &str, codes: &[u64]) -> Self {
        let toml = SourceFile { path: "config/repoint.toml".to_owned(), text: mailer_toml(keys) };
        let environment = EnvironmentName::new("dev").expect("it is a name");
        let document = config::parse(toml).expect("the TOML is valid");
        let desired =
            document.resolve(&environment, &MemoryFiles::default()).expect("the environment is valid");
        let name = desired.functions[&mailer_id()].name.clone();
        let published = |(index, code): (usize, &u64)| {
            let live = LiveVersion {
                configuration: configuration(*code),
                description: String::new(),
                last_modified: instant(LONG_AGO),
                code_size: 300,
                health: Health::Unknown,
            };
            (version(index as u64 + 1), live)
        };
        let live = LiveFunction {
            arn: place().function_arn(&name),
            name,
            latest: LiveLatest {
                configuration: configuration(*codes.last().expect("there is code")),
                revision_id: RevisionId::reported("r"),
                health: Health::Unknown,
            },
            versions: codes.iter().enumerate().map(published).collect(),
            aliases: BTreeMap::new(),
        };
        let live =
            Live { functions: BTreeMap::from([(mailer_id(), Presence::Present(live))]), ..Live::default() };
        Self { desired, live, recorded: None }
    }

    /// Returns the mailer as AWS has it.
    pub(crate) fn function(&mut self) -> &mut LiveFunction {
        let Some(Presence::Present(live)) = self.live.functions.get_mut(&mailer_id()) else {
            unreachable!("the mailer was put there");
        };
        live
    }

    /// Gives the mailer an alias.
    pub(crate) fn with_alias(mut self, name: &str, routing: Routing) -> Self {
        let live = LiveAlias { routing, revision_id: RevisionId::reported("r"), is_shifting: false };
        self.function().aliases.insert(alias(name), live);
        self
    }

    /// Lets AWS say that a version has failed.
    pub(crate) fn with_failed(mut self, number: u64, reason: &str) -> Self {
        let live = self.function().versions.get_mut(&version(number)).expect("the version exists");
        live.health = Health::Failed(reason.to_owned());
        self
    }

    /// Remembers everything as it is, since long ago.
    pub(crate) fn recorded(mut self) -> Self {
        let live = self.function().clone();
        let latest = &live.latest.configuration;
        let versions = live.versions.iter().map(|(number, version)| {
            let fingerprint = version.configuration.fingerprint();
            (*number, RecordedVersion { fingerprint, published: None })
        });
        let aliases = live.aliases.iter().map(|(name, alias)| {
            (name.clone(), RecordedAlias::first_seen(alias.routing.clone(), instant(LONG_AGO)))
        });
        let function = RecordedFunction {
            name: live.name.clone(),
            first_recorded: instant(LONG_AGO),
            latest: RecordedLatest {
                code: latest.code.clone(),
                settings: latest.settings.clone(),
                environment: BTreeSet::new(),
                equals: None,
            },
            versions: versions.collect(),
            aliases: aliases.collect(),
            bad: BTreeSet::new(),
            holds: BTreeMap::new(),
        };
        let functions = BTreeMap::from([(mailer_id(), function)]);
        self.recorded = Some(Recorded { functions, machines: BTreeMap::new() });
        self
    }

    /// Returns the record of the mailer.
    pub(crate) fn record(&mut self) -> &mut RecordedFunction {
        let recorded = self.recorded.as_mut().expect("it was recorded");
        recorded.functions.get_mut(&mailer_id()).expect("it was recorded")
    }

    /// Plans.
    pub(crate) fn plan(&self) -> Plan {
        self.part(&Selection::default())
    }

    /// Returns what the plan leaves open.
    pub(crate) fn questions(&self) -> BTreeSet<Question> {
        questions(&self.plan(), &self.desired, &self.live, None)
    }

    /// Plans a part.
    pub(crate) fn part(&self, selection: &Selection) -> Plan {
        let base = Base { lineage: "6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10".to_owned(), serial: 1 };
        let inputs = PlanInputs {
            desired: &self.desired,
            live: &self.live,
            recorded: self.recorded.as_ref().map(|recorded| (&base, recorded)),
            packages: &BTreeMap::new(),
            place: &place(),
            now: instant(NOW),
            max_deletes: 50,
        };
        plan_part(&inputs, selection)
    }
}

pub(crate) fn place() -> Place {
    Place {
        account: AccountId::new("000000000000").expect("it is an account"),
        partition: Partition::new("aws").expect("it is a partition"),
        region: Region::new("us-west-1").expect("it is a region"),
    }
}

/// Returns what a plan does and says, a line each.
pub(crate) fn lines(plan: &Plan) -> Vec<String> {
    let actions = plan.actions.iter().map(|action| format!("{}: {}", action.address, action.summary()));
    let findings = plan.findings.iter().map(|finding| {
        let help = finding.help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
        format!("{:?} {}: {}{help}", finding.severity, finding.address, finding.message)
    });
    actions.chain(findings).collect()
}
