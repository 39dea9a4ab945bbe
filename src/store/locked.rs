//! Writing the state of an environment, which only the holder of its lock can do.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    ops::Deref,
    path::Path,
};

use crate::model::Digest;

use super::{
    DeploymentId, JournalEntry, JournalHeader, Lineage, LockInfo, Manifest, StateFile, Store, StoreError,
    atomic::{self, Durability},
    formats,
    lock::Lock,
};

/// The state of one environment, for reading and writing. Dropping it releases the lock.
#[derive(Debug)]
pub struct LockedStore {
    store: Store,
    info: LockInfo,
    /// The journal, opened for appending after a whole line; `append` keeps it so by closing it
    /// after an error.
    journal: Option<File>,
    /// Which state is on disk, once it was read or written by this holder; nobody else writes it.
    saved: Option<Saved>,
    /// Last, so that everything else is closed before the lock goes.
    lock: Lock,
}

/// The state on disk, as far as the next save has to know it.
#[derive(Debug)]
struct Saved {
    lineage: Lineage,
    serial: u64,
}

impl LockedStore {
    pub(super) fn new(store: Store, lock: Lock, info: LockInfo) -> Self {
        Self { store, info, journal: None, saved: None, lock }
    }

    /// Returns what the lock file says of this holding.
    pub fn info(&self) -> &LockInfo {
        &self.info
    }

    /// Replaces the state by a newer one of the same lineage, and returns how many bytes it has.
    pub fn save_state(&mut self, state: &StateFile) -> Result<usize, StoreError> {
        self.check_lock()?;
        let path = self.state_path();
        if self.saved.is_none() {
            // A state that cannot be read stops here, and so is never written over.
            let found = self.store.state()?;
            self.saved = found.map(|found| Saved { lineage: found.lineage, serial: found.serial });
        }
        if let Some(Saved { lineage, serial }) = &self.saved {
            if *lineage != state.lineage {
                let (found, given) = (lineage.clone(), state.lineage.clone());
                return Err(StoreError::OtherLineage { path, found, given });
            }
            if *serial >= state.serial {
                return Err(StoreError::OldSerial { path, found: *serial, given: state.serial });
            }
        }
        let text = formats::state_text(state);
        self.replace(&path, text.as_bytes())?;
        self.saved = Some(Saved { lineage: state.lineage.clone(), serial: state.serial });
        Ok(text.len())
    }

    /// Refuses to go on where somebody removed or replaced the lock file: another apply may hold
    /// the new one.
    fn check_lock(&self) -> Result<(), StoreError> {
        let path = self.lock_path();
        if self.lock.is_at(&path) { Ok(()) } else { Err(StoreError::LockLost { path }) }
    }

    /// Keeps the text of a definition under its digest.
    pub fn keep_definition(&mut self, text: &str) -> Result<Digest, StoreError> {
        let digest = Digest::of(text.as_bytes());
        if self.store.definition(&digest)?.is_none() {
            let path = self.definition_path(&digest);
            self.replace(&path, text.as_bytes())?;
        }
        Ok(digest)
    }

    /// Begins the journal of a deployment; refuses while another one is open.
    pub fn begin(&mut self, header: JournalHeader) -> Result<(), StoreError> {
        self.check_lock()?;
        if let Some(open) = self.store.interrupted()? {
            let deployment = open.deployment;
            return Err(StoreError::JournalOpen { deployment });
        }
        let path = self.journal_path();
        let text = formats::first_line(&JournalEntry::Started(header));
        self.journal = None;
        self.replace(&path, text.as_bytes())
    }

    /// Appends an entry to the open journal, also to one that an earlier process left; when this
    /// returns, the entry is on disk.
    pub fn append(&mut self, entry: &JournalEntry) -> Result<(), StoreError> {
        self.check_lock()?;
        let mut file = match self.journal.take() {
            Some(file) => file,
            None => self.journal_to_append()?,
        };
        let path = self.journal_path();
        file.write_all(formats::line(entry).as_bytes())
            .and_then(|()| match self.store.durability {
                Durability::Lasting => file.sync_data(),
                Durability::Passing => Ok(()),
            })
            .map_err(StoreError::io(&path))?;
        self.journal = Some(file);
        Ok(())
    }

