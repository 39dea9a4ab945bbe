//! One account in one region, as a file holds it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::simulator::lambda::{EventSource, Function, FunctionRecord, Zips, stored_bytes};
use crate::simulator::place::Place;
use crate::simulator::ssm::Parameter;
use crate::simulator::states::{Executions, Machine, Past};
use crate::simulator::world::Region;

/// A region in a file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegionRecord {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    functions: BTreeMap<String, FunctionRecord>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    event_sources: BTreeMap<String, EventSource>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    machines: BTreeMap<String, Machine>,
    #[serde(default, skip_serializing_if = "Executions::is_empty")]
    executions: Executions,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<String, Parameter>,
}

impl RegionRecord {
    /// Returns a region as a file holds it.
    pub(super) fn of(region: &Region, zips: &mut Zips) -> Self {
        // The bound of the storage is counted again, and what reads still show is over (R33).
        let Region { functions, event_sources, stored_at_most: _, machines, past: _, executions, parameters } =
            region;
        let functions = functions.iter();
        Self {
            functions: functions.map(|(name, it)| (name.clone(), FunctionRecord::of(it, zips))).collect(),
            event_sources: event_sources.clone(),
            machines: machines.clone(),
            executions: executions.clone(),
            parameters: parameters.clone(),
        }
    }

    /// Returns the region, or what is wrong with the record.
    pub(super) fn region(self, place: &Place, zips: &Zips) -> Result<Region, String> {
        let functions = self.functions.into_iter().map(|(name, record)| {
            let function = record.function(zips).and_then(|function| called(function, &name, place));
            function.map_err(|why| format!("function `{name}`: {why}")).map(|function| (name, function))
        });
        let functions = functions.collect::<Result<_, String>>()?;
        for (name, machine) in &self.machines {
            let is_called = machine.name == *name && machine.arn == place.machine_arn(name);
            let flaw = if is_called { machine.flaw() } else { Some("it has another name inside".to_owned()) };
            flaw.map_or(Ok(()), |flaw| Err(format!("machine `{name}`: {flaw}")))?;
        }
        self.executions.flaw().map_or(Ok(()), Err)?;
        if let Some((name, _)) = self.parameters.iter().find(|(_, parameter)| parameter.versions.is_empty()) {
            return Err(format!("parameter `{name}`: it has no version"));
        }
        let mut region = Region {
            functions,
            event_sources: self.event_sources,
            stored_at_most: 0,
            machines: self.machines,
            past: Past::default(),
            executions: self.executions,
            parameters: self.parameters,
        };
        region.stored_at_most = stored_bytes(&region);
        Ok(region)
    }
}

fn called(function: Function, name: &str, place: &Place) -> Result<Function, String> {
    if function.name == name && function.arn == place.function_arn(name) {
        return Ok(function);
    }
    Err("it has another name inside".to_owned())
}
