//! A file under construction, which goes when nobody needs it any more.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::ImportError;

/// A file of the spool. Removed when this is dropped.
#[derive(Debug)]
pub struct Spooled(PathBuf);

impl Spooled {
    /// A new file, open for writing and reading.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(spool: &Path) -> Result<(Self, File), ImportError> {
        let path = spool.join(format!("import-{:08x}{:08x}", crate::random::number(), crate::random::number()));
        let file = File::options().read(true).write(true).create_new(true).open(&path).map_err(ImportError::Spool)?;
        Ok((Self(path), file))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The same file under a second name.
    pub(super) fn linked(&self) -> Result<Self, ImportError> {
        let path = self.0.with_extension("put");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(ImportError::Spool(error)),
            Ok(()) | Err(_) => {}
        }
        fs::hard_link(&self.0, &path).map_err(ImportError::Spool)?;
        Ok(Self(path))
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        // One that was moved into the bucket is gone already; what else stays is removed at the next start.
        fs::remove_file(&self.0).ok();
    }
}
