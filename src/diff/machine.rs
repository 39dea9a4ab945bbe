//! What a state machine's definition becomes, and what is wrong with its references.
//!
//! The file's placeholders are filled in, its references to managed functions are sent through the
//! declared alias (`asl/RULES.md` A1–A13), and the result is compared with the live definition by
//! meaning: a definition that differs only in formatting is no change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    asl::{
        self, CallerRole, DefinitionError, Existing, FunctionPart, NEW_VERSION, QualifierKind, Reference,
        Scope, Substituted,
    },
    model::{
        Address, AliasName, DesiredMachine, EnvironmentName, ExistingQualifiers, FunctionId, FunctionName,
        LiveMachine, MachineKind, MachineLogging, MachineName, Part, Place, References, RoleArn, StatePins,
        VersionNumber, VersionRef,
    },
};

/// A managed function as definitions see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFunction {
    /// Its key in the TOML.
    pub id: FunctionId,
    /// The aliases that it has after the apply.
    pub aliases: BTreeSet<AliasName>,
    /// The versions that AWS has.
    pub versions: BTreeSet<VersionNumber>,
    /// The version that equals `$LATEST` after the apply, where something asks for it.
    pub latest: Option<VersionRef>,
    /// Whether AWS has it before the apply.
    pub is_there: bool,
}

/// The functions around a machine.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The managed functions by physical name.
    pub functions: &'a BTreeMap<FunctionName, ManagedFunction>,
    /// The physical names of the other environments.
    pub foreign: &'a BTreeMap<FunctionName, EnvironmentName>,
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// Account, region and partition.
    pub place: &'a Place,
}

/// A reference that the rewrite changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceEdit {
    /// The state, nested ones as `Outer/Inner`.
    pub state: String,
    /// What the file says.
    pub from: String,
    /// What is sent.
    pub to: String,
}

/// The difference between what a machine is and what it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct MachineChange {
    /// The definition as it would be sent.
    pub definition: String,
    /// Whether it means something else than the live one.
    pub is_definition_changed: bool,
    /// The references that the rewrite changed in the file's text.
    pub edits: Vec<ReferenceEdit>,
    /// The execution role, if it changes: before and after.
    pub role: Option<(RoleArn, RoleArn)>,
    /// The logging, if it changes: before and after.
    pub logging: Option<(Option<MachineLogging>, MachineLogging)>,
    /// The managed aliases and versions that the definition calls.
    pub calls: BTreeSet<Address>,
    /// What is wrong, or deserves a word.
    pub issues: Vec<MachineIssue>,
}

impl MachineChange {
    /// Tells whether nothing is to be sent.
    pub fn is_empty(&self) -> bool {
        !self.is_definition_changed && self.role.is_none() && self.logging.is_none()
    }
}

/// What is wrong with a machine, or deserves a word.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the line of a variant names its fields")]
pub enum MachineIssue {
    /// A state calls the function of another environment (design §3.2).
    Foreign { state: String, function: FunctionName, environment: EnvironmentName },
    /// A state calls an alias that does not exist and is not created.
    MissingAlias { state: String, function: FunctionName, alias: AliasName },
    /// A state calls a version that does not exist.
    MissingVersion { state: String, function: FunctionName, version: VersionNumber },
    /// The declared type is not the live one, and AWS cannot change it.
    KindDiffers { declared: MachineKind, live: MachineKind },
    /// The machine is being deleted.
    Deleting,
    /// A state calls a function that the TOML does not name, or one elsewhere; it is left alone.
    Unmanaged { state: String, function: String },
    /// Which function a state calls is decided when it runs (A5).
    Dynamic { state: String, function: String, why: String },
    /// A placeholder without a value; it is left as it is.
    Unresolved { name: String },
    /// A state calls another alias than the declared one, which the file chose and we keep (A11).
    OtherAlias { state: String, function: FunctionName, alias: AliasName },
    /// A state calls `$LATEST`, which changes under it.
    OnLatest { state: String, function: FunctionName },
    /// References get a qualifier, which a role that grants the bare ARN alone refuses.
    NewlyQualified { functions: BTreeSet<FunctionName> },
}

