//! From the journal to the bucket.
//!
//! [`journal`] makes requests durable; [`collector`] decodes them and gathers lines by recording; [`flush`] writes what
//! one journal file holds as one live object; [`recovery`] does the same with what an earlier process left behind.
//! [`open`] is the window through which the rest of the server looks at what is not flushed yet.

pub mod collector;
mod flush;
pub mod journal;
mod memory;
pub mod open;
mod recovery;

pub use collector::{Collector, CollectorHandle};
pub use journal::{Journal, JournalConfig};
pub use open::{LiveChunk, OpenRecordings, Subscription};
