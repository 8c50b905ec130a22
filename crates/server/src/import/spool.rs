//! Where imports and conversions work, and how many of them at a time.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api_error::ApiError;

/// Imports and conversions at a time, all callers together: each keeps a core busy, and capture must not wait for them.
const AT_A_TIME: usize = 2;

/// The spool of a running server.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    /// For files under construction.
    pub(crate) folder: PathBuf,
    /// zstd level of what is written.
    pub(crate) level: i32,
    /// Bytes that the disk must keep free for what SDKs send.
    min_free_bytes: u64,
    turns: Arc<Semaphore>,
}

impl Spool {
    pub(crate) fn new(folder: PathBuf, level: i32, min_free_bytes: u64) -> Self {
        Self { folder, level, min_free_bytes, turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Waits until it is the caller's turn, which lasts until the answer is dropped.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        // Nobody closes it.
        self.turns.clone().acquire_owned().await.map_err(|_| ApiError::Unavailable)
    }

    /// Refuses where a file would take the room that capture needs.
    pub(crate) fn must_have_room(&self) -> Result<(), ApiError> {
        let free = rustix::fs::statvfs(&self.folder).map_or(u64::MAX, |fs| fs.f_bavail.saturating_mul(fs.f_frsize));
        match free >= self.min_free_bytes {
            true => Ok(()),
            false => {
                tracing::error!(free, "there is no room for files that are sent for import");
                Err(ApiError::Unavailable)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn the_third_waits_until_one_is_done() {
        let spool = Spool::new(PathBuf::new(), 1, 0);
        let turns = [spool.turn().await.unwrap(), spool.turn().await.unwrap()];
        assert!(spool.clone().turn().now_or_never().is_none());
        drop(turns);
        assert!(spool.turn().now_or_never().is_some());
    }
}
