//! Whether one recording holds what another does.
//!
//! Compared are the bytes of what lines carry, each as often as it is there: not the lines, since another form gives them
//! other numbers, windows and times. Of a line that carries neither an event nor a captured one, all its members but `seq`
//! count.
//!
//! Memory stays below [`HELD`] digests a side: a longer recording is read several times, each time for the digests of one
//! part of all possible ones. The digests' halves are as good as random, so the parts are as good as equal.

use std::cmp::Ordering;
use std::fs::File;
use std::path::Path;

use cassette_recording::file::LineReader;
use cassette_recording::json::Object;
use cassette_store::catalog::LiveBlock;
use cassette_store::live_objects::LiveObjects;
use cassette_store::recording_files::RecordingFile;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::ImportError;

/// Digests of 16 bytes, held at a time of each side.
const HELD: u64 = 1 << 20;

/// How two recordings differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compared {
    /// Contents of the first.
    pub(super) given: u64,
    /// Of these, not in the second.
    pub(super) new: u64,
    /// Contents of the second that are not in the first.
    pub(super) missing: u64,
}

/// The lines of a recording.
pub(super) trait Lines {
    /// About how many there are.
    fn about(&self) -> u64;

    /// Calls `each` with every line, in any order.
    fn each(&self, each: &mut dyn FnMut(&str)) -> Result<(), ImportError>;
}

/// Compares what two recordings carry.
pub(super) fn compare(given: &impl Lines, stored: &impl Lines) -> Result<Compared, ImportError> {
    compare_in_parts(given, stored, given.about().max(stored.about()) / HELD + 1)
}

fn compare_in_parts(given: &impl Lines, stored: &impl Lines, parts: u64) -> Result<Compared, ImportError> {
    let mut compared = Compared { given: 0, new: 0, missing: 0 };
    for part in 0..parts {
        let (given, stored) = (digests(given, part, parts)?, digests(stored, part, parts)?);
        compared.given += given.len() as u64;
        compared.add(&given, &stored);
    }
    Ok(compared)
}

impl Compared {
    /// Walks over two sorted lists.
    fn add(&mut self, mut given: &[u128], mut stored: &[u128]) {
        while let ([one, given_rest @ ..], [other, stored_rest @ ..]) = (given, stored) {
            match one.cmp(other) {
                Ordering::Less => (self.new, given) = (self.new + 1, given_rest),
                Ordering::Greater => (self.missing, stored) = (self.missing + 1, stored_rest),
                Ordering::Equal => (given, stored) = (given_rest, stored_rest),
            }
        }
        self.new += given.len() as u64;
        self.missing += stored.len() as u64;
    }
}

/// The digests of one part, sorted.
fn digests(lines: &impl Lines, part: u64, parts: u64) -> Result<Vec<u128>, ImportError> {
    let mut digests = Vec::new();
    lines.each(&mut |line| {
        let digest = digest(line).filter(|digest| digest % u128::from(parts) == u128::from(part));
        digests.extend(digest);
    })?;
    digests.sort_unstable();
    Ok(digests)
}

/// The digest of what a line carries; `None` for the lines that every file has of its own.
fn digest(line: &str) -> Option<u128> {
    let (mut line_type, mut carried) = ("", None);
    let mut object = Object::open(line, 0).ok()?;
    while let Some(key) = object.next_key().ok()? {
        match key {
            "type" => line_type = object.value().ok()?,
            "event" | "captured" => carried = Some(object.value().ok()?),
            _ => {}
        }
    }
    if matches!(line_type, "\"meta\"" | "\"checksum\"" | "\"end\"") {
        return None;
    }
    let mut hasher = Sha256::new();
    match carried {
        Some(json) => hasher.update(json),
        None => members(line, &mut |text| hasher.update(text))?,
    }
    let digest = hasher.finalize();
    Some(u128::from_le_bytes(*digest.first_chunk().expect("a SHA-256 digest has 32 bytes")))
}

/// All members of a line but its number.
fn members(line: &str, each: &mut dyn FnMut(&str)) -> Option<()> {
    let mut object = Object::open(line, 0).ok()?;
    while let Some(key) = object.next_key().ok()? {
        let value = object.value().ok()?;
        if key != "seq" {
            [key, ":", value, ","].into_iter().for_each(&mut *each);
        }
    }
    Some(())
}

/// A recording in the spool.
pub(super) struct SpooledLines<'a> {
    pub(super) path: &'a Path,
    pub(super) events: u64,
}

