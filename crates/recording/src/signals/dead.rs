//! Presses that wait for an answer of the page.

use std::collections::VecDeque;

use super::between;
use super::presses::Press;

/// How long the page may take: posthog-js's number. An answer has to come sooner than this.
const ANSWER_MS: i64 = 2500;
/// How soon scrolling and selecting must come to be the page's answer and not the visitor's next deed: posthog-js's number.
const SOON_MS: i64 = 100;
/// Presses that wait at the same time. Nobody presses faster than this many times in the time above.
const MOST: usize = 64;

/// Presses that were not answered yet, each with the number of its run, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    presses: VecDeque<(Press, u64)>,
    /// When the window was last heard of.
    heard: i64,
}

impl Waiting {
    pub(super) fn push(&mut self, press: Press, run: u64) {
        if self.presses.len() < MOST {
            self.presses.push_back((press, run));
        }
    }

    /// Time went on to `now`. Returns those that waited for too long.
    ///
    /// Where the page is `left` with this, and nothing was heard since a press had waited for long enough, the press may have
    /// been what led away, however long that took.
    pub(super) fn pass(&mut self, now: i64, left: bool) -> Vec<(Press, u64)> {
        let heard = std::mem::replace(&mut self.heard, now);
        let mut dead = Vec::new();
        while let Some((press, _)) = self.presses.front()
            && between(press.at, now) >= ANSWER_MS
        {
            let led_away = left && between(press.at, heard) < ANSWER_MS;
            dead.extend(self.presses.pop_front().filter(|_| !led_away));
        }
        dead
    }

    /// The page did something.
    pub(super) fn changed(&mut self) {
        self.presses.clear();
    }

    /// Something happened that is an answer only if it came at once.
    pub(super) fn soon_changed(&mut self, at: i64) {
        self.presses.retain(|(press, _)| between(press.at, at) >= SOON_MS);
    }
}
