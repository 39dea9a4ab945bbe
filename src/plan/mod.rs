//! The plan: what will be done, in which order, why, and what must still be true.
//!
//! [`plan()`] turns the differences into actions, findings and kept versions;
//! [`Graph`] orders the actions; [`PlanFile`] is the form that is reviewed, saved and committed;
//! [`lint`] refuses a loaded plan that the TOML does not stand behind. A plan holds no time, user,
//! host or commit, so the same inputs give the same bytes (design §5).

mod action;
mod cleanup;
mod creation;
mod draft;
mod file;
mod finding;
mod graph;
mod groups;
mod hold_words;
mod linter;
mod machine_draft;
mod orders;
mod pins;
mod planner;
mod pointing;
mod purpose;
mod questions;
mod selection;
mod standing;
mod status;
mod variables;
mod words;

pub use action::{
    Action, DefinitionChange, FunctionCreation, MachineAction, MachineCreation, Operation, Phase,
    Precondition, Reason,
};
pub use file::{FORMAT, PlanFile, PlanFileError};
pub use finding::{Finding, Severity, grouped};
pub use graph::{Graph, GraphError};
pub use groups::Groups;
pub use linter::{LintProblem, lint};
pub use orders::{Orders, orders};
pub use pins::KEPT_DEFINITIONS;
pub use planner::{Base, Plan, PlanInputs, Summary, plan, plan_for, plan_part};
pub use purpose::{CleanUp, Purpose, intend};
pub use questions::{
    Question, all_questions, deletes_versions, line_questions, questions, standing_questions,
    weight_questions,
};
pub use selection::Selection;
pub use standing::standing;
pub use status::{
    CallStatus, CallTarget, FunctionStatus, LatestStatus, MachineStatus, MachineVersionStatus, Remembered,
    Share, Status, VersionStatus, status,
};
pub use variables::unresolved_words;
