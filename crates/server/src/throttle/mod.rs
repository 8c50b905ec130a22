//! How often one may ask: [`Guesses`] at a secret, [`Buckets`] of requests.
//!
//! Both are kept in memory, per text that names who is slowed (an account, an address, a key, a shared link), and both are
//! bounded: what was quiet for longest is forgotten first. A restart forgets all; with several nodes each counts by itself.

mod buckets;
mod guesses;

pub(crate) use buckets::Buckets;
pub(crate) use guesses::Guesses;

/// Names that are remembered at a time.
const REMEMBERED: usize = 10_000;

/// Whole seconds, rounded up, of these milliseconds: what `Retry-After` can say.
fn seconds(milliseconds: i64) -> u32 {
    u32::try_from(milliseconds.max(1).saturating_add(999) / 1000).unwrap_or(u32::MAX)
}
