//! Guessing is slowed: after some wrong guesses each further one has to wait, twice as long as the one before.
//!
//! Keys are whatever identifies a guesser and what is guessed. Memory is bounded; what is forgotten first is who may guess
//! again already.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::api_error::ApiError;

/// Guessers that are remembered.
const REMEMBERED: usize = 50_000;

/// The longest wait.
const LONGEST_MS: i64 = 15 * 60 * 1000;

/// After this time without a wrong guess, nothing was wrong.
const FORGOTTEN_MS: i64 = 60 * 60 * 1000;

/// Counts wrong guesses.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Wrong guesses that cost nothing.
    free: u32,
    guessers: Mutex<HashMap<String, Guesser>>,
}

#[derive(Debug, Clone, Copy)]
struct Guesser {
    wrong: u32,
    last: i64,
    next: i64,
}

impl Throttle {
    pub(super) fn new(free: u32) -> Self {
        Self { free, guessers: Mutex::default() }
    }

    /// Whether this one may guess now.
    ///
    /// # Errors
    /// Throttled, with the time to wait.
    pub(super) fn allow(&self, key: &str, now: i64) -> Result<(), ApiError> {
        let guessers = self.guessers.lock().unwrap_or_else(PoisonError::into_inner);
        match guessers.get(key) {
            Some(guesser) if now < guesser.next => {
                let seconds = (guesser.next - now).max(0) as u64 / 1000 + 1;
                metrics::counter!("cassette_share_guesses_total", "outcome" => "throttled").increment(1);
                Err(ApiError::Throttled { retry_after_seconds: u32::try_from(seconds).unwrap_or(u32::MAX) })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A guess was wrong, or is about to be looked at: guesses that are made at once must not pass as one.
    pub(super) fn failed(&self, key: &str, now: i64) {
        let mut guessers = self.guessers.lock().unwrap_or_else(PoisonError::into_inner);
        if guessers.len() >= REMEMBERED {
            guessers.retain(|_, guesser| now < guesser.next);
        }
        if guessers.len() >= REMEMBERED {
            return;
        }
        let guesser = guessers.entry(key.to_owned()).or_insert(Guesser { wrong: 0, last: now, next: 0 });
        if now - guesser.last > FORGOTTEN_MS {
            guesser.wrong = 0;
        }
        guesser.wrong += 1;
        guesser.last = now;
        if guesser.wrong >= self.free {
            let doubled = 1000_i64.checked_shl(guesser.wrong - self.free).unwrap_or(LONGEST_MS);
            let wait = if (1..=LONGEST_MS).contains(&doubled) { doubled } else { LONGEST_MS };
            guesser.next = now + wait;
        }
    }

    /// A guess was right: what was wrong before does not count any more.
    pub(super) fn succeeded(&self, key: &str) {
        self.guessers.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_guess_waits_twice_as_long_and_a_right_one_forgives() {
        let throttle = Throttle::new(3);
        for _ in 0..2 {
            throttle.failed("a", 0);
            throttle.allow("a", 0).unwrap();
        }
        throttle.failed("a", 0);
        assert_eq!(throttle.allow("a", 999), Err(ApiError::Throttled { retry_after_seconds: 1 }));
        throttle.allow("a", 1000).unwrap();
        throttle.failed("a", 1000);
        assert_eq!(throttle.allow("a", 1000), Err(ApiError::Throttled { retry_after_seconds: 3 }));
        throttle.allow("b", 1000).unwrap();
        throttle.succeeded("a");
        throttle.allow("a", 1000).unwrap();
    }

    #[test]
    fn nobody_waits_longer_than_the_longest_wait() {
        let throttle = Throttle::new(1);
        for _ in 0..200 {
            throttle.failed("a", 0);
        }
        throttle.allow("a", LONGEST_MS - 1).unwrap_err();
        throttle.allow("a", LONGEST_MS).unwrap();
    }
}
