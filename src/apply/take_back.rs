//! Moves a group back that did not move as a whole.
//!
//! It begins when nothing runs any more, and goes from the last move to the first, so that `LIVE` is back
//! before the `ROLLBACK` that moved ahead of it. Each move back is announced in the journal like any
//! other write, and is sent only if the alias is still where we sent it. Who crashes here leaves the rest
//! to the next apply, which moves the whole group or, if that fails again, moves all of it back.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    event::Event,
    model::{Address, GroupName, Object, Routing},
    plan::Operation,
    provider::Provider,
    store::{GroupTurn, JournalEntry, ManifestAction, Outcome},
};

use super::{
    ApplyError, holding,
    perform::Context,
    record,
    routing::point_back,
    run::Run,
    turns::{Turn, alias_name},
};

/// A group that did not move as a whole, and the action to blame, if there is one.
type Broken = (GroupName, Option<Address>);

impl<P: Provider> Run<'_, P> {
    /// Moves back what moved of each group that did not move as a whole, unless somebody asked to give up.
    pub(super) async fn take_back(&mut self, context: &Context<'_, P>) -> Result<(), ApplyError> {
        for (group, because) in self.broken() {
            let turns = self.turns.of(&group);
            if !turns.is_empty() {
                let (group, because) = (group.clone(), because.clone());
                self.deployment.listener.hear(&Event::GroupGoesBack { group, because });
            }
            for (address, turn) in &turns {
                if self.deployment.cancel.is_given_up() {
                    return Ok(());
                }
                self.move_back(context, address, turn, because.as_ref()).await?;
            }
            self.forget_holds(&group, because.as_ref())?;
        }
        Ok(())
    }

    fn broken(&self) -> Vec<Broken> {
        let groups = &self.deployment.plan.groups;
        let open = |aliases: &BTreeSet<Address>| -> Vec<Address> {
            aliases.iter().filter(|alias| !self.finished.contains(*alias)).cloned().collect()
        };
        let groups = groups.iter().map(|(name, aliases)| (name.clone(), open(aliases)));
        groups.filter(|(_, open)| !open.is_empty()).map(|(name, open)| (name, self.blamed(&open))).collect()
    }

    /// Returns the action because of which these were not done: one that failed by itself, else the one
    /// that they waited for.
    fn blamed(&self, open: &[Address]) -> Option<Address> {
        let outcome = |address: &Address| self.outcomes.get(address).map(|action| &action.outcome);
        let is_failed = |address: &&Address| {
            matches!(
                outcome(address),
                Some(Outcome::Failed { .. } | Outcome::Moved { .. } | Outcome::Unknown { .. })
            )
        };
        let waited = || {
            open.iter().find_map(|address| match outcome(address) {
                Some(Outcome::Skipped { because }) => Some(because.clone()),
                _ => None,
            })
        };
        open.iter().find(is_failed).cloned().or_else(waited)
    }

    async fn move_back(
        &mut self,
        context: &Context<'_, P>,
        address: &Address,
        turn: &Turn,
        because: Option<&Address>,
    ) -> Result<(), ApplyError> {
        let (Object::Function(id), Some(alias)) = (&address.object, alias_name(address)) else {
            return Ok(());
        };
        let Some(back) = &turn.from else {
            if let Some(told) = self.outcomes.get_mut(address) {
                told.outcome = stays(&turn.to);
            }
            return Ok(());
        };
        let Some(name) = context.function(id) else { return Ok(()) };
        let (at, summary) = (self.now(), format!("{alias} back: {} → {back}", turn.to));
        self.write_journal(&JournalEntry::Intent {
            address: address.clone(),
            at,
            summary: summary.clone(),
            turn: Some(GroupTurn {
                group: turn.group.clone(),
                from: Some(turn.to.clone()),
                to: back.clone(),
                is_back: true,
            }),
        })?;
        let was_seen_there = record::stands_at(&self.state.recorded, address, &turn.to);
        // The history forgets the move first: if we crash before it is taken back, the next look finds it.
        record::take_back(&mut self.state.recorded, address, back, at);
        self.save()?;
        self.deployment.listener.hear(&Event::ActionStarted { address: address.clone(), summary });
        let cancel = self.deployment.cancel;
        let outcome = tokio::select! {
            biased;
            () = cancel.given_up() => Outcome::Unknown { why: "we stopped waiting".to_owned() },
            outcome = point_back(context, (name, alias), (&turn.to, back)) => outcome,
        };
        let outcome = match outcome {
            Outcome::Done { .. } | Outcome::AlreadyDone => {
                Outcome::MovedBack { to: Some(back.clone()), because: because.cloned() }
            }
            outcome => {
                // A move whose answer was lost may never have been; the next look tells.
                if was_seen_there {
                    let at = self.now();
                    record::stand_by(&mut self.state.recorded, address, &turn.to, at);
                    self.save()?;
                }
                Outcome::NotMovedBack { why: not_moved_back(&outcome, &turn.to, back) }
            }
        };
        self.end_turn(address, &format!("{alias}: {back} → {}", turn.to), outcome)
    }

    /// Writes down how it ended for an alias that was moved.
    fn end_turn(&mut self, address: &Address, summary: &str, outcome: Outcome) -> Result<(), ApplyError> {
        let at = self.now();
        self.tell(address, at, &outcome)?;
        let before = self.outcomes.remove(address);
        let told = ManifestAction {
            address: address.clone(),
            summary: summary.to_owned(),
            began: Some(self.began.get(address).copied().unwrap_or(at)),
            ended: Some(at),
            after: before.map(|before| before.after).unwrap_or_default(),
            outcome,
        };
        self.outcomes.insert(address.clone(), told);
        Ok(())
    }

    fn tell(&mut self, address: &Address, at: Timestamp, outcome: &Outcome) -> Result<(), ApplyError> {
        let (address, outcome) = (address.clone(), outcome.clone());
        self.write_journal(&JournalEntry::Outcome {
            address: address.clone(),
            at,
            outcome: outcome.clone(),
            revision: None,
        })?;
        self.deployment.listener.hear(&Event::ActionFinished { address, outcome });
        Ok(())
    }

    /// What is remembered of the aliases of the group is as before this run, like the aliases themselves.
    fn forget_holds(&mut self, group: &GroupName, because: Option<&Address>) -> Result<(), ApplyError> {
        let plan = self.deployment.plan;
        let Some(aliases) = plan.groups.get(group) else { return Ok(()) };
        let before = self.state.recorded.clone();
        let is_member = |object: &Object| aliases.iter().any(|alias| alias.object == *object);
        let records = self.unadopted.iter_mut().filter(|(object, _)| is_member(object));
        for recorded in std::iter::once(&mut self.state.recorded).chain(records.map(|(_, record)| record)) {
            holding::take_back(recorded, &self.held_before, is_member);
        }
        if self.state.recorded != before {
            self.save()?;
        }
        let is_kept = |address: &&Address| {
            let action = plan.actions.iter().find(|action| action.address == **address);
            action.is_some_and(|action| matches!(action.operation, Operation::KeepAlias { .. }))
        };
        let kept: Vec<&Address> =
            aliases.iter().filter(is_kept).filter(|alias| self.finished.contains(*alias)).collect();
        for address in kept {
            let outcome = Outcome::MovedBack { to: None, because: because.cloned() };
            self.tell(address, self.now(), &outcome)?;
            if let Some(told) = self.outcomes.get_mut(address) {
                told.outcome = outcome;
            }
        }
        Ok(())
    }
}

/// Nothing was there before, and nothing can have relied on it.
fn stays(to: &Routing) -> Outcome {
    let detail = format!("points to {to} and stays: it did not exist before");
    Outcome::Done { detail: Some(detail), version: to.primary.version() }
}

fn not_moved_back(outcome: &Outcome, sent: &Routing, back: &Routing) -> String {
    let why = match outcome {
        Outcome::Moved { what } => return format!("it {what}, so it was not moved back to {back}"),
        Outcome::Failed { message } => message.clone(),
        Outcome::Unknown { why } => format!("{why}; the next apply looks again"),
        _ => "nobody knows why".to_owned(),
    };
    format!("it points to {sent} and should point to {back}: {why}")
}
