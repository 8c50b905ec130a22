//! Which files are meant.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::read_in;

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found(PathBuf);

impl Found {
    /// For messages.
    pub(super) fn name(&self) -> String {
        self.0.display().to_string()
    }

    /// Opens it, to be read from any place.
    pub(super) fn open(&self) -> anyhow::Result<File> {
        read_in::open(&self.0)
    }
}

/// The files that the words mean, in their order; those of a folder sorted, and those of folders in it too. Hidden ones are
/// passed over: exports keep their notes in such, and other programs their own.
pub(super) fn found(words: &[PathBuf]) -> anyhow::Result<Vec<Found>> {
    let mut files = Vec::new();
    for path in words {
        match path.is_dir() {
            true => below(path, &mut files).with_context(|| format!("{} cannot be read", path.display()))?,
            false => files.push(Found(path.clone())),
        }
    }
    Ok(files)
}

fn below(folder: &Path, files: &mut Vec<Found>) -> io::Result<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        // A link to a folder could lead in a circle.
        match entry.file_type()?.is_dir() {
            true => below(&path, files)?,
            false if path.is_dir() => {}
            false => files.push(Found(path)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_hidden_files_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("b/c")).unwrap();
        for name in ["z", "a", "b/c/2", "b/1", ".hidden", "b/.cassette-x.partial"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/circle")).unwrap();
        let names = found(&[folder.path().join("z"), folder.path().to_owned()]).unwrap();
        let names: Vec<String> =
            names.iter().map(|file| file.0.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["z", "a", "b/1", "b/c/2", "z"]);
    }
}
