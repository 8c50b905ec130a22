//! Reading a recording from its beginning to its end, plain or compressed.
//!
//! ## Invariants
//! 1. Memory is one line and a buffer, whatever the input says of itself.
//! 2. Lines that came before damage are handed out before the damage is reported.

use std::io::{self, Read};

use super::input::Buffered;
use crate::limits;

/// What is read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// Reads lines from NDJSON or from zstd frames of it, which it recognises by their first bytes.
pub struct LineReader<R: Read> {
    input: Buffered<R>,
    /// Up to where the buffer holds no line break.
    searched: usize,
    line: u64,
    bytes: u64,
}

/// One line as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// Its place in the input; the first is 1.
    pub number: u64,
    /// Its bytes, without a line break.
    pub bytes: &'a [u8],
    /// It ends with a line break; only the last of an input may lack it.
    pub terminated: bool,
}

/// Why no further line can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadLineError {
    /// The input ends early, does not decompress, or cannot be read.
    #[error("expected more after line {after}")]
    Read {
        /// The last line that was read.
        after: u64,
        /// What the input says.
        #[source]
        cause: io::Error,
    },
    /// A line longer than any of a recording.
    #[error("expected line {number} to have at most {} bytes, it has more", limits::FILE_LINE_BYTES)]
    TooLong {
        /// The line.
        number: u64,
    },
}

impl<R: Read> LineReader<R> {
    /// Begins to read.
    pub fn new(input: R) -> io::Result<Self> {
        Ok(Self { input: Buffered::open(input)?, searched: 0, line: 0, bytes: 0 })
    }

    /// The input is compressed.
    pub fn is_compressed(&self) -> bool {
        self.input.is_compressed()
    }

    /// Decompressed bytes of the lines handed out, their line breaks included.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line; `None` at the end. After an error there is nothing more to read.
    pub fn next_line(&mut self) -> Result<Option<RawLine<'_>>, ReadLineError> {
        loop {
            let held = self.input.held();
            if let Some(at) = memchr::memchr(b'\n', &held[self.searched..]) {
                let line_end = self.searched + at;
                return Ok(Some(self.hand_out(line_end, true)));
            }
            self.searched = held.len();
            if held.len() > limits::FILE_LINE_BYTES {
                self.input.give_up();
                self.searched = 0;
                return Err(ReadLineError::TooLong { number: self.line + 1 });
            }
            match self.input.fill(BUFFER_BYTES) {
                Ok(0) => {
                    let left = self.input.held().len();
                    return Ok((left > 0).then(|| self.hand_out(left, false)));
                }
                Ok(_) => {}
                Err(cause) => {
                    self.input.give_up();
                    self.searched = 0;
                    return Err(ReadLineError::Read { after: self.line, cause });
                }
            }
        }
    }

    fn hand_out(&mut self, line_end: usize, terminated: bool) -> RawLine<'_> {
        let taken = self.input.take(line_end + usize::from(terminated));
        self.searched = 0;
        self.line += 1;
        self.bytes += taken.len() as u64;
        RawLine { number: self.line, bytes: &taken[..line_end], terminated }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    fn lines(input: impl Read) -> Vec<(Vec<u8>, bool)> {
        let mut reader = LineReader::new(input).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = reader.next_line().unwrap() {
            assert_eq!(line.number, lines.len() as u64 + 1);
            lines.push((line.bytes.to_vec(), line.terminated));
        }
        assert_eq!(reader.next_line().unwrap(), None);
        lines
    }

    #[test]
    fn lines_come_as_they_stand() {
        let expected = [(b"a".to_vec(), true), (b"".to_vec(), true), (b"bc\r".to_vec(), true), (b"d".to_vec(), false)];
        assert_eq!(lines(b"a\n\nbc\r\nd".as_slice()), expected);
        assert_eq!(lines(Trickle(b"a\n\nbc\r\nd")), expected);
        assert_eq!(lines(b"".as_slice()), []);
    }

    #[test]
    fn frames_are_read_as_one_and_skippable_ones_passed_over() {
        let mut file = Vec::new();
        crate::trailer::write_skippable(&mut file, 3, b"what others put there");
        for part in ["on", "e\ntwo\n"] {
            file.extend(zstd::bulk::compress(part.as_bytes(), 1).unwrap());
        }
        crate::trailer::write_skippable(&mut file, 0, b"index");
        assert_eq!(lines(file.as_slice()), [(b"one".to_vec(), true), (b"two".to_vec(), true)]);
        assert_eq!(lines(Trickle(&file)), [(b"one".to_vec(), true), (b"two".to_vec(), true)]);
    }

    #[test]
    fn a_line_longer_than_the_buffer_is_read_whole() {
        let long = vec![b'x'; 3 * BUFFER_BYTES + 7];
        let input = [long.as_slice(), b"\ny\n"].concat();
        assert_eq!(lines(input.as_slice()), [(long, true), (b"y".to_vec(), true)]);
    }

    #[test]
    fn what_came_before_the_cut_is_handed_out() {
        let whole = zstd::bulk::compress(b"one\ntwo\n", 1).unwrap();
        let frames = [whole.as_slice(), &whole[..whole.len() - 1]].concat();
        let mut reader = LineReader::new(frames.as_slice()).unwrap();
        assert_eq!(reader.next_line().unwrap().unwrap().bytes, b"one");
        assert_eq!(reader.next_line().unwrap().unwrap().bytes, b"two");
        let error = loop {
            match reader.next_line() {
                Ok(line) => assert!(line.is_some(), "the cut was not noticed"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, ReadLineError::Read { after: 2.., .. }), "{error}");
    }

    #[test]
    fn a_line_without_end_is_refused_within_bounded_memory() {
        let mut reader = LineReader::new(io::repeat(b'x')).unwrap();
        assert!(matches!(reader.next_line(), Err(ReadLineError::TooLong { number: 1 })));
    }
}
