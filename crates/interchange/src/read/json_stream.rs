//! Walking over JSON that is larger than memory.
//!
//! A buffer slides over the text. Whoever reads a value gets the text that is there and where in it the value begins; if the
//! text ends too early, more is read and the value is tried again from its beginning.
//!
//! ## Invariants
//! 1. Memory is one value and as much again; or the rest of the line that the value begins, up to [`AWAITED_BYTES`].
//! 2. What was passed over is checked: UTF-8 and the grammar of JSON.
//! 3. A reader that is tried again had no effect before: it hands out nothing unless it reached the value's end.

use std::io::Read;
use std::ops::Deref;

use cassette_recording::json::{self, JsonError};
use cassette_recording::limits::FILE_LINE_BYTES;

use super::ReadError;

/// What is read at once. It is looked at several times, and found in a processor's cache each time.
const CHUNK_BYTES: usize = 512 << 10;

/// How far the end of its line is waited for before a value that begins a line is tried again.
const AWAITED_BYTES: usize = 32 << 20;

/// Where a text breaks off a reader may stop a few bytes before its end: at the beginning of `\u12` or `fals`.
const LOOKAHEAD_BYTES: usize = 8;

/// Why a value was not read.
pub(super) enum Stop {
    /// The text is no JSON from there on, or ends there.
    Json(JsonError),
    /// It is JSON, but not what it should be; the place is to be added.
    Unexpected {
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// It cannot be taken for another reason.
    Refused(ReadError),
}

impl Stop {
    pub(super) fn unexpected(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Unexpected { expected: expected.into(), found: found.into() }
    }
}

impl From<JsonError> for Stop {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// A piece of a text, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    text: &'a str,
    /// In the file that is read, if it stands there as it is.
    place: Option<u64>,
}

impl<'a> Text<'a> {
    /// One that was made of what stands in the file.
    pub(super) fn made(text: &'a str) -> Self {
        Self { text, place: None }
    }

    /// A part of it.
    pub(super) fn part(self, from: usize, to: usize) -> Self {
        Self { text: &self.text[from..to], place: self.place.map(|place| place + from as u64) }
    }

    pub(super) fn as_str(self) -> &'a str {
        self.text
    }

    /// Where in the file that is read the same bytes stand.
    pub(super) fn place(self) -> Option<u64> {
        self.place
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.text
    }
}

/// A text of JSON values.
pub(super) struct JsonStream<R> {
    input: R,
    /// The input is the file as it is.
    placed: bool,
    /// What was read last.
    incoming: Vec<u8>,
    /// The beginning of a character that the last read cut.
    cut: Vec<u8>,
    text: String,
    /// What of the text was passed over.
    at: usize,
    /// The value at the text's beginning is the first of its line.
    begins_line: bool,
    /// Bytes and line breaks before the text.
    bytes_before: u64,
    lines_before: u64,
    /// Nothing more can be read.
    ended: bool,
    /// Behind the text there is something that is no UTF-8.
    not_utf8: bool,
}

impl<R: Read> JsonStream<R> {
    /// Reads what was made of a file.
    pub(super) fn new(input: R) -> Self {
        Self::open(input, false)
    }

    /// Reads a file as it is, from its beginning.
    pub(super) fn of_file(input: R) -> Self {
        Self::open(input, true)
    }

    fn open(input: R, placed: bool) -> Self {
        Self {
            input,
            placed,
            incoming: Vec::new(),
            cut: Vec::new(),
            text: String::new(),
            at: 0,
            begins_line: true,
            bytes_before: 0,
            lines_before: 0,
            ended: false,
            not_utf8: false,
        }
    }

