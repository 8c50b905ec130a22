//! Live objects and the blocks in them.

use cassette_recording::{ProjectId, RecordingId, WindowId};
use serde::{Deserialize, Serialize};

use super::RecordingDelta;

/// One object below `live/`: blocks of many recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveObject {
    /// Where it lies in the bucket.
    pub path: String,
    /// Server clock, epoch ms.
    pub written_at: i64,
}

/// Where a live block lies, or lay when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockPlace {
    /// Path of the live object.
    pub object: String,
    /// Position in the object's index, from 0.
    pub ordinal: u32,
}

/// A live block that was just put into the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLiveBlock {
    /// Position in the object's index, from 0.
    pub ordinal_in_object: u32,
    /// First byte in the object.
    pub offset: u64,
    /// Bytes in the object.
    pub length: u64,
    /// Bytes after decompression.
    pub raw_length: u64,
    /// Over the bytes in the object, hexadecimal.
    pub sha256: String,
    /// Smallest line time, corrected, epoch ms.
    pub first: i64,
    /// Greatest line time, corrected, epoch ms.
    pub last: i64,
    /// Lines that carry an rrweb event.
    pub events: u64,
    /// Full snapshots: window and time, corrected, epoch ms.
    pub full_snapshots: Vec<(WindowId, i64)>,
    /// Where it lay before it was rewritten. Empty but in a rebuild; finished files name blocks by these.
    pub origins: Vec<BlockPlace>,
}

/// A new live block and what it adds to its recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlushedBlock {
    /// The block.
    pub block: NewLiveBlock,
    /// Names the recording too.
    pub delta: RecordingDelta,
}

/// A live block as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveBlock {
    /// Its recording's project.
    pub project: ProjectId,
    /// Its recording.
    pub session: RecordingId,
    /// From 0 within the recording, in the order of commits; never given twice.
    pub key: u32,
    /// Path of the live object.
    pub object: String,
    /// Position in the object's index, from 0.
    pub ordinal_in_object: u32,
    /// First byte in the object.
    pub offset: u64,
    /// Bytes in the object.
    pub length: u64,
    /// Bytes after decompression.
    pub raw_length: u64,
    /// Over the bytes in the object, hexadecimal.
    pub sha256: String,
    /// Smallest line time, corrected, epoch ms.
    pub first: i64,
    /// Greatest line time, corrected, epoch ms.
    pub last: i64,
    /// Lines that carry an rrweb event.
    pub events: u64,
    /// Full snapshots: window and time, corrected, epoch ms.
    pub full_snapshots: Vec<(WindowId, i64)>,
    /// The first revision that contains it.
    pub finished_in: Option<u32>,
    /// When that revision was recorded, server clock, epoch ms.
    pub finished_at: Option<i64>,
}

impl LiveBlock {
    /// Where it lies now.
    pub fn place(&self) -> BlockPlace {
        BlockPlace { object: self.object.clone(), ordinal: self.ordinal_in_object }
    }
}

/// A live block that was copied into another object. Its bytes may have been compressed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedBlock {
    /// Its recording's project.
    pub project: ProjectId,
    /// Its recording.
    pub session: RecordingId,
    /// Its key, which stays.
    pub key: u32,
    /// Position in the new object's index, from 0.
    pub ordinal_in_object: u32,
    /// First byte in the new object.
    pub offset: u64,
    /// Bytes in the new object.
    pub length: u64,
    /// Bytes after decompression.
    pub raw_length: u64,
    /// Over the bytes in the new object, hexadecimal.
    pub sha256: String,
}
