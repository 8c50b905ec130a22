//! Where recordings lie: objects in a bucket, and the catalog that finds them.
//!
//! The only crate that knows object storage and the catalog's database. Objects come first, rows second: a crash between
//! the two leaves an orphan that recovery finds, never a row without its object.
//!
//! - [`layout`]: the names of objects
//! - [`bucket`]: durable writes, create-if-absent
//! - [`live_objects`]: blocks of running recordings
//! - [`recording_files`]: finished recordings, read by ranges
//! - [`keyframe_files`]: what their windows look like at some moments
//! - [`documents`]: what people and SDKs change, one object a change
//! - [`persons`]: what was said of persons, and erasing it
//! - [`tombstones`]: which recordings were deleted and must not come back
//! - [`catalog`]: the index of all of it
//! - [`rebuild`]: the catalog again, from the objects alone

pub mod bucket;
pub mod catalog;
pub mod documents;
pub mod keyframe_files;
pub mod layout;
pub mod live_objects;
pub mod persons;
pub mod rebuild;
pub mod recording_files;
pub mod tombstones;

pub use bucket::{Bucket, BucketError, Put};
