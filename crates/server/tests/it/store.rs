//! An object store that fails: before the effect, after it, for a while, or by being slow.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result,
};

/// Keeps objects in memory, and fails as often as it is told to.
#[derive(Debug, Default)]
pub(crate) struct FailingStore {
    inner: InMemory,
    /// So many calls of any kind fail without effect.
    pub(crate) fail_before: AtomicUsize,
    /// So many writes have their effect, and are then answered with an error.
    pub(crate) fail_after: AtomicUsize,
    /// Every call takes so long.
    pub(crate) slow_ms: AtomicU64,
    /// Large writes wait before they begin, as long as this is set.
    pub(crate) hold_uploads: AtomicBool,
    /// One of them waits, or has waited.
    pub(crate) held_an_upload: AtomicBool,
    /// Writes that had an effect.
    pub(crate) writes: AtomicUsize,
}

impl FailingStore {
    async fn before(&self) -> Result<()> {
        let slow = self.slow_ms.load(Ordering::Relaxed);
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(slow)).await;
        }
        fail(&self.fail_before)
    }

    fn after(&self) -> Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        fail(&self.fail_after)
    }
}

fn fail(times: &AtomicUsize) -> Result<()> {
    let left = times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    match left {
        Ok(_) => Err(object_store::Error::Generic { store: "failing", source: "as told".into() }),
        Err(_) => Ok(()),
    }
}

impl fmt::Display for FailingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store that fails")
    }
}

#[async_trait]
impl ObjectStore for FailingStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.before().await?;
        let result = self.inner.put_opts(location, payload, options).await?;
        self.after()?;
        Ok(result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.before().await?;
        while self.hold_uploads.load(Ordering::SeqCst) {
            self.held_an_upload.store(true, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.before().await?;
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.before().await?;
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.before().await?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.before().await?;
        self.inner.copy_opts(from, to, options).await
    }
}
