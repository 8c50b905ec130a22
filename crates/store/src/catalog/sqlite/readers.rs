//! The connections that read: few, opened when first needed, used on threads that may block.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::super::CatalogError;
use super::{failed, unavailable};

/// Readers at a time. A page of the list takes well under a millisecond, so more would only cost memory.
const CONNECTIONS: usize = 4;

/// Page cache of a reading connection, in KiB.
const CACHE_KIB: i64 = 2048;

pub(super) struct Readers {
    path: PathBuf,
    permits: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, permits: Semaphore::new(CONNECTIONS), idle: Arc::default() }
    }

    /// Runs `work` in a read transaction: all its queries see the same state.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let _permit = self.permits.acquire().await.map_err(|error| CatalogError::Unavailable(Box::new(error)))?;
        let (idle, path) = (Arc::clone(&self.idle), self.path.clone());
        let done = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match taken {
                Some(connection) => connection,
                None => open(&path).map_err(failed)?,
            };
            connection.execute_batch("BEGIN").map_err(failed)?;
            let result = work(&connection);
            // A connection that cannot end its transaction is not used again.
            if connection.execute_batch("COMMIT").is_ok() {
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            }
            result
        });
        done.await.map_err(|error| CatalogError::Unavailable(unavailable(error)))?
    }
}

pub(super) fn open(path: &std::path::Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(super::BUSY_TIMEOUT)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(32);
    super::functions::add(&connection)?;
    Ok(connection)
}
