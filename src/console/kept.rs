//! What a console was given to write, kept until its turn comes.
//!
//! Several environments are looked at side by side; what each has to say is written as a whole.

use std::sync::{Arc, Mutex, PoisonError};

/// What was written, in its order. The clones are one.
#[derive(Debug, Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<Written>>>);

/// One piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// For standard output.
    Data(String),
    /// For standard error.
    Aside(String),
}

impl Kept {
    /// Adds a piece.
    pub(super) fn add(&self, piece: Written) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
    }

    /// Takes all pieces.
    pub(super) fn take(&self) -> Vec<Written> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the data out; what was for standard error stays.
    pub fn take_data(&self) -> String {
        let mut data = String::new();
        for piece in self.take() {
            match piece {
                Written::Data(text) => data.push_str(&text),
                Written::Aside(_) => self.add(piece),
            }
        }
        data
    }
}