    /// Reads one value with `read`, which gets the text and where the value begins, and returns what it found and where the
    /// value ends.
    pub(super) fn value<T>(
        &mut self,
        mut read: impl FnMut(Text<'_>, usize) -> Result<(T, usize), Stop>,
    ) -> Result<T, ReadError> {
        loop {
            let text = Text { text: &self.text, place: self.placed.then_some(self.bytes_before) };
            match read(text, self.at) {
                Ok((value, end)) if self.is_whole(end) => {
                    self.at = end;
                    return Ok(value);
                }
                Ok((_, end)) => self.more(end, "more")?,
                Err(Stop::Json(error)) if error.at + LOOKAHEAD_BYTES > self.text.len() => {
                    self.more(error.at, error.expected)?;
                }
                Err(Stop::Json(error)) => return Err(self.unexpected(error.at, error.expected)),
                Err(Stop::Unexpected { expected, found }) => return Err(self.refused(&expected, &found)),
                Err(Stop::Refused(error)) => return Err(error),
            }
        }
    }

    /// A value that ends with the text is whole if it closes itself, which numbers do not.
    fn is_whole(&self, end: usize) -> bool {
        end < self.text.len() || self.ended || !self.text.ends_with(|last: char| last.is_ascii_digit())
    }

    /// Passes over one value.
    pub(super) fn skip(&mut self) -> Result<(), ReadError> {
        self.value(|text, at| Ok(((), json::skip_value(&text, at)?)))
    }

    /// One value as it is written.
    pub(super) fn text(&mut self) -> Result<String, ReadError> {
        self.value(|text, at| {
            let end = json::skip_value(&text, at)?;
            Ok((text[at..end].to_owned(), end))
        })
    }

    /// Passes over white space; returns the byte behind it, or `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        self.pass_whitespace().map(|(byte, _)| byte)
    }

    /// Passes over white space; says too whether a line ended in it.
    fn pass_whitespace(&mut self) -> Result<(Option<u8>, bool), ReadError> {
        let mut line_ended = false;
        loop {
            let from = self.at;
            self.at = json::skip_whitespace(self.text.as_bytes(), from);
            line_ended |= self.text.as_bytes()[from..self.at].contains(&b'\n');
            match self.text.as_bytes().get(self.at) {
                Some(&byte) => return Ok((Some(byte), line_ended)),
                None if self.ended && self.not_utf8 => return Err(self.unexpected(self.at, "UTF-8")),
                None if self.ended => return Ok((None, line_ended)),
                None => {
                    self.slide();
                    self.fill()?;
                }
            }
        }
    }

    /// Passes over one byte behind white space, if it is this one.
    pub(super) fn passes(&mut self, byte: u8) -> Result<bool, ReadError> {
        let there = self.peek()? == Some(byte);
        self.at += usize::from(there);
        Ok(there)
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), ReadError> {
        match self.passes(byte)? {
            true => Ok(()),
            false => Err(self.unexpected(self.at, expected)),
        }
    }

