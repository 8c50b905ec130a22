//! What can still be read of a damaged file: its lines, and where something is missing between them.
//!
//! Where a zstd frame does not decompress, reading goes on at the next place that looks like the beginning of a frame and is one.
//! That needs no index, which may be damaged too, and finds frames that stand elsewhere than the index says.

use std::io::{self, Read, Seek, SeekFrom};

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::super::input::{WINDOW_LOG_MAX, is_zstd};
use crate::limits;

/// What is read of the file at once.
const INPUT_BYTES: usize = 256 << 10;
/// What is decompressed at once.
const LINES_BYTES: usize = 256 << 10;
/// A frame's magic number, or that of one to skip and its length.
const HEADER_BYTES: usize = 8;
/// Places that looked like a frame and were none: chance makes none of them in a terabyte, so a file with more was made for it.
const FALSE_FRAMES: u32 = 10_000;

/// Reads a file as far as it can be read.
pub(super) struct Pieces<'f, F> {
    source: Source<'f, F>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    searched: usize,
    number: u64,
    state: State,
}

/// One thing found.
pub(super) enum Piece<'a> {
    /// A line, without its line break. The number counts what was read; the first is 1.
    Line { number: u64, bytes: &'a [u8] },
    /// Here something cannot be read.
    Gap(Gap),
}

/// Why something cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    Undecodable,
    TooLong,
}

#[derive(PartialEq, Eq)]
enum State {
    Reading,
    /// What follows up to the next line break belongs to a line that is too long.
    MidLine,
    Ended,
}

enum Source<'f, F> {
    Plain(&'f mut F),
    Zstd(Box<Frames<'f, F>>),
}

enum Step {
    Bytes(usize),
    Damage,
    End,
}

impl<'f, F: Read + Seek> Pieces<'f, F> {
    pub(super) fn open(file: &'f mut F) -> io::Result<Self> {
        file.rewind()?;
        let mut head = Vec::new();
        file.by_ref().take(4).read_to_end(&mut head)?;
        file.rewind()?;
        // A file whose first bytes are damaged is compressed if it holds a frame: text cannot, the magic number is no UTF-8.
        let source = match head.first() {
            Some(b'{' | b' ' | b'\t' | b'\r' | b'\n' | 0xEF) | None => Source::Plain(file),
            Some(_) => {
                let mut frames = Frames::open(file)?;
                if is_zstd(&head) || frames.find_frame(0)? {
                    frames.go_to(0)?;
                    Source::Zstd(Box::new(frames))
                } else {
                    frames.file.rewind()?;
                    Source::Plain(frames.file)
                }
            }
        };
        Ok(Self { source, buffer: Vec::new(), start: 0, end: 0, searched: 0, number: 0, state: State::Reading })
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..self.end]) {
                let (line_start, line_end) = (self.start, self.searched + at);
                (self.start, self.searched) = (line_end + 1, line_end + 1);
                if self.state == State::MidLine {
                    self.state = State::Reading;
                    continue;
                }
                self.number += 1;
                return Ok(Some(Piece::Line { number: self.number, bytes: &self.buffer[line_start..line_end] }));
            }
            self.searched = self.end;
            if self.end - self.start > limits::FILE_LINE_BYTES {
                let told = std::mem::replace(&mut self.state, State::MidLine) == State::MidLine;
                self.drop_held();
                if !told {
                    return Ok(Some(Piece::Gap(Gap::TooLong)));
                }
            }
            if self.state == State::Ended {
                return Ok(None);
            }
            match self.read()? {
                Step::Bytes(_) => {}
                // Frames begin with a line, or else with the end of one, which is no line to anybody who reads it.
                Step::Damage => {
                    self.state = State::Reading;
                    self.drop_held();
                    return Ok(Some(Piece::Gap(Gap::Undecodable)));
                }
                // A line without a line break may be one that was cut, or one whose line break alone was lost.
                Step::End => {
                    let cut = std::mem::replace(&mut self.state, State::Ended) == State::MidLine;
                    let line = std::mem::replace(&mut self.start, self.end)..self.end;
                    if !cut && !line.is_empty() {
                        self.number += 1;
                        return Ok(Some(Piece::Line { number: self.number, bytes: &self.buffer[line] }));
                    }
                }
            }
        }
    }

    /// Drops what is held: the beginning of a line whose end cannot be had.
    fn drop_held(&mut self) {
        (self.start, self.end, self.searched) = (0, 0, 0);
    }

    fn read(&mut self) -> io::Result<Step> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end, self.searched) = (0, self.end - self.start, self.searched - self.start);
        }
        if self.buffer.len() < self.end + LINES_BYTES {
            let doubled = (self.end * 2).min(limits::FILE_LINE_BYTES);
            self.buffer.resize((self.end + LINES_BYTES).max(doubled), 0);
        }
        let room = &mut self.buffer[self.end..];
        let step = match &mut self.source {
            Source::Plain(file) => match read_some(*file, room)? {
                0 => Step::End,
                read => Step::Bytes(read),
            },
            Source::Zstd(frames) => frames.read(room)?,
        };
        if let Step::Bytes(read) = step {
            self.end += read;
        }
        Ok(step)
    }
}

