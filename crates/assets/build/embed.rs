//! The table of built files: `OUT_DIR/files.rs`, sorted by path, with everything a server needs to know of a file
//! worked out here, so that nothing is left for the start of the program.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::node::hex;

/// A compressed form that saves less than this is not worth its place.
const WORTH_SAVING_BYTES: usize = 128;

pub(crate) fn write(dist: &Path, out: &Path) -> Result<(), String> {
    let gzipped = out.join("gzip");
    super::sources::remove(&gzipped)?;
    fs::create_dir_all(&gzipped).map_err(|error| format!("cannot create {}: {error}", gzipped.display()))?;

    let mut files = Vec::new();
    collect(dist, "", &mut files).map_err(|error| format!("cannot read {}: {error}", dist.display()))?;
    files.sort();

    let mut table = String::from("static FILES: &[(&str, Asset)] = &[\n");
    for (path, file) in files {
        table += &entry(&path, &file, &gzipped)?;
    }
    table += "];\n";
    let to = out.join("files.rs");
    fs::write(&to, table).map_err(|error| format!("cannot write {}: {error}", to.display()))
}

/// Files below `folder` by their path with `/`, which is also the path in an address.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push((path, entry.path()));
        }
    }
    Ok(())
}

fn entry(path: &str, file: &Path, gzipped: &Path) -> Result<String, String> {
    let bytes = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let sha256 = hex(&Sha256::digest(&bytes));
    let content_type = content_type(path)?;
    let compressed = compress(&bytes);
    let gzip = if compressed.len() + WORTH_SAVING_BYTES <= bytes.len() {
        let to = gzipped.join(&sha256);
        fs::write(&to, compressed).map_err(|error| format!("cannot write {}: {error}", to.display()))?;
        format!("Some(include_bytes!({:?}))", to.display().to_string())
    } else {
        "None".to_owned()
    };
    let mut entry = String::new();
    writeln!(
        entry,
        "({path:?}, Asset {{ bytes: include_bytes!({:?}), gzip: {gzip}, content_type: {content_type:?}, \
         etag: \"\\\"{}\\\"\", immutable: {} }}),",
        file.display().to_string(),
        &sha256[..32],
        path.starts_with("app/"),
    )
    .expect("writing to a string cannot fail");
    Ok(entry)
}

/// The same bytes for the same file: the gzip header is written without a time.
fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory cannot fail")
}

fn content_type(path: &str) -> Result<&'static str, String> {
    Ok(match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => {
            return Err(format!(
                "web's build wrote {path}, for whose ending crates/assets/build/embed.rs has no content type"
            ));
        }
    })
}