    /// Walks over an array; `element` passes over one element each time.
    pub(super) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        self.expect(b'[', "an array")?;
        if self.passes(b']')? {
            return Ok(());
        }
        loop {
            self.peek()?;
            element(self)?;
            if !self.passes(b',')? {
                return self.expect(b']', "',' or ']'");
            }
        }
    }

    /// Walks over an object; `member` gets each key (as it is written between its quotes) and passes over the value.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        self.expect(b'{', "an object")?;
        if self.passes(b'}')? {
            return Ok(());
        }
        loop {
            self.peek()?;
            let key = self.value(|text, at| {
                let end = json::skip_string(text.as_bytes(), at)?;
                Ok((text[at + 1..end - 1].to_owned(), end))
            })?;
            self.expect(b':', "':'")?;
            self.peek()?;
            member(self, &key)?;
            if !self.passes(b',')? {
                return self.expect(b'}', "',' or '}'");
            }
        }
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), ReadError> {
        match self.peek()? {
            None => Ok(()),
            Some(_) => Err(self.unexpected(self.at, "the end of the file")),
        }
    }

    /// Between values that stand on lines of their own: passes over the line break; `false` at the end.
    pub(super) fn next_line(&mut self) -> Result<bool, ReadError> {
        match self.pass_whitespace()? {
            (None, _) => Ok(false),
            (Some(_), true) => Ok(true),
            (Some(_), false) => Err(self.unexpected(self.at, "a line break")),
        }
    }

    /// An error at the value that comes next.
    pub(super) fn refused(&self, expected: &str, found: &str) -> ReadError {
        ReadError::Invalid(format!("expected {expected} {}, found {found}", self.place(self.at)))
    }

    /// Reads on, because the text ended within a value.
    fn more(&mut self, stopped_at: usize, expected: &'static str) -> Result<(), ReadError> {
        if self.ended {
            return Err(self.unexpected(stopped_at.min(self.text.len()), expected));
        }
        if self.text.len() - self.at > FILE_LINE_BYTES {
            let message = format!("expected a value of at most {FILE_LINE_BYTES} bytes {}", self.place(self.at));
            return Err(ReadError::Invalid(format!("{message}, it has more")));
        }
        self.slide();
        // Trying a value again means reading it again. One that begins a line most likely ends with that line; of others the
        // text is doubled.
        let has = self.text.len();
        let doubled = has * 2;
        let awaits_line =
            self.begins_line && has < AWAITED_BYTES && memchr::memchr(b'\n', self.text.as_bytes()).is_none();
        let wanted = if awaits_line { AWAITED_BYTES.max(doubled) } else { doubled };
        loop {
            let from = self.text.len();
            self.fill()?;
            let line_ended = || memchr::memchr(b'\n', &self.text.as_bytes()[from..]).is_some();
            if self.ended || self.text.len() >= wanted || (awaits_line && line_ended()) {
                return Ok(());
            }
        }
    }

    /// Drops the text that was passed over.
    fn slide(&mut self) {
        let passed = &self.text[..self.at];
        if let Some(last) = passed.bytes().rfind(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
            self.begins_line = last == b'\n';
        }
        self.bytes_before += passed.len() as u64;
        self.lines_before += line_breaks(passed);
        self.text.drain(..self.at);
        self.at = 0;
    }

    /// Reads on behind the text.
    fn fill(&mut self) -> Result<(), ReadError> {
        self.incoming.clear();
        self.incoming.append(&mut self.cut);
        let cut = self.incoming.len();
        let mut piece = self.input.by_ref().take(CHUNK_BYTES as u64);
        Read::read_to_end(&mut piece, &mut self.incoming).map_err(|cause| ReadError::io("read the file", cause))?;
        self.ended = self.incoming.len() == cut;
        self.take_incoming();
        Ok(())
    }

    /// Moves what was read to the text, as far as it is text.
    fn take_incoming(&mut self) {
        if let Ok(text) = simdutf8::basic::from_utf8(&self.incoming) {
            self.text.push_str(text);
            return;
        }
        let Err(error) = std::str::from_utf8(&self.incoming) else { return };
        let (good, rest) = self.incoming.split_at(error.valid_up_to());
        self.text.push_str(std::str::from_utf8(good).expect("checked up to here"));
        if error.error_len().is_none() && !self.ended {
            self.cut.extend_from_slice(rest);
        } else {
            (self.ended, self.not_utf8) = (true, true);
        }
    }

    /// An error at a place of the text.
    fn unexpected(&self, at: usize, expected: &str) -> ReadError {
        let rest = &self.text.as_bytes()[at..];
        let found = match rest {
            [] if self.not_utf8 => {
                return ReadError::Invalid(format!("expected UTF-8 {}, found another byte", self.place(at)));
            }
            [] => "the end of the file".to_owned(),
            [b'/', b'/' | b'*', ..] => "a comment, which JSON does not have".to_owned(),
            _ => format!("{:?}", self.text[at..].chars().next().unwrap_or_default()),
        };
        ReadError::Invalid(format!("expected {expected} {}, found {found}", self.place(at)))
    }

    fn place(&self, at: usize) -> String {
        let line = self.lines_before + line_breaks(&self.text[..at]) + 1;
        format!("at byte {} (line {line})", self.bytes_before + at as u64)
    }
}

