//! Which definitions the running executions of a machine follow, with few calls.
//!
//! An execution follows the machine's definition of its start. Sorted by start, executions of one
//! revision stand together, so only the places are searched where the revision changes: two ends of one
//! revision hold nothing else between them. Executions that were started with a version follow that
//! version, and one of each is asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Presence, RevisionId, RunningExecutions, VersionExecutions, VersionNumber};

use super::{ExecutionDefinition, FailureKind, ProviderError, Reader, RunningExecution, RunningList};

/// So many executions are described at most; AWS allows about one in a second after the first 200 (T14).
const MOST_LOOKS: usize = 100;

/// Returns what the running executions of a machine follow. Who may not list them leaves open what
/// they follow; everything else that fails is an error.
pub(super) async fn running_definitions<R: Reader>(
    reader: &R,
    arn: &str,
) -> Result<RunningExecutions, ProviderError> {
    let unknown = || RunningExecutions { definitions: BTreeSet::new(), is_complete: false };
    let RunningList { executions, is_complete } = match reader.running_executions(arn).await {
        Err(error) if error.kind == FailureKind::Denied => return Ok(unknown()),
        found => found?,
    };
    let mut search = Search { reader, looks: 0, definitions: BTreeSet::new() };
    let groups = grouped(&executions);
    for group in groups.values() {
        match search.group(group).await {
            Err(error) if error.kind == FailureKind::Denied => return Ok(unknown()),
            found => found?,
        }
    }
    let is_searched = search.looks < MOST_LOOKS;
    Ok(RunningExecutions { definitions: search.definitions, is_complete: is_complete && is_searched })
}

/// Tells whether executions of a version are running; who may not list them leaves it open.
pub(super) async fn version_executions<R: Reader>(
    reader: &R,
    arn: &str,
    version: VersionNumber,
) -> Result<VersionExecutions, ProviderError> {
    match reader.has_running_executions(arn, version).await {
        Ok(true) => Ok(VersionExecutions::Running),
        Ok(false) => Ok(VersionExecutions::Ended),
        Err(error) if error.kind == FailureKind::Denied => Ok(VersionExecutions::Hidden),
        Err(error) => Err(error),
    }
}

type Group<'a> = Vec<&'a RunningExecution>;

fn grouped(executions: &[RunningExecution]) -> BTreeMap<Option<&str>, Group<'_>> {
    let mut groups: BTreeMap<Option<&str>, Group<'_>> = BTreeMap::new();
    for execution in executions {
        groups.entry(execution.version_arn.as_deref()).or_default().push(execution);
    }
    groups
}

struct Search<'a, R> {
    reader: &'a R,
    looks: usize,
    definitions: BTreeSet<String>,
}

/// The revision that an execution follows; nothing where it ended meanwhile.
type Seen = Option<Option<RevisionId>>;

impl<R: Reader> Search<'_, R> {
    /// Searches executions of one version, or of none.
    async fn group(&mut self, group: &Group<'_>) -> Result<(), ProviderError> {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return Ok(()) };
        let oldest = self.look(first).await?;
        if first.version_arn.is_some() || group.len() == 1 {
            return Ok(());
        }
        let newest = self.look(last).await?;
        let mut open = vec![((0, oldest), (group.len() - 1, newest))];
        while let Some(((low, at_low), (high, at_high))) = open.pop() {
            let is_one_revision = at_low.is_some() && at_low == at_high;
            if is_one_revision || high - low < 2 || self.looks >= MOST_LOOKS {
                continue;
            }
            let middle = low.midpoint(high);
            let at_middle = self.look(group[middle]).await?;
            open.push(((low, at_low), (middle, at_middle.clone())));
            open.push(((middle, at_middle), (high, at_high)));
        }
        Ok(())
    }

    async fn look(&mut self, execution: &RunningExecution) -> Result<Seen, ProviderError> {
        self.looks += 1;
        match self.reader.execution_definition(&execution.arn).await? {
            Presence::Absent => Ok(None),
            Presence::Present(ExecutionDefinition { revision, definition }) => {
                self.definitions.insert(definition);
                Ok(Some(revision))
            }
        }
    }
}
