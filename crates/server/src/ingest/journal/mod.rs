//! The journal: what was answered 200, until it stands in the bucket.
//!
//! ```text
//! journal/<incarnation>/<number>      one file per cut
//!   "CSJRNL1\n"
//!   frame │ frame │ … │ cut frame
//!
//! frame:  magic u32 │ kind u32 │ length u32 │ CRC-32 u32 over kind, length and payload │ payload
//! payload of kind 1 (requests):  { total u32 │ head length u32 │ head (JSON) │ body as received } …
//! payload of kind 2 (cut):       empty; the last frame of the file
//! ```
//! All numbers little-endian.
//!
//! ## Invariants
//! 1. A frame is what one sync made durable: the group of all requests that waited. So whatever stands before the last
//!    frame of the newest file was synced before, and damage there is damage; a torn last frame was never answered.
//! 2. A file ends with a cut. File *n* becomes the live object *n* of the incarnation, as a whole, and is removed once
//!    that object and its catalog rows are durable. Flushing is therefore a consistent cut, and repeating it is harmless.
//! 3. A failed write or sync is fatal for its file: what waited is answered 503, the file is closed where it was last
//!    known good, and the next request begins a new one.
//!
//! Why not a ready-made log crate: erasure has to reach into these bytes, and the format must be readable without us.

mod append;
mod read;

pub(crate) use append::sync_directory;
pub use append::{AppendError, Journal, JournalConfig, Progress};
pub use read::{FileEnd, FileReader, JournalFile, ReadError, old_files};
pub(super) use read::{empty_folders, keep_for_next_start};

use serde::{Deserialize, Serialize};

pub(crate) const FILE_MAGIC: &[u8; 8] = b"CSJRNL1\n";
pub(crate) const FRAME_MAGIC: u32 = 0x4D52_464A;
pub(crate) const FRAME_HEADER_BYTES: usize = 16;
pub(crate) const KIND_REQUESTS: u32 = 1;
pub(crate) const KIND_CUT: u32 = 2;

/// What is kept of a request beside its body: what later steps need and the body does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestHead {
    /// Server clock, milliseconds since the epoch.
    pub arrived_at: i64,
    /// Path of the request, such as `/s/`.
    pub path: String,
    /// The visitor's clock when the request left, from the query's `_`, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_sent_at: Option<i64>,
    /// The query says that it is a repetition.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retry: bool,
    /// `User-Agent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// One request as it came back from a journal file.
#[derive(Debug, Clone, Copy)]
pub struct JournaledRequest<'a> {
    /// Its head, as JSON.
    pub head: &'a [u8],
    /// Its body as received.
    pub body: &'a [u8],
}

/// The CRC of a frame.
pub(crate) fn frame_crc(kind: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&kind.to_le_bytes());
    hasher.update(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}
