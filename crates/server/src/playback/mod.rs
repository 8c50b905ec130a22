//! Playing a recording: its blocks, by key; what is still coming; the whole of it as a file.
//!
//! A recording is what its finished file holds (generation *r* for revision *r*) and what live blocks hold that are not
//! in it yet (generation 0). Block keys are `generation × 1,000,000 + index` and never change their meaning: live keys
//! are append-only, and files are never rewritten.

mod block;
mod conditional;
mod direct;
mod download;
mod encoding;
mod error;
mod keyframe;
mod listing;
mod live;
mod rebase;
mod routes;

pub(crate) use block::lines;
pub(crate) use conditional::has;
pub(crate) use direct::{DirectLinks, direct_routes};
pub(crate) use encoding::{LINES, encoded, encoded_json};
pub(crate) use keyframe::lines as keyframe_lines;
pub(crate) use listing::{GENERATION, LIVE_GENERATION, ListedBlock, Listing, listing, row_and_unfinished};
#[cfg(test)]
pub(crate) use listing::{ListedClockJump, ListedKeyframe, ListedSignal, ListedSnapshot};
pub(crate) use routes::routes;
