//! How often the other side is asked: at most so many calls in any minute, and how long to wait before the same call again.
//!
//! The first calls go out at once and the rest as their turn comes: most pulls are small, and nobody is helped by a second
//! between two calls of three.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

const MINUTE: Duration = Duration::from_secs(60);

/// The longest wait between two tries where the server does not say how long.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// The longest wait that a server is believed at once; then it is asked again. PostHog's limits are by the minute and the hour.
const LONGEST_TOLD: Duration = Duration::from_secs(3600);

/// At most so many calls in any minute.
#[derive(Debug)]
pub(super) struct Pace {
    per_minute: usize,
    /// When the last calls began, at most `per_minute` of them.
    begun: VecDeque<Instant>,
}

impl Pace {
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute as usize, begun: VecDeque::new() }
    }

    /// How long to wait before the next call.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        match self.begun.front() {
            Some(&first) if self.begun.len() == self.per_minute => (first + MINUTE).saturating_duration_since(now),
            _ => Duration::ZERO,
        }
    }

    /// A call begins.
    pub(super) fn begin(&mut self, now: Instant) {
        if self.begun.len() == self.per_minute {
            self.begun.pop_front();
        }
        self.begun.push_back(now);
    }
}

/// How long to wait before the `again`-th repetition of a call, where nobody says: 0.5 s, 1 s, 2 s, …
pub(super) fn backoff(again: u32) -> Duration {
    let factor = 1 << again.saturating_sub(1).min(16);
    (Duration::from_millis(500) * factor).min(LONGEST_BACKOFF)
}

/// What `Retry-After` says, in seconds or as a date.
pub(super) fn told(retry_after: &str, now_ms: i64) -> Option<Duration> {
    let text = retry_after.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = OffsetDateTime::parse(text, &Rfc2822).ok()?;
            let milliseconds = date.unix_timestamp().saturating_mul(1000).saturating_sub(now_ms);
            Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
        }
    };
    Some(wait.min(LONGEST_TOLD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_sees_more_calls_than_allowed() {
        let (mut pace, mut now) = (Pace::new(3), Instant::now());
        let begun = now;
        let mut calls = Vec::new();
        for _ in 0..10 {
            now += pace.wait(now);
            pace.begin(now);
            calls.push(now.duration_since(begun).as_secs());
            now += Duration::from_secs(1);
        }
        assert_eq!(calls, [0, 1, 2, 60, 61, 62, 120, 121, 122, 180]);
    }

    #[test]
    fn a_server_says_how_long_in_seconds_or_by_a_date() {
        let now = 784_111_777_000;
        assert_eq!(told("120", now), Some(Duration::from_secs(120)));
        assert_eq!(told("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(told("Sun, 06 Nov 1994 08:49:27 GMT", now), Some(Duration::ZERO));
        assert_eq!(told("99999999", now), Some(LONGEST_TOLD));
        for text in ["", "-1", "soon", "1.5", "99999999999999999999"] {
            assert_eq!(told(text, now), None, "{text}");
        }
    }

    #[test]
    fn each_repetition_waits_twice_as_long_up_to_a_minute() {
        let waits = [1, 2, 3, 8, 9, u32::MAX].map(|again| backoff(again).as_millis());
        assert_eq!(waits, [500, 1000, 2000, 60_000, 60_000, 60_000]);
    }
}
