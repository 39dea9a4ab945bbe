//! Addresses that people type on the command line: do they name something that is declared?

use std::collections::BTreeSet;

use super::nearest::nearest;
use crate::model::{Address, Desired, FunctionId, Part};

/// An address that nothing declared has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undeclared {
    /// What is wrong, in words.
    pub message: String,
    /// The address that was probably meant.
    pub nearest: Option<String>,
}

/// Reads the address of something that the environment declares.
pub fn parse_declared(text: &str, desired: &Desired) -> Result<Address, Undeclared> {
    let undeclared = |message: String| {
        let known: Vec<String> = declared(desired).iter().map(ToString::to_string).collect();
        // Who leaves out what kind of thing it is means the thing of that key.
        let ending = format!(".{text}");
        let keyed = declared(desired)
            .into_iter()
            .find(|address| address.part == Part::Whole && address.to_string().ends_with(&ending));
        let near = || nearest(text, known.iter().map(String::as_str)).map(str::to_owned);
        Undeclared { message, nearest: keyed.map(|address| address.to_string()).or_else(near) }
    };
    let address: Address = text.parse().map_err(|invalid| undeclared(format!("{invalid}")))?;
    if is_declared(&address, desired) {
        Ok(address)
    } else {
        let environment = &desired.environment;
        Err(undeclared(format!("`{address}` is not declared in environment `{environment}`")))
    }
}

/// A version is part of its function or machine; nobody declares versions.
fn is_declared(address: &Address, desired: &Desired) -> bool {
    let of = match &address.part {
        Part::Version(_) | Part::NewVersion => Address { object: address.object.clone(), part: Part::Whole },
        Part::Whole | Part::Settings | Part::Code | Part::Definition | Part::Alias(_) => address.clone(),
    };
    declared(desired).contains(&of)
}

/// Returns the address of everything that is declared.
fn declared(desired: &Desired) -> BTreeSet<Address> {
    let functions = desired.functions.keys().flat_map(|id| function_parts(id, desired));
    let machines = desired.machines.iter().flat_map(|(id, machine)| {
        let aliases = machine.aliases.keys().cloned().map(Part::Alias);
        let parts = [Part::Whole, Part::Definition].into_iter().chain(aliases);
        parts.map(move |part| Address::machine(id, part))
    });
    functions.chain(machines).collect()
}

fn function_parts(id: &FunctionId, desired: &Desired) -> Vec<Address> {
    let function = &desired.functions[id];
    let settings = (!function.settings.is_empty()).then_some(Part::Settings);
    let code = function.code.is_some().then_some(Part::Code);
    let aliases = function.aliases.keys().cloned().map(Part::Alias);
    let parts = std::iter::once(Part::Whole).chain(settings).chain(code).chain(aliases);
    parts.map(|part| Address::function(id, part)).collect()
}
