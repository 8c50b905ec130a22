//! Reading a recording from its beginning to its end, plain or compressed.
//!
//! ## Invariants
//! 1. Memory is one line and a buffer, whatever the input says of itself.
//! 2. Lines that came before damage are handed out before the damage is reported.

use std::io::{self, BufReader, Cursor, Read};

use crate::limits;

/// What is read at once.
const BUFFER_BYTES: usize = 256 << 10;
/// zstd's window: 128 MiB is what its own tool accepts without being asked.
const WINDOW_LOG_MAX: u32 = 27;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Reads lines from NDJSON or from zstd frames of it, which it recognises by their first bytes.
pub struct LineReader<R: Read> {
    input: Input<R>,
    buffer: Vec<u8>,
    /// What of the buffer was read and not handed out yet.
    start: usize,
    end: usize,
    /// Up to where it holds no line break.
    searched: usize,
    compressed: bool,
    line: u64,
    bytes: u64,
    done: bool,
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

/// The input with the few bytes put back that were read to recognise it.
type Whole<R> = io::Chain<Cursor<Vec<u8>>, R>;

enum Input<R: Read> {
    Plain(Whole<R>),
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<Whole<R>>>>),
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

impl<R: Read> LineReader<R> {
    /// Begins to read.
    pub fn new(mut input: R) -> io::Result<Self> {
        let mut head = Vec::new();
        input.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut head)?;
        let compressed = is_zstd(&head);
        let whole = Cursor::new(head).chain(input);
        let input = match compressed {
            false => Input::Plain(whole),
            true => {
                let mut decoder = zstd::stream::read::Decoder::new(whole)?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Input::Zstd(Box::new(decoder))
            }
        };
        let buffer = Vec::new();
        Ok(Self { input, buffer, start: 0, end: 0, searched: 0, compressed, line: 0, bytes: 0, done: false })
    }

    /// The input is compressed.
    pub fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Decompressed bytes of the lines handed out, their line breaks included.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line; `None` at the end. After an error there is nothing more to read.
    pub fn next_line(&mut self) -> Result<Option<RawLine<'_>>, ReadLineError> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..self.end]) {
                let line_end = self.searched + at;
                return Ok(Some(self.hand_out(line_end, true)));
            }
            self.searched = self.end;
            if self.end - self.start > limits::FILE_LINE_BYTES {
                self.done = true;
                return Err(ReadLineError::TooLong { number: self.line + 1 });
            }
            if self.done || self.fill()? == 0 {
                self.done = true;
                return Ok((self.start < self.end).then(|| self.hand_out(self.end, false)));
            }
        }
    }

    fn hand_out(&mut self, line_end: usize, terminated: bool) -> RawLine<'_> {
        let line_start = self.start;
        self.start = line_end + usize::from(terminated);
        self.searched = self.start;
        self.line += 1;
        self.bytes += (self.start - line_start) as u64;
        RawLine { number: self.line, bytes: &self.buffer[line_start..line_end], terminated }
    }

    /// Reads more behind what is there; returns how much.
    fn fill(&mut self) -> Result<usize, ReadLineError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            (self.start, self.searched) = (0, self.searched - self.start);
        }
        if self.buffer.len() < self.end + BUFFER_BYTES {
            let doubled = (self.end * 2).min(limits::FILE_LINE_BYTES + 1);
            self.buffer.resize((self.end + BUFFER_BYTES).max(doubled), 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => {
                    self.done = true;
                    self.start = self.end;
                    return Err(ReadLineError::Read { after: self.line, cause });
                }
            }
        }
    }
}

/// A frame of zstd begins so, be it one of data or one to skip.
fn is_zstd(head: &[u8]) -> bool {
    head == ZSTD_MAGIC || matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18])
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
