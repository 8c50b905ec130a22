//! The recording file from outside, as whoever stores, sends or reads it sees it.

#![expect(clippy::unwrap_used, reason = "all of it is test code, the functions without #[test] too")]

mod blocks;
mod conformance;
mod damage;
mod document;
mod fixtures;
mod forms;
mod readers;
mod repair;
mod round_trip;
mod sample;
