//! A file of any form, read into a recording that lies in a temporary file.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use cassette_interchange::read::{ReadError, ReadIn, Reading, read};
use cassette_recording::RecordingId;
use tempfile::TempDir;

/// Level of recordings that are read again at once and thrown away.
pub(crate) const FAST: i32 = 1;

/// A recording in a temporary folder, which goes when this goes.
pub(crate) struct Recorded {
    pub(crate) read: ReadIn,
    file: File,
    _folder: TempDir,
}

impl Recorded {
    /// Reads a file of any form. `folder` is where there is room for it.
    pub(crate) fn from(
        input: File,
        session_id: Option<RecordingId>,
        level: i32,
        folder: TempDir,
    ) -> Result<Self, ReadError> {
        let failed = |cause| ReadError::Io { action: "write the recording", cause };
        let path = folder.path().join("recording");
        let file = File::options().read(true).write(true).create_new(true).open(path).map_err(failed)?;
        let reading = Reading { project: None, session_id, spool: folder.path(), level, arrived_at: 0 };
        let mut out = BufWriter::with_capacity(1 << 20, &file);
        let read = read(input, &reading, &mut out)?;
        out.flush().map_err(failed)?;
        drop(out);
        Ok(Self { read, file, _folder: folder })
    }

    /// From its beginning.
    pub(crate) fn reader(&self) -> io::Result<impl Read> {
        let mut file = &self.file;
        file.rewind()?;
        Ok(file)
    }
}

/// A folder for temporary files: beside what is to be written, where that is a file. Recordings can be larger than what
/// the system has for temporary files.
pub(crate) fn folder_beside(target: Option<&Path>) -> anyhow::Result<TempDir> {
    let beside = target.map(|path| path.parent().filter(|parent| !parent.as_os_str().is_empty()));
    let folder = match beside {
        Some(parent) => {
            let parent = parent.unwrap_or(Path::new("."));
            tempfile::Builder::new().prefix(".cassette-").suffix(".partial").tempdir_in(parent)
        }
        None => tempfile::tempdir(),
    };
    folder.context("a temporary folder cannot be made")
}

/// Opens a file to be read from any place of it. What can only be read once (`-`, a pipe) is copied first.
pub(crate) fn open(path: &Path) -> anyhow::Result<File> {
    if path == Path::new("-") {
        return copied(io::stdin().lock());
    }
    let shown = path.display();
    ensure!(!path.is_dir(), "{shown} is a folder, expected a file");
    let file = File::open(path).with_context(|| format!("{shown} cannot be opened"))?;
    match file.metadata().is_ok_and(|found| found.is_file()) {
        true => Ok(file),
        false => copied(file),
    }
}

fn copied(mut input: impl Read) -> anyhow::Result<File> {
    let mut file = tempfile::tempfile().context("a temporary file cannot be made")?;
    io::copy(&mut input, &mut file).context("the input cannot be copied")?;
    file.rewind().context("the copy of the input cannot be read")?;
    Ok(file)
}