    /// Writes the manifest of a deployment that stopped before its end; its journal stays open,
    /// so that it can be resumed.
    pub fn pause(&mut self, manifest: &Manifest) -> Result<(), StoreError> {
        self.check_open_is(&manifest.deployment)?;
        self.write_manifest(manifest)
    }

    /// Writes the manifest of a finished deployment and empties its journal, in this order: a
    /// crash between the two leaves an open journal whose actions are all done.
    pub fn finish(&mut self, manifest: &Manifest) -> Result<(), StoreError> {
        self.check_open_is(&manifest.deployment)?;
        self.write_manifest(manifest)?;
        self.journal = None;
        let path = self.journal_path();
        self.replace(&path, b"")
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        atomic::replace_with(path, bytes, self.store.durability).map_err(StoreError::io(path))
    }

    fn write_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let path = self.manifest_path(&manifest.deployment);
        let text = formats::file_text(manifest);
        self.replace(&path, text.as_bytes())
    }

    /// Refuses a manifest while the journal of another deployment is open; without an open
    /// journal, an apply that had nothing to do may leave one.
    fn check_open_is(&self, id: &DeploymentId) -> Result<(), StoreError> {
        match self.store.interrupted()? {
            Some(open) if open.deployment != *id => {
                Err(StoreError::JournalOpen { deployment: open.deployment })
            }
            _ => Ok(()),
        }
    }

    /// Opens the journal behind its last whole line: what a crash tore is cut off, because an
    /// entry behind it would make it look like damage.
    fn journal_to_append(&self) -> Result<File, StoreError> {
        let path = self.journal_path();
        let Some(open) = self.store.journal()? else {
            return Err(StoreError::JournalClosed { path });
        };
        let file = OpenOptions::new().append(true).open(&path).map_err(StoreError::io(&path))?;
        file.set_len(open.whole_bytes).map_err(StoreError::io(&path))?;
        Ok(file)
    }
}

