//! Messages as anybody may send them, and any lines as messages: they must come back byte for byte.
#![no_main]

use std::fmt::Write as _;

use cassette_fuzz::{assert_carried, read_in};
use cassette_interchange::protobuf::{is_protobuf, to_lines};
use cassette_recording::file::{Digest, verify};
use libfuzzer_sys::fuzz_target;

const META: &str =
    r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":0,"ended_at":9}"#;

fuzz_target!(|bytes: &[u8]| {
    let _ = is_protobuf(bytes);
    let taken = to_lines(bytes, &mut |line| {
        assert!(!line.contains(&b'\n'), "a line is one line");
        Ok(())
    });
    if taken.is_ok() {
        let _ = read_in(bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let recording = sealed(text);
        if verify(recording.as_bytes()).is_good() {
            assert_carried(recording.as_bytes());
        }
    }
});

/// The lines as a recording, with the checksum and end lines that belong to them.
fn sealed(text: &str) -> String {
    let meta = if text.starts_with(r#"{"type":"meta""#) { "" } else { META };
    let mut file = if meta.is_empty() { text.to_owned() } else { format!("{meta}\n{text}") };
    if !file.ends_with('\n') {
        file.push('\n');
    }
    let (lines, sha256) = (file.matches('\n').count(), Digest::of(file.as_bytes()));
    let events = file.lines().filter(|line| line.contains(r#""event":"#) && line.contains(r#""timestamp":"#)).count();
    let seq = lines - 1;
    writeln!(file, r#"{{"type":"checksum","seq":{seq},"lines":{lines},"sha256":"{sha256}"}}"#)
        .expect("a string takes all");
    let sha256 = Digest::of(file.as_bytes());
    writeln!(file, r#"{{"type":"end","seq":{},"events":{events},"sha256":"{sha256}"}}"#, seq + 1)
        .expect("a string takes all");
    file
}
