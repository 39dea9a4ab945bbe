//! The whole text to add, and which file each definition goes to.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    asl,
    config::{FileKind, ProjectFiles},
    diff::{Line, known_versions, latest_machine_version, latest_version, machine_fingerprint},
    model::{
        AliasTargets, Desired, FunctionId, Live, LiveFunction, LiveMachine, LiveMachineLine, MachineId,
        Presence,
    },
};

use super::{
    Inherited,
    aliases::{Aliases, Owner},
    keys::{Keys, template},
    settings,
    table::{Table, comment, text},
};

/// What exists and is to be adopted. Machines come with their versions, aliases and what the versions run.
#[derive(Debug, Clone, Default)]
pub struct Existing {
    /// The functions.
    pub functions: Vec<LiveFunction>,
    /// The state machines.
    pub machines: Vec<LiveMachine>,
}

/// How much is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Names and aliases.
    Aliases,
    /// Also every setting that the TOML knows, except the environment variables.
    Settings,
}

/// Where the tables stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// At the top level: there is one environment.
    TopLevel,
    /// Below the environment: what exists in it says nothing of the others.
    Environment,
}

/// What an adoption is made from, beside what exists.
pub struct Adopting<'a> {
    /// Where it comes from, in words for a comment above it all.
    pub origin: &'a str,
    /// What is declared already in the environment.
    pub desired: &'a Desired,
    /// What a new function inherits.
    pub inherited: &'a Inherited,
    /// Where the tables stand.
    pub placement: Placement,
    /// How much is declared.
    pub extent: Extent,
    /// The folder of the definitions, relative to the project root; empty for the root itself.
    pub folder: &'a str,
    /// The files that are there.
    pub files: &'a dyn ProjectFiles,
    /// The physical names whose aliases are all to be `manual`.
    pub cautious: &'a BTreeSet<String>,
    /// The physical names that are not adopted, and why.
    pub refused: &'a BTreeMap<String, String>,
}

/// The text to add, and what goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The tables, one after the other, with an empty line before each.
    pub toml: String,
    /// The functions by their new keys, with their physical names.
    pub functions: BTreeMap<FunctionId, String>,
    /// The machines by their new keys, with their physical names.
    pub machines: BTreeMap<MachineId, String>,
    /// The definitions that are to be written, by path.
    pub definitions: BTreeMap<String, String>,
    /// The physical name of the machine that each definition belongs to, by path.
    pub paths: BTreeMap<String, String>,
    /// What cannot be declared, by physical name, and why.
    pub left_out: BTreeMap<String, String>,
    /// The paths of definitions where something else is already.
    pub occupied: Vec<String>,
}

impl Adoption {
    /// Makes the text of what exists.
    pub fn of(existing: &Existing, adopting: &Adopting<'_>) -> Self {
        let mut adoption = Self { left_out: adopting.refused.clone(), ..Self::default() };
        let environment = adopting.desired.environment.as_str();
        let declared = adopting.desired.functions.values().map(|function| function.name.as_str());
        let names = existing.functions.iter().map(|function| function.name.as_str()).chain(declared);
        let taken = adopting.desired.functions.keys().map(ToString::to_string);
        let mut keys = Keys::new(environment, names, taken);
        for function in &existing.functions {
            adoption.function(function, &mut keys, adopting);
        }
        let declared = adopting.desired.machines.values().map(|machine| machine.name.as_str());
        let names = existing.machines.iter().map(|machine| machine.name.as_str()).chain(declared);
        let taken = adopting.desired.machines.keys().map(ToString::to_string);
        let mut keys = Keys::new(environment, names, taken);
        for machine in &existing.machines {
            adoption.machine(machine, &mut keys, adopting);
        }
        for (name, why) in &adoption.left_out {
            adoption.toml.push('\n');
            adoption.toml.push_str(&comment(&format!("{name} is left out: {why}")));
        }
        adoption.toml.insert_str(0, &format!("\n{}", comment(adopting.origin)));
        adoption
    }