impl Deref for LockedStore {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path, time::Duration};

    use jiff::Timestamp;

    use super::*;
    use crate::{
        model::{AccountId, EnvironmentName, Recorded, Region},
        store::{DeploymentOutcome, Lineage, Outcome},
    };

    fn at() -> Timestamp {
        "2026-11-22T10:15:00Z".parse().unwrap()
    }

    fn environment() -> EnvironmentName {
        EnvironmentName::new("dev").unwrap()
    }

    fn locked(root: &Path) -> LockedStore {
        let info = LockInfo {
            id: "one".to_owned(),
            who: "ana".to_owned(),
            host: "laptop".to_owned(),
            process: 1,
            since: at(),
            what: "apply".to_owned(),
        };
        let store = Store::open(root, &environment());
        store.lock(info, Duration::ZERO).unwrap()
    }

    fn state(serial: u64) -> StateFile {
        StateFile {
            lineage: Lineage::new("6f1d0c5e-8a53-4e57-9d0b-3f1c2a7b9e10").unwrap(),
            serial,
            environment: environment(),
            account: AccountId::new("123456789012").unwrap(),
            region: Region::new("us-west-1").unwrap(),
            recorded: Recorded::default(),
        }
    }

    fn header(random: u16) -> JournalHeader {
        JournalHeader {
            deployment: DeploymentId::new(at(), random),
            plan_digest: Digest::of(b"plan"),
            who: "ana".to_owned(),
            at: at(),
        }
    }

    fn manifest(random: u16, outcome: DeploymentOutcome) -> Manifest {
        let state = state(1);
        Manifest {
            deployment: DeploymentId::new(at(), random),
            project: None,
            environment: state.environment,
            account: state.account,
            region: state.region,
            git: None,
            who: "ana".to_owned(),
            started: at(),
            finished: at(),
            outcome,
            plan_digest: None,
            functions: BTreeMap::new(),
            machines: BTreeMap::new(),
            before: None,
            actions: Vec::new(),
        }
    }

    fn intent(address: &str) -> JournalEntry {
        let summary = "publish".to_owned();
        JournalEntry::Intent { address: address.parse().unwrap(), at: at(), summary, turn: None }
    }

    fn done(address: &str) -> JournalEntry {
        JournalEntry::Outcome {
            address: address.parse().unwrap(),
            at: at(),
            outcome: Outcome::AlreadyDone,
            revision: None,
        }
    }

    #[test]
    fn a_new_environment_has_nothing_and_reading_it_makes_nothing() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path(), &environment());
        assert_eq!(store.state().unwrap(), None);
        assert_eq!(store.interrupted().unwrap(), None);
        assert_eq!(store.deployments().unwrap(), []);
        assert_eq!(store.definition(&Digest::of(b"{}")).unwrap(), None);
        assert_eq!(store.lock_holder().unwrap(), None);
        assert!(!root.path().join("state").exists());
    }

    #[test]
    fn a_state_is_replaced_only_by_a_newer_one_of_its_lineage() {
        let root = tempfile::tempdir().unwrap();
        let mut store = locked(root.path());
        store.save_state(&state(1)).unwrap();
        store.save_state(&state(3)).unwrap();
        for serial in [2, 3] {
            let error = store.save_state(&state(serial)).unwrap_err();
            assert!(matches!(error, StoreError::OldSerial { found: 3, given, .. } if given == serial));
        }
        let stranger =
            StateFile { lineage: Lineage::new("00000000-0000-4000-8000-000000000000").unwrap(), ..state(9) };
        let error = store.save_state(&stranger).unwrap_err();
        assert!(matches!(error, StoreError::OtherLineage { .. }), "{error}");
        assert_eq!(store.state().unwrap(), Some(state(3)));
    }

    #[test]
    fn what_cannot_be_read_is_explained_and_never_written_over() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("state/dev/state.json");
        let foreign = formats::state_text(&StateFile {
            environment: EnvironmentName::new("prod").unwrap(),
            ..state(1)
        });
        let cases = [
            ("", "damaged: EOF while parsing a value at line 1 column 0"),
            ("{}", "damaged: missing field `format` at line 1 column 2"),
            ("{\"format\":1}", "damaged: missing field `lineage` at line 1 column 12"),
            ("{\"format\":2,\"new\":1}", "written by a newer repoint: format 2; this one reads up to 1"),
            (&foreign, "damaged: it belongs to the environment `prod`"),
        ];
        for (text, expected) in cases {
            let mut store = locked(root.path());
            atomic::replace(&path, text.as_bytes()).unwrap();
            let error = store.save_state(&state(1)).unwrap_err();
            assert!(error.to_string().ends_with(expected), "{error}");
            assert!(error.help().is_some());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_definition_is_kept_byte_for_byte_and_once() {
        let root = tempfile::tempdir().unwrap();
        let mut store = locked(root.path());
        let text = "{\"StartAt\": \"A\",\n \"States\": {}}";
        let digest = store.keep_definition(text).unwrap();
        assert_eq!(store.keep_definition(text).unwrap(), digest);
        assert_eq!(store.definition(&digest).unwrap().as_deref(), Some(text));
        atomic::replace(&store.definition_path(&digest), b"{}").unwrap();
        let error = store.keep_definition(text).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    }

    #[test]
    fn a_journal_is_open_from_its_begin_to_its_finish() {
        let root = tempfile::tempdir().unwrap();
        let mut store = locked(root.path());
        let closed = store.append(&intent("functions.a.code")).unwrap_err();
        assert!(matches!(closed, StoreError::JournalClosed { .. }), "{closed}");
        store.begin(header(1)).unwrap();
        store.append(&intent("functions.a.code")).unwrap();
        store.append(&done("functions.a.code")).unwrap();
        let open = store.interrupted().unwrap().unwrap();
        assert_eq!(open.entries, [intent("functions.a.code"), done("functions.a.code")]);
        let error = store.begin(header(2)).unwrap_err();
        assert!(matches!(error, StoreError::JournalOpen { .. }), "{error}");
        let manifest = manifest(1, DeploymentOutcome::Completed);
        store.finish(&manifest).unwrap();
        assert_eq!(store.interrupted().unwrap(), None);
        assert_eq!(store.deployment(&manifest.deployment).unwrap(), manifest);
        store.begin(header(2)).unwrap();
    }

    #[test]
    fn a_paused_deployment_is_resumed_under_its_id() {
        let root = tempfile::tempdir().unwrap();
        let paused = manifest(1, DeploymentOutcome::Failed);
        {
            let mut store = locked(root.path());
            store.begin(header(1)).unwrap();
            store.append(&intent("functions.a.code")).unwrap();
            store.pause(&paused).unwrap();
        }
        let mut store = locked(root.path());
        assert_eq!(store.deployment(&paused.deployment).unwrap(), paused);
        let other = store.finish(&manifest(2, DeploymentOutcome::Completed));
        assert!(matches!(other, Err(StoreError::JournalOpen { .. })));
        store.append(&done("functions.a.code")).unwrap();
        let open = store.interrupted().unwrap().unwrap();
        assert_eq!(open.deployment, paused.deployment);
        assert_eq!(open.entries.len(), 2);
        let finished = manifest(1, DeploymentOutcome::Completed);
        store.finish(&finished).unwrap();
        assert_eq!(store.deployments().unwrap(), [paused.deployment]);
        assert_eq!(store.deployment(&finished.deployment).unwrap(), finished);
    }

    #[test]
    fn an_entry_after_a_crash_goes_where_the_torn_line_was() {
        let root = tempfile::tempdir().unwrap();
        let mut store = locked(root.path());
        store.begin(header(1)).unwrap();
        store.append(&intent("functions.a.code")).unwrap();
        drop(store);
        let path = root.path().join("state/dev/journal.jsonl");
        let torn = [&fs::read(&path).unwrap()[..], b"{\"entry\":\"outc"].concat();
        atomic::replace(&path, &torn).unwrap();
        let mut store = locked(root.path());
        assert_eq!(store.interrupted().unwrap().unwrap().torn_line, Some(3));
        store.append(&done("functions.a.code")).unwrap();
        let open = store.interrupted().unwrap().unwrap();
        assert_eq!(open.torn_line, None);
        assert_eq!(open.entries, [intent("functions.a.code"), done("functions.a.code")]);
    }

    #[test]
    fn a_damaged_journal_is_never_begun_anew() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("state/dev/journal.jsonl");
        atomic::replace(&path, b"text\n").unwrap();
        let mut store = locked(root.path());
        let manifest = manifest(1, DeploymentOutcome::Completed);
        for result in
            [store.begin(header(1)), store.append(&intent("functions.a.code")), store.finish(&manifest)]
        {
            assert!(matches!(result, Err(StoreError::Corrupt { .. })));
        }
        assert_eq!(fs::read(&path).unwrap(), b"text\n");
    }

    #[test]
    fn deployments_are_listed_by_time_and_strangers_are_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let mut store = locked(root.path());
        for random in [3, 1, 2] {
            let manifest = manifest(random, DeploymentOutcome::Completed);
            store.finish(&manifest).unwrap();
        }
        let folder = root.path().join("state/dev/deployments");
        atomic::replace(&folder.join("README.md"), b"ours").unwrap();
        let expected = [1, 2, 3].map(|random| DeploymentId::new(at(), random));
        assert_eq!(store.deployments().unwrap(), expected);
        let error = store.deployment(&DeploymentId::new(at(), 9)).unwrap_err();
        assert!(matches!(error, StoreError::NoSuchDeployment { .. }), "{error}");
    }
}
