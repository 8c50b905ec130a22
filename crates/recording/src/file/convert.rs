//! Recordings in other forms, for those who read the lines without zstd or the events without the lines.

use std::io::{self, Read, Write};

use super::line_reader::{LineReader, ReadLineError};
use super::parsed::{LineError, parse_bytes};

/// Why a recording could not be written in another form.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The recording cannot be read to its end.
    #[error("expected a recording that can be read")]
    Read(#[from] ReadLineError),
    /// A line is not one of a recording.
    #[error("line {number}")]
    Line {
        /// The line; the first is 1.
        number: u64,
        /// What is wrong with it.
        #[source]
        cause: LineError,
    },
    /// Input or output failed.
    #[error("expected to read and write on")]
    Io(#[from] io::Error),
}

/// Writes the lines as they are, without compression and index. Returns how many bytes they have.
pub fn to_ndjson(input: impl Read, mut out: impl Write) -> Result<u64, ConvertError> {
    let mut reader = LineReader::new(input)?;
    while let Some(line) = reader.next_line()? {
        out.write_all(line.bytes)?;
        out.write_all(if line.terminated { b"\n" } else { b"" })?;
    }
    out.flush()?;
    Ok(reader.bytes())
}

/// Writes the events, byte for byte and in the order of the file, as one JSON array. Returns how many there are.
pub fn to_rrweb(input: impl Read, mut out: impl Write) -> Result<u64, ConvertError> {
    let mut reader = LineReader::new(input)?;
    let mut events = 0;
    while let Some(line) = reader.next_line()? {
        let number = line.number;
        let parsed = parse_bytes(line.bytes).map_err(|cause| ConvertError::Line { number, cause })?;
        if let Some(event) = parsed.event {
            out.write_all(if events == 0 { b"[\n" } else { b",\n" })?;
            out.write_all(event.as_bytes())?;
            events += 1;
        }
    }
    out.write_all(if events == 0 { b"[]\n" } else { b"\n]\n" })?;
    out.flush()?;
    Ok(events)
}
