//! Moments in which a visitor met trouble, found in the lines of a finished recording.
//!
//! The rules, with their numbers and where these come from, are prose in `docs/signals.md`; each has a file of its own here.
//!
//! ## Invariants
//! 1. Windows are apart: what is found in one depends on the lines of that one alone, in their order.
//! 2. Only what a person did counts: a press of a button or a touch, never a click that a script or the keyboard made.
//! 3. A moment is counted once, also where the site's SDK noticed it too and said so (`$rageclick`, `$dead_click`).
//! 4. What cannot be judged is not counted: a click after which the window tells nothing more, a page that was never seen.
//! 5. Memory is bounded by [`limits`](crate::limits), whatever the recording is.

mod clicks;
mod dead;
mod mouse;
mod nodes;
mod pages;
mod presses;
mod told;
mod window;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::presses::Press;
use self::window::Window;
use crate::file::{Content, ParsedLine};
use crate::ids::WindowId;
use crate::limits;

/// What sort of trouble. The names stand in the API and in files made for the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// Clicks in quick succession on one place, not all of them answered.
    RageClick,
    /// A click to which the page did nothing.
    DeadClick,
    /// A click upon which an error came.
    ErrorClick,
    /// A page that was left at once for the one before.
    QuickBack,
    /// A mouse that was shaken to and fro.
    ThrashingMouse,
}

impl SignalKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::RageClick, Self::DeadClick, Self::ErrorClick, Self::QuickBack, Self::ThrashingMouse];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RageClick => "rage_click",
            Self::DeadClick => "dead_click",
            Self::ErrorClick => "error_click",
            Self::QuickBack => "quick_back",
            Self::ThrashingMouse => "thrashing_mouse",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One moment. Ordered by time first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Signal {
    /// When it began: milliseconds since `started_at`, as the times of lines, or since the epoch where that is said.
    pub timestamp: i64,
    /// What it is.
    pub kind: SignalKind,
    /// Where.
    pub window_id: WindowId,
    /// rrweb's id of the node that was hit, where that is known.
    pub node: Option<i64>,
    /// Whole CSS pixels of the viewport.
    pub x: Option<i64>,
    /// Whole CSS pixels of the viewport.
    pub y: Option<i64>,
}

/// How many moments of each kind there are; also of those that are not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SignalCounts {
    /// [`SignalKind::RageClick`].
    pub rage_clicks: u64,
    /// [`SignalKind::DeadClick`].
    pub dead_clicks: u64,
    /// [`SignalKind::ErrorClick`].
    pub error_clicks: u64,
    /// [`SignalKind::QuickBack`].
    pub quick_backs: u64,
    /// [`SignalKind::ThrashingMouse`].
    pub thrashings: u64,
}

impl SignalCounts {
    /// That of a kind.
    pub fn of(&self, kind: SignalKind) -> u64 {
        match kind {
            SignalKind::RageClick => self.rage_clicks,
            SignalKind::DeadClick => self.dead_clicks,
            SignalKind::ErrorClick => self.error_clicks,
            SignalKind::QuickBack => self.quick_backs,
            SignalKind::ThrashingMouse => self.thrashings,
        }
    }

    fn add(&mut self, kind: SignalKind) {
        *match kind {
            SignalKind::RageClick => &mut self.rage_clicks,
            SignalKind::DeadClick => &mut self.dead_clicks,
            SignalKind::ErrorClick => &mut self.error_clicks,
            SignalKind::QuickBack => &mut self.quick_backs,
            SignalKind::ThrashingMouse => &mut self.thrashings,
        } += 1;
    }
}

/// What was found in a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signals {
    /// All of them, counted.
    pub counts: SignalCounts,
    /// The earliest [`limits::SIGNALS_PER_RECORDING`], in order.
    pub moments: Vec<Signal>,
}

/// Finds signals; takes the lines of a recording one after the other.
#[derive(Debug, Default)]
pub struct SignalFinder {
    windows: BTreeMap<WindowId, Window>,
    /// Nodes that are remembered, of all windows.
    nodes: usize,
    found: Signals,
}

impl SignalFinder {
    /// Takes the next line.
    pub fn add(&mut self, line: &ParsedLine<'_>) {
        if !matches!(line.content, Content::Event { .. } | Content::Captured { .. }) {
            return;
        }
        let (Some(at), Some(window_id)) = (line.timestamp, &line.window_id) else { return };
        // An id that no recording may have is nobody's window.
        let Ok(window_id) = window_id.parse::<WindowId>() else { return };
        if !self.windows.contains_key(&window_id) && self.windows.len() >= limits::IDS_PER_RECORDING {
            return;
        }
        let window = self.windows.entry(window_id.clone()).or_default();
        window.add(at, line, &mut self.nodes, &mut Out { window_id: &window_id, found: &mut self.found });
    }

    /// There are no more lines.
    pub fn finish(mut self) -> Signals {
        for (window_id, window) in self.windows {
            window.finish(&mut Out { window_id: &window_id, found: &mut self.found });
        }
        self.found.prune();
        self.found
    }
}

impl Signals {
    /// The same moments with times that count from `milliseconds` earlier.
    #[must_use]
    pub fn later_by(mut self, milliseconds: i64) -> Self {
        for moment in &mut self.moments {
            moment.timestamp = moment.timestamp.saturating_add(milliseconds);
        }
        self
    }

    fn prune(&mut self) {
        self.moments.sort_unstable();
        self.moments.truncate(limits::SIGNALS_PER_RECORDING);
    }
}

/// Where the rules of one window tell what they found.
struct Out<'a> {
    window_id: &'a WindowId,
    found: &'a mut Signals,
}

impl Out<'_> {
    fn tell(&mut self, kind: SignalKind, timestamp: i64, place: Option<&Press>) {
        self.found.counts.add(kind);
        self.found.moments.push(Signal {
            timestamp,
            kind,
            window_id: self.window_id.clone(),
            node: place.and_then(|press| press.node),
            x: place.map(|press| pixels(press.x)),
            y: place.map(|press| pixels(press.y)),
        });
        // The earliest stay, in whatever order they are found, so that this does not depend on the order of windows.
        if self.found.moments.len() >= 2 * limits::SIGNALS_PER_RECORDING {
            self.found.prune();
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and no screen is that wide")]
fn pixels(value: f64) -> i64 {
    value.round() as i64
}

/// Milliseconds from the one time to the other, whatever a damaged recording says.
fn between(from: i64, to: i64) -> i64 {
    to.saturating_sub(from)
}
