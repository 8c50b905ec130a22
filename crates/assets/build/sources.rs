//! Which files of `web/` the build depends on, and their copy below `OUT_DIR`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What stands in `web/` without deciding what is built.
const NOT_SOURCES: [&str; 3] = ["node_modules", "dist", "tests"];

/// The entries of `web/` that cargo shall watch. Folders are watched with all that is in them, so `web` itself cannot be
/// named: that would include `node_modules`.
pub(crate) fn top_level(web: &Path) -> Result<Vec<PathBuf>, String> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(web).map_err(|error| format!("cannot read {}: {error}", web.display()))? {
        let entry = entry.map_err(|error| format!("cannot read {}: {error}", web.display()))?;
        if !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// Makes `copy` the same as `web`, except for an installed `node_modules`, which stays.
pub(crate) fn copy(web: &Path, copy: &Path) -> Result<(), String> {
    let failed = |error| format!("cannot copy {} to {}: {error}", web.display(), copy.display());
    fs::create_dir_all(copy).map_err(failed)?;
    for stale in top_level(copy)? {
        remove(&stale)?;
    }
    for entry in top_level(web)? {
        let name = entry.file_name().expect("an entry of a folder has a name");
        copy_entry(&entry, &copy.join(name)).map_err(failed)?;
    }
    Ok(())
}

fn copy_entry(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_entry(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Removes a file or a folder; one that is not there is removed already.
pub(crate) fn remove(path: &Path) -> Result<(), String> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("cannot remove {}: {error}", path.display())),
        _ => Ok(()),
    }
}