    /// Tells whether nothing can be declared.
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.machines.is_empty()
    }

    /// Returns the text with the tables behind it; what is there keeps every byte.
    pub fn appended_to(&self, text: &str) -> String {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        format!("{text}{end}{}", self.toml)
    }

    /// Returns what was adopted, as an observation by the new keys.
    pub fn live(&self, existing: &Existing) -> Live {
        let function = |name: &String| existing.functions.iter().find(|live| live.name.as_str() == name);
        let machine = |name: &String| existing.machines.iter().find(|live| live.name.as_str() == name);
        let functions = self.functions.iter().filter_map(|(id, name)| Some((id.clone(), function(name)?)));
        let machines = self.machines.iter().filter_map(|(id, name)| Some((id.clone(), machine(name)?)));
        Live {
            functions: functions.map(|(id, live)| (id, Presence::Present(live.clone()))).collect(),
            machines: machines.map(|(id, live)| (id, Presence::Present(live.clone()))).collect(),
            ..Live::default()
        }
    }

    fn function(&mut self, live: &LiveFunction, keys: &mut Keys<'_>, adopting: &Adopting<'_>) {
        let name = live.name.as_str();
        if self.left_out.contains_key(name) {
            return;
        }
        let key = keys.key(name);
        let Ok(id) = FunctionId::new(key.as_str()) else {
            self.leave_out(name, "its name makes no table key");
            return;
        };
        let mut table = Table::new(&adopting.path("functions", &key));
        table.line("name", &text(&template(name, adopting.desired.environment.as_str())), None);
        let aliases = Aliases {
            owner: Owner::Function,
            line: &Line::of_function(live, None),
            latest: latest_version(&id, live, &live.latest.configuration),
            inherited: &adopting.inherited.aliases,
            is_cautious: adopting.cautious.contains(name),
        };
        aliases.write(&mut table);
        settings::write(live, adopting.inherited, adopting.extent, &mut table);
        if !adopting.inherited.has_retention {
            table.comment(KEEPS_ALL);
        }
        self.functions.insert(id, name.to_owned());
        self.add(table);
    }

    fn machine(&mut self, live: &LiveMachine, keys: &mut Keys<'_>, adopting: &Adopting<'_>) {
        let name = live.name.as_str();
        if self.left_out.contains_key(name) {
            return;
        }
        if let Some(why) = unsuitable(live) {
            self.leave_out(name, &why);
            return;
        }
        let key = keys.key(name);
        let Ok(id) = MachineId::new(key.as_str()) else {
            self.leave_out(name, "its name makes no table key");
            return;
        };
        let path = adopting.definition_path(&key);
        self.definition(&path, &live.definition, adopting.files);
        self.paths.insert(path.clone(), name.to_owned());
        let mut table = Table::new(&adopting.path("state_machines", &key));
        table.line("name", &text(&template(name, adopting.desired.environment.as_str())), None);
        table.line("definition", &text(&path), None);
        table.line("references", "\"off\"", Some(AS_WRITTEN));
        let nothing = LiveMachineLine::default();
        let published = live.line.as_ref().unwrap_or(&nothing);
        let fingerprint = machine_fingerprint(&live.definition, &live.role, live.logging.as_ref());
        let aliases = Aliases {
            owner: Owner::Machine,
            line: &Line::of_machine(published, None),
            latest: latest_machine_version(&id, &known_versions(published, None), &fingerprint),
            inherited: &AliasTargets::new(),
            is_cautious: adopting.cautious.contains(name),
        };
        aliases.write(&mut table);
        if !published.versions.is_empty() {
            table.comment(KEEPS_ALL);
        }
        self.machines.insert(id, name.to_owned());
        self.add(table);
    }

    /// Takes a definition into a file, unless the file holds it already.
    fn definition(&mut self, path: &str, definition: &str, files: &dyn ProjectFiles) {
        match files.kind(path) {
            FileKind::Missing => {
                self.definitions.insert(path.to_owned(), definition.to_owned());
            }
            FileKind::File if files.read(path).is_ok_and(|text| text == definition) => {}
            FileKind::File | FileKind::Folder => self.occupied.push(path.to_owned()),
        }
    }

    fn leave_out(&mut self, name: &str, why: &str) {
        self.left_out.insert(name.to_owned(), why.to_owned());
    }

    fn add(&mut self, table: Table) {
        self.toml.push('\n');
        self.toml.push_str(&table.finish());
    }
}

const KEEPS_ALL: &str = "retention.keep = 5  # without it no version is ever deleted";
const AS_WRITTEN: &str =
    "sent as written; references = \"LIVE\" sends calls of managed functions through that alias";

impl Adopting<'_> {
    fn path(&self, kind: &str, key: &str) -> String {
        match self.placement {
            Placement::TopLevel => format!("{kind}.{key}"),
            Placement::Environment => format!("environments.{}.{kind}.{key}", self.desired.environment),
        }
    }

    /// Definitions of several environments have files of their own.
    fn definition_path(&self, key: &str) -> String {
        let folder = if self.folder.is_empty() { String::new() } else { format!("{}/", self.folder) };
        match self.placement {
            Placement::TopLevel => format!("{folder}{key}.json"),
            Placement::Environment => format!("{folder}{key}-{}.json", self.desired.environment),
        }
    }
}

/// Says why a machine cannot be declared, if it cannot.
fn unsuitable(live: &LiveMachine) -> Option<String> {
    if live.is_deleting {
        return Some("it is being deleted".to_owned());
    }
    let wrong = |message: &str| format!("its definition is none that would be sent: {message}");
    let problems = match asl::problems(&live.definition) {
        Err(error) => return Some(wrong(&error.message)),
        Ok(problems) => problems,
    };
    if let Some(problem) = problems.iter().find(|problem| problem.severity == asl::Severity::Error) {
        return Some(wrong(&problem.message));
    }
    match asl::substitute(&live.definition, &BTreeMap::new()) {
        Err(error) => Some(wrong(&error.message)),
        Ok(filled) => filled.unresolved.first().map(|found| {
            format!("its definition holds `${{{}}}`, which would be taken for a placeholder", found.name)
        }),
    }
}