/// Compares a desired machine with the live one.
pub fn machine_change(
    desired: &DesiredMachine,
    live: &LiveMachine,
    around: Surroundings<'_>,
) -> Result<MachineChange, DefinitionError> {
    let filled = filled(desired, around)?;
    refuse_reserved(&filled.text)?;
    let mut issues: Vec<MachineIssue> =
        filled.unresolved.into_iter().map(|left| MachineIssue::Unresolved { name: left.name }).collect();
    let (definition, edits) = sent(filled.text, desired, around)?;
    let references = asl::references(&definition)?;
    let is_definition_changed = !asl::is_same_meaning(&live.definition, &definition);
    issues.extend(references.iter().filter_map(|reference| issue(reference, desired, around)));
    if is_definition_changed {
        issues.extend(newly_qualified(&live.definition, &references, around));
    }
    issues.extend(machine_issues(desired, live));
    Ok(MachineChange {
        is_definition_changed,
        edits,
        role: desired.role.clone().filter(|role| *role != live.role).map(|role| (live.role.clone(), role)),
        logging: logging_change(desired.logging.as_ref(), live.logging.as_ref()),
        calls: references.iter().filter_map(|reference| call(reference, around)).collect(),
        definition,
        issues,
    })
}

/// Returns the managed functions whose version that equals `$LATEST` the definition is pinned to. With
/// the `latest` of every function yet to be published, nothing that it pins already hides one.
pub fn pinned_functions(
    desired: &DesiredMachine,
    around: Surroundings<'_>,
) -> Result<BTreeSet<FunctionName>, DefinitionError> {
    if !desired.policies().any(|policy| *policy == References::Version) {
        return Ok(BTreeSet::new());
    }
    let (definition, _) = sent(filled(desired, around)?.text, desired, around)?;
    let references = asl::references(&definition)?;
    Ok(references.iter().filter(|reference| is_new(reference)).filter_map(static_name).collect())
}

/// The word for numbers to come is ours, and no qualifier that Lambda accepts.
fn refuse_reserved(text: &str) -> Result<(), DefinitionError> {
    let references = asl::references(text)?;
    match references.iter().find(|reference| is_new(reference)) {
        None => Ok(()),
        Some(reference) => Err(DefinitionError::reserved_qualifier(reference.span.clone())),
    }
}

fn filled(desired: &DesiredMachine, around: Surroundings<'_>) -> Result<Substituted, DefinitionError> {
    asl::substitute(&desired.definition, &values(desired, around))
}

fn is_new(reference: &Reference) -> bool {
    reference.qualifiers().any(|qualifier| qualifier.text == NEW_VERSION)
}

/// What stands for the state where a text cannot be read.
const UNREADABLE: &str = "somewhere in a text that cannot be read";

/// Returns the versions that a definition pins, by physical function name.
pub fn pinned_versions(definition: &str) -> BTreeMap<FunctionName, BTreeSet<VersionNumber>> {
    let pins = pinning_states(definition).into_iter();
    pins.map(|(function, versions)| (function, versions.into_keys().collect())).collect()
}

/// Returns the same with the states that pin each version. A text that cannot be read pins whatever it
/// might mean: what it calls nobody knows.
pub fn pinning_states(definition: &str) -> StatePins {
    let mut pins = StatePins::new();
    let Ok(references) = asl::references(definition) else {
        for (name, number) in asl::mentions(definition) {
            if let (Ok(name), Ok(version)) = (FunctionName::new(name), VersionNumber::parse(&number)) {
                let states = pins.entry(name).or_default().entry(version).or_default();
                states.insert(UNREADABLE.to_owned());
            }
        }
        return pins;
    };
    for reference in references {
        let Some(name) = static_name(&reference) else { continue };
        for qualifier in reference.qualifiers() {
            if let Ok(version) = VersionNumber::parse(&qualifier.text) {
                let states = pins.entry(name.clone()).or_default().entry(version).or_default();
                states.insert(reference.state.clone());
            }
        }
    }
    pins
}

/// Returns the versions of a state machine that a definition names by their ARN, to start them. The text is
/// searched, because a version may stand wherever a state can start an execution.
pub fn named_machine_versions(definition: &str, machine: &MachineName) -> BTreeSet<VersionNumber> {
    let name = format!(":stateMachine:{machine}:");
    let digits = |(at, found): (usize, &str)| {
        let rest = &definition[at + found.len()..];
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        VersionNumber::parse(&rest[..end]).ok()
    };
    definition.match_indices(name.as_str()).filter_map(digits).collect()
}

