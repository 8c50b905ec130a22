//! Requests, so many a minute and so many at once, for each caller.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{REMEMBERED, seconds};
use crate::api_error::ApiError;

/// A bucket of requests for each caller, which fills up again while it is not asked.
#[derive(Debug)]
pub(crate) struct Buckets {
    /// Requests a minute; 0: as many as one likes.
    per_minute: u32,
    /// Requests in a full bucket.
    burst: u32,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// Requests that are left, times [`MINUTE_MS`], and when that was so.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: i64,
    at: i64,
}

/// Requests are counted in parts of this, so that what flows in within a millisecond is a whole number.
const MINUTE_MS: i64 = 60_000;

impl Buckets {
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute, burst: burst.max(1), buckets: Mutex::default() }
    }

    /// Takes a request out of a caller's bucket.
    ///
    /// # Errors
    /// Throttled, with the time until there is one.
    pub(crate) fn take(&self, caller: &str, now: i64) -> Result<(), ApiError> {
        if self.per_minute == 0 {
            return Ok(());
        }
        let (per_ms, full) = (i64::from(self.per_minute), i64::from(self.burst) * MINUTE_MS);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |bucket: &Bucket| {
            let flowed = now.saturating_sub(bucket.at).max(0).saturating_mul(per_ms);
            bucket.left.saturating_add(flowed).min(full)
        };
        let left = buckets.get(caller).map_or(full, filled);
        if left < MINUTE_MS {
            // After the clock was set back, it fills from now on and not from a time to come.
            buckets.insert(caller.to_owned(), Bucket { left, at: now });
            return Err(ApiError::Throttled { retry_after_seconds: seconds((MINUTE_MS - left) / per_ms) });
        }
        if buckets.len() >= REMEMBERED {
            // A full bucket is as good as none. If all are in use, all begin anew.
            buckets.retain(|_, bucket| filled(bucket) < full);
            if buckets.len() >= REMEMBERED {
                buckets.clear();
            }
        }
        match buckets.get_mut(caller) {
            Some(bucket) => *bucket = Bucket { left: left - MINUTE_MS, at: now },
            None => drop(buckets.insert(caller.to_owned(), Bucket { left: left - MINUTE_MS, at: now })),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_245_310_102;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(60, 3);
        for _ in 0..3 {
            buckets.take("a", NOW).unwrap();
        }
        assert_eq!(buckets.take("a", NOW), Err(ApiError::Throttled { retry_after_seconds: 1 }));
        assert_eq!(buckets.take("a", NOW + 999), Err(ApiError::Throttled { retry_after_seconds: 1 }));
        buckets.take("b", NOW).unwrap();
        buckets.take("a", NOW + 1000).unwrap();
        assert!(buckets.take("a", NOW + 1000).is_err());
        for _ in 0..3 {
            buckets.take("a", NOW + 3_600_000).unwrap();
        }
        assert!(buckets.take("a", NOW + 3_600_000).is_err(), "never more than a full one");
        assert!(buckets.take("a", NOW).is_err(), "a clock that is set back fills nothing");
    }

    #[test]
    fn a_slow_bucket_says_how_long_it_takes() {
        let buckets = Buckets::new(1, 1);
        buckets.take("a", NOW).unwrap();
        assert_eq!(buckets.take("a", NOW + 15_000), Err(ApiError::Throttled { retry_after_seconds: 45 }));
    }

    #[test]
    fn none_a_minute_means_no_limit_and_the_memory_is_bounded() {
        let open = Buckets::new(0, 1);
        let buckets = Buckets::new(60, 3);
        for number in 0..2 * REMEMBERED {
            open.take("a", NOW).unwrap();
            buckets.take(&number.to_string(), NOW).unwrap();
        }
        assert!(buckets.buckets.lock().unwrap().len() <= REMEMBERED);
    }
}
