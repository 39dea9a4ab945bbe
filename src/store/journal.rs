//! The journal of the open deployment: one JSON line per entry, each synced before its deed.
//!
//! An intent without an outcome means "look at AWS, do not guess". A crash while a line is written
//! leaves a torn last line; it promised nothing, because nothing is done before its line is
//! synced, so it is left out and its place is told. A torn line with others after it is damage.

use std::{collections::BTreeSet, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Address, Digest, GroupName, RevisionId, Routing, VersionNumber};

use super::{DeploymentId, StoreError, formats};

/// How a deployment begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHeader {
    /// The id of the deployment; a resumed apply keeps it.
    pub deployment: DeploymentId,
    /// The digest of the plan that is applied.
    pub plan_digest: Digest,
    /// Who applies it.
    pub who: String,
    /// When it began.
    pub at: Timestamp,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum JournalEntry {
    /// The deployment begins; always the first line, and only the first.
    Started(JournalHeader),
    /// The next thing that happens is this action.
    Intent {
        /// The address of the action.
        address: Address,
        /// When it was written down.
        at: Timestamp,
        /// What will be done, in one line.
        summary: String,
        /// The move of an alias that belongs to a group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn: Option<GroupTurn>,
    },
    /// How an action ended.
    Outcome {
        /// The address of the action.
        address: Address,
        /// When it ended.
        at: Timestamp,
        /// How it ended.
        outcome: Outcome,
        /// The revision of `$LATEST` that our update left; environment values have no other witness.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<RevisionId>,
    },
    /// Somebody goes on with an interrupted deployment.
    Resumed {
        /// The digest of the plan that is applied from here on.
        plan_digest: Digest,
        /// Who goes on.
        who: String,
        /// When.
        at: Timestamp,
    },
    /// The deployment stops before its end.
    Interrupted {
        /// When.
        at: Timestamp,
        /// What stopped it, in words.
        why: String,
    },
}

/// An alias of a group on its way: where it was, so that whoever comes next can move it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupTurn {
    /// The group.
    pub group: GroupName,
    /// Where the alias is; nothing if it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Routing>,
    /// Where it is sent.
    pub to: Routing,
    /// Whether this is the way back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_back: bool,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done {
        /// More about it, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
        /// The version that it published.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<VersionNumber>,
    },
    /// It was as wanted before.
    AlreadyDone,
    /// AWS refused the delete because something references the version (design §3.5).
    Protected {
        /// What references it.
        reason: String,
    },
    /// The object is not as planned; nothing was sent.
    Moved {
        /// What moved.
        what: String,
    },
    /// AWS refused it.
    Failed {
        /// What AWS says.
        message: String,
    },
    /// It was sent, and the answer was lost.
    Unknown {
        /// How it was lost.
        why: String,
    },
    /// It was done, and the alias was moved back, because its group did not move as a whole.
    MovedBack {
        /// Where the alias points again; nothing where only what is remembered of it is as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Routing>,
        /// The action that was not done; nothing where somebody stopped the apply.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<Address>,
    },
    /// It was done, and the alias should have been moved back and was not.
    NotMovedBack {
        /// What was in the way.
        why: String,
    },
    /// It was never tried.
    Skipped {
        /// The action that it waited for.
        because: Address,
    },
    /// The apply stopped before its turn came. Only a manifest says so.
    NotBegun,
}

impl Outcome {
    /// Tells whether something of ours took effect, or may have, also where it was taken back.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Done { .. } | Self::Unknown { .. } | Self::MovedBack { .. } | Self::NotMovedBack { .. } => {
                true
            }
            Self::AlreadyDone
            | Self::Protected { .. }
            | Self::Moved { .. }
            | Self::Failed { .. }
            | Self::Skipped { .. }
            | Self::NotBegun => false,
        }
    }
}

/// A deployment whose journal is open: it crashed, failed or was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// The id that a resumed apply keeps.
    pub deployment: DeploymentId,
    /// The digest of the plan that it began with.
    pub first_plan: Digest,
    /// The digest of the plan that was applied last.
    pub plan_digest: Digest,
    /// Who began it.
    pub who: String,
    /// When it began.
    pub started: Timestamp,
    /// What happened since, oldest first, without the torn line.
    pub entries: Vec<JournalEntry>,
    /// The number of the last line, if a crash tore it.
    pub torn_line: Option<usize>,
}

