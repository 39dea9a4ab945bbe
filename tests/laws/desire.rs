//! What the TOML of a case says, as the engine gets it: the desired state and the packages.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use repoint::{
    artifact::{self, Entry, Package},
    model::{
        AliasName, AliasTarget, AliasTargets, AmbientName, CodeSource, Desired, DesiredFunction,
        DesiredMachine, EnvironmentName, ExistingQualifiers, FunctionId, FunctionName, GroupName, Limits,
        MachineId, MachineName, ProjectName, References, Retention, RoleArn, Setting, SplitKey, VariableName,
        VariableSource, Variables, VersionNumber,
    },
    provider::Code,
};
use serde_json::{Value, json};

use crate::{
    case::{ALIASES, Call, Called, Case, Form, FunctionCase, Keep, MachineCase, Sent, Side, Target},
    wire::{ACCOUNT, REGION},
};

/// The desired state with the packages that its code packs to.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) desired: Desired,
    pub(crate) packages: BTreeMap<FunctionId, Code>,
}

impl Wish {
    /// Returns what the TOML of a case says.
    pub(crate) fn of(case: &Case) -> Self {
        Self::with_code(case, |drawn| declared_code(drawn, drawn.wish.code))
    }

    /// Returns what it said before: the same with other code.
    pub(crate) fn before(case: &Case, code: u8) -> Self {
        Self::with_code(case, |drawn| declared_code(drawn, drawn.wish.code.map(|_| code)))
    }

    fn with_code(case: &Case, code: impl Fn(&FunctionCase) -> Option<u8>) -> Self {
        let functions = case.functions.iter().enumerate();
        let functions = functions.map(|(index, drawn)| {
            (function_id(index), desired_function(index, drawn, code(drawn).is_some()))
        });
        let machines = case.machines.iter().enumerate();
        let machines = machines.map(|(index, drawn)| {
            (MachineId::new(format!("m{index}")).unwrap(), desired_machine(case, index, drawn))
        });
        let packages = case.functions.iter().enumerate();
        let packages = packages
            .filter_map(|(index, drawn)| Some((function_id(index), package(code(drawn)?).into())))
            .collect();
        Self { desired: desired(case, functions.collect(), machines.collect()), packages }
    }
}

/// Code is declared of whatever has to be created.
fn declared_code(drawn: &FunctionCase, code: Option<u8>) -> Option<u8> {
    code.or(drawn.is_absent.then_some(0))
}

fn desired(
    case: &Case,
    functions: BTreeMap<FunctionId, DesiredFunction>,
    machines: BTreeMap<MachineId, DesiredMachine>,
) -> Desired {
    Desired {
        project: ProjectName::new("laws").unwrap(),
        environment: EnvironmentName::new("dev").unwrap(),
        region: None,
        account: None,
        profile: None,
        role_arn: None,
        require: BTreeSet::new(),
        limits: Limits { parallelism: case.parallelism, max_deletes: case.max_deletes, ..Limits::default() },
        drift_ignore: Vec::new(),
        functions,
        machines,
        foreign_names: BTreeMap::new(),
    }
}

fn desired_function(index: usize, drawn: &FunctionCase, is_code_managed: bool) -> DesiredFunction {
    let aliases = targets(drawn);
    DesiredFunction {
        name: FunctionName::new(function_name(index)).unwrap(),
        version_description: "${deploy.id}".to_owned(),
        code: is_code_managed.then(|| CodeSource::Path(format!("functions/f{index}.py"))),
        settings: settings(drawn, is_code_managed),
        variables: variables(index),
        retention: retention(drawn.wish.retention, &aliases),
        aliases,
        group: drawn.wish.group.map(|number| GroupName::new(format!("g{number}")).unwrap()),
    }
}

/// The variable that every drawn function may have by hand, of every other function.
fn variables(index: usize) -> Variables {
    let name = VariableName::new("TABLE").unwrap();
    let source = VariableSource::FromEnv(AmbientName::new("ORDERS_TABLE").unwrap());
    if index.is_multiple_of(2) { Variables::new() } else { Variables::from([(name, source)]) }
}

/// What the environment of the program says.
pub(crate) fn ambient(name: &str) -> Option<String> {
    (name == "ORDERS_TABLE").then(|| "orders-1".to_owned())
}

