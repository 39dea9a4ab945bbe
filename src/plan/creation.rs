//! What an absent function or state machine begins as, where the TOML declares all that AWS needs.
//!
//! The rest of the planner then sees a thing that is there and was never published: `$LATEST` is as
//! declared, and there are no versions and no aliases. Only its first action tells that it has to be
//! created. Where too little is declared, nothing is made up, and the plan says what is missing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    diff::{MachineChange, Package},
    model::{
        CodeSource, Configuration, DesiredFunction, FunctionId, Health, Live, LiveFunction, LiveLatest,
        LiveMachine, LiveMachineLine, MachineKind, Place, Presence, RevisionId, Setting, Settings, Values,
    },
};

use super::{FunctionCreation, MachineCreation, Operation, PlanInputs};

/// What AWS demands of a function with a package, each as a line of TOML (CreateFunction). One with an image
/// needs the role alone.
const NEEDED_SETTINGS: [(Setting, &str); 3] = [
    (Setting::Role, "role = \"arn:aws:iam::ACCOUNT:role/NAME\""),
    (Setting::Runtime, "runtime = \"python3.13\""),
    (Setting::Handler, "handler = \"app.handler\""),
];

/// Returns what was observed, with everything that will be created as it begins.
pub(super) fn with_created(inputs: &PlanInputs<'_>) -> Live {
    let PlanInputs { desired, live, packages, place, .. } = inputs;
    let mut begun = (*live).clone();
    for (id, function) in &desired.functions {
        let package = packages.get(id).filter(|_| live.function(id).is_none());
        let configuration = package.and_then(|package| beginning(function, package, &live.values));
        if let Some(configuration) = configuration {
            let created = LiveFunction {
                name: function.name.clone(),
                arn: place.function_arn(&function.name),
                latest: LiveLatest {
                    configuration,
                    revision_id: RevisionId::reported(""),
                    health: Health::Ready,
                },
                versions: BTreeMap::new(),
                aliases: BTreeMap::new(),
            };
            begun.functions.insert(id.clone(), Presence::Present(created));
        }
    }
    for (id, machine) in &desired.machines {
        let Some(role) = machine.role.clone().filter(|_| live.machine(id).is_none()) else { continue };
        let created = LiveMachine {
            name: machine.name.clone(),
            arn: place.machine_arn(&machine.name),
            definition: String::new(),
            role,
            kind: machine.kind.unwrap_or(MachineKind::Standard),
            logging: None,
            revision_id: None,
            is_deleting: false,
            line: Some(LiveMachineLine::default()),
            executions: None,
        };
        begun.machines.insert(id.clone(), Presence::Present(created));
    }
    begun
}

/// Returns what `$LATEST` begins as; nothing where too little is declared.
fn beginning(desired: &DesiredFunction, package: &Package, values: &Values) -> Option<Configuration> {
    if !missing_settings(desired).is_empty() {
        return None;
    }
    let mut settings = Settings::default();
    for (setting, value) in &desired.settings {
        settings.declare(*setting, value, &desired.name);
    }
    if has_image(desired) {
        settings.insert(Setting::PackageType, &json!("Image"), &desired.name);
    }
    let environment = values.resolved(&desired.variables);
    Some(Configuration { code: package.sha256.clone(), settings, environment })
}

fn has_image(desired: &DesiredFunction) -> bool {
    desired.code.as_ref().is_some_and(CodeSource::is_image)
}

/// How the declared code is of another kind than the function, which AWS never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    /// An image is declared, and the function has a package.
    ImageForPackage,
    /// A package is declared, and the function has an image.
    PackageForImage,
}

/// Tells whether the declared code could never be sent to the function.
pub(super) fn misfit(desired: &DesiredFunction, live: &LiveFunction) -> Option<Misfit> {
    let code = desired.code.as_ref()?;
    let has_image = live.latest.configuration.settings.get(Setting::PackageType) == Some(&json!("Image"));
    match (code.is_image(), has_image) {
        (true, false) => Some(Misfit::ImageForPackage),
        (false, true) => Some(Misfit::PackageForImage),
        (true, true) | (false, false) => None,
    }
}

fn missing_settings(desired: &DesiredFunction) -> Vec<&'static str> {
    let is_said = |setting: &Setting| {
        desired.settings.get(setting).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    let needed = if has_image(desired) { &NEEDED_SETTINGS[..1] } else { &NEEDED_SETTINGS };
    let missing = needed.iter().filter(|(setting, _)| !is_said(setting));
    missing.map(|(_, line)| *line).collect()
}

/// Returns the lines of TOML that a function lacks before it could be created.
pub(super) fn missing_lines(id: &FunctionId, desired: &DesiredFunction, place: &Place) -> Vec<String> {
    let settings = missing_settings(desired).into_iter().map(|line| in_place(line, place));
    let code = desired.code.is_none().then(|| format!("code.path = \"functions/{id}.py\""));
    settings.chain(code).collect()
}

/// Returns the line of TOML that a state machine lacks before it could be created.
pub(super) fn missing_line(place: &Place) -> String {
    let (_, line) = NEEDED_SETTINGS[0];
    in_place(line, place)
}

fn in_place(line: &str, place: &Place) -> String {
    line.replace("arn:aws:", &format!("arn:{}:", place.partition)).replace("ACCOUNT", place.account.as_str())
}

/// Returns what creates a function that begins like this.
pub(super) fn create_function(
    desired: &DesiredFunction,
    begun: &LiveFunction,
    package: &Package,
) -> Operation {
    let Configuration { code, settings, environment: _ } = &begun.latest.configuration;
    Operation::CreateFunction(FunctionCreation {
        name: desired.name.clone(),
        settings: settings.clone(),
        variables: desired.variables.clone(),
        code: code.clone(),
        size: package.size,
        source: desired.code.as_ref().map(ToString::to_string).unwrap_or_default(),
    })
}

/// Returns what creates a state machine that begins like this.
pub(super) fn create_machine(begun: &LiveMachine, change: MachineChange) -> Operation {
    Operation::CreateMachine(MachineCreation {
        name: begun.name.clone(),
        definition: change.definition,
        edits: change.edits,
        role: begun.role.clone(),
        kind: begun.kind,
        logging: change.logging.map(|(_, to)| to),
        calls: change.calls,
    })
}