impl Interrupted {
    /// Returns the addresses that may be half done: an intent, or an answer that was lost, is the
    /// last word about them.
    pub fn open_addresses(&self) -> BTreeSet<Address> {
        let mut open = BTreeSet::new();
        for entry in &self.entries {
            match entry {
                JournalEntry::Intent { address, .. }
                | JournalEntry::Outcome { address, outcome: Outcome::Unknown { .. }, .. } => {
                    open.insert(address.clone());
                }
                JournalEntry::Outcome { address, .. } => {
                    open.remove(address);
                }
                JournalEntry::Started(_)
                | JournalEntry::Resumed { .. }
                | JournalEntry::Interrupted { .. } => {}
            }
        }
        open
    }
}

/// An open journal, and how many of its bytes are whole lines.
pub(super) struct OpenJournal {
    pub(super) interrupted: Interrupted,
    pub(super) whole_bytes: u64,
}

/// Reads a journal; an empty one belongs to no deployment.
pub(super) fn open_journal(path: &Path, bytes: &[u8]) -> Result<Option<OpenJournal>, StoreError> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let Some(first) = lines.next() else {
        return Ok(None);
    };
    let mut whole_bytes = first.len() as u64;
    let mut interrupted = begun(path, first)?;
    let count = lines.clone().count();
    for (index, line) in lines.enumerate() {
        let number = index + 2;
        let is_last = index + 1 == count;
        if is_torn(line) && is_last {
            interrupted.torn_line = Some(number);
            break;
        }
        let entry =
            serde_json::from_slice(line).map_err(|error| corrupt(path, format!("line {number}: {error}")))?;
        match &entry {
            JournalEntry::Started(_) => {
                let what = format!("line {number} begins a second deployment");
                return Err(corrupt(path, what));
            }
            JournalEntry::Resumed { plan_digest, .. } => {
                interrupted.plan_digest = plan_digest.clone();
            }
            JournalEntry::Intent { .. } | JournalEntry::Outcome { .. } | JournalEntry::Interrupted { .. } => {
            }
        }
        interrupted.entries.push(entry);
        whole_bytes += line.len() as u64;
    }
    Ok(Some(OpenJournal { interrupted, whole_bytes }))
}

/// The first line replaces an empty journal as a whole, so it is never torn.
fn begun(path: &Path, line: &[u8]) -> Result<Interrupted, StoreError> {
    let text = str::from_utf8(line).map_err(|error| corrupt(path, format!("line 1: {error}")))?;
    match formats::content_from(path, text, WITHOUT_JOURNAL)? {
        JournalEntry::Started(header) => {
            let JournalHeader { deployment, plan_digest, who, at } = header;
            Ok(Interrupted {
                deployment,
                first_plan: plan_digest.clone(),
                plan_digest,
                who,
                started: at,
                entries: Vec::new(),
                torn_line: None,
            })
        }
        JournalEntry::Intent { .. }
        | JournalEntry::Outcome { .. }
        | JournalEntry::Resumed { .. }
        | JournalEntry::Interrupted { .. } => {
            Err(corrupt(path, "line 1 does not begin a deployment".to_owned()))
        }
    }
}

/// A line without its end, or one that is no JSON at all. JSON of another shape is not torn: it
/// was written whole, by somebody else, and is not ours to cut off.
fn is_torn(line: &[u8]) -> bool {
    !line.ends_with(b"\n") || serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err()
}

fn corrupt(path: &Path, what: String) -> StoreError {
    StoreError::corrupt(path, what, WITHOUT_JOURNAL)
}

