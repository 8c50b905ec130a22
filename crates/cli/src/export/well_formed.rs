//! `--well-formed`: half emojis replaced on the way out.
//!
//! JavaScript cuts strings between the halves of an emoji, and its `JSON.stringify` writes the half as `\ud83d`. That is
//! JSON, but some parsers refuse it. The stored file keeps what came; here an escape of a half without its other half
//! becomes `\ufffd`, which has the same length.
//!
//! ## Invariants
//! 1. Nothing but such escapes changes, and the digests that cover them.
//! 2. A digest that was wrong before stays wrong: damage is not signed.
//! 3. Memory is one line. Both forms hold an event on one line, so no escape is ever cut.

use std::io::{self, Write};

use cassette_recording::file::{Content, Digest, ParsedLine};
use sha2::{Digest as _, Sha256};

/// Changes what is written through it, line by line.
pub(super) struct WellFormed<W> {
    out: W,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// Of a recording's lines; an array of events has none.
    digests: Option<Digests>,
}

/// Digests of what came and of what went out.
#[derive(Default)]
struct Digests {
    block: Pair,
    whole: Pair,
}

#[derive(Default, Clone)]
struct Pair {
    came: Sha256,
    went: Sha256,
}

impl<W: Write> WellFormed<W> {
    /// For lines of a recording.
    pub(super) fn recording(out: W) -> Self {
        Self { out, line: Vec::new(), digests: Some(Digests::default()) }
    }

    /// For events, one a line.
    pub(super) fn events(out: W) -> Self {
        Self { out, line: Vec::new(), digests: None }
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            self.end_line()?;
        }
        self.out.flush()
    }

    fn end_line(&mut self) -> io::Result<()> {
        match &mut self.digests {
            Some(digests) => digests.pass(&mut self.line),
            None => replace_halves(&mut self.line),
        }
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Write for WellFormed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        self.line.extend_from_slice(&bytes[..taken]);
        if self.line.ends_with(b"\n") {
            self.end_line()?;
        }
        Ok(taken)
    }

    /// A line that has not ended yet stays.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Digests {
    fn pass(&mut self, line: &mut [u8]) {
        match said(line) {
            None => {
                self.block.came.update(&*line);
                self.whole.came.update(&*line);
                replace_halves(line);
                self.block.went.update(&*line);
                self.whole.went.update(&*line);
            }
            Some(Said::OfBlock(digest)) => {
                self.whole.came.update(&*line);
                std::mem::take(&mut self.block).correct(line, digest);
                self.whole.went.update(&*line);
            }
            Some(Said::OfWhole(digest)) => self.whole.clone().correct(line, digest),
        }
    }
}

impl Pair {
    /// Puts the digest of what went in the place of that of what came.
    fn correct(self, line: &mut [u8], said: Digest) {
        let (said, came, went) = (said.to_string(), hex(self.came), hex(self.went));
        if said != came {
            return;
        }
        if let Some(at) = line.windows(said.len()).position(|window| window == said.as_bytes()) {
            line[at..at + said.len()].copy_from_slice(went.as_bytes());
        }
    }
}

/// What a line says of the lines before it.
enum Said {
    OfBlock(Digest),
    OfWhole(Digest),
}

fn said(line: &[u8]) -> Option<Said> {
    // Only these two are parsed; the rest is large.
    if !line.starts_with(br#"{"type":"checksum","#) && !line.starts_with(br#"{"type":"end","#) {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?;
    match ParsedLine::parse(line.strip_suffix('\n').unwrap_or(line)).ok()?.content {
        Content::Checksum { sha256, .. } => Some(Said::OfBlock(sha256)),
        Content::End { sha256, .. } => Some(Said::OfWhole(sha256)),
        Content::Meta | Content::Event { .. } | Content::Captured { .. } | Content::Unknown => None,
    }
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A backslash stands in JSON only at the beginning of an escape, so escapes are found without knowing where strings begin.
fn replace_halves(text: &mut [u8]) {
    const ESCAPE: usize = r"\uXXXX".len();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += next;
        at += match (unit_at(text, at), unit_at(text, at + ESCAPE)) {
            (None, _) => r"\n".len(),
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                text[at..at + ESCAPE].copy_from_slice(br"\ufffd");
                ESCAPE
            }
            (Some(_), _) => ESCAPE,
        };
    }
}

/// The UTF-16 unit that an escape at this place means.
fn unit_at(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | u16::try_from(char::from(digit).to_digit(16)?).ok()?))
}

#[cfg(test)]
mod tests {
    use cassette_recording::file::verify;

    use super::*;

    fn replaced(text: &str) -> String {
        let mut text = text.as_bytes().to_vec();
        replace_halves(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn only_halves_are_replaced() {
        for (text, expected) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83dx\ude00""#, r#""\ufffdx\ufffd""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d\n""#, r#""\\\ufffd\n""#),
            (r#""\u0041\ud83""#, r#""\u0041\ud83""#),
            (r#""\"#, r#""\"#),
        ] {
            assert_eq!(replaced(text), expected);
        }
    }

    fn recording() -> String {
        let lines = [
            r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":1,"ended_at":2}"#,
            r#"{"type":"full_snapshot","seq":0,"timestamp":0,"window_id":"w","event":{"type":2,"data":"\ud83d","timestamp":1}}"#,
        ];
        let mut text = format!("{}\n{}\n", lines[0], lines[1]);
        let digest = Digest::of(text.as_bytes());
        text.push_str(&format!("{{\"type\":\"checksum\",\"seq\":1,\"lines\":2,\"sha256\":\"{digest}\"}}\n"));
        let digest = Digest::of(text.as_bytes());
        text.push_str(&format!("{{\"type\":\"end\",\"seq\":2,\"events\":1,\"sha256\":\"{digest}\"}}\n"));
        text
    }

    fn through(text: &str, piece: usize) -> String {
        let mut out = Vec::new();
        let mut form = WellFormed::recording(&mut out);
        text.as_bytes().chunks(piece).for_each(|piece| form.write_all(piece).unwrap());
        form.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_recording_stays_one_that_verifies() {
        let text = recording();
        assert!(verify(text.as_bytes()).is_good(), "{}", verify(text.as_bytes()));
        for piece in [1, 7, 100_000] {
            let well_formed = through(&text, piece);
            assert!(well_formed.contains(r#""data":"\ufffd""#) && well_formed.len() == text.len());
            assert!(verify(well_formed.as_bytes()).is_good(), "{}", verify(well_formed.as_bytes()));
        }
    }

    #[test]
    fn damage_is_not_signed() {
        let damaged = recording().replace(r#""timestamp":0"#, r#""timestamp":5"#);
        assert!(!verify(through(&damaged, 64).as_bytes()).is_good());
    }
}
