//! What a project's recordings take up.

/// What all recordings of a project take up, and the ones of each day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// All of them.
    pub total: Occupied,
    /// Live blocks of recordings that are not finished yet.
    pub live: Occupied,
    /// The latest time at which something of a recording came in, epoch ms.
    pub last_arrival: Option<i64>,
    /// Days (since the epoch, UTC) on which the first data of a recording came in, the earliest first; days without any
    /// are left out.
    pub days: Vec<(i64, Occupied)>,
}

/// How many recordings, and how large they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Occupied {
    /// How many.
    pub recordings: u64,
    /// In the bucket.
    pub stored_bytes: u64,
    /// Lines of NDJSON, before compression.
    pub raw_bytes: u64,
}
