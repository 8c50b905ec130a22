//! The rules of the pipeline, each with its tests. The numbers are those of `ARCHITECTURE.md`, "Rules of the pipeline".
//!
//! The pieces are put together as `serve` does it ([`node`]), on a folder that can be copied at any moment: the copy is
//! what a power cut would have left, and another node is started on it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod access;
mod answers;
mod clocks;
mod collections;
mod compaction;
mod counts;
mod crashes;
mod damage;
mod direct_links;
mod document;
mod endpoints;
mod erase;
mod faults;
mod http;
mod idleness;
mod items;
mod keyframes;
mod keys;
mod names;
mod node;
mod overlap;
mod persons;
mod persons_api;
mod recordings;
mod repeats;
mod revisions;
mod served;
mod shares;
mod signals;
mod snapshots;
mod store;
