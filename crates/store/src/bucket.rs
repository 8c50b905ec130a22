//! The bucket: where everything durable lies, as objects under names of [`crate::layout`].
//!
//! ## Invariants
//! 1. When a write returns, the bytes survive a power cut. `object_store`'s folder backend never syncs, so for a folder
//!    the file and the directories above it are synced here (rule 3 of the pipeline).
//! 2. A name once written keeps its bytes: writes are create-if-absent. The one exception is [`Bucket::replace_damaged`].

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};
use tokio::runtime::Handle;

/// A folder or a bucket that holds all of one Cassette.
#[derive(Debug, Clone)]
pub struct Bucket {
    objects: Arc<dyn ObjectStore>,
    folder: Option<Arc<Folder>>,
}

/// The folder that objects lie in as files, and the directories whose entries are known to be synced.
#[derive(Debug)]
struct Folder {
    root: PathBuf,
    synced_directories: Mutex<HashSet<PathBuf>>,
}

/// What a create-if-absent write found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object is new.
    Created,
    /// There was an object of that name; nothing was written.
    Existed,
}

/// Why the bucket did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// There is no object of that name.
    #[error("there is no object {name}")]
    NotFound {
        /// The name asked for.
        name: String,
    },
    /// The store cannot be reached, is full, or failed.
    #[error("the store failed at object {name}")]
    Unavailable {
        /// The name concerned.
        name: String,
        /// What the store said.
        #[source]
        source: object_store::Error,
    },
    /// The folder's disk failed.
    #[error("the folder failed at {name}")]
    Disk {
        /// The name concerned.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl BucketError {
    fn of(name: &str, source: object_store::Error) -> Self {
        match source {
            object_store::Error::NotFound { .. } => Self::NotFound { name: name.to_owned() },
            source => Self::Unavailable { name: name.to_owned(), source },
        }
    }

    fn disk(name: &str, source: io::Error) -> Self {
        Self::Disk { name: name.to_owned(), source }
    }

    /// Whether the object is simply not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

impl Bucket {
    /// A folder of the file system, made if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or opened.
    pub fn folder(root: &FilePath) -> Result<Self, BucketError> {
        let name = root.display().to_string();
        fs::create_dir_all(root).map_err(|source| BucketError::disk(&name, source))?;
        let root = root.canonicalize().map_err(|source| BucketError::disk(&name, source))?;
        let objects = object_store::local::LocalFileSystem::new_with_prefix(&root)
            .map_err(|source| BucketError::of(&name, source))?;
        let folder = Folder { root, synced_directories: Mutex::new(HashSet::new()) };
        Ok(Self { objects: Arc::new(objects), folder: Some(Arc::new(folder)) })
    }

    /// Any object store. Its writes must be durable when they return.
    pub fn over(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects, folder: None }
    }

    /// Writes an object unless one of that name exists.
    ///
    /// # Errors
    /// When the store fails; whether the object was written is then unknown.
    pub async fn put_new(&self, name: &str, bytes: Bytes) -> Result<Put, BucketError> {
        self.put(name, bytes, PutMode::Create).await
    }

    /// Makes sure that an object that was found, rather than written, survives a power cut: who wrote it may have died
    /// before that was so.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn make_durable(&self, name: &str) -> Result<(), BucketError> {
        self.sync(name)
    }

    /// Writes an object over one that was found damaged: a crash between writing and syncing can leave one behind, and
    /// nobody was told that it was there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn replace_damaged(&self, name: &str, bytes: Bytes) -> Result<(), BucketError> {
        self.put(name, bytes, PutMode::Overwrite).await.map(|_| ())
    }

    async fn put(&self, name: &str, bytes: Bytes, mode: PutMode) -> Result<Put, BucketError> {
        let options = PutOptions { mode, ..PutOptions::default() };
        match self.objects.put_opts(&Path::from(name), bytes.into(), options).await {
            Ok(_) => {
                if let Err(error) = self.sync(name) {
                    // After a failed sync nobody knows what of the file reaches the disk, and syncing it again would say
                    // that all is well. So it goes, and whoever tries again writes it anew.
                    self.delete(name).await?;
                    return Err(error);
                }
                Ok(Put::Created)
            }
            Err(object_store::Error::AlreadyExists { .. }) => {
                self.sync(name)?;
                Ok(Put::Existed)
            }
            Err(source) => Err(BucketError::of(name, source)),
        }
    }

    /// Moves a file of the local disk into the bucket unless an object of that name exists. The file is gone afterwards.
    ///
    /// # Errors
    /// When the store or the disk fails.
    pub async fn put_file(&self, name: &str, file: &FilePath) -> Result<Put, BucketError> {
        let disk = |source| BucketError::disk(name, source);
        let put = match &self.folder {
            Some(folder) => folder.link(name, file).map_err(disk)?,
            None => {
                if self.size(name).await?.is_some() {
                    Put::Existed
                } else {
                    self.upload(name, file).await?;
                    Put::Created
                }
            }
        };
        fs::remove_file(file).map_err(disk)?;
        Ok(put)
    }

    async fn upload(&self, name: &str, file: &FilePath) -> Result<(), BucketError> {
        use tokio::io::AsyncReadExt as _;
        const PART_BYTES: usize = 8 << 20;
        let disk = |source| BucketError::disk(name, source);
        let failed = |source| BucketError::of(name, source);
        let upload = self.objects.put_multipart(&Path::from(name)).await.map_err(failed)?;
        let mut write = object_store::WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let mut from = tokio::fs::File::open(file).await.map_err(disk)?;
        let mut part = vec![0; PART_BYTES];
        loop {
            let read = from.read(&mut part).await.map_err(disk)?;
            if read == 0 {
                break;
            }
            write.wait_for_capacity(4).await.map_err(failed)?;
            write.write(&part[..read]);
        }
        write.finish().await.map_err(failed)?;
        Ok(())
    }

    /// All bytes of an object.
    ///
    /// # Errors
    /// When there is none of that name or the store fails.
    pub async fn get(&self, name: &str) -> Result<Bytes, BucketError> {
        let read = async { self.objects.get(&Path::from(name)).await?.bytes().await };
        read.await.map_err(|source| BucketError::of(name, source))
    }

    /// Some bytes of an object.
    ///
    /// # Errors
    /// When there is none of that name, the range lies outside it or the store fails.
    pub async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Bytes, BucketError> {
        self.objects.get_range(&Path::from(name), range).await.map_err(|source| BucketError::of(name, source))
    }

    /// As [`Bucket::get_range`], for a thread that waits. A folder is read by that thread itself: memory that one thread takes
    /// and another gives back, again and again, piles up in the allocator, and a finisher reads thousands of blocks.
    ///
    /// # Errors
    /// As [`Bucket::get_range`].
    pub fn wait_for_range(&self, name: &str, range: Range<u64>, runtime: &Handle) -> Result<Bytes, BucketError> {
        let Some(folder) = &self.folder else { return runtime.block_on(self.get_range(name, range)) };
        folder.read_range(name, range).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BucketError::NotFound { name: name.to_owned() },
            _ => BucketError::disk(name, source),
        })
    }

    /// Some bytes of an object, and the `work` that takes longer than a task should go without waiting. A folder is read by
    /// the thread that works: each step from one thread to another costs as much as reading tens of kilobytes.
    ///
    /// # Errors
    /// As [`Bucket::get_range`]; and when `work` panics.
    pub async fn work_on_range<T: Send + 'static>(
        &self,
        name: &str,
        range: Range<u64>,
        work: impl FnOnce(Bytes) -> T + Send + 'static,
    ) -> Result<T, BucketError> {
        let read = match &self.folder {
            Some(_) => None,
            None => Some(self.get_range(name, range.clone()).await?),
        };
        let (bucket, place, runtime) = (self.clone(), name.to_owned(), Handle::current());
        let worked = tokio::task::spawn_blocking(move || {
            let bytes = match read {
                Some(bytes) => bytes,
                None => bucket.wait_for_range(&place, range, &runtime)?,
            };
            Ok(work(bytes))
        });
        worked.await.unwrap_or_else(|ended| Err(BucketError::disk(name, io::Error::other(ended))))
    }

    /// The last `length` bytes of an object, or all where it is shorter; and the object's size.
    ///
    /// # Errors
    /// When there is none of that name or the store fails.
    pub async fn get_tail(&self, name: &str, length: u64) -> Result<(Bytes, u64), BucketError> {
        let options = GetOptions { range: Some(GetRange::Suffix(length)), ..GetOptions::default() };
        let read = async {
            let found = self.objects.get_opts(&Path::from(name), options).await?;
            let size = found.meta.size;
            Ok((found.bytes().await?, size))
        };
        read.await.map_err(|source| BucketError::of(name, source))
    }

    /// A stream over a range of an object's bytes, or over all of them; and the object's size.
    ///
    /// # Errors
    /// When there is none of that name or the store fails.
    pub async fn stream(
        &self,
        name: &str,
        range: Option<Range<u64>>,
    ) -> Result<(BoxStream<'static, Result<Bytes, object_store::Error>>, u64), BucketError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.objects.get_opts(&Path::from(name), options).await;
        let found = found.map_err(|source| BucketError::of(name, source))?;
        let size = found.meta.size;
        Ok((found.into_stream(), size))
    }

    /// An object's size in bytes; `None` where there is none of that name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn size(&self, name: &str) -> Result<Option<u64>, BucketError> {
        match self.objects.head(&Path::from(name)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(BucketError::of(name, source)),
        }
    }

    /// The objects whose names begin with the folder `prefix`.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<ObjectMeta, BucketError>> {
        let name = prefix.to_owned();
        self.objects
            .list(Some(&Path::from(prefix)))
            .map(move |found| found.map_err(|e| BucketError::of(&name, e)))
            .boxed()
    }

    /// Removes an object; one that is not there is removed already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, name: &str) -> Result<(), BucketError> {
        match self.objects.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(BucketError::of(name, source)),
        }
    }

    /// As [`Bucket::delete`], and a power cut does not bring it back.
    ///
    /// # Errors
    /// When the store or the disk fails; the object may then come back.
    pub async fn delete_durably(&self, name: &str) -> Result<(), BucketError> {
        self.delete(name).await?;
        match &self.folder {
            Some(folder) => folder.sync_parent(name).map_err(|source| BucketError::disk(name, source)),
            None => Ok(()),
        }
    }

    /// Names below the folder `below` that `wanted` wants, in no order. In a folder of the file system only directories are
    /// read, not what is known of each file: there may be a million.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(
        &self,
        below: &str,
        wanted: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Vec<String>, BucketError> {
        let Some(folder) = self.folder.clone() else {
            let mut names = Vec::new();
            let mut objects = self.list(below);
            while let Some(found) = objects.next().await {
                names.push(found?.location.to_string());
            }
            names.retain(|name| wanted(name));
            return Ok(names);
        };
        let place = below.to_owned();
        let work = tokio::task::spawn_blocking(move || {
            let mut names = Vec::new();
            folder.walk(&place, &mut |name| {
                if wanted(&name) {
                    names.push(name);
                }
                Ok(())
            })?;
            Ok(names)
        });
        let found = work.await.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        found.map_err(|source| BucketError::disk(below, source))
    }

    /// Removes what writes that a crash broke off left below `below`. A folder has such files beside the objects, and no
    /// list shows them; a store that is not a folder keeps nothing of a write that did not end. Nobody may write there
    /// meanwhile.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove_half_written(&self, below: &str) -> Result<(), BucketError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let removed = folder.walk(below, &mut |name| match is_half_written(&name) {
            true => fs::remove_file(folder.root.join(&name)).and_then(|()| folder.sync_parent(&name)),
            false => Ok(()),
        });
        removed.map_err(|source| BucketError::disk(below, source))
    }

    fn sync(&self, name: &str) -> Result<(), BucketError> {
        match &self.folder {
            Some(folder) => folder.sync(name).map_err(|source| BucketError::disk(name, source)),
            None => Ok(()),
        }
    }
}

