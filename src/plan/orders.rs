//! The orders in which the actions of a plan may run, one after the other.
//!
//! A small plan has few, and all of them can be tried; a large one has more than anybody can count, and
//! some are drawn. The first one is always the order that an apply of one thing at a time takes.

use std::collections::BTreeSet;

use crate::model::Address;

use super::Graph;

/// Orders that the edges of a plan allow, all different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// The orders; the first takes what may start by address.
    pub orders: Vec<Vec<Address>>,
    /// Whether there are no others.
    pub is_all: bool,
}

/// Returns all orders if there are at most so many, and else that many; `pick` draws a number below
/// the one that it gets.
pub fn orders(graph: &Graph, most: usize, pick: &mut dyn FnMut(usize) -> usize) -> Orders {
    match all_orders(graph, most) {
        Some(orders) => Orders { orders, is_all: true },
        None => Orders { orders: drawn_orders(graph, most, pick), is_all: false },
    }
}

/// What may come next at one place of an order, and how much of it was tried.
struct Choice {
    ready: BTreeSet<Address>,
    untried: Vec<Address>,
}

impl Choice {
    fn of(ready: BTreeSet<Address>) -> Self {
        Self { untried: ready.iter().rev().cloned().collect(), ready }
    }
}

/// Walks through all orders; nothing if there are more than `most`.
fn all_orders(graph: &Graph, most: usize) -> Option<Vec<Vec<Address>>> {
    let length = graph.order().len();
    let mut found = Vec::new();
    let mut order: Vec<Address> = Vec::with_capacity(length);
    let mut done = BTreeSet::new();
    let mut choices = vec![Choice::of(graph.roots().into_iter().collect())];
    while let Some(choice) = choices.last_mut() {
        if order.len() == length {
            if found.len() == most {
                return None;
            }
            found.push(order.clone());
            choices.pop();
        } else if let Some(next) = choice.untried.pop() {
            let mut ready = choice.ready.clone();
            ready.remove(&next);
            done.insert(next.clone());
            ready.extend(graph.released_by(&next, &done));
            order.push(next);
            choices.push(Choice::of(ready));
            continue;
        } else {
            choices.pop();
        }
        if let Some(last) = order.pop() {
            done.remove(&last);
        }
    }
    Some(found)
}

/// Draws different orders. Where that is hard to do, fewer come back.
fn drawn_orders(graph: &Graph, most: usize, pick: &mut dyn FnMut(usize) -> usize) -> Vec<Vec<Address>> {
    let mut seen = BTreeSet::new();
    let mut orders = Vec::new();
    let drawn = std::iter::repeat_with(|| drawn_order(graph, pick)).take(most * 4);
    for order in std::iter::once(graph.order()).chain(drawn) {
        if orders.len() < most && seen.insert(order.clone()) {
            orders.push(order);
        }
    }
    orders
}

fn drawn_order(graph: &Graph, pick: &mut dyn FnMut(usize) -> usize) -> Vec<Address> {
    let mut ready: BTreeSet<Address> = graph.roots().into_iter().collect();
    let (mut done, mut order) = (BTreeSet::new(), Vec::new());
    while !ready.is_empty() {
        let next = ready.iter().nth(pick(ready.len())).or(ready.first()).cloned();
        let next = next.expect("something is ready");
        ready.remove(&next);
        done.insert(next.clone());
        ready.extend(graph.released_by(&next, &done));
        order.push(next);
    }
    order
}
