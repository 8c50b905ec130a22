//! Where a text stands below a folder: in every byte, and in whatever those bytes are compressed from.

use std::fs;
use std::io::Read;
use std::path::Path;

/// What one frame may hold. Larger ones do not come from tests that look for something.
const FRAME_BYTES: u64 = 64 << 20;

/// Compressed within compressed within compressed: a body in the journal holds gzip within gzip.
const DEPTH: u32 = 4;

/// Files below `folder` that hold `text`: as it is, or in a zstd frame or a gzip member that begins at any byte of them. Of
/// frames that are damaged, what can be read counts.
///
/// # Panics
/// When a file cannot be read.
#[must_use]
pub fn files_that_hold(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(&below).expect("a folder that can be read") {
            let path = entry.expect("a folder that can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            match fs::read(&path) {
                Ok(bytes) if holds(&bytes, text.as_bytes(), DEPTH) => found.push(path.display().to_string()),
                Ok(_) => {}
                // It went between the two calls, as a running server's files do.
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{}", path.display()),
            }
            let name = path.to_string_lossy();
            assert!(!name.contains(text), "the file's own name says it: {name}");
        }
    }
    found.sort();
    found
}

/// Whether `bytes` hold `text`, also compressed.
fn holds(bytes: &[u8], text: &[u8], depth: u32) -> bool {
    if memchr::memmem::find(bytes, text).is_some() {
        return true;
    }
    // The first bytes of what `inflated` knows.
    let begins = || memchr::memchr2_iter(0x28, 0x1F, bytes);
    depth > 0 && begins().any(|at| inflated(&bytes[at..]).is_some_and(|inner| holds(&inner, text, depth - 1)))
}

/// What the bytes begin with, decompressed, if it looks compressed.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    // An error at the end, or in the middle, leaves what was read before.
    match bytes {
        [0x28, 0xB5, 0x2F, 0xFD, ..] => {
            let decoder = zstd::stream::read::Decoder::with_buffer(bytes).ok()?;
            drop(decoder.single_frame().take(FRAME_BYTES).read_to_end(&mut out));
        }
        [0x1F, 0x8B, 0x08, ..] => {
            drop(flate2::bufread::GzDecoder::new(bytes).take(FRAME_BYTES).read_to_end(&mut out));
        }
        _ => return None,
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_text_is_found_however_deep_it_is_compressed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"before the needle behind").expect("memory");
        let gzip = gzip.finish().expect("memory");
        let zstd = zstd::encode_all(&[b"xx", &gzip[..]].concat()[..], 1).expect("memory");
        fs::write(folder.path().join("a"), [b"123", &zstd[..], b"45"].concat()).expect("a file");
        fs::write(folder.path().join("b"), &zstd[..zstd.len() / 4]).expect("a file");
        fs::create_dir(folder.path().join("c")).expect("a folder");
        fs::write(folder.path().join("c/d"), "a needle").expect("a file");
        let found = files_that_hold(folder.path(), "needle");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("/a") && found[1].ends_with("/c/d"), "{found:?}");
    }
}
