//! A rehearsal in words: how much was tried, and the first thing that went wrong.

use serde_json::{Value, json};

use crate::model::{Address, Digest};

use super::{
    page::Page,
    style::{Ink, Style},
    words::count,
};

/// What was tried, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// How many orders were carried out to their end.
    pub orders: usize,
    /// Whether the plan has no others.
    pub is_every_order: bool,
    /// How many crashes and lost answers, and refusals where there are groups.
    pub faults: usize,
    /// Whether the plan has groups, of which none may be left half moved.
    pub has_groups: bool,
    /// How many writes there were, each of which was looked at.
    pub writes: usize,
    /// What the orders and faults were drawn from.
    pub seed: u64,
    /// The first thing that went wrong.
    pub trouble: Option<Trouble>,
}

/// What went wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The order of the actions.
    pub order: Vec<Address>,
    /// The fault, if there was one.
    pub fault: Option<String>,
    /// The step after which it was so.
    pub step: Option<Step>,
    /// What was so.
    pub words: String,
}

/// One action of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its place, counted from 1.
    pub number: usize,
    /// The action.
    pub address: Address,
}

impl Rehearsal {
    /// Returns what was tried, in one line.
    pub fn summary(&self) -> String {
        let orders = match (self.is_every_order, self.orders) {
            (true, 1) => "the only order".to_owned(),
            (true, orders) => format!("all {}", count(orders, "order")),
            (false, orders) => count(orders, "order"),
        };
        let faults = match self.faults {
            0 => String::new(),
            1 if self.has_groups => " and 1 crash, lost answer or refusal".to_owned(),
            1 => " and 1 crash or lost answer".to_owned(),
            faults if self.has_groups => format!(" and {faults} crashes, lost answers and refusals"),
            faults => format!(" and {faults} crashes and lost answers"),
        };
        let is_drawn = !self.is_every_order || self.faults > 0;
        let drawn = if is_drawn { format!(", drawn with seed {}", self.seed) } else { String::new() };
        format!("{orders}{faults}{drawn}; {} looked at", count(self.writes, "write"))
    }
}

impl Rehearsal {
    /// Returns what it proves, if nothing went wrong.
    pub(super) fn proven(&self) -> String {
        if self.has_groups { format!("{SOUND} {WHOLE}") } else { SOUND.to_owned() }
    }
}

/// Returns what is said of a rehearsal below its plan.
pub fn rehearsal_text(rehearsal: &Rehearsal, style: Style) -> String {
    let mut page = Page::new(style);
    let summary = rehearsal.summary();
    page.flow(
        &[(Ink::Strong, "Rehearsed "), (Ink::Plain, "")],
        &[(Ink::Plain, &format!("on a copy of the account: {summary}."))],
    );
    if rehearsal.trouble.is_none() && rehearsal.writes == 0 {
        page.flow(&[(Ink::Plain, "")], &[(Ink::Plain, "Nothing is left to do, so nothing was tried.")]);
        return page.into_text();
    }
    let Some(trouble) = &rehearsal.trouble else {
        page.flow(&[(Ink::Plain, "")], &[(Ink::Plain, &rehearsal.proven())]);
        return page.into_text();
    };
    let Trouble { order, fault, step, words } = trouble;
    let place = match step {
        Some(Step { number, address }) => format!("after step {number}, {address}: {words}"),
        None => words.clone(),
    };
    page.flow(&[(Ink::Alarm, "trouble  ")], &[(Ink::Plain, &place)]);
    if let Some(fault) = fault {
        page.flow(&[(Ink::Plain, "         ")], &[(Ink::Plain, &format!("with {fault}"))]);
    }
    for (at, address) in order.iter().enumerate() {
        page.line(&[(Ink::Faint, &format!("  {:>3}. {address}", at + 1))]);
    }
    page.into_text()
}

/// What a rehearsal proves of every plan.
const SOUND: &str = "No alias, managed reference or running execution ever pointed at something missing, and every trial ended in the same account.";

/// What it proves beside where aliases move together.
const WHOLE: &str = "No apply left a group half moved.";

/// Returns a rehearsal for programs.
pub fn rehearsal_json(rehearsal: &Rehearsal, digest: &Digest) -> Value {
    let Rehearsal { orders, is_every_order, faults, has_groups: _, writes, seed, trouble } = rehearsal;
    let trouble = trouble.as_ref().map(|Trouble { order, fault, step, words }| {
        let step =
            step.as_ref().map(|Step { number, address }| json!({ "number": number, "address": address }));
        json!({ "order": order, "fault": fault, "step": step, "message": words })
    });
    json!({
        "schema": "repoint.rehearsal/1",
        "plan": digest,
        "orders": orders,
        "is_every_order": is_every_order,
        "faults": faults,
        "writes": writes,
        "seed": seed,
        "trouble": trouble,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().expect("it is an address")
    }

    #[test]
    fn what_went_wrong_is_told_with_its_step_and_its_order() {
        let order = [address("functions.mailer.versions.1"), address("functions.mailer.aliases.LIVE")];
        let trouble = Trouble {
            step: Some(Step { number: 1, address: order[0].clone() }),
            fault: Some("a crash after write 1".to_owned()),
            order: order.into(),
            words: "state `Send` of a running execution of `flow` calls `mailer:1`, which does not exist"
                .to_owned(),
        };
        let rehearsal = Rehearsal {
            orders: 1,
            is_every_order: false,
            faults: 1,
            has_groups: false,
            writes: 3,
            seed: 7,
            trouble: Some(trouble),
        };
        insta::assert_snapshot!("rehearsal_trouble", rehearsal_text(&rehearsal, Style::plain(100)));
    }

    #[test]
    fn a_sound_rehearsal_says_what_it_proves() {
        let rehearsal = Rehearsal {
            orders: 6,
            is_every_order: true,
            faults: 24,
            has_groups: false,
            writes: 210,
            seed: 0,
            trouble: None,
        };
        insta::assert_snapshot!("rehearsal_sound", rehearsal_text(&rehearsal, Style::plain(100)));
        let rehearsal = Rehearsal { has_groups: true, ..rehearsal };
        insta::assert_snapshot!("rehearsal_of_groups", rehearsal_text(&rehearsal, Style::plain(100)));
    }
}