/// How to go on when a damaged journal does not come back.
const WITHOUT_JOURNAL: &str =
    "`repoint plan` then shows what is left to do, and the deployment gets a new id";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> Timestamp {
        "2026-11-22T10:15:00Z".parse().unwrap()
    }

    fn header() -> JournalHeader {
        JournalHeader {
            deployment: DeploymentId::new(at(), 7),
            plan_digest: Digest::of(b"plan"),
            who: "ana".to_owned(),
            at: at(),
        }
    }

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn intent(text: &str) -> JournalEntry {
        JournalEntry::Intent { address: address(text), at: at(), summary: "move to 8".to_owned(), turn: None }
    }

    fn outcome(text: &str, outcome: Outcome) -> JournalEntry {
        JournalEntry::Outcome { address: address(text), at: at(), outcome, revision: None }
    }

    fn every_entry() -> Vec<JournalEntry> {
        let router = "functions.router.aliases.LIVE";
        let done = Outcome::Done {
            detail: Some("published".to_owned()),
            version: Some(VersionNumber::new(8).unwrap()),
        };
        let bare = Outcome::Done { detail: None, version: None };
        let text = || "text".to_owned();
        let because = address("functions.router.versions.new");
        vec![
            intent("functions.router.versions.new"),
            outcome("functions.router.versions.new", done),
            outcome(router, bare),
            outcome(router, Outcome::AlreadyDone),
            outcome(router, Outcome::Protected { reason: text() }),
            outcome(router, Outcome::Moved { what: text() }),
            outcome(router, Outcome::Failed { message: text() }),
            outcome(router, Outcome::Unknown { why: text() }),
            outcome(router, Outcome::Skipped { because }),
            JournalEntry::Interrupted { at: at(), why: text() },
            JournalEntry::Resumed { plan_digest: Digest::of(b"plan"), who: "ben".to_owned(), at: at() },
        ]
    }

    fn written(entries: &[JournalEntry]) -> Vec<u8> {
        let mut text = formats::first_line(&JournalEntry::Started(header()));
        for entry in entries {
            text += &formats::line(entry);
        }
        text.into_bytes()
    }

    fn read(bytes: &[u8]) -> Result<Option<OpenJournal>, StoreError> {
        open_journal(Path::new("journal.jsonl"), bytes)
    }

    fn read_open(bytes: &[u8]) -> Interrupted {
        read(bytes).unwrap().unwrap().interrupted
    }

    #[test]
    fn every_entry_reads_back_as_it_was_written() {
        let interrupted = read_open(&written(&every_entry()));
        assert_eq!(interrupted.entries, every_entry());
        assert_eq!(interrupted.torn_line, None);
        assert_eq!(interrupted.deployment, header().deployment);
    }

    #[test]
    fn an_empty_journal_belongs_to_no_deployment() {
        assert!(read(b"").unwrap().is_none());
    }

    #[test]
    fn a_torn_last_line_of_any_making_is_left_out_and_told() {
        let whole = written(&[intent("functions.a"), intent("functions.b")]);
        for tail in [&b"{\"entry\":\"int"[..], b"\0\0\0\0", b"\0\0\n", b"{}"] {
            let torn = [&whole, tail].concat();
            let journal = read(&torn).unwrap().unwrap();
            assert_eq!(journal.interrupted.torn_line, Some(4));
            assert_eq!(journal.interrupted.entries.len(), 2);
            assert_eq!(journal.whole_bytes, whole.len() as u64);
        }
    }

    #[test]
    fn what_no_crash_leaves_behind_is_damage() {
        let line = |entry: &JournalEntry| formats::line(entry).into_bytes();
        let first = written(&[]);
        let last = line(&intent("functions.a"));
        let cases = [
            (
                [&first[..], b"{\"entry\":\n", &last].concat(),
                "line 2: EOF while parsing a value at line 2 column 0",
            ),
            (
                [&first[..], b"{\"entry\":\"other\"}\n"].concat(),
                "line 2: unknown variant `other`, expected one of `started`, `intent`, `outcome`, `resumed`, `interrupted` at line 1 column 16",
            ),
            ([&first[..], &first].concat(), "line 2 begins a second deployment"),
            ([&b"{\"format\":1,"[..], &last[1..]].concat(), "line 1 does not begin a deployment"),
        ];
        for (bytes, expected) in cases {
            match read(&bytes).map(|_| ()).unwrap_err() {
                StoreError::Corrupt { what, .. } => assert_eq!(what, expected),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn a_newer_journal_is_not_called_damaged() {
        let error = read(b"{\"format\":2,\"entry\":\"opened\"}\n").map(|_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`journal.jsonl` was written by a newer repoint: format 2; this one reads up to 1"
        );
    }

    #[test]
    fn an_address_is_open_until_its_outcome_is_known() {
        let lost = || Outcome::Unknown { why: "timeout".to_owned() };
        let interrupted = read_open(&written(&[
            intent("functions.a"),
            intent("functions.b"),
            intent("functions.c"),
            outcome("functions.a", Outcome::AlreadyDone),
            outcome("functions.b", lost()),
        ]));
        let open = interrupted.open_addresses();
        assert_eq!(open, BTreeSet::from([address("functions.b"), address("functions.c")]));
    }

    proptest! {
        #[test]
        fn a_crash_at_any_byte_loses_the_last_line_at_most(cut in any::<prop::sample::Index>()) {
            let (first, whole) = (written(&[]).len(), written(&every_entry()));
            let length = first + cut.index(whole.len() - first + 1);
            let left = &whole[..length];
            let journal = read(left).unwrap().unwrap();
            let lines = str::from_utf8(left).unwrap().matches('\n').count();
            prop_assert_eq!(&journal.interrupted.entries[..], &every_entry()[..lines - 1]);
            prop_assert_eq!(journal.interrupted.torn_line.is_some(), !left.ends_with(b"\n"));
        }
    }
}