fn settings(drawn: &FunctionCase, is_code_managed: bool) -> BTreeMap<Setting, Value> {
    let FunctionCase { is_absent, wish, .. } = drawn;
    let role = wish.role.or(is_absent.then_some(0));
    let settings = [
        (Setting::Runtime, is_absent.then(|| json!("python3.13"))),
        (Setting::Handler, is_absent.then(|| json!("app.handler"))),
        (Setting::MemorySize, wish.memory.map(|memory| json!(memory_size(memory)))),
        (Setting::Role, role.map(|role| json!(role_arn(role)))),
        (Setting::Description, wish.description.map(|text| json!("d".repeat(usize::from(text))))),
        (Setting::Architectures, (wish.arm && is_code_managed).then(|| json!(["arm64"]))),
    ];
    settings.into_iter().filter_map(|(setting, value)| Some((setting, value?))).collect()
}

/// Returns the declared targets; what follows nothing that is declared before it is `latest`.
fn targets(drawn: &FunctionCase) -> AliasTargets {
    let declared =
        std::iter::once(Some(&drawn.wish.live)).chain(drawn.wish.others.iter().map(Option::as_ref));
    alias_targets(declared, drawn.versions.len())
}

fn alias_targets<'a>(declared: impl Iterator<Item = Option<&'a Target>>, versions: usize) -> AliasTargets {
    let mut targets: AliasTargets = BTreeMap::new();
    let mut before: Vec<AliasName> = Vec::new();
    for (name, target) in ALIASES.iter().zip(declared) {
        let Some(target) = target else { continue };
        let name = AliasName::new(*name).unwrap();
        targets.insert(name.clone(), alias_target(target, &before, versions));
        before.push(name);
    }
    targets
}

/// Returns the aliases of a machine. Only its first version is sure to be there: AWS publishes a
/// revision once (R26).
fn machine_targets(drawn: &MachineCase) -> AliasTargets {
    let declared = drawn.line.iter().flat_map(|line| line.targets.iter().map(Option::as_ref));
    alias_targets(declared, drawn.published.len().min(1))
}

fn retention(keep: Option<Keep>, aliases: &AliasTargets) -> Option<Retention> {
    let least = if aliases.values().any(is_looking_back) { 2 } else { 1 };
    keep.map(|keep| Retention {
        keep: keep.newest.max(least),
        min_age: SignedDuration::from_hours(keep.hours),
    })
}

fn alias_target(target: &Target, before: &[AliasName], versions: usize) -> AliasTarget {
    let followed = |index: &u8| before.get(usize::from(*index) % before.len().max(1)).cloned();
    let side = |side: &Side| match side {
        Side::Latest => SplitKey::Latest,
        Side::Version(index) => number(*index, versions).map_or(SplitKey::Latest, SplitKey::Version),
        Side::Previous(of) => followed(of).map_or(SplitKey::Latest, SplitKey::Previous),
    };
    match target {
        Target::Latest => AliasTarget::Latest,
        Target::Manual => AliasTarget::Manual,
        Target::Pinned(index) => number(*index, versions).map_or(AliasTarget::Latest, AliasTarget::Pinned),
        Target::Previous(of) => followed(of).map_or(AliasTarget::Latest, AliasTarget::Previous),
        Target::SameAs(of) => followed(of).map_or(AliasTarget::Latest, AliasTarget::SameAs),
        Target::Split(one, share, two) => {
            let (one, two) = (side(one), side(two));
            let mut shares = BTreeMap::from([(one.clone(), *share)]);
            *shares.entry(two).or_default() += 100 - share;
            AliasTarget::Split(shares)
        }
    }
}

fn is_looking_back(target: &AliasTarget) -> bool {
    match target {
        AliasTarget::Previous(_) => true,
        AliasTarget::Split(sides) => sides.keys().any(|side| matches!(side, SplitKey::Previous(_))),
        AliasTarget::Latest | AliasTarget::Pinned(_) | AliasTarget::SameAs(_) | AliasTarget::Manual => false,
    }
}

fn number(index: u8, versions: usize) -> Option<VersionNumber> {
    let count = u64::try_from(versions).unwrap();
    (count > 0).then(|| VersionNumber::new(u64::from(index) % count + 1).unwrap())
}