impl Lines for SpooledLines<'_> {
    fn about(&self) -> u64 {
        self.events
    }

    fn each(&self, each: &mut dyn FnMut(&str)) -> Result<(), ImportError> {
        let mut lines = File::open(self.path).and_then(LineReader::new).map_err(ImportError::Spool)?;
        loop {
            let line = lines.next_line().map_err(|error| ImportError::Spool(std::io::Error::other(error)))?;
            let Some(line) = line else { return Ok(()) };
            // What was read in is text.
            std::str::from_utf8(line.bytes).ok().into_iter().for_each(&mut *each);
        }
    }
}

/// What is here of a recording: its file, and the live blocks that are not in it.
pub(super) struct StoredLines<'a> {
    pub(super) file: Option<&'a RecordingFile>,
    pub(super) live: &'a [LiveBlock],
    pub(super) live_objects: &'a LiveObjects,
    pub(super) runtime: &'a Handle,
}

impl Lines for StoredLines<'_> {
    fn about(&self) -> u64 {
        let blocks = self.file.iter().flat_map(|file| &file.index().blocks);
        let finished: u64 = blocks.map(|block| u64::from(block.lines)).sum();
        finished + self.live.iter().map(|block| block.events).sum::<u64>()
    }

    fn each(&self, each: &mut dyn FnMut(&str)) -> Result<(), ImportError> {
        if let Some(file) = self.file {
            for block in &file.index().blocks {
                each_line(&self.runtime.block_on(file.lines(block))?, each);
            }
        }
        for block in self.live {
            let (objects, object) = (self.live_objects, &block.object);
            let lines = objects.lines(object, block.offset, block.length, block.raw_length, &block.sha256);
            each_line(&self.runtime.block_on(lines)?, each);
        }
        Ok(())
    }
}

fn each_line(block: &[u8], each: &mut dyn FnMut(&str)) {
    let lines = block.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| std::str::from_utf8(line).ok()).for_each(each);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Texts(Vec<String>);

    impl Lines for Texts {
        fn about(&self) -> u64 {
            self.0.len() as u64
        }

        fn each(&self, each: &mut dyn FnMut(&str)) -> Result<(), ImportError> {
            self.0.iter().map(String::as_str).for_each(each);
            Ok(())
        }
    }

    fn recording(events: &[u32]) -> Texts {
        let mut lines = vec![r#"{"type":"meta","format":"cassette/1"}"#.to_owned()];
        for (seq, event) in events.iter().enumerate() {
            lines.push(format!(
                r#"{{"type":"event","seq":{seq},"window_id":"{seq}","name":"x","event":{{"n":{event}}}}}"#
            ));
        }
        lines.push(format!(r#"{{"type":"checksum","seq":{},"lines":9,"sha256":"x"}}"#, events.len()));
        Texts(lines)
    }

    fn compared(given: &[u32], stored: &[u32]) -> (u64, u64, u64) {
        let (given, stored) = (recording(given), recording(stored));
        let all = [1, 2, 7].map(|parts| compare_in_parts(&given, &stored, parts).unwrap());
        assert!(all.iter().all(|compared| *compared == all[0]), "{all:?}");
        (all[0].given, all[0].new, all[0].missing)
    }

    #[test]
    fn contents_are_compared_whatever_their_order_numbers_and_windows() {
        assert_eq!(compared(&[1, 2, 3], &[3, 1, 2]), (3, 0, 0));
        assert_eq!(compared(&[1, 2], &[3, 1, 2]), (2, 0, 1));
        assert_eq!(compared(&[1, 2, 3, 4], &[3, 1, 2]), (4, 1, 0));
        assert_eq!(compared(&[1, 9], &[1, 8, 7]), (2, 1, 2));
        assert_eq!(compared(&[], &[]), (0, 0, 0));
    }

    #[test]
    fn what_is_there_twice_counts_twice() {
        assert_eq!(compared(&[1, 1], &[1]), (2, 1, 0));
        assert_eq!(compared(&[1], &[1, 1]), (1, 0, 1));
    }

    #[test]
    fn lines_of_unknown_types_count_without_their_number() {
        let line = |seq: u32, text: &str| format!(r#"{{"type":"note","seq":{seq},"text":"{text}"}}"#);
        let given = Texts(vec![line(0, "a"), line(1, "b")]);
        let stored = Texts(vec![line(5, "b")]);
        assert_eq!(compare(&given, &stored).unwrap(), Compared { given: 2, new: 1, missing: 0 });
    }

    #[test]
    fn live_lines_carry_what_finished_ones_do() {
        let live = r#"{"type":"event","time":7,"item":"i","index":0,"window_id":"w","name":"x","event":{"n":1}}"#;
        let same = compare(&recording(&[1]), &Texts(vec![live.to_owned()])).unwrap();
        assert_eq!((same.new, same.missing), (0, 0));
    }
}
