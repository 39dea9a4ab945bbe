//! The order of a deployment as a drawing: what waits for nothing on the left, what waits for it to
//! the right of it.

use std::collections::BTreeMap;

use crate::{model::Address, store::ManifestAction};

use super::{
    super::{event::outcome_word, style::visible},
    timeline::{class_of, rounded},
};

/// More boxes than this cannot be read; the table has all.
const MOST_BOXES: usize = 150;

/// The size of a box, and the gaps between boxes, in pixels of the drawing.
const WIDTH: f64 = 210.0;
const HEIGHT: f64 = 42.0;
const GAP: f64 = 54.0;
const ROW: f64 = 54.0;
const MARGIN: f64 = 8.0;

/// How many characters fit into a box.
const LETTERS: usize = 30;

/// The drawing.
pub(super) struct Drawing {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) boxes: Vec<Box>,
    pub(super) edges: Vec<String>,
}

/// One action.
pub(super) struct Box {
    pub(super) class: String,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) object: String,
    pub(super) summary: String,
    pub(super) title: String,
}

impl Box {
    pub(super) const WIDTH: f64 = WIDTH;
    pub(super) const HEIGHT: f64 = HEIGHT;
}

/// Returns the drawing; nothing where no action waits for another, or where there are too many.
pub(super) fn drawing(actions: &[ManifestAction]) -> Option<Drawing> {
    // An address that two runs worked on counts once, as it ended.
    let last: BTreeMap<&Address, &ManifestAction> =
        actions.iter().map(|action| (&action.address, action)).collect();
    if last.len() > MOST_BOXES || last.values().all(|action| action.after.is_empty()) {
        return None;
    }
    let layers = layers(&last);
    let mut places: BTreeMap<&Address, (f64, f64)> = BTreeMap::new();
    let mut next_row: BTreeMap<usize, f64> = BTreeMap::new();
    for (address, layer) in &layers {
        let row = next_row.entry(*layer).or_insert(0.0);
        #[expect(clippy::cast_precision_loss, reason = "there are at most 150 layers")]
        let x = MARGIN + *layer as f64 * (WIDTH + GAP);
        places.insert(address, (x, MARGIN + *row * ROW));
        *row += 1.0;
    }
    let right = places.values().map(|(x, _)| *x).fold(0.0, f64::max);
    let bottom = places.values().map(|(_, y)| *y).fold(0.0, f64::max);
    Some(Drawing {
        width: right + WIDTH + MARGIN,
        height: bottom + HEIGHT + MARGIN,
        boxes: last.values().map(|action| boxed(action, places[&action.address])).collect(),
        edges: last.values().flat_map(|action| edges(action, &places)).collect(),
    })
}

/// Returns how many actions lie before each one, on the longest way. The order of the map keeps the
/// actions of one function beside each other.
fn layers<'a>(actions: &BTreeMap<&'a Address, &ManifestAction>) -> BTreeMap<&'a Address, usize> {
    let mut layers: BTreeMap<&Address, usize> = actions.keys().map(|address| (*address, 0)).collect();
    // The longest way has as many steps as there are actions, at most.
    for _ in 0..actions.len() {
        let mut is_settled = true;
        for (address, action) in actions {
            let before = action.after.iter().filter_map(|before| layers.get(before)).max();
            let layer = before.map_or(0, |before| before + 1);
            if layer > layers[address] {
                layers.insert(*address, layer);
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    layers
}

fn boxed(action: &ManifestAction, (x, y): (f64, f64)) -> Box {
    let word = outcome_word(&action.outcome);
    let key = action.address.object.to_string();
    let key = key.split_once('.').map_or(key.as_str(), |(_, key)| key);
    Box {
        class: class_of(word),
        x: rounded(x),
        y: rounded(y),
        object: cut(&visible(key)),
        summary: cut(&visible(&action.summary)),
        title: visible(&format!("{}: {} ({word})", action.address, action.summary)),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    text.chars().take(LETTERS - 1).chain(['…']).collect()
}

/// Returns the curves from what an action waited for.
fn edges(action: &ManifestAction, places: &BTreeMap<&Address, (f64, f64)>) -> Vec<String> {
    let (to_x, to_y) = places[&action.address];
    let curve = |(x, y): &(f64, f64)| {
        let (start_x, start_y, end_y) = (x + WIDTH, y + HEIGHT / 2.0, to_y + HEIGHT / 2.0);
        let bend = rounded(f64::midpoint(start_x, to_x));
        format!(
            "M{} {} C{bend} {} {bend} {} {} {}",
            rounded(start_x),
            rounded(start_y),
            rounded(start_y),
            rounded(end_y),
            rounded(to_x),
            rounded(end_y)
        )
    };
    action.after.iter().filter_map(|before| places.get(before)).map(curve).collect()
}
