//! The walk through a list that comes in pages.

use std::collections::BTreeSet;

use crate::provider::ProviderError;

use super::call::Call;

/// Where the walk is. A marker that comes twice would walk in a circle, so it is an error.
#[derive(Debug, Default)]
pub(super) struct Pages {
    marker: Option<String>,
    seen: BTreeSet<String>,
}

impl Pages {
    /// Returns the marker of the page to read; none for the first.
    pub(super) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// Turns the page and tells whether there is one.
    pub(super) fn turn(&mut self, call: &Call, next: Option<String>) -> Result<bool, ProviderError> {
        self.marker = next.filter(|marker| !marker.is_empty());
        match &self.marker {
            None => Ok(false),
            Some(marker) if self.seen.insert(marker.clone()) => Ok(true),
            Some(_) => Err(call.unreadable("the list repeats a page, so it would never end")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_that_comes_twice_ends_the_walk() {
        let call = Call::read("lambda:ListAliases", "orders");
        let mut pages = Pages::default();
        assert!(pages.turn(&call, Some("a".to_owned())).unwrap());
        assert!(pages.turn(&call, Some("b".to_owned())).unwrap());
        assert!(pages.turn(&call, Some("a".to_owned())).is_err());
        assert!(!pages.turn(&call, Some(String::new())).unwrap());
    }
}
