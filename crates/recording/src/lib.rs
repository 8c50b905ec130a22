//! The recording: what it is made of and how it is written down.
//!
//! Pure by design: no I/O beyond `std::io` traits, no async, no clock, no randomness. What others must agree with
//! byte for byte stands here; the prose of it is `docs/format/`.
//!
//! - [`ids`]: the names of things, checked once, by the only way to make them
//! - [`json`]: finding and checking JSON without building a tree
//! - [`event`]: what Cassette needs to know of an rrweb event
//! - [`summary`]: counting a recording, its active time included
//! - [`live`]: blocks of a recording that still runs (`live/1`)
//! - [`clock`]: correcting the visitor's clock
//! - [`merge`]: many blocks into one ordered stream
//! - [`assemble`]: a finished recording from lines in order
//! - [`page`]: what a replayer shows at a moment
//! - [`keyframes`]: what windows look like at some moments of a finished recording
//! - [`file`]: the finished recording, the portable format (`cassette/1`)
//! - [`signals`]: moments in which a visitor met trouble
//! - [`person`]: which distinct ids are one person, and what is known of it
//! - [`limits`]: every bound, with its reason

pub mod assemble;
pub mod clock;
pub mod event;
pub mod file;
pub mod ids;
pub mod json;
pub mod keyframes;
pub mod limits;
pub mod live;
pub mod merge;
pub mod page;
pub mod person;
pub mod signals;
pub mod summary;
mod trailer;

pub use ids::{DistinctId, ItemId, ProjectId, RecordingId, WindowId};
