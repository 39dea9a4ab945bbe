//! Exit codes: what a script may rely on (`docs/exit-codes.md`).

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, in sync, or nothing to change.
    Success,
    /// 1: an error, a refusal, a declined question or a blocking finding; no write was sent. Or the verb
    /// did its work, and its output could not be written.
    Error,
    /// 2: `plan --detailed-exitcode` has changes, `drift` found drift, or `compare --exit-code` differences.
    Different,
    /// 3: an apply stopped after something was done; apply again to go on.
    Incomplete,
    /// 4: somebody else holds the lock.
    Locked,
    /// 5: the plan is stale, or a precondition failed; nothing was done.
    Stale,
    /// 6: no drift was found, but something could not be compared.
    NotCompared,
}

impl Exit {
    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Different => 2,
            Self::Incomplete => 3,
            Self::Locked => 4,
            Self::Stale => 5,
            Self::NotCompared => 6,
        }
    }

    /// Returns the more serious of two ends: what was left half-way, an error, a lock, a stale plan, a
    /// difference, what could not be compared, success.
    pub fn graver(self, other: Self) -> Self {
        if self.gravity() >= other.gravity() { self } else { other }
    }

    fn gravity(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::NotCompared => 1,
            Self::Different => 2,
            Self::Stale => 3,
            Self::Locked => 4,
            Self::Error => 5,
            Self::Incomplete => 6,
        }
    }

    /// Returns how the program ends where its output was lost: an answer that nobody got is an error.
    /// What says that something went wrong, or is still to be done, stays.
    pub fn without_output(self) -> Self {
        match self {
            Self::Success | Self::Error | Self::Different | Self::NotCompared => Self::Error,
            Self::Incomplete | Self::Locked | Self::Stale => self,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_several_is_the_most_serious_one() {
        use Exit::{Different, Error, Incomplete, Locked, NotCompared, Stale, Success};
        let order = [Success, NotCompared, Different, Stale, Locked, Error, Incomplete];
        for pair in order.windows(2) {
            assert_eq!(pair[0].graver(pair[1]), pair[1]);
            assert_eq!(pair[1].graver(pair[0]), pair[1]);
        }
    }

    #[test]
    fn a_lost_output_is_an_error_unless_the_code_says_more() {
        use Exit::{Different, Error, Incomplete, Locked, NotCompared, Stale, Success};
        for exit in [Success, Error, Different, NotCompared] {
            assert_eq!(exit.without_output(), Error);
        }
        for exit in [Incomplete, Locked, Stale] {
            assert_eq!(exit.without_output(), exit);
        }
    }
}