fn line_breaks(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Gives a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    fn elements(text: &[u8]) -> Result<Vec<String>, String> {
        let mut stream = JsonStream::new(text);
        let mut elements = Vec::new();
        stream.peek().map_err(|error| error.to_string())?;
        stream
            .array(|stream| {
                elements.push(stream.text()?);
                Ok(())
            })
            .and_then(|()| stream.end())
            .map_err(|error| error.to_string())?;
        Ok(elements)
    }

    #[test]
    fn elements_larger_than_a_chunk_come_out_whole() {
        let large = format!("{{\"a\":\"{}\\u00e9\"}}", "é🦔".repeat(CHUNK_BYTES / 3));
        let text = format!(" [ 12 ,{large},\"\\ud83d\", {large} , true]\n ");
        assert_eq!(elements(text.as_bytes()).unwrap(), ["12", &large, "\"\\ud83d\"", &large, "true"]);
    }

    #[test]
    fn a_large_value_on_a_line_of_its_own_is_tried_again_when_the_line_has_ended() {
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(9 * CHUNK_BYTES));
        let text = format!("[\n{large},\n \t{large},{large}]\n");
        let mut stream = JsonStream::new(text.as_bytes());
        let mut tries = Vec::new();
        stream
            .array(|stream| {
                let mut count = 0;
                stream.value(|text, at| {
                    count += 1;
                    let end = json::skip_value(&text, at)?;
                    assert_eq!(text[at..end], large);
                    Ok(((), end))
                })?;
                tries.push(count);
                Ok(())
            })
            .unwrap();
        // The last one shares its line, and is there once that has ended.
        assert_eq!(tries, [2, 2, 1]);
    }

    #[test]
    fn a_part_of_a_file_knows_its_place() {
        let large = "9".repeat(2 * CHUNK_BYTES);
        let text = format!("[{{\"é\":1}}, {large},{{}} ]");
        let mut stream = JsonStream::of_file(text.as_bytes());
        stream
            .array(|stream| {
                stream.value(|text_there, at| {
                    let end = json::skip_value(&text_there, at)?;
                    let part = text_there.part(at, end);
                    let place = part.place().unwrap() as usize;
                    assert_eq!(&text[place..place + part.len()], part.as_str());
                    Ok(((), end))
                })
            })
            .unwrap();
    }

    #[test]
    fn a_text_cut_anywhere_is_told_with_its_place() {
        let text = "[{\"a\":1,\"b\":\"\\u00e9\"},\ntrue,-1.5e3]";
        for end in 0..text.len() {
            let error = elements(&text.as_bytes()[..end]).unwrap_err();
            assert!(error.contains("found the end of the file") || error.contains("found '"), "{end}: {error}");
        }
        assert_eq!(
            elements(&text.as_bytes()[..20]).unwrap_err(),
            "expected ',' or '}' at byte 20 (line 1), found the end of the file"
        );
    }

    #[test]
    fn pieces_that_cut_characters_are_put_together() {
        let text = "[\"é🦔\",1234567890,{\"a\":false}]";
        for most in 1..9 {
            let mut stream = JsonStream::new(Trickle(text.as_bytes(), most));
            let mut elements = Vec::new();
            stream
                .array(|stream| {
                    elements.push(stream.text()?);
                    Ok(())
                })
                .unwrap();
            assert_eq!(elements, ["\"é🦔\"", "1234567890", "{\"a\":false}"]);
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (text, expected) in [
            ("[1,\n// two\n2]", "expected a JSON value at byte 4 (line 2), found a comment, which JSON does not have"),
            ("[1] [2]", "expected the end of the file at byte 4 (line 1), found '['"),
            ("[1,]", "expected a JSON value at byte 3 (line 1), found ']'"),
            ("[1 2]", "expected ',' or ']' at byte 3 (line 1), found '2'"),
            ("{}", "expected an array at byte 0 (line 1), found '{'"),
            ("", "expected an array at byte 0 (line 1), found the end of the file"),
        ] {
            assert_eq!(elements(text.as_bytes()).unwrap_err(), expected);
        }
        assert_eq!(elements(b"[\"a\xFF\"]").unwrap_err(), "expected UTF-8 at byte 3 (line 1), found another byte");
        assert_eq!(elements(b"[1]\xFF").unwrap_err(), "expected UTF-8 at byte 3 (line 1), found another byte");
        assert_eq!(elements(b"[1,\"\xC3").unwrap_err(), "expected UTF-8 at byte 4 (line 1), found another byte");
    }
}
