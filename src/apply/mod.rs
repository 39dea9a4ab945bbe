//! Carries out a plan, exactly and resumably.
//!
//! ```text
//! lock ─▶ preflight ─▶ for each ready action: intent ─▶ look again ─▶ send ─▶ wait ─▶ outcome, state
//! ```
//!
//! The executor makes no choices: an action is sent as planned, found done already, or found to
//! rest on something that moved, in which case it and its dependants stop. It prints nothing; it
//! tells a [`Listener`](crate::event::Listener). A crash between any two lines is recovered by
//! looking at AWS, and the journal says where to look.

mod attempt;
mod cancel;
mod closing;
mod creation;
mod error;
mod executor;
mod holding;
mod latest;
mod machine;
mod machine_line;
mod machine_preflight;
mod numbers;
mod past;
mod perform;
mod preflight;
mod record;
mod routing;
mod run;
mod take_back;
mod template;
mod turns;
mod wait;

pub use cancel::Cancel;
pub use error::{ApplyError, Unreadable};
pub use executor::{Applied, Deployment, ValuesFrom, apply, plan_values};
pub use past::Left;
pub use preflight::{Memory, Standing, preflight};
pub use record::{adopt, observed_definitions};
pub use turns::{moved_with_group, served_for_a_moment};
