//! Counting a recording.
//!
//! The rules are PostHog's, so that numbers mean the same here and there; the one difference is stated at
//! [`ActiveTime`]. Counts are additive over blocks. Active time is not: it is computed once, over the whole recording,
//! by whoever writes the finished file.

use serde::{Deserialize, Serialize};

use crate::event::{ConsoleLevel, EventFacts, EventKind, EventName};

/// What is counted in a recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// rrweb events.
    pub events: u64,
    /// Clicks, context menus, double clicks and ends of touches. A double click counts three: two clicks and itself.
    pub clicks: u64,
    /// Input events: check boxes and programmatic changes too, so not key strokes.
    pub keypresses: u64,
    /// Mouse moves, mouse interactions and touch moves: one an event, not one a position.
    pub mouse_activity: u64,
    /// Console lines that are neither warnings nor errors.
    pub console_log: u64,
    /// Console warnings.
    pub console_warn: u64,
    /// Console errors.
    pub console_error: u64,
    /// Captured `$exception` events.
    pub exceptions: u64,
}

impl Counts {
    /// Counts one rrweb event.
    pub fn add(&mut self, event: &EventFacts<'_>) {
        let name = match event.kind {
            EventKind::Named(name) => Some(name),
            EventKind::FullSnapshot | EventKind::Mutation => None,
        };
        self.add_line(name, event.console.map(ConsoleLevel::as_str));
    }

    /// Counts one line that carries an rrweb event, by its `name` and `level`.
    pub fn add_line(&mut self, name: Option<EventName>, level: Option<&str>) {
        self.events += 1;
        let Some(name) = name else { return };
        if name == EventName::Console {
            match level {
                Some("warn") => self.console_warn += 1,
                Some("error") => self.console_error += 1,
                _ => self.console_log += 1,
            }
        }
        use EventName::{
            Blur, Click, ContextMenu, DoubleClick, Focus, Input, Interaction, MouseDown, MouseMove, MouseUp, TouchEnd,
            TouchMove, TouchStart,
        };
        self.clicks += u64::from(matches!(name, Click | ContextMenu | DoubleClick | TouchEnd));
        self.keypresses += u64::from(name == Input);
        let interaction = matches!(
            name,
            MouseUp
                | MouseDown
                | Click
                | ContextMenu
                | DoubleClick
                | Focus
                | Blur
                | TouchStart
                | TouchEnd
                | Interaction
        );
        self.mouse_activity += u64::from(interaction || matches!(name, MouseMove | TouchMove));
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.clicks += other.clicks;
        self.keypresses += other.keypresses;
        self.mouse_activity += other.mouse_activity;
        self.console_log += other.console_log;
        self.console_warn += other.console_warn;
        self.console_error += other.console_error;
        self.exceptions += other.exceptions;
    }
}

/// Milliseconds without an active event after which a stretch of activity ends.
const ACTIVITY_GAP_MS: i64 = 5000;

/// Adds up the time in which somebody was at work.
///
/// Takes events in time order. A stretch begins at the first event, or with an active event after an inactive stretch or
/// more than five seconds after the last active one; every other event prolongs it. The active stretches are summed,
/// each at least one millisecond long. PostHog runs the same rule over each stored block and sums these, so that its
/// number depends on when it flushed; here it runs over the whole recording.
#[derive(Debug, Default)]
pub struct ActiveTime {
    stretch: Option<Stretch>,
    total_ms: u64,
}

#[derive(Debug)]
struct Stretch {
    active: bool,
    start: i64,
    end: i64,
    last_active: i64,
}

impl ActiveTime {
    /// Takes the next event: its time in milliseconds and whether it is active.
    pub fn push(&mut self, time: i64, active: bool) {
        match &mut self.stretch {
            Some(stretch) if !begins_anew(stretch, time, active) => {
                stretch.end = time;
                if active {
                    stretch.last_active = time;
                }
            }
            _ => {
                self.close();
                self.stretch = Some(Stretch { active, start: time, end: time, last_active: time });
            }
        }
    }

    /// The sum, in milliseconds.
    pub fn finish(mut self) -> u64 {
        self.close();
        self.total_ms
    }

    fn close(&mut self) {
        if let Some(stretch) = self.stretch.take().filter(|stretch| stretch.active) {
            self.total_ms += u64::try_from(stretch.end - stretch.start).unwrap_or(0).max(1);
        }
    }
}

fn begins_anew(stretch: &Stretch, time: i64, active: bool) -> bool {
    (active && !stretch.active) || (stretch.active && time - stretch.last_active > ACTIVITY_GAP_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active_ms(events: &str) -> u64 {
        let mut time = ActiveTime::default();
        for event in events.split(' ') {
            time.push(event[1..].parse().unwrap(), event.starts_with('A'));
        }
        time.finish()
    }

    #[test]
    fn active_time_follows_the_rule() {
        for (events, expected) in [
            ("A0", 1),
            ("A0 A5000", 5000),
            ("A0 A5001", 2),
            ("A0 i4000 i9000", 4000),
            ("A0 i5000 i5001 A10000", 5001),
            ("i0 i100", 0),
        ] {
            assert_eq!(active_ms(events), expected, "{events}");
        }
    }

    #[test]
    fn counts_follow_the_rules() {
        let mut counts = Counts::default();
        for event in [
            r#"{"type":3,"data":{"source":2,"type":2,"id":1}}"#,
            r#"{"type":3,"data":{"source":2,"type":4,"id":1}}"#,
            r#"{"type":3,"data":{"source":2,"type":7,"id":1}}"#,
            r#"{"type":3,"data":{"source":1}}"#,
            r#"{"type":3,"data":{"source":12}}"#,
            r#"{"type":3,"data":{"source":5}}"#,
            r#"{"type":6,"data":{"plugin":"rrweb/console@1","payload":{"level":"error"}}}"#,
        ] {
            counts.add(&EventFacts::read(event).unwrap());
        }
        let expected =
            Counts { events: 7, clicks: 2, keypresses: 1, mouse_activity: 4, console_error: 1, ..Counts::default() };
        assert_eq!(counts, expected);
    }
}
