//! The data folder: the bucket, and beside it what belongs to this machine.
//!
//! ```text
//! README.txt, cassette.json, projects/, live/, quarantine/     the bucket: copy these and you have everything
//! journal/                                                     what was answered and is not in the bucket yet
//! catalog.sqlite                                               the index; made again from the bucket if it is missing
//! server.secret                                                signs login cookies; without it everybody logs in again
//! spool/, lock                                                 of the running server
//! pull/                                                        what `cassette pull` did; without it, it fetches again
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cassette_store::catalog::{Access, OpenCatalogError, SqliteCatalog};
use cassette_store::layout::{self, Incarnation};
use cassette_store::{Bucket, BucketError};

/// The index: made again from the bucket if it is missing.
pub const CATALOG: &str = "catalog.sqlite";

/// The folder of a running server: locked against a second one.
pub struct DataFolder {
    root: PathBuf,
    nonce: u32,
    /// Held open for its lock.
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another server works in it.
    #[error("the folder {0} is in use by a running server; stop it, or reach it with --server URL")]
    InUse(PathBuf),
    /// The disk failed.
    #[error("the folder {path} cannot be used")]
    Disk {
        /// The folder or a file in it.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The bucket in it failed.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// Something else lies there, or a newer version's data.
    #[error("the folder holds data of another layout: expected {expected}, found {found}")]
    Layout {
        /// What this version writes.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The catalog cannot be opened.
    #[error(transparent)]
    Catalog(#[from] OpenCatalogError),
}

impl DataFolder {
    /// Takes the folder, made if it is missing.
    ///
    /// # Errors
    /// When another server has it, or it cannot be written.
    pub fn lock(root: &Path) -> Result<Self, FolderError> {
        let disk = |source| FolderError::Disk { path: root.to_owned(), source };
        fs::create_dir_all(root.join("spool")).map_err(disk)?;
        let root = root.canonicalize().map_err(disk)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(root.join("lock"));
        let lock = lock.map_err(|source| FolderError::Disk { path: root.clone(), source })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(root)),
            Err(TryLockError::Error(source)) => return Err(FolderError::Disk { path: root, source }),
        }
        // Both may be new: what lies in the folder is only durable once its own name is.
        for directory in root.ancestors().take(2) {
            if let Err(error) = File::open(directory).and_then(|directory| directory.sync_all()) {
                tracing::warn!(%error, path = %directory.display(), "a directory could not be synced");
            }
        }
        let folder = Self { root, nonce: crate::random::number(), _lock: lock };
        folder.empty_spool();
        Ok(folder)
    }

    /// Nothing in the spool outlives the process that wrote it.
    fn empty_spool(&self) {
        let files = fs::read_dir(self.spool()).into_iter().flatten().flatten();
        for file in files {
            if let Err(error) = fs::remove_file(file.path()) {
                tracing::warn!(%error, "a leftover file stays in the spool");
            }
        }
    }

    /// The bucket.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn bucket(&self) -> Result<Bucket, FolderError> {
        Ok(Bucket::folder(&self.root)?)
    }

    /// The catalog. One that is damaged or of another version is put aside: it is an index, and made again.
    ///
    /// # Errors
    /// When it can neither be opened nor be made.
    pub fn catalog(&self) -> Result<SqliteCatalog, FolderError> {
        let path = self.root.join(CATALOG);
        match SqliteCatalog::open(&path, Access::ReadWrite) {
            Err(OpenCatalogError::NeedsRebuild { reason }) => {
                tracing::warn!(reason, "the catalog is made again from the objects");
                for suffix in ["", "-wal", "-shm"] {
                    fs::remove_file(self.root.join(format!("{CATALOG}{suffix}"))).ok();
                }
                Ok(SqliteCatalog::open(&path, Access::ReadWrite)?)
            }
            opened => Ok(opened?),
        }
    }

    /// This process, in names.
    pub fn incarnation(&self, now: i64) -> Incarnation {
        Incarnation::new(now, self.nonce)
    }

    /// The journals of all processes.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// Files under construction.
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    /// The secret that cookies are signed with; made at the first start.
    ///
    /// # Errors
    /// When it can neither be read nor written.
    pub fn secret(&self) -> Result<[u8; 32], FolderError> {
        let path = self.root.join("server.secret");
        let disk = |source| FolderError::Disk { path: path.clone(), source };
        match fs::read(&path) {
            Ok(bytes) => {
                if let Ok(secret) = bytes.try_into() {
                    return Ok(secret);
                }
                tracing::warn!("the server's secret has the wrong length and is made anew; everybody logs in again");
                fs::remove_file(&path).map_err(disk)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk(error)),
        }
        let secret = crate::random::bytes::<32>();
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(disk)?;
        file.write_all(&secret).and_then(|()| file.sync_all()).map_err(disk)?;
        Ok(secret)
    }
}

const VERSION: &str = "{\"layout\":\"cassette/1\"}\n";

/// Writes what tells a finder how to read the bucket, or checks that it is one of ours.
pub(super) async fn describe(bucket: &Bucket) -> Result<(), FolderError> {
    let _ = bucket.put_new(layout::README, Bytes::from_static(include_bytes!("README.txt"))).await?;
    let _ = bucket.put_new(layout::VERSION, Bytes::from_static(VERSION.as_bytes())).await?;
    let found = bucket.get(layout::VERSION).await?;
    match found == VERSION.as_bytes() {
        true => Ok(()),
        false => {
            let found = String::from_utf8_lossy(&found[..found.len().min(200)]).trim().to_owned();
            Err(FolderError::Layout { expected: VERSION.trim().to_owned(), found })
        }
    }
}