fn values(desired: &DesiredMachine, around: Surroundings<'_>) -> BTreeMap<String, String> {
    let Place { account, region, .. } = around.place;
    let known = [
        ("env", around.environment.to_string()),
        ("account", account.to_string()),
        ("region", region.to_string()),
    ];
    let known: BTreeMap<String, String> =
        known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let declared = desired.substitutions.iter().map(|(name, value)| {
        let value = value.replace("${account}", account.as_str()).replace("${region}", region.as_str());
        (name.clone(), value)
    });
    known.clone().into_iter().chain(declared).collect()
}

fn sent(
    text: String,
    desired: &DesiredMachine,
    around: Surroundings<'_>,
) -> Result<(String, Vec<ReferenceEdit>), DefinitionError> {
    if desired.policies().all(|policy| *policy == References::Off) {
        return Ok((text, Vec::new()));
    }
    // Only the names in this definition: all of them for each machine would be quadratic.
    let called = asl::references(&text)?;
    let called = called.iter().filter_map(static_name).filter(|name| around.functions.contains_key(name));
    let scope = Scope {
        functions: Some(called.map(|name| name.to_string()).collect()),
        account: Some(around.place.account.to_string()),
        region: Some(around.place.region.to_string()),
    };
    let choose = |reference: &Reference| match desired.references_of(&reference.state) {
        References::Alias(alias) => Some(alias.to_string()),
        References::Version => pinned_qualifier(reference, around),
        References::Off => None,
    };
    let rewrite = asl::rewrite_each(&text, existing(desired.existing), &scope, &choose)?;
    let edits = rewrite.edits.into_iter().map(|edit| ReferenceEdit {
        state: edit.state,
        from: edit.old,
        to: edit.new,
    });
    Ok((rewrite.text, edits.collect()))
}

/// The number of the function's version, or the word for the one that the plan publishes.
fn pinned_qualifier(reference: &Reference, around: Surroundings<'_>) -> Option<String> {
    let latest = around.functions.get(&static_name(reference)?)?.latest.as_ref()?;
    Some(latest.existing().map_or(NEW_VERSION.to_owned(), |version| version.to_string()))
}

fn existing(declared: ExistingQualifiers) -> Existing {
    match declared {
        ExistingQualifiers::Versions => Existing::Versions,
        ExistingQualifiers::Latest => Existing::Latest,
        ExistingQualifiers::All => Existing::All,
    }
}

fn static_name(reference: &Reference) -> Option<FunctionName> {
    match &reference.function {
        FunctionPart::Static { name, .. } => FunctionName::new(name.clone()).ok(),
        FunctionPart::Dynamic { .. } => None,
    }
}

/// Returns the managed function that a reference names, if it is one of this account and region.
fn managed<'a>(
    reference: &Reference,
    around: Surroundings<'a>,
) -> Option<(FunctionName, &'a ManagedFunction)> {
    let name = name_here(reference, around.place)?;
    let function = around.functions.get(&name)?;
    Some((name, function))
}

/// Returns the function that a reference names, if it is one of this account and region.
pub(super) fn name_here(reference: &Reference, place: &Place) -> Option<FunctionName> {
    let FunctionPart::Static { account, region, .. } = &reference.function else { return None };
    let is_here = |part: &Option<String>, here: &str| {
        part.as_deref().is_none_or(|text| text == here || text.contains("${"))
    };
    let is_ours = is_here(account, place.account.as_str()) && is_here(region, place.region.as_str());
    let is_own = reference.role == CallerRole::Own || account.is_some();
    static_name(reference).filter(|_| is_ours && is_own)
}

fn call(reference: &Reference, around: Surroundings<'_>) -> Option<Address> {
    let (_, function) = managed(reference, around)?;
    // What is called without a version is there, but for a function that the plan creates.
    let whole = || (!function.is_there).then(|| Address::function(&function.id, Part::Whole));
    let Some(qualifier) = reference.qualifier.as_ref() else { return whole() };
    let part = match qualifier.kind {
        QualifierKind::Invalid if qualifier.text == NEW_VERSION => Part::NewVersion,
        QualifierKind::Version => Part::Version(VersionNumber::parse(&qualifier.text).ok()?),
        QualifierKind::Alias => Part::Alias(AliasName::new(qualifier.text.clone()).ok()?),
        QualifierKind::Latest
        | QualifierKind::LatestPublished
        | QualifierKind::Dynamic
        | QualifierKind::Invalid => return whole(),
    };
    Some(Address::function(&function.id, part))
}