/// Decompresses frame by frame.
struct Frames<'f, F> {
    file: &'f mut F,
    size: u64,
    decoder: Decoder<'static>,
    input: Vec<u8>,
    /// What of `input` was read from the file and not decompressed yet.
    pending: std::ops::Range<usize>,
    /// Where in the file `pending` ends.
    at: u64,
    /// Where the frame begins that is being decompressed.
    frame: u64,
    /// Nothing of it was decompressed yet.
    between: bool,
    false_frames: u32,
}

impl<'f, F: Read + Seek> Frames<'f, F> {
    fn open(file: &'f mut F) -> io::Result<Self> {
        let size = file.seek(SeekFrom::End(0))?;
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        let input = vec![0; INPUT_BYTES];
        Ok(Self { file, size, decoder, input, pending: 0..0, at: 0, frame: 0, between: true, false_frames: 0 })
    }

    fn go_to(&mut self, at: u64) -> io::Result<()> {
        self.decoder.reinit()?;
        self.file.seek(SeekFrom::Start(at))?;
        (self.at, self.frame, self.pending, self.between) = (at, at, 0..0, true);
        Ok(())
    }

    fn read(&mut self, room: &mut [u8]) -> io::Result<Step> {
        loop {
            if self.pending.is_empty() {
                let read = read_some(self.file, &mut self.input)?;
                self.at += read as u64;
                self.pending = 0..read;
                if read == 0 {
                    return if self.between { Ok(Step::End) } else { self.damage() };
                }
            }
            let mut input = InBuffer::around(&self.input[self.pending.clone()]);
            let mut output = OutBuffer::around(&mut *room);
            let result = self.decoder.run(&mut input, &mut output);
            let (consumed, produced) = (input.pos(), output.pos());
            self.pending.start += consumed;
            match result {
                Ok(0) if consumed > 0 => {
                    self.between = true;
                    self.frame = self.at - self.pending.len() as u64;
                }
                Ok(_) if consumed > 0 || produced > 0 => self.between = false,
                Ok(_) | Err(_) => return self.damage(),
            }
            if produced > 0 {
                return Ok(Step::Bytes(produced));
            }
        }
    }

    /// Goes on at the next frame, or to the end.
    fn damage(&mut self) -> io::Result<Step> {
        self.false_frames += 1;
        let found = self.false_frames < FALSE_FRAMES && self.find_frame(self.frame + 1)?;
        let at = if found { self.frame } else { self.size };
        self.go_to(at)?;
        Ok(Step::Damage)
    }

