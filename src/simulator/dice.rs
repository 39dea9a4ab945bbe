//! Draws that look random and are not: the same seed and the same calls give the same luck.
//!
//! Each purpose has its own stream, so that a fault rule more does not change which version an alias chooses.

use super::identifiers::mixed;

/// A stream of draws.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    start: u64,
    drawn: u64,
}

/// What is drawn for; the numbers keep the streams apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Faults = 1,
    Routing = 2,
}

impl Dice {
    /// Starts the stream of a purpose.
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        Self { start: mixed(seed ^ (purpose as u64).rotate_left(48)), drawn: 0 }
    }

    /// Returns the next number from 0 to 99.
    pub(crate) fn percent(&mut self) -> u64 {
        self.drawn += 1;
        mixed(self.start.wrapping_add(self.drawn)) % 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_draws_and_a_purpose_has_its_own() {
        let draws = |seed, purpose| {
            let mut dice = Dice::new(seed, purpose);
            (0..200).map(|_| dice.percent()).collect::<Vec<_>>()
        };
        assert_eq!(draws(7, Purpose::Faults), draws(7, Purpose::Faults));
        assert_ne!(draws(7, Purpose::Faults), draws(8, Purpose::Faults));
        assert_ne!(draws(7, Purpose::Faults), draws(7, Purpose::Routing));
        assert!(draws(7, Purpose::Faults).iter().filter(|draw| **draw < 50).count().abs_diff(100) < 30);
    }
}
