//! The recording file from outside, as whoever stores, sends or reads it sees it.

#![expect(clippy::unwrap_used, reason = "all of it is test code, the functions without #[test] too")]

mod blocks;
mod damage;
mod document;
mod fixtures;
mod forms;
mod round_trip;
mod sample;