    /// Looks for the beginning of a frame from `from` on, and notes it.
    fn find_frame(&mut self, from: u64) -> io::Result<bool> {
        self.file.seek(SeekFrom::Start(from))?;
        // What is held begins at `at` in the file.
        let (mut held, mut at) = (Vec::new(), from);
        let mut block = vec![0; INPUT_BYTES];
        loop {
            let read = read_some(self.file, &mut block)?;
            held.extend_from_slice(&block[..read]);
            for offset in 0..held.len().saturating_sub(HEADER_BYTES - 1) {
                let place = at + offset as u64;
                if self.is_frame(&held[offset..offset + HEADER_BYTES], place) {
                    self.frame = place;
                    return Ok(true);
                }
            }
            if read == 0 {
                return Ok(false);
            }
            let passed = held.len().saturating_sub(HEADER_BYTES - 1);
            held.drain(..passed);
            at += passed as u64;
        }
    }

    /// Whether a frame may begin with these bytes. One to skip must lie in the file.
    fn is_frame(&self, head: &[u8], at: u64) -> bool {
        match *head {
            [0x28, 0xB5, 0x2F, 0xFD, ..] => true,
            [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d] => {
                at + HEADER_BYTES as u64 + u64::from(u32::from_le_bytes([a, b, c, d])) <= self.size
            }
            _ => false,
        }
    }
}

fn read_some(file: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// The pieces of a file: lines as they are, gaps as `!`.
    fn pieces(file: &[u8]) -> Vec<String> {
        let mut file = Cursor::new(file);
        let mut pieces = Pieces::open(&mut file).unwrap();
        let mut found = Vec::new();
        while let Some(piece) = pieces.next().unwrap() {
            found.push(match piece {
                Piece::Line { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
                Piece::Gap(_) => "!".to_owned(),
            });
        }
        found
    }

    fn frame(text: &str) -> Vec<u8> {
        let mut compressor = zstd::bulk::Compressor::new(3).unwrap();
        compressor.include_checksum(true).unwrap();
        compressor.compress(text.as_bytes()).unwrap()
    }

    #[test]
    fn whole_files_have_no_gaps() {
        assert_eq!(pieces(b"{a\nb\n"), ["{a", "b"]);
        assert_eq!(pieces(b"{a\nb"), ["{a", "b"]);
        assert_eq!(pieces(b""), [""; 0]);
        let mut file = [frame("a\nb"), frame("c\n")].concat();
        crate::trailer::write_skippable(&mut file, 0, b"what is skipped");
        assert_eq!(pieces(&file), ["a", "bc"]);
    }

    #[test]
    fn a_damaged_frame_costs_no_other() {
        let frames = [frame("a\n"), frame("the second frame, a little longer\n"), frame("c\n")];
        let second = frames[0].len()..frames[0].len() + frames[1].len();
        let whole = frames.concat();
        for at in second {
            for bit in 0..8 {
                let mut file = whole.clone();
                file[at] ^= 1 << bit;
                let found = pieces(&file);
                assert_eq!(found[0], "a", "{at} {bit}: {found:?}");
                assert_eq!(found.last().unwrap(), "c", "{at} {bit}: {found:?}");
            }
        }
    }

    #[test]
    fn a_line_that_a_gap_cut_is_not_joined_with_the_next() {
        let mut broken = frame("the middle of it");
        let at = broken.len() - 6;
        broken[at] ^= 1;
        let file = [frame("a\nbegun "), broken, frame(" ended\nb\n")].concat();
        assert_eq!(pieces(&file), ["a", "!", " ended", "b"]);
    }

    #[test]
    fn a_damaged_beginning_is_passed_over() {
        let mut file = [frame("a\n"), frame("b\nc\n")].concat();
        file[1] ^= 4;
        assert_eq!(pieces(&file), ["!", "b", "c"]);
        assert_eq!(pieces(b"no frame\nat all\n"), ["no frame", "at all"]);
    }
}
