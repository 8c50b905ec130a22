//! Presses: what of mouse and touch interactions a person did.
//!
//! A press is a click that follows a button going down, or a short touch that stays in its place. A label that is clicked clicks
//! its field too, and a tap is followed by a click that the browser makes of it: both are one press, because only one button or
//! finger went down.

use crate::event::EventFacts;

/// How far a mouse may move between down and click: farther is dragging.
const DRAG_PX: f64 = 10.0;
/// How far a finger may move: Android calls 8 to 16 pixels of it no tap any more, iOS 10 points.
const TAP_PX: f64 = 10.0;
/// How long a finger may rest: longer is a long press, as on Android.
const TAP_MS: i64 = 500;
/// Within which time a click belongs to a tap. Browsers wait for 300 ms whether it becomes a double tap.
const CLICK_OF_TAP_MS: i64 = 1000;
/// How near such a click is to its tap.
const CLICK_OF_TAP_PX: f64 = 30.0;

/// That a person pressed something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Press {
    /// When it was complete.
    pub(super) at: i64,
    /// When it began: pages may answer to that already.
    pub(super) since: i64,
    pub(super) node: Option<i64>,
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Press {
    /// Reads the place of a mouse interaction; `None` if it has none.
    pub(super) fn read(at: i64, event: &str) -> Option<Self> {
        let target = EventFacts::read(event).ok()?.target?;
        let (x, y) = target.position?;
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        Some(Self { at, since: at, node: target.id.parse().ok(), x: number(x)?, y: number(y)? })
    }

    /// As posthog-js measures it: along the axes.
    pub(super) fn distance(&self, other: &Self) -> f64 {
        (self.x - other.x).abs() + (self.y - other.y).abs()
    }
}

/// What buttons and fingers of a window do.
#[derive(Debug, Default)]
pub(super) struct Presses {
    /// The recorder tells of buttons going down; some only tell of clicks.
    tells_downs: bool,
    /// The button that went down and made no click yet.
    down: Option<Press>,
    /// A button is held.
    held: bool,
    touch: Option<Touch>,
    /// The last tap, until its click has come.
    tap: Option<Press>,
}

#[derive(Debug)]
struct Touch {
    begun: Press,
    /// Another finger came to it.
    several: bool,
}

impl Presses {
    pub(super) fn mouse_down(&mut self, press: Press) {
        (self.tells_downs, self.held, self.down) = (true, true, Some(press));
    }

    pub(super) fn mouse_up(&mut self) {
        self.held = false;
    }

    /// The menu of the other button: what went down makes no click.
    pub(super) fn context_menu(&mut self) {
        (self.held, self.down) = (false, None);
    }

    /// Whether a button is held, as in dragging and drawing.
    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    /// The press that a click is, if a person made it and it was not told before.
    pub(super) fn click(&mut self, click: Press) -> Option<Press> {
        self.held = false;
        let down = self.down.take();
        // From the keyboard or a script.
        if click.x == 0.0 && click.y == 0.0 {
            return None;
        }
        if let Some(tap) = self.tap.take()
            && click.at.saturating_sub(tap.at) <= CLICK_OF_TAP_MS
            && click.distance(&tap) <= CLICK_OF_TAP_PX
        {
            return None;
        }
        match down {
            Some(down) => (click.distance(&down) <= DRAG_PX).then_some(Press { since: down.at, ..click }),
            None => (!self.tells_downs).then_some(click),
        }
    }

    pub(super) fn touch_start(&mut self, begun: Press) {
        let several = self.touch.is_some();
        self.touch = Some(Touch { begun, several });
    }

    /// The press that the end of a touch is, if it was a tap.
    pub(super) fn touch_end(&mut self, end: Press) -> Option<Press> {
        let Touch { begun, several } = self.touch.take()?;
        let is_tap =
            !several && end.at.saturating_sub(begun.at) <= TAP_MS && (end.x - begun.x).hypot(end.y - begun.y) <= TAP_PX;
        let press = is_tap.then_some(Press { since: begun.at, ..end })?;
        self.tap = Some(press);
        Some(press)
    }
}