fn desired_machine(case: &Case, index: usize, drawn: &MachineCase) -> DesiredMachine {
    let definition = definition(&drawn.wish, drawn.is_pretty, |call| {
        let name = wished_name(case, call.function, drawn.is_pretty);
        let called = case.functions.get(usize::from(call.function));
        let versions = called.map_or(1, |function| function.versions.len());
        let qualifier = match call.qualifier {
            Called::Bare => String::new(),
            Called::Latest => ":$LATEST".to_owned(),
            Called::Version(version) => {
                number(version, versions).map_or(String::new(), |version| format!(":{version}"))
            }
            Called::Alias(alias) => {
                let declared: Vec<AliasName> =
                    called.map_or(Vec::new(), |function| targets(function).into_keys().collect());
                let alias = declared.get(usize::from(alias) % declared.len().max(1));
                alias.map_or(String::new(), |alias| format!(":{alias}"))
            }
        };
        format!("{name}{qualifier}")
    });
    let aliases = machine_targets(drawn);
    DesiredMachine {
        name: MachineName::new(machine_name(index)).unwrap(),
        definition_path: format!("m{index}.json"),
        definition,
        references_in: BTreeMap::new(),
        existing: ExistingQualifiers::default(),
        references: match drawn.sent {
            Sent::Alias => References::Alias(AliasName::new(ALIASES[0]).unwrap()),
            Sent::Version => References::Version,
            Sent::AsWritten => References::Off,
        },
        substitutions: BTreeMap::new(),
        role: drawn.role.or(drawn.is_absent.then_some(0)).map(|role| RoleArn::new(role_arn(role)).unwrap()),
        kind: None,
        logging: None,
        verify: drawn.is_pretty,
        retention: retention(drawn.line.as_ref().and_then(|line| line.retention), &aliases),
        aliases,
    }
}

fn wished_name(case: &Case, function: u8, has_placeholder: bool) -> String {
    match case.functions.get(usize::from(function)) {
        Some(_) if has_placeholder => format!("f{function}-${{env}}"),
        _ => called_name(case, function),
    }
}

/// Returns the physical name that a call means.
pub(crate) fn called_name(case: &Case, function: u8) -> String {
    match case.functions.get(usize::from(function)) {
        Some(_) => function_name(usize::from(function)),
        None => "stranger".to_owned(),
    }
}

/// Writes a definition that makes the calls one after the other.
pub(crate) fn definition(calls: &[Call], is_pretty: bool, called: impl Fn(&Call) -> String) -> String {
    let mut states = serde_json::Map::new();
    for (index, call) in calls.iter().enumerate() {
        let arn = || format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", called(call));
        let invoke = |named: String| {
            json!({
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": { "FunctionName": named, "Payload.$": "$" },
                "Next": format!("S{}", index + 1),
            })
        };
        let state = match call.form {
            Form::Resource => {
                json!({ "Type": "Task", "Resource": arn(), "Next": format!("S{}", index + 1) })
            }
            Form::Name => invoke(called(call)),
            Form::Arn => invoke(arn()),
        };
        states.insert(format!("S{index}"), state);
    }
    states.insert(format!("S{}", calls.len()), json!({ "Type": "Succeed" }));
    let definition = json!({ "StartAt": "S0", "States": states });
    if is_pretty { format!("{definition:#}") } else { definition.to_string() }
}

/// Packs code number so-and-so.
pub(crate) fn package(code: u8) -> Package {
    let bytes = format!("CODE = {code}").into_bytes();
    artifact::pack(vec![Entry { name: "app.py".to_owned(), bytes, is_executable: false }]).unwrap()
}

pub(crate) fn function_id(index: usize) -> FunctionId {
    FunctionId::new(format!("f{index}")).unwrap()
}

pub(crate) fn function_name(index: usize) -> String {
    format!("f{index}-dev")
}

pub(crate) fn machine_name(index: usize) -> String {
    format!("m{index}-dev")
}

pub(crate) fn memory_size(memory: u8) -> u32 {
    128 << memory
}

pub(crate) fn role_arn(role: u8) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/r{role}")
}
