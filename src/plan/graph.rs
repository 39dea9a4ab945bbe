//! The dependency graph of a plan's actions. This file is the only door to `petgraph`.
//!
//! The order among actions that are ready at the same time is ours (the order of addresses), not
//! an accident of the library, so that plans and applies are the same on every machine.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{
    Direction,
    algo::tarjan_scc,
    stable_graph::{NodeIndex, StableDiGraph},
};

use crate::model::Address;

use super::Action;

/// Actions and what they wait for.
#[derive(Debug, Clone)]
pub struct Graph {
    graph: StableDiGraph<Address, ()>,
    nodes: BTreeMap<Address, NodeIndex>,
}

/// A set of actions that cannot be ordered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two actions have one address.
    #[error("`{0}` has two actions in one plan")]
    Twice(Address),
    /// An action waits for one that the plan does not have.
    #[error("`{address}` waits for `{missing}`, which is not in the plan")]
    Missing {
        /// The action.
        address: Address,
        /// What it waits for.
        missing: Address,
    },
    /// Actions wait for each other.
    #[error("these actions wait for each other: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Cycle(Vec<Address>),
}

impl Graph {
    /// Builds the graph of some actions.
    pub fn new(actions: &[Action]) -> Result<Self, GraphError> {
        let mut graph = StableDiGraph::new();
        let mut nodes = BTreeMap::new();
        for action in actions {
            let node = graph.add_node(action.address.clone());
            if nodes.insert(action.address.clone(), node).is_some() {
                return Err(GraphError::Twice(action.address.clone()));
            }
        }
        for action in actions {
            for before in &action.after {
                let missing =
                    || GraphError::Missing { address: action.address.clone(), missing: before.clone() };
                let from = nodes.get(before).ok_or_else(missing)?;
                graph.add_edge(*from, nodes[&action.address], ());
            }
        }
        let graph = Self { graph, nodes };
        graph.check_cycles()?;
        Ok(graph)
    }

    fn check_cycles(&self) -> Result<(), GraphError> {
        let is_cycle = |nodes: &Vec<NodeIndex>| {
            nodes.len() > 1 || nodes.iter().any(|node| self.graph.contains_edge(*node, *node))
        };
        match tarjan_scc(&self.graph).into_iter().find(is_cycle) {
            None => Ok(()),
            Some(nodes) => {
                let mut addresses: Vec<Address> =
                    nodes.into_iter().map(|node| self.graph[node].clone()).collect();
                addresses.sort();
                Err(GraphError::Cycle(addresses))
            }
        }
    }

    /// Returns the actions that wait for nothing.
    pub fn roots(&self) -> Vec<Address> {
        self.released(self.nodes.iter(), &BTreeSet::new())
    }

    /// Returns the actions that nothing holds back any more, now that this one is finished too.
    pub fn released_by(&self, address: &Address, finished: &BTreeSet<Address>) -> Vec<Address> {
        let node = self.nodes.get(address).copied();
        let next: BTreeMap<&Address, NodeIndex> = node
            .into_iter()
            .flat_map(|node| self.graph.neighbors_directed(node, Direction::Outgoing))
            .map(|node| (&self.graph[node], node))
            .collect();
        self.released(next.iter().map(|(address, node)| (*address, node)), finished)
    }

    fn released<'a>(
        &self,
        candidates: impl Iterator<Item = (&'a Address, &'a NodeIndex)>,
        finished: &BTreeSet<Address>,
    ) -> Vec<Address> {
        let is_free = |node: NodeIndex| {
            self.neighbors(node, Direction::Incoming).all(|before| finished.contains(before))
        };
        let is_released =
            |(address, node): &(&Address, &NodeIndex)| !finished.contains(*address) && is_free(**node);
        candidates.filter(is_released).map(|(address, _)| address.clone()).collect()
    }

    /// Returns everything that waits for an action, directly or not.
    pub fn dependants(&self, address: &Address) -> BTreeSet<Address> {
        let mut found = BTreeSet::new();
        let mut open: Vec<NodeIndex> = self.nodes.get(address).copied().into_iter().collect();
        while let Some(node) = open.pop() {
            for next in self.graph.neighbors_directed(node, Direction::Outgoing) {
                if found.insert(self.graph[next].clone()) {
                    open.push(next);
                }
            }
        }
        found
    }

    /// Returns all actions in an order that the edges allow; ties go by address.
    pub fn order(&self) -> Vec<Address> {
        let mut waiting: BTreeMap<NodeIndex, usize> = self
            .nodes
            .values()
            .map(|node| (*node, self.graph.neighbors_directed(*node, Direction::Incoming).count()))
            .collect();
        let mut ready: BTreeSet<(&Address, NodeIndex)> = self
            .nodes
            .iter()
            .filter(|(_, node)| waiting[*node] == 0)
            .map(|(address, node)| (address, *node))
            .collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some((address, node)) = ready.pop_first() {
            order.push(address.clone());
            for next in self.graph.neighbors_directed(node, Direction::Outgoing) {
                if let Some(count) = waiting.get_mut(&next) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert((&self.graph[next], next));
                    }
                }
            }
        }
        order
    }

    fn neighbors(&self, node: NodeIndex, direction: Direction) -> impl Iterator<Item = &Address> {
        self.graph.neighbors_directed(node, direction).map(|node| &self.graph[node])
    }
}
