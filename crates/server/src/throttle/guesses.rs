//! Guessing at secrets that are short enough to be guessed, slowed.
//!
//! ## Invariants
//!
//! 1. A guess counts when it is let through, not when it turns out to be wrong: a thousand at the same moment are no more
//!    than one after the other, and a caller who breaks off gains nothing.
//! 2. After [`Guesses::new`]'s free ones each guess doubles the wait, up to [`LONGEST_MS`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{REMEMBERED, seconds};
use crate::api_error::ApiError;

/// The longest wait. Whoever knows the secret waits so long too while somebody else guesses.
const LONGEST_MS: i64 = 15 * 60 * 1000;

/// Wrong guesses are forgotten after a quiet time of this.
const FORGOTTEN_MS: i64 = 60 * 60 * 1000;

/// Counts guesses, by whatever names what is guessed at or who guesses.
#[derive(Debug)]
pub(crate) struct Guesses {
    free: u32,
    wrong: Mutex<HashMap<String, Wrong>>,
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    guesses: u32,
    last: i64,
    wait_until: i64,
}

impl Guesses {
    /// So many guesses cost nothing: people mistype.
    pub(crate) fn new(free: u32) -> Self {
        Self { free, wrong: Mutex::default() }
    }

    /// Lets a guess through and counts it as wrong until [`Self::succeeded`] says otherwise.
    ///
    /// # Errors
    /// Throttled, with the time to wait.
    pub(crate) fn allow(&self, name: &str, now: i64) -> Result<(), ApiError> {
        let mut known = self.known();
        let before = known.get(name).copied().filter(|wrong| now - wrong.last < FORGOTTEN_MS);
        if let Some(wrong) = before
            && now < wrong.wait_until
        {
            return Err(ApiError::Throttled { retry_after_seconds: seconds(wrong.wait_until - now) });
        }
        make_room(&mut known, now);
        let guesses = before.map_or(0, |wrong| wrong.guesses).saturating_add(1);
        known.insert(name.to_owned(), Wrong { guesses, last: now, wait_until: now + self.wait(guesses) });
        Ok(())
    }

    /// Whether this name may guess now; counts nothing. For secrets that are too long to be found by any number of guesses
    /// at once: [`Self::allow`] counts those that were wrong, and nobody waits for having been right often.
    ///
    /// # Errors
    /// Throttled, with the time to wait.
    pub(crate) fn may(&self, name: &str, now: i64) -> Result<(), ApiError> {
        match self.known().get(name) {
            Some(wrong) if now < wrong.wait_until => {
                Err(ApiError::Throttled { retry_after_seconds: seconds(wrong.wait_until - now) })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The guess was wrong: its wait begins now.
    pub(crate) fn failed(&self, name: &str, now: i64) {
        if let Some(wrong) = self.known().get_mut(name) {
            wrong.last = now;
            wrong.wait_until = now + self.wait(wrong.guesses);
        }
    }

    /// It was right: nothing stands against this name any more.
    pub(crate) fn succeeded(&self, name: &str) {
        self.known().remove(name);
    }

    /// It was right, which says nothing about the others under this name: one guess less. For addresses, or whoever has
    /// an account could guess at another's for ever.
    pub(crate) fn excused(&self, name: &str) {
        if let Some(wrong) = self.known().get_mut(name) {
            wrong.guesses = wrong.guesses.saturating_sub(1);
            wrong.wait_until = 0;
        }
    }

    fn wait(&self, guesses: u32) -> i64 {
        match guesses.checked_sub(self.free) {
            None | Some(0) => 0,
            Some(beyond) => 1000_i64.checked_shl(beyond.min(30) - 1).unwrap_or(LONGEST_MS).min(LONGEST_MS),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Wrong>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(known: &mut HashMap<String, Wrong>, now: i64) {
    if known.len() < REMEMBERED {
        return;
    }
    known.retain(|_, wrong| now - wrong.last < FORGOTTEN_MS);
    if known.len() >= REMEMBERED {
        // Those that wait are kept before those that do not: to flood the memory must not free anybody.
        let mut ends: Vec<i64> = known.values().map(|wrong| wrong.wait_until.max(wrong.last)).collect();
        let (_, &mut middle, _) = ends.select_nth_unstable(REMEMBERED / 2);
        known.retain(|_, wrong| wrong.wait_until.max(wrong.last) > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_245_310_102;

    fn waits(guesses: &Guesses, name: &str, now: i64) -> Option<u32> {
        match guesses.allow(name, now) {
            Ok(()) => None,
            Err(ApiError::Throttled { retry_after_seconds }) => Some(retry_after_seconds),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_guess_beyond_the_free_ones_doubles_the_wait() {
        let guesses = Guesses::new(3);
        for _ in 0..3 {
            assert_eq!(waits(&guesses, "ann", NOW), None);
        }
        assert_eq!(waits(&guesses, "ann", NOW), None, "the fourth is let through and begins the wait");
        assert_eq!(waits(&guesses, "ann", NOW), Some(1));
        assert_eq!(waits(&guesses, "ann", NOW + 1000), None);
        assert_eq!(waits(&guesses, "ann", NOW + 1000), Some(2));
        assert_eq!(waits(&guesses, "bob", NOW), None, "nobody waits for another");
        let mut now = NOW;
        for _ in 0..40 {
            now += LONGEST_MS;
            assert_eq!(waits(&guesses, "ann", now), None);
        }
        assert_eq!(waits(&guesses, "ann", now), Some(15 * 60));
    }

    #[test]
    fn a_right_guess_frees_the_account_and_takes_one_off_the_address() {
        let guesses = Guesses::new(2);
        for _ in 0..3 {
            guesses.allow("ann", NOW).unwrap();
            guesses.failed("ann", NOW);
        }
        assert_eq!(waits(&guesses, "ann", NOW + 1), Some(1));
        guesses.excused("ann");
        assert_eq!(waits(&guesses, "ann", NOW + 1), None);
        assert_eq!(waits(&guesses, "ann", NOW + 1), Some(1), "still three");
        guesses.succeeded("ann");
        assert_eq!(waits(&guesses, "ann", NOW + 1), None);
        assert_eq!(waits(&guesses, "ann", NOW + 1), None);
    }

    #[test]
    fn guesses_are_forgotten_after_an_hour_of_quiet() {
        let guesses = Guesses::new(1);
        guesses.allow("ann", NOW).unwrap();
        guesses.allow("ann", NOW).unwrap();
        assert_eq!(waits(&guesses, "ann", NOW), Some(1));
        assert_eq!(waits(&guesses, "ann", NOW + FORGOTTEN_MS), None);
        assert_eq!(waits(&guesses, "ann", NOW + FORGOTTEN_MS), None, "the second since");
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_those_that_wait() {
        let guesses = Guesses::new(1);
        for _ in 0..2 {
            guesses.allow("ann", NOW).unwrap();
        }
        for number in 0..2 * REMEMBERED {
            guesses.allow(&format!("flood-{number}"), NOW).unwrap();
        }
        assert!(guesses.known().len() <= REMEMBERED);
        assert_eq!(waits(&guesses, "ann", NOW), Some(1));
    }
}
