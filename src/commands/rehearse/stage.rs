//! What every trial of a rehearsal begins with: a copy of the account, the plan, and the state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    ambient,
    error::Failure,
    model::{Desired, FunctionId, Live, Place, Values},
    plan::PlanFile,
    provider::Code,
    simulator::{Knobs, World},
    store::StateFile,
};

use super::super::{change::new_state, project::Project, session::Session, snapshot::stock};

/// What every trial begins with; none of it changes.
pub(super) struct Stage {
    /// The account as it was observed.
    pub(super) world: World,
    pub(super) place: Place,
    pub(super) now: Timestamp,
    pub(super) file: PlanFile,
    /// The desired state, with one action at a time.
    pub(super) desired: Desired,
    pub(super) packages: BTreeMap<FunctionId, Code>,
    /// What stands for the values of environment variables in the copy.
    pub(super) values: Values,
    /// The state to begin with; nothing where nothing is recorded yet.
    pub(super) state: Option<StateFile>,
    pub(super) new_state: StateFile,
    /// The physical names of the managed functions.
    pub(super) managed: BTreeSet<String>,
}

impl Stage {
    pub(super) fn new(
        project: &Project,
        session: &Session,
        file: &PlanFile,
        packages: BTreeMap<FunctionId, Code>,
        live: (&Live, &Values),
    ) -> Result<Self, Failure> {
        let (live, values) = live;
        let now = ambient::now();
        let mut world = World::new(Knobs::default());
        world.import(now, &session.place, live).map_err(|error| {
            Failure::because(
                "what was read cannot be copied",
                vec![error.to_string()],
                Some("something changed in between; run the same command again".to_owned()),
            )
        })?;
        stock(&mut world, now, &session.place, &packages);
        let values = world.stand_ins(values);
        let mut desired = project.desired.clone();
        desired.limits.parallelism = 1;
        Ok(Self {
            world,
            place: session.place.clone(),
            now,
            file: file.clone(),
            managed: desired.functions.values().map(|function| function.name.to_string()).collect(),
            desired,
            packages,
            values,
            state: project.store().state()?,
            new_state: new_state(project, session)?,
        })
    }
}
