//! What reads may still show of the machines that were written to (R33).
//!
//! AWS answers a describe or a list from before a write for up to some seconds. Here a write leaves the machine as it was
//! behind, until the lag of the world is over, and a read shows the oldest machine that is still left: the world as it
//! was one lag ago. Without a lag nothing is kept.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::machine::Machine;
use super::reference::Reference;
use crate::simulator::clock::after;
use crate::simulator::world::Scene;

/// The machines as they were before their last writes, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    layers: BTreeMap<String, VecDeque<Layer>>,
}

/// A machine as it was, or its absence, and until when a read may show it.
#[derive(Debug, Clone)]
struct Layer {
    until: Timestamp,
    machine: Option<Machine>,
}

/// A machine right before a write.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    name: String,
    machine: Option<Machine>,
}

/// Takes down a machine that is about to be written to; nothing when reads do not lag.
pub(crate) fn before(scene: &Scene<'_>, resource: &str) -> Option<Before> {
    if scene.knobs.read_lag.is_zero() {
        return None;
    }
    let name = Reference::read(resource, scene.place).ok()?.name;
    let machine = scene.region.machines.get(&name).cloned();
    Some(Before { name, machine })
}

/// Keeps what was taken down, because the write took place.
pub(crate) fn keep(scene: &mut Scene<'_>, before: Before) {
    let layer = Layer { until: after(scene.now, scene.knobs.read_lag), machine: before.machine };
    let layers = scene.region.past.layers.entry(before.name).or_default();
    layers.retain(|layer| scene.now < layer.until);
    layers.push_back(layer);
}

/// Returns the machine of a name as a read sees it.
pub(crate) fn seen<'a>(scene: &'a Scene<'_>, name: &str) -> Option<&'a Machine> {
    let layers = scene.region.past.layers.get(name);
    let oldest = layers.into_iter().flatten().find(|layer| scene.now < layer.until);
    match oldest {
        Some(layer) => layer.machine.as_ref(),
        None => scene.region.machines.get(name),
    }
}

/// Returns every machine as a read sees it, by name.
pub(crate) fn all_seen<'a>(scene: &'a Scene<'_>) -> Vec<&'a Machine> {
    let names: BTreeSet<&String> =
        scene.region.machines.keys().chain(scene.region.past.layers.keys()).collect();
    names.into_iter().filter_map(|name| seen(scene, name)).collect()
}
