//! The events of a recording as PostHog hands them out: first the list of its sources, then ranges of them.
//!
//! ## Invariants
//!
//! 1. **A key is a block's for ever** (rule 9): `generation × 1,000,000 + index`, generation 0 for live blocks. Keys that a
//!    client listed while the recording ran can be asked for an hour after it was finished.
//! 2. **No event comes twice.** A range lies within one generation, or crosses from a file to the live blocks that are not in
//!    it: clients cut the list into ranges, in its order or in that of the numbers, and know nothing of generations.
//! 3. **Nothing is parsed.** Events leave with the bytes that are stored; windows and events are cut out of the lines.
//! 4. Memory holds a few blocks of an answer at a time, however many it has.
//! 5. A block that is lost is left out, as PostHog does it; one that cannot be read *now* ends the answer in the middle, so
//!    that no cache keeps an answer with a gap. Where none can be read, the status says so.

mod asked;
mod blocks;
mod body;
mod convert;
mod routes;
mod sources;

pub(crate) use routes::routes;
