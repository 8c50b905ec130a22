//! A file that is there whole or not at all.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

/// Which side of a copy failed: the next recording may still work, or nothing will.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The recording could not be read.
    #[error("the recording cannot be read")]
    Recording(#[source] anyhow::Error),
    /// The file could not be written.
    #[error("the file cannot be written")]
    Target(#[source] anyhow::Error),
}

impl WriteError {
    /// The cause alone, where which side it was tells nobody anything.
    pub(crate) fn into_anyhow(self) -> anyhow::Error {
        match self {
            Self::Recording(error) | Self::Target(error) => error,
        }
    }
}

/// Refuses early what [`write_file`] would refuse late.
pub(crate) fn must_be_free(path: &Path, force: bool) -> anyhow::Result<()> {
    let shown = path.display();
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{shown} cannot be written")),
        Ok(found) if found.is_dir() => bail!("{shown} is a folder: name a file in it, or export --all"),
        Ok(found) if !found.is_file() => bail!("{shown} is no plain file: write to it with --to - and a pipe"),
        Ok(_) if !force => bail!("{shown} exists already: name another file, or add --force"),
        Ok(_) => Ok(()),
    }
}

/// Lets `write` fill a file beside `path`, and moves it there when it is on disk. Returns what `write` says.
pub(crate) fn write_file<T>(
    path: &Path,
    replace: bool,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
) -> Result<T, WriteError> {
    let (partial, said) = Partial::write(path, write)?;
    partial.place(replace)?;
    Ok(said)
}

/// A file that is complete and on disk, but not yet under its name. Dropped, it is gone.
pub(crate) struct Partial<'a> {
    path: &'a Path,
    file: NamedTempFile,
}

impl<'a> Partial<'a> {
    /// Lets `write` fill a file beside `path`.
    pub(crate) fn write<T>(
        path: &'a Path,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>,
    ) -> Result<(Self, T), WriteError> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".cassette-")
            .suffix(".partial")
            // As any other new file: the user's mask decides.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(|error| cannot_write(path, error))?;
        let mut out = Watched { out: BufWriter::with_capacity(256 << 10, file.as_file()), failed: false };
        let written = write(&mut out).and_then(|said| {
            out.flush()?;
            Ok(said)
        });
        let failed = out.failed;
        drop(out);
        let said = match written {
            Ok(said) => said,
            Err(error) if failed => return Err(cannot_write(path, error)),
            Err(error) => return Err(WriteError::Recording(error)),
        };
        file.as_file().sync_all().map_err(|error| cannot_write(path, error))?;
        Ok((Self { path, file }, said))
    }

    /// How large it is.
    pub(crate) fn bytes(&self) -> Result<u64, WriteError> {
        Ok(self.file.as_file().metadata().map_err(|error| cannot_write(self.path, error))?.len())
    }

    /// Moves it to its name.
    pub(crate) fn place(self, replace: bool) -> Result<(), WriteError> {
        let Self { path, file } = self;
        let moved = if replace { file.persist(path) } else { file.persist_noclobber(path) };
        moved.map(drop).map_err(|failed| cannot_write(path, failed.error))
    }
}

fn cannot_write(path: &Path, error: impl Into<anyhow::Error>) -> WriteError {
    WriteError::Target(error.into().context(format!("{} cannot be written", path.display())))
}

/// Remembers whether it was the writing that failed.
struct Watched<W> {
    out: W,
    failed: bool,
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.failed |= written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.failed |= flushed.is_err();
        flushed
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_file_that_was_not_written_to_its_end_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let failed: Result<(), WriteError> = write_file(&path, false, |out| {
            out.write_all(b"half")?;
            bail!("the rest is missing")
        });
        assert!(matches!(failed, Err(WriteError::Recording(_))));
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_is_there_stays_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        let write = |out: &mut dyn Write| Ok(out.write_all(b"new")?);
        assert!(must_be_free(&path, false).is_err());
        assert!(matches!(write_file(&path, false, write), Err(WriteError::Target(_))));
        assert_eq!((fs::read_to_string(&path).unwrap(), names(folder.path()).len()), ("old".to_owned(), 1));
        must_be_free(&path, true).unwrap();
        write_file(&path, true, write).unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap(), names(folder.path()).len()), ("new".to_owned(), 1));
    }

    #[test]
    fn a_folder_or_a_device_is_no_file_to_write() {
        for path in ["/tmp", "/dev/null"] {
            assert!(must_be_free(Path::new(path), true).is_err(), "{path}");
        }
        let nowhere = write_file(Path::new("/no/such/folder/a"), false, |_| Ok(()));
        assert!(matches!(nowhere, Err(WriteError::Target(_))));
    }
}