impl Folder {
    fn read_range(&self, name: &str, range: Range<u64>) -> io::Result<Bytes> {
        let mut file = fs::File::open(self.root.join(name))?;
        file.seek(SeekFrom::Start(range.start))?;
        let length = usize::try_from(range.end.saturating_sub(range.start)).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        let file = self.root.join(name);
        fs::File::open(&file)?.sync_all()?;
        self.sync_directories(&file)
    }

    /// Syncs the directory that holds `file`, and those above it that may be new.
    fn sync_directories(&self, file: &FilePath) -> io::Result<()> {
        let mut directory = file.parent();
        let mut deepest = true;
        while let Some(path) = directory.filter(|path| path.starts_with(&self.root)) {
            // A directory that was synced before has its own entry on disk, and so have those above it; only the
            // deepest one has a new entry for certain.
            let known = self.synced().contains(path);
            if known && !deepest {
                break;
            }
            fs::File::open(path)?.sync_all()?;
            if !known {
                // Only now: another write must not rely on a sync that is under way or fails.
                self.synced().insert(path.to_owned());
            }
            deepest = false;
            directory = path.parent();
        }
        Ok(())
    }

    /// Syncs the directory of an object that was removed; where that is gone too, so is the object.
    fn sync_parent(&self, name: &str) -> io::Result<()> {
        let file = self.root.join(name);
        let Some(parent) = file.parent() else { return Ok(()) };
        match fs::File::open(parent) {
            Ok(directory) => directory.sync_all(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Visits the files below a folder by their names in the bucket.
    fn walk(&self, below: &str, visit: &mut dyn FnMut(String) -> io::Result<()>) -> io::Result<()> {
        let entries = match fs::read_dir(self.root.join(below)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            // Whatever is no text was not written by us.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let name = format!("{below}/{name}");
            if entry.file_type()?.is_dir() {
                self.walk(&name, visit)?;
            } else {
                visit(name)?;
            }
        }
        Ok(())
    }

    fn synced(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        self.synced_directories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn link(&self, name: &str, file: &FilePath) -> io::Result<Put> {
        fs::File::open(file)?.sync_all()?;
        let target = self.root.join(name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let put = match fs::hard_link(file, &target) {
            Ok(()) => Put::Created,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Put::Existed,
            Err(error) => return Err(error),
        };
        self.sync_directories(&target)?;
        Ok(put)
    }
}

/// `object_store` writes to `name#1` (or another number) and links that to the name.
fn is_half_written(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_found_and_what_a_crash_left_half_written_goes() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("live/d")).unwrap();
        fs::write(folder.path().join("live/d/3.blocks#1"), "half").unwrap();
        for bucket in
            [Bucket::folder(folder.path()).unwrap(), Bucket::over(Arc::new(object_store::memory::InMemory::new()))]
        {
            for name in ["live/d/1.blocks", "live/d/2.blocks", "live/e/1.blocks", "other/1.blocks"] {
                let _ = bucket.put_new(name, Bytes::from_static(b"x")).await.unwrap();
            }
            bucket.remove_half_written("live").unwrap();
            let mut found = bucket.find("live", |name| name.ends_with("1.blocks")).await.unwrap();
            found.sort();
            assert_eq!(found, ["live/d/1.blocks", "live/e/1.blocks"]);
            assert_eq!(bucket.find("live", |_| true).await.unwrap().len(), 3);
            assert!(bucket.find("nothing", |_| true).await.unwrap().is_empty());
            bucket.delete_durably("live/d/1.blocks").await.unwrap();
            bucket.delete_durably("nowhere/1.blocks").await.unwrap();
            assert!(bucket.get("live/d/1.blocks").await.unwrap_err().is_not_found());
        }
        assert!(!folder.path().join("live/d/3.blocks#1").exists());
    }

    #[tokio::test]
    async fn a_name_once_written_keeps_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        for bucket in
            [Bucket::folder(folder.path()).unwrap(), Bucket::over(Arc::new(object_store::memory::InMemory::new()))]
        {
            assert_eq!(bucket.put_new("a/b/c", Bytes::from_static(b"one")).await.unwrap(), Put::Created);
            assert_eq!(bucket.put_new("a/b/c", Bytes::from_static(b"two")).await.unwrap(), Put::Existed);
            assert_eq!(bucket.get("a/b/c").await.unwrap(), "one");
            assert_eq!(bucket.get_tail("a/b/c", 2).await.unwrap(), (Bytes::from_static(b"ne"), 3));
            assert_eq!(bucket.get_tail("a/b/c", 20).await.unwrap().0, "one");
            bucket.delete("a/b/c").await.unwrap();
            bucket.delete("a/b/c").await.unwrap();
            assert!(bucket.get("a/b/c").await.unwrap_err().is_not_found());
        }
    }

    #[tokio::test]
    async fn a_local_file_moves_into_the_bucket() {
        let folder = tempfile::tempdir().unwrap();
        for bucket in [
            Bucket::folder(&folder.path().join("bucket")).unwrap(),
            Bucket::over(Arc::new(object_store::memory::InMemory::new())),
        ] {
            let file = folder.path().join("spool");
            for expected in [Put::Created, Put::Existed] {
                fs::write(&file, format!("{expected:?}")).unwrap();
                assert_eq!(bucket.put_file("x/y", &file).await.unwrap(), expected);
                assert!(!file.exists());
            }
            assert_eq!(bucket.get("x/y").await.unwrap(), "Created");
        }
    }
}