fn issue(reference: &Reference, desired: &DesiredMachine, around: Surroundings<'_>) -> Option<MachineIssue> {
    let state = reference.state.clone();
    if let FunctionPart::Dynamic { text, why } = &reference.function {
        return Some(MachineIssue::Dynamic { state, function: text.clone(), why: why.to_string() });
    }
    let name = static_name(reference);
    if let Some((function, environment)) = name.and_then(|name| around.foreign.get_key_value(&name)) {
        return Some(MachineIssue::Foreign {
            state,
            function: function.clone(),
            environment: environment.clone(),
        });
    }
    let Some((function, managed)) = managed(reference, around) else {
        return Some(MachineIssue::Unmanaged { state, function: reference.function.text().to_owned() });
    };
    let Some(qualifier) = &reference.qualifier else {
        return Some(MachineIssue::OnLatest { state, function });
    };
    match qualifier.kind {
        QualifierKind::Invalid if qualifier.text == NEW_VERSION => None,
        QualifierKind::Latest | QualifierKind::LatestPublished => {
            Some(MachineIssue::OnLatest { state, function })
        }
        QualifierKind::Version => {
            let version = VersionNumber::parse(&qualifier.text).ok()?;
            (!managed.versions.contains(&version)).then_some(MachineIssue::MissingVersion {
                state,
                function,
                version,
            })
        }
        QualifierKind::Alias => {
            let alias = AliasName::new(qualifier.text.clone()).ok()?;
            if !managed.aliases.contains(&alias) {
                return Some(MachineIssue::MissingAlias { state, function, alias });
            }
            let is_other = match desired.references_of(&reference.state) {
                References::Alias(declared) => *declared != alias,
                References::Version => true,
                References::Off => false,
            };
            is_other.then_some(MachineIssue::OtherAlias { state, function, alias })
        }
        QualifierKind::Dynamic | QualifierKind::Invalid => Some(MachineIssue::Dynamic {
            state,
            function: reference.function.text().to_owned(),
            why: format!("the qualifier `{}` is decided when the state runs", qualifier.text),
        }),
    }
}

fn machine_issues(desired: &DesiredMachine, live: &LiveMachine) -> Vec<MachineIssue> {
    let kind = desired.kind.filter(|kind| *kind != live.kind);
    let kind = kind.map(|declared| MachineIssue::KindDiffers { declared, live: live.kind });
    let deleting = live.is_deleting.then_some(MachineIssue::Deleting);
    kind.into_iter().chain(deleting).collect()
}

/// Returns the functions that the live definition calls by their bare name alone and the coming
/// one calls with a qualifier.
fn newly_qualified(live: &str, references: &[Reference], around: Surroundings<'_>) -> Option<MachineIssue> {
    let called = |references: &[Reference], is_qualified: bool| -> BTreeSet<FunctionName> {
        let is_wanted = |reference: &&Reference| reference.qualifier.is_some() == is_qualified;
        references
            .iter()
            .filter(is_wanted)
            .filter_map(|reference| Some(managed(reference, around)?.0))
            .collect()
    };
    let before = asl::references(live).unwrap_or_default();
    let was_qualified = called(&before, true);
    let functions: BTreeSet<FunctionName> = called(references, true)
        .intersection(&called(&before, false))
        .filter(|name| !was_qualified.contains(*name))
        .cloned()
        .collect();
    (!functions.is_empty()).then_some(MachineIssue::NewlyQualified { functions })
}

fn logging_change(
    desired: Option<&MachineLogging>,
    live: Option<&MachineLogging>,
) -> Option<(Option<MachineLogging>, MachineLogging)> {
    let desired = desired?;
    let is_same = match live {
        Some(live) => live == desired,
        None => desired.level == "OFF",
    };
    (!is_same).then(|| (live.cloned(), desired.clone()))
}
