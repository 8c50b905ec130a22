//! Keyframes: what the windows of a recording look like at some moments, so that a player need not begin at a full snapshot
//! that is far away.
//!
//! A keyframe is a few events that put a new replayer into the state of one window at one time ([`crate::page`]). It is
//! derived: made from the lines of a finished recording and nothing else, no part of the portable format, and made again
//! where it is lost. `docs/format/keyframes.md` describes the object.
//!
//! ## Invariants
//! 1. Everything of its window whose time is at most the keyframe's is in it, and nothing later.
//! 2. **What a seek replays.** From the last full snapshot or keyframe of a window on there are at most [`EVERY_MS`] of
//!    its events, or fewer bytes of them than [`EVERY_BYTES`] or a quarter of what the picture itself weighs.
//! 3. Keyframes of a recording together take at most some times what its lines take, whatever the pages are: that is the
//!    quarter.
//! 4. Where it is not certain what a player would show, there is none; which windows that concerns, and why, is kept.
//! 5. Memory is bounded, whatever the recording says: [`PAGE_BYTES`], [`ALL_PAGES_BYTES`], [`PAGES`].

mod file;
mod maker;

pub use self::file::{Entry, FORMAT, Index, KeyframesError, LeftOut, Writer, decode, read_index};
pub use self::maker::{Keyframe, Maker, Pace};

/// A keyframe is made when more time than this has passed in a window since its last full snapshot or keyframe…
pub const EVERY_MS: i64 = 30_000;

/// …and more bytes of lines have come, of its own and its share of the others': a block of a finished recording.
pub const EVERY_BYTES: usize = crate::limits::FILE_BLOCK_BYTES;

/// …and a quarter of what that one weighs: a picture of 10 MB every 30 s would be more than its recording.
const PART_OF_PICTURE: usize = 4;

/// What one page may take of memory. The largest of the real corpora takes 30 MB.
pub const PAGE_BYTES: usize = 64 << 20;

/// What all pages together may.
pub const ALL_PAGES_BYTES: usize = 160 << 20;

/// Windows whose pages are followed at a time; visitors have one to five.
pub const PAGES: usize = 16;

/// Windows that are known at a time.
const WINDOWS: usize = crate::limits::IDS_PER_RECORDING;
