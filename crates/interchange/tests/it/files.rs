//! Files to read, and what is in a recording.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use cassette_interchange::read::{ReadError, ReadIn, Reading, read};
use cassette_recording::file::{Content, Lines, Meta, verify_file};

/// When tests import.
pub(crate) const NOW: i64 = 1_800_000_000_000;

/// What a file was read as.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    pub(crate) read_in: ReadIn,
    /// The stored recording.
    pub(crate) stored: Vec<u8>,
}

/// One event of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Milliseconds since 1970.
    pub(crate) time: i64,
    pub(crate) window: String,
    pub(crate) json: String,
}

pub(crate) fn event(time: i64, window: &str, json: impl Into<String>) -> Event {
    Event { time, window: window.to_owned(), json: json.into() }
}

pub(crate) fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

pub(crate) fn import_as(bytes: &[u8], change: impl FnOnce(&mut Reading<'_>)) -> Result<Imported, ReadError> {
    let spool = std::env::temp_dir();
    let mut reading = Reading { project: None, session_id: None, spool: &spool, level: 1, arrived_at: NOW };
    change(&mut reading);
    let mut stored = Vec::new();
    let read_in = read(file_of(bytes), &reading, &mut stored)?;
    Ok(Imported { read_in, stored })
}

/// Reads a file, and holds what was written to be a whole recording.
pub(crate) fn import(bytes: &[u8]) -> Imported {
    let imported = import_as(bytes, |_| {}).unwrap_or_else(|error| panic!("{error}"));
    let report = verify_file(std::io::Cursor::new(&imported.stored)).unwrap();
    assert!(report.is_good(), "{report}");
    assert_eq!(imported.lines().next().map(|line| Meta::parse(&line).unwrap()), Some(imported.read_in.meta.clone()));
    imported
}

/// What is said of a file that cannot be read.
pub(crate) fn refused(bytes: &[u8]) -> String {
    match import_as(bytes, |_| {}) {
        Ok(imported) => panic!("read as {}", imported.read_in.kind.name()),
        Err(error) => error.to_string(),
    }
}

impl Imported {
    pub(crate) fn ndjson(&self) -> Vec<u8> {
        zstd::stream::decode_all(self.stored.as_slice()).unwrap()
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let text = String::from_utf8(self.ndjson()).unwrap();
        text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        let started_at = self.read_in.meta.started_at;
        let mut events = Vec::new();
        for line in Lines::new(&self.ndjson()) {
            let line = line.unwrap();
            if let (Content::Event { .. }, Some(timestamp), Some(window), Some(json)) =
                (&line.content, line.timestamp, &line.window_id, line.event)
            {
                events.push(event(started_at + timestamp, window, json));
            }
        }
        events
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 1).unwrap()
}
