//! The lines alone, for those who read them without zstd.

use std::io::{self, Read, Write};

use super::line_reader::{LineReader, ReadLineError};

/// Why the lines of a recording could not be written.
#[derive(Debug, thiserror::Error)]
pub enum NdjsonError {
    /// The recording cannot be read to its end.
    #[error("expected a recording that can be read")]
    Read(#[from] ReadLineError),
    /// Input or output failed.
    #[error("expected to read and write on")]
    Io(#[from] io::Error),
}

/// Writes the lines as they are, without compression and index. Returns how many bytes they have.
///
/// # Errors
/// When the recording cannot be read to its end, or `out` takes no more.
pub fn to_ndjson(input: impl Read, mut out: impl Write) -> Result<u64, NdjsonError> {
    let mut reader = LineReader::new(input)?;
    while let Some(line) = reader.next_line()? {
        out.write_all(line.bytes)?;
        out.write_all(if line.terminated { b"\n" } else { b"" })?;
    }
    out.flush()?;
    Ok(reader.bytes())
}
