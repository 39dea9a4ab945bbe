//! Pages and the opaque tokens between them.
//!
//! A token holds the position of the next item, so that a list which grows or shrinks between two pages
//! shows the same gaps and repeats that AWS can show.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// One page of a list, and the token of the next one.
#[derive(Debug)]
pub(crate) struct Page {
    /// The items of this page.
    pub(crate) items: Vec<Value>,
    /// The token that continues the list, when there is more.
    pub(crate) next: Option<String>,
}

impl Page {
    /// Returns the body of a list: the items under their name, and the token only when more follows.
    pub(crate) fn body(self, items: &str, token: &str) -> Value {
        let mut body = json!({ items: self.items });
        if let Some(next) = self.next {
            body[token] = Value::from(next);
        }
        body
    }
}

/// Returns the page that starts where the token says; `None` if nobody issued this token.
pub(crate) fn page(items: impl IntoIterator<Item = Value>, token: Option<&str>, size: usize) -> Option<Page> {
    let start = token.map_or(Some(0), position)?;
    let size = size.max(1);
    let mut rest = items.into_iter().skip(start);
    let items: Vec<Value> = rest.by_ref().take(size).collect();
    let next = rest.next().map(|_| URL_SAFE_NO_PAD.encode(format!("next:{}", start.saturating_add(size))));
    Some(Page { items, next })
}

fn position(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("next:")?.parse().ok()
}
