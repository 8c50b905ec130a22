//! The bytes of a recording, decompressed where they are compressed, in a buffer that grows with the line and no further.

use std::io::{self, BufReader, Cursor, Read};

use crate::limits;

/// zstd's window: 128 MiB is what its own tool accepts without being asked.
pub(super) const WINDOW_LOG_MAX: u32 = 27;
/// What is read of a compressed input at once. A frame that lies in it whole is decompressed at one go, without zstd's window
/// in between; the frames of a recording nearly always do.
const COMPRESSED_BYTES: usize = 1 << 20;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// What was read of an input and not taken yet.
pub(super) struct Buffered<R: Read> {
    input: Input<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    done: bool,
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

impl<R: Read> Buffered<R> {
    pub(super) fn open(mut input: R) -> io::Result<Self> {
        let mut head = Vec::new();
        input.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut head)?;
        let compressed = is_zstd(&head);
        let whole = Cursor::new(head).chain(input);
        let input = match compressed {
            false => Input::Plain(whole),
            true => {
                let buffered = BufReader::with_capacity(COMPRESSED_BYTES, whole);
                let mut decoder = zstd::stream::read::Decoder::with_buffer(buffered)?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Input::Zstd(Box::new(decoder))
            }
        };
        Ok(Self { input, buffer: Vec::new(), start: 0, end: 0, done: false })
    }

    pub(super) fn is_compressed(&self) -> bool {
        matches!(self.input, Input::Zstd(_))
    }

    /// What was read and not taken.
    pub(super) fn held(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Takes the first `bytes` of what is held.
    pub(super) fn take(&mut self, bytes: usize) -> &[u8] {
        let start = self.start;
        self.start += bytes;
        &self.buffer[start..self.start]
    }

    /// Takes the first `bytes` of what is held together with the buffer that holds them, and gives `spare` in its place.
    /// Returns the buffer and where in it they are.
    pub(super) fn take_buffer(&mut self, bytes: usize, spare: Vec<u8>) -> (Vec<u8>, std::ops::Range<usize>) {
        let taken = self.start..self.start + bytes;
        self.start = taken.end;
        (self.change_buffer(spare), taken)
    }

    /// Goes on in another buffer with what is held; returns the one it was in.
    pub(super) fn change_buffer(&mut self, mut other: Vec<u8>) -> Vec<u8> {
        let held = &self.buffer[self.start..self.end];
        if other.len() < held.len() {
            other.resize(held.len(), 0);
        }
        other[..held.len()].copy_from_slice(held);
        (self.start, self.end) = (0, held.len());
        std::mem::replace(&mut self.buffer, other)
    }

    /// Reads more behind what is held, into room for `at_least` bytes; returns how much, 0 at the end. After an error nothing
    /// follows.
    pub(super) fn fill(&mut self, at_least: usize) -> io::Result<usize> {
        if self.done {
            return Ok(0);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() < self.end + at_least {
            let doubled = (self.end * 2).min(limits::FILE_LINE_BYTES);
            self.buffer.resize((self.end + at_least).max(doubled), 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    self.done = read == 0;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => {
                    self.done = true;
                    return Err(cause);
                }
            }
        }
    }

    /// Drops what is held, and reads no further.
    pub(super) fn give_up(&mut self) {
        (self.start, self.end, self.done) = (0, 0, true);
    }
}

/// A frame of zstd begins so, be it one of data or one to skip.
pub(super) fn is_zstd(head: &[u8]) -> bool {
    head == ZSTD_MAGIC || matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18])
}
