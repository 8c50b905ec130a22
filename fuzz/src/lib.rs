//! What several targets do: a file is read as an import is, and whatever comes of it must be a good recording.

use std::fs::File;
use std::io::{Cursor, Seek, Write};
use std::path::Path;
use std::sync::OnceLock;

use cassette_interchange::read::{ReadError, ReadIn, Reading, read};
use cassette_interchange::write::{Writing, write};
use cassette_interchange::{Form, Format};
use cassette_recording::file::{TrailerState, to_ndjson, verify_file};
use tempfile::TempDir;

/// Reads a file, and checks what came of it.
pub fn read_in(bytes: &[u8]) -> Option<(ReadIn, Vec<u8>)> {
    let mut out = Vec::new();
    match import(bytes, &mut out) {
        Ok(read_in) => {
            let report = verify_file(Cursor::new(&out)).expect("memory can be read");
            assert!(report.is_good(), "what was read in is good: {report}");
            assert_eq!(report.trailer, TrailerState::Good);
            assert_eq!(report.events, read_in.finished.events);
            Some((read_in, out))
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

fn import(bytes: &[u8], out: &mut Vec<u8>) -> Result<ReadIn, ReadError> {
    let reading = Reading { project: None, session_id: None, spool: spool(), level: 1, arrived_at: 5 };
    read(file_of(bytes), &reading, out)
}

/// Writes a recording in a form.
pub fn written(recording: &[u8], format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    let writing = Writing { form: Form { format, compression: None }, well_formed: false, page: None };
    write(recording, &writing, &mut out).expect("a good recording goes out in any form");
    out
}

/// The lines of a recording.
pub fn lines(recording: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    to_ndjson(recording, &mut lines).expect("a good recording has lines");
    lines
}

/// The recording goes out in both forms that carry all of it, and comes back with the same lines.
pub fn assert_carried(recording: &[u8]) {
    let before = lines(recording);
    for format in [Format::Ndjson, Format::Protobuf, Format::NdjsonZst] {
        let (_, again) = read_in(&written(recording, format)).expect("what was written is read");
        assert!(lines(&again) == before, "{} loses nothing", format.name());
    }
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile_in(spool()).expect("there is room for a temporary file");
    file.write_all(bytes).and_then(|()| file.rewind()).expect("there is room for a temporary file");
    file
}

/// In memory where that is possible: thousands of files are made a second.
fn spool() -> &'static Path {
    static SPOOL: OnceLock<TempDir> = OnceLock::new();
    let make = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder can be made");
    SPOOL.get_or_init(make).path()
}
