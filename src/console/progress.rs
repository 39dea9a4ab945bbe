//! The progress of an apply: bars on a terminal, plain lines or JSON lines elsewhere.
//!
//! With `counter`, this is the only door to `indicatif`. All three read the same events.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    event::{Event, Listener},
    model::Address,
    render::{Style, event_json, event_line, visible},
    store::Outcome,
};

use super::Console;

/// How often a spinner turns: fast enough to look alive, slow enough for a remote shell.
const TICK: Duration = Duration::from_millis(120);

/// Shows the events of an apply.
#[derive(Debug)]
pub struct Progress(Form);

#[derive(Debug)]
enum Form {
    Silent,
    Lines(Console),
    JsonLines(Console),
    Bars(Bars),
}

impl Progress {
    pub(super) fn silent() -> Self {
        Self(Form::Silent)
    }

    pub(super) fn lines(console: Console) -> Self {
        Self(Form::Lines(console))
    }

    pub(super) fn json_lines(console: Console) -> Self {
        Self(Form::JsonLines(console))
    }

    pub(super) fn bars(style: Style) -> Self {
        Self(Form::Bars(Bars::new(style)))
    }
}

impl Listener for Progress {
    fn hear(&self, event: &Event) {
        match &self.0 {
            Form::Silent => {}
            Form::Lines(console) => {
                if let Some(line) = event_line(event, console.note_style()) {
                    console.note(&line);
                }
            }
            Form::JsonLines(console) => console.json_line(&event_json(event)),
            Form::Bars(bars) => bars.show(event),
        }
    }
}

/// One line per running action under the finished ones, and a count of all below.
struct Bars {
    style: Style,
    all: MultiProgress,
    total: ProgressBar,
    running: Mutex<BTreeMap<Address, ProgressBar>>,
}

impl fmt::Debug for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bars").field("style", &self.style).finish_non_exhaustive()
    }
}

impl Bars {
    fn new(style: Style) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = all.add(ProgressBar::no_length());
        total.set_style(template("  {pos} of {len} actions  {elapsed}  {msg}"));
        Self { style, all, total, running: Mutex::default() }
    }

    fn show(&self, event: &Event) {
        match event {
            Event::Started { actions, .. } => {
                self.total.set_length(u64::try_from(*actions).unwrap_or(u64::MAX));
                self.total.enable_steady_tick(TICK);
                self.print(event);
            }
            Event::ActionStarted { address, summary } => self.begin(address, summary),
            Event::ActionWaiting { address, what } => {
                self.with(address, |bar| bar.set_message(visible(&format!("{address}: waits: {what}"))));
            }
            Event::ActionFinished { address, outcome } => {
                self.end(address);
                // What is moved back was counted when it was done.
                let is_back = matches!(outcome, Outcome::MovedBack { .. } | Outcome::NotMovedBack { .. });
                self.total.inc(u64::from(!is_back));
                self.print(event);
            }
            Event::GroupGoesBack { .. } => self.print(event),
            Event::Stopping => {
                self.total.set_message("stopping");
                self.print(event);
            }
            Event::Throttled { operation } => {
                self.total.set_message(visible(&format!("AWS throttles {operation}")));
            }
            Event::Finished { .. } => self.clear(),
        }
    }

    fn begin(&self, address: &Address, summary: &str) {
        let bar = self.all.insert_before(&self.total, ProgressBar::new_spinner());
        bar.set_style(template("  {spinner} {wide_msg} {elapsed}"));
        bar.set_message(visible(&format!("{address}: {summary}")));
        bar.enable_steady_tick(TICK);
        let before = self.running().insert(address.clone(), bar);
        if let Some(before) = before {
            self.all.remove(&before);
        }
    }

    fn end(&self, address: &Address) {
        let bar = self.running().remove(address);
        if let Some(bar) = bar {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    fn with(&self, address: &Address, change: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = self.running().get(address) {
            change(bar);
        }
    }

    /// Prints a line above the bars; a terminal that is gone is nothing to stop an apply for.
    fn print(&self, event: &Event) {
        if let Some(line) = event_line(event, self.style) {
            let _ = self.all.println(line);
        }
    }

    fn clear(&self) {
        for bar in std::mem::take(&mut *self.running()).into_values() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
        let _ = self.all.clear();
    }

    /// A map of bars is whole after every statement, so a panic elsewhere does not spoil it.
    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<Address, ProgressBar>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Bars {
    /// An apply that ends early leaves no bar behind that turns for ever.
    fn drop(&mut self) {
        self.clear();
    }
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).expect("the templates here are constants and tested")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DeploymentId, DeploymentOutcome};

    #[test]
    fn bars_hear_a_whole_apply_without_a_terminal() {
        let address: Address = "functions.router.code".parse().unwrap();
        let deployment = DeploymentId::parse("deploy-20261122T101500Z-1a2b").unwrap();
        let progress = Progress::bars(Style::plain(80));
        let outcome = Outcome::Done { detail: None, version: None };
        for event in [
            Event::Started { deployment: deployment.clone(), actions: 1, is_resumed: false },
            Event::ActionStarted { address: address.clone(), summary: "update code".to_owned() },
            Event::ActionWaiting { address: address.clone(), what: "the update".to_owned() },
            Event::Throttled { operation: "UpdateFunctionCode".to_owned() },
            Event::ActionFinished { address, outcome },
            Event::Stopping,
            Event::Finished { deployment, outcome: DeploymentOutcome::Completed },
        ] {
            progress.hear(&event);
        }
        let Form::Bars(bars) = &progress.0 else { panic!("bars") };
        assert_eq!(bars.total.position(), 1);
        assert!(bars.running().is_empty());
    }
}
