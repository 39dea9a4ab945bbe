//! The actions of a deployment along the time: one bar each, in the order in which they began.

use jiff::{SignedDuration, Timestamp};

use crate::store::{Manifest, ManifestAction};

use super::super::{event::outcome_word, style::visible, words::duration};

/// A page with more bars than this tells nobody anything.
const MOST_BARS: usize = 300;

/// The width of the labels on the left, and of the time beside them, in pixels of the drawing.
const LABELS: f64 = 330.0;
const TIME: f64 = 640.0;

/// The height of a bar with its gap, and of the scale above them.
const ROW: f64 = 24.0;
const SCALE: f64 = 28.0;

/// No bar is narrower, so that it can be seen.
const NARROWEST: f64 = 3.0;

/// The drawing.
pub(super) struct Timeline {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) bottom: f64,
    pub(super) ticks: Vec<Tick>,
    pub(super) bars: Vec<Bar>,
    /// How many actions are not drawn.
    pub(super) more: usize,
}

/// A line of the scale.
pub(super) struct Tick {
    pub(super) x: f64,
    pub(super) label: String,
}

/// One action.
pub(super) struct Bar {
    pub(super) class: String,
    pub(super) label: String,
    pub(super) title: String,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) took: String,
    pub(super) took_x: f64,
    /// The words stand left of the bar's end where there is no room on the right.
    pub(super) anchor: &'static str,
}

/// Returns the drawing; nothing where no action says when it ran.
pub(super) fn timeline(manifest: &Manifest) -> Option<Timeline> {
    let mut ran: Vec<(&ManifestAction, Timestamp)> =
        manifest.actions.iter().filter_map(|action| Some((action, action.began?))).collect();
    ran.sort_by_key(|(_, began)| *began);
    let first = ran.first()?.1;
    let last = ran.iter().map(|(action, began)| action.ended.unwrap_or(*began)).max()?.max(manifest.finished);
    let more = ran.len().saturating_sub(MOST_BARS);
    ran.truncate(MOST_BARS);
    let scale = Scale { first, whole: last.duration_since(first).as_secs_f64().max(0.001) };
    let bars: Vec<Bar> =
        ran.iter().enumerate().map(|(at, (action, began))| scale.bar(at, action, *began)).collect();
    #[expect(clippy::cast_precision_loss, reason = "there are at most 300 rows")]
    let bottom = SCALE + bars.len() as f64 * ROW;
    Some(Timeline {
        width: LABELS + TIME + 30.0,
        height: bottom + 8.0,
        bottom,
        ticks: scale.ticks(),
        bars,
        more,
    })
}

struct Scale {
    first: Timestamp,
    whole: f64,
}

impl Scale {
    fn x(&self, seconds: f64) -> f64 {
        rounded(LABELS + seconds / self.whole * TIME)
    }

    fn ticks(&self) -> Vec<Tick> {
        let tick = |part: u8| {
            let seconds = self.whole * f64::from(part) / 4.0;
            Tick { x: self.x(seconds), label: duration(SignedDuration::from_secs_f64(seconds)) }
        };
        (0..=4).map(tick).collect()
    }

    fn bar(&self, row: usize, action: &ManifestAction, began: Timestamp) -> Bar {
        let start = began.duration_since(self.first).as_secs_f64();
        // An action whose end nobody saw lasts until the end of the drawing.
        let end = action.ended.map_or(self.whole, |ended| ended.duration_since(self.first).as_secs_f64());
        let (x, width) = (self.x(start), (self.x(end) - self.x(start)).max(NARROWEST));
        let took =
            action.ended.map_or("end not seen".to_owned(), |ended| duration(ended.duration_since(began)));
        let is_late = x + width > LABELS + TIME * 0.85;
        let word = outcome_word(&action.outcome);
        #[expect(clippy::cast_precision_loss, reason = "there are at most 300 rows")]
        let y = SCALE + row as f64 * ROW;
        Bar {
            class: class_of(word),
            label: visible(&action.address.to_string()),
            title: visible(&format!("{}: {} ({word}, {took})", action.address, action.summary)),
            x,
            y,
            width: rounded(width),
            took_x: rounded(if is_late { x - 6.0 } else { x + width + 6.0 }),
            anchor: if is_late { "end" } else { "start" },
            took,
        }
    }
}

/// Returns the class of an outcome: its word without spaces.
pub(super) fn class_of(word: &str) -> String {
    word.replace(' ', "-")
}

/// A tenth of a pixel is enough, and keeps the page short.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
