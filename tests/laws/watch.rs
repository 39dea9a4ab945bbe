//! Stands between the engine and the account and looks at the account around every write.
//!
//! It writes down what no write of ours may do (design §3.1 and §3.9), and it can end the engine's
//! process at a write, as a crash would: by unwinding, before or after the account did it.

use std::{
    panic::resume_unwind,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use repoint::{
    provider::aws::HttpClient,
    simulator::{Moment, WireRequest, WireResponse, World},
};

use crate::{
    account_view::{AccountView, targets},
    in_process::answering,
    wire::is_write,
};

/// What unwinds when a process ends in the middle of something.
#[derive(Debug)]
pub(crate) struct Crash;

/// Ends the process here, without a word.
pub(crate) fn crash() -> ! {
    resume_unwind(Box::new(Crash))
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The operations that changed something, in order.
    writes: Vec<String>,
    violations: Vec<String>,
    /// The account after the last write of this client.
    last: Option<AccountView>,
    /// How many writes are left until the crash.
    crash: Option<(usize, Moment)>,
}

impl Watch {
    /// Returns a client whose network is the account, watched; while it writes, nobody else does.
    pub(crate) fn client(
        self: &Arc<Self>,
        world: &Arc<Mutex<World>>,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> HttpClient {
        let (watch, world) = (Arc::clone(self), Arc::clone(world));
        watch.seen.lock().unwrap().last = None;
        answering(move |request| {
            if is_write(request) {
                watch.write(&world, clock(), request)
            } else {
                world.lock().unwrap().handle(clock(), request)
            }
        })
    }

    /// Ends the process at a write, counted from 1 and from now.
    pub(crate) fn crash_at(&self, write: usize, moment: Moment) {
        self.seen.lock().unwrap().crash = Some((write, moment));
    }

    /// Lets the process live after all.
    pub(crate) fn forget_crash(&self) {
        self.seen.lock().unwrap().crash = None;
    }

    /// Returns the writes so far.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.seen.lock().unwrap().writes.clone()
    }

    /// Returns what was done and may not be done.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.seen.lock().unwrap().violations.clone()
    }

    fn write(&self, world: &Arc<Mutex<World>>, now: Timestamp, request: &WireRequest) -> WireResponse {
        let crash = self.next_crash();
        if crash == Some(Moment::Before) {
            self::crash();
        }
        let response = {
            let mut world = world.lock().unwrap();
            let mut seen = self.seen.lock().unwrap();
            let before = seen.last.take().unwrap_or_else(|| AccountView::of(&mut world, now));
            let response = world.handle(now, request);
            let operation = world.call_log().last().map(|call| call.operation.clone());
            let after = before.after(&mut world, now, request);
            seen.violations.extend(violations(request, &before, &after));
            seen.writes.extend(operation);
            seen.last = Some(after);
            response
        };
        if crash == Some(Moment::After) {
            self::crash();
        }
        response
    }

    fn next_crash(&self) -> Option<Moment> {
        let mut seen = self.seen.lock().unwrap();
        let (left, moment) = seen.crash?;
        seen.crash = (left > 1).then(|| (left - 1, moment));
        (left == 1).then_some(moment)
    }
}

fn violations(request: &WireRequest, before: &AccountView, after: &AccountView) -> Vec<String> {
    let is_managed = |name: &str| name.ends_with("-dev");
    let old = before.dangling(is_managed);
    let dangling = after.dangling(is_managed);
    let dangling = dangling.difference(&old).map(|lost| format!("it made this dangle: {lost}"));
    dangling.chain(bad_delete(request, before)).chain(touched_strangers(before, after)).collect()
}

/// A delete names a version by its number, and nothing points to it (T7).
fn bad_delete(request: &WireRequest, before: &AccountView) -> Option<String> {
    if request.method != "DELETE" {
        return None;
    }
    let name = request.path.rsplit('/').next().unwrap_or_default();
    let version = request.query.strip_prefix("Qualifier=").unwrap_or_default();
    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("it deletes `{}?{}`", request.path, request.query));
    }
    let mut aliases = before.functions.get(name)?.aliases.iter();
    let holder = aliases.find(|(_, alias)| targets(alias).iter().any(|target| target == version));
    holder.map(|(alias, _)| format!("it deletes {name}:{version}, which `{alias}` serves"))
}

fn touched_strangers(before: &AccountView, after: &AccountView) -> Option<String> {
    let strangers = |view: &AccountView| {
        (view.functions.get("stranger").cloned(), view.machines.get("stranger").cloned())
    };
    (strangers(before) != strangers(after)).then(|| "it changed what the TOML does not name".to_owned())
}
