//! Thrashing: a mouse that is shaken to and fro, with no button held.

use std::collections::VecDeque;

use super::presses::Press;
use super::{Out, SignalKind, between};
use crate::json::{self, Array, JsonError, Object};

/// Turns along one axis at which it is shaking, and the time within which they come: Amplitude's numbers.
const TURNS: usize = 10;
const WINDOW_MS: i64 = 2000;
/// How far a mouse goes between two turns at least. Our own: a hand that rests on a mouse trembles.
const SWING_PX: f64 = 50.0;

/// The mouse of a window.
#[derive(Debug, Default)]
pub(super) struct Mouse {
    across: Axis,
    along: Axis,
    /// The last turn while it is being shaken: one shaking is told once.
    shaken: Option<i64>,
}

impl Mouse {
    /// Forgets where the mouse was.
    pub(super) fn rest(&mut self) {
        (self.across, self.along) = (Axis::default(), Axis::default());
    }

    /// The mouse is somewhere.
    pub(super) fn moves_to(&mut self, place: &Press, out: &mut Out<'_>) {
        let turned = [self.across.moves_to(place.x, place.at), self.along.moves_to(place.y, place.at)];
        if !turned.contains(&true) {
            return;
        }
        if self.shaken.is_some_and(|last| between(last, place.at) >= WINDOW_MS) {
            self.shaken = None;
        }
        let begun = [&self.across, &self.along].into_iter().filter_map(Axis::shaken_since).min();
        match (&mut self.shaken, begun) {
            (Some(last), _) => *last = place.at,
            (None, Some(begun)) => {
                self.shaken = Some(place.at);
                out.tell(SignalKind::ThrashingMouse, begun, Some(place));
            }
            (None, None) => {}
        }
    }
}

/// One direction in which a mouse moves.
#[derive(Debug, Default)]
struct Axis {
    /// As far as it went on its way.
    extreme: Option<f64>,
    /// Its way, once it has one.
    forward: Option<bool>,
    /// The last turns.
    turns: VecDeque<i64>,
}

impl Axis {
    /// Whether it turned with this.
    fn moves_to(&mut self, value: f64, at: i64) -> bool {
        let Some(extreme) = self.extreme else {
            self.extreme = Some(value);
            return false;
        };
        let gone = value - extreme;
        let far = gone.abs() >= SWING_PX;
        match self.forward {
            // On the way.
            Some(forward) if gone == 0.0 || forward == (gone > 0.0) => {
                self.extreme = Some(value);
                return false;
            }
            _ if !far => return false,
            before => {
                (self.extreme, self.forward) = (Some(value), Some(gone > 0.0));
                if before.is_none() {
                    return false;
                }
            }
        }
        if self.turns.len() == TURNS {
            self.turns.pop_front();
        }
        self.turns.push_back(at);
        true
    }

    fn shaken_since(&self) -> Option<i64> {
        let (first, last) = (*self.turns.front()?, *self.turns.back()?);
        (self.turns.len() == TURNS && between(first, last) < WINDOW_MS).then_some(first)
    }
}

/// Where the mouse was, by an event of it that happened at `at`.
pub(super) fn positions(event: &str, at: i64) -> Result<Vec<Press>, JsonError> {
    let mut positions = Vec::new();
    let mut members = Object::open(event, 0)?;
    while let Some(key) = members.next_key()? {
        if key != "data" || event.as_bytes().get(members.value_at()) != Some(&b'{') {
            continue;
        }
        let mut data = Object::open(event, members.value_at())?;
        while let Some(key) = data.next_key()? {
            if key == "positions" && event.as_bytes().get(data.value_at()) == Some(&b'[') {
                let mut list = Array::open(event, data.value_at())?;
                while let Some(position) = list.next_value()? {
                    positions.extend(read(position, at));
                }
                data.resume(list.end()?);
            }
        }
        members.resume(data.end()?);
    }
    // By its time, which counts back from that of the event.
    positions.sort_by_key(|position| position.at);
    Ok(positions)
}

fn read(position: &str, at: i64) -> Option<Press> {
    let (mut x, mut y, mut node, mut offset) = (None, None, None, 0.0);
    let mut members = Object::open(position, 0).ok()?;
    while let Some(key) = members.next_key().ok()? {
        let value = members.value().ok()?;
        match key {
            "x" => x = json::number_value(value),
            "y" => y = json::number_value(value),
            "id" => node = value.parse().ok(),
            "timeOffset" => offset = json::number_value(value).unwrap_or(0.0),
            _ => {}
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let at = at.saturating_add(offset as i64);
    Some(Press { at, since: at, node, x: x?, y: y? })
}
