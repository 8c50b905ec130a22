//! A recording file, compressed or plain, as anybody may hand one in.
#![no_main]

use std::io::Cursor;

use cassette_interchange::Format;
use cassette_interchange::write::{Writing, write};
use cassette_recording::file::{Lines, inspect, to_ndjson, verify, verify_file};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let report = verify(bytes);
    let _ = verify_file(Cursor::new(bytes));
    let inspected = inspect(bytes);
    if report.is_good() {
        assert!(inspected.is_ok(), "what verifies can be inspected");
    }
    let _ = to_ndjson(bytes, std::io::sink());
    let writing = Writing { form: Format::Rrweb.plain(), well_formed: false, page: None };
    let _ = write(bytes, &writing, std::io::sink());
    for line in Lines::new(bytes) {
        let _ = line;
    }
});
