//! Messages → lines.

use std::io::{self, BufRead, BufReader, Read};

use cassette_recording::limits::FILE_LINE_BYTES;
use prost::Message;

use super::layout::write_head;
use super::messages::{FirstLine, Kind, LargeFirstLine, LaterLine};
use super::{ProtobufError, meta};

/// What is read at once.
const BUFFER_BYTES: usize = 256 << 10;
/// A message is a line or less, and a few tags and lengths.
const MESSAGE_BYTES: u64 = FILE_LINE_BYTES as u64 + 1024;
/// A first message above this is looked at for its line only: fields take up to 24 times the memory of their bytes.
const META_FIELDS_BYTES: usize = 4 << 20;

/// Hands out the lines of a recording, each without its line break. They are what was written, but nothing says that they
/// are a recording: whoever takes them checks that.
///
/// # Errors
/// With the number of the first message that is none, and where in the input it begins.
pub fn to_lines(input: impl Read, out: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), ProtobufError> {
    let mut messages = Messages { input: BufReader::with_capacity(BUFFER_BYTES, input), number: 0, at: 0, next: 0 };
    let (mut message, mut line) = (Vec::new(), Vec::new());
    while messages.next(&mut message)? {
        let found = match messages.number {
            1 => first_line(&message, &mut line),
            _ => later_line(&message, &mut line),
        };
        found.map_err(|(expected, found)| messages.refused(expected, found))?;
        if memchr::memchr(b'\n', &line).is_some() {
            return Err(messages.refused("a line", "one with a line break in it"));
        }
        out(&line).map_err(ProtobufError::Out)?;
    }
    match messages.number {
        0 => Err(ProtobufError::Message { message: 1, at: 0, expected: "a meta", found: "an empty file".to_owned() }),
        _ => Ok(()),
    }
}

/// What was expected of a message, and what was found in it.
type Refused = (&'static str, String);

fn first_line(message: &[u8], line: &mut Vec<u8>) -> Result<(), Refused> {
    const META: &str = "a meta";
    if message.len() > META_FIELDS_BYTES {
        let meta = decode::<LargeFirstLine>(message)?.meta.ok_or_else(|| (META, "something else".to_owned()))?;
        known_format(&meta.format)?;
        if meta.line.is_empty() {
            return Err(("a meta of at most 4 MiB, or the text of its line", format!("{} bytes", message.len())));
        }
        *line = meta.line;
        return Ok(());
    }
    let meta = decode::<FirstLine>(message)?.meta.ok_or_else(|| (META, "something else".to_owned()))?;
    known_format(&meta.format)?;
    *line = meta::to_line(&meta)?;
    Ok(())
}

fn known_format(format: &str) -> Result<(), Refused> {
    match format {
        cassette_recording::file::FORMAT => Ok(()),
        other => Err(("format \"cassette/1\"", format!("{:?}", other.chars().take(60).collect::<String>()))),
    }
}

fn later_line(message: &[u8], line: &mut Vec<u8>) -> Result<(), Refused> {
    let kind = decode::<LaterLine>(message)?.kind;
    let kind = kind.ok_or_else(|| ("a line after the meta", "none of the kinds known".to_owned()))?;
    line.clear();
    if let Kind::Other(text) = kind {
        *line = text;
        return Ok(());
    }
    let carried = write_head(line, &kind);
    line.extend_from_slice(carried);
    line.push(b'}');
    Ok(())
}

fn decode<M: Message + Default>(message: &[u8]) -> Result<M, Refused> {
    M::decode(message).map_err(|error| ("a Line of recording.proto", error.to_string()))
}

/// The messages of an input.
struct Messages<R> {
    input: BufReader<R>,
    /// Of the message at hand; the first is 1.
    number: u64,
    /// Where it begins, its length included.
    at: u64,
    /// Where the next one begins.
    next: u64,
}

impl<R: Read> Messages<R> {
    /// Reads the next message; false at the end of the input.
    fn next(&mut self, message: &mut Vec<u8>) -> Result<bool, ProtobufError> {
        self.at = self.next;
        let ended = self.input.fill_buf().map(<[u8]>::is_empty);
        if ended.map_err(|cause| self.unreadable(cause))? {
            return Ok(false);
        }
        self.number += 1;
        let length = self.length()?;
        message.clear();
        // What is reserved is what came, not what was promised.
        let read = self.input.by_ref().take(length).read_to_end(message).map_err(|cause| self.unreadable(cause))?;
        self.next += read as u64;
        if (read as u64) < length {
            let found = format!("the end of the file after {read} of its {length} bytes");
            return Err(self.refused("a whole message", found));
        }
        Ok(true)
    }

    /// Reads a varint.
    fn length(&mut self) -> Result<u64, ProtobufError> {
        const EXPECTED: &str = "the length of a message";
        let mut length = 0;
        // Five groups of seven bits hold more than any message has.
        for shift in [0, 7, 14, 21, 28] {
            let next = self.input.fill_buf().map(|buffer| buffer.first().copied());
            let Some(byte) = next.map_err(|cause| self.unreadable(cause))? else {
                return Err(self.refused(EXPECTED, "the end of the file"));
            };
            self.input.consume(1);
            self.next += 1;
            length |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return match length <= MESSAGE_BYTES {
                    true => Ok(length),
                    false => Err(self.refused("a message of at most 256 MiB", format!("a length of {length}"))),
                };
            }
        }
        Err(self.refused(EXPECTED, "a number of more than five bytes"))
    }

    fn refused(&self, expected: &'static str, found: impl Into<String>) -> ProtobufError {
        ProtobufError::Message { message: self.number, at: self.at, expected, found: found.into() }
    }

    fn unreadable(&self, cause: io::Error) -> ProtobufError {
        ProtobufError::Read { message: self.number.max(1), at: self.at, cause }
    }
}
