//! Half emojis replaced on the way out.
//!
//! JavaScript cuts strings between the halves of an emoji, and its `JSON.stringify` writes the half as `\ud83d`. That is
//! JSON, but some parsers refuse it. The stored file keeps what came; here an escape of a half without its other half
//! becomes `\ufffd`, which has the same length.
//!
//! ## Invariants
//! 1. Nothing but such escapes changes, and the digests that cover them.
//! 2. A digest that was wrong before stays wrong: damage is not signed.
//! 3. It works on the lines that are read, not on what is written of them, so every form is well-formed in the same way.

use cassette_recording::file::{Content, Digest, ParsedLine};
use sha2::{Digest as _, Sha256};

/// Changes the lines of a recording, one after the other.
#[derive(Default)]
pub(super) struct WellFormed {
    block: Pair,
    whole: Pair,
    replaced: u64,
}

/// Digests of what came and of what went out.
#[derive(Default, Clone)]
struct Pair {
    came: Sha256,
    went: Sha256,
}

impl WellFormed {
    /// Takes the next line, without its line break.
    pub(super) fn pass(&mut self, line: &mut [u8]) {
        match said(line) {
            None => {
                self.block.came(line);
                self.whole.came(line);
                self.replaced += replace_halves(line);
                self.block.went(line);
                self.whole.went(line);
            }
            Some(Said::OfBlock(digest)) => {
                self.whole.came(line);
                std::mem::take(&mut self.block).correct(line, digest);
                self.whole.went(line);
            }
            Some(Said::OfWhole(digest)) => self.whole.clone().correct(line, digest),
        }
    }

    /// How many halves were replaced.
    pub(super) fn replaced(&self) -> u64 {
        self.replaced
    }
}

impl Pair {
    fn came(&mut self, line: &[u8]) {
        self.came.update(line);
        self.came.update(b"\n");
    }

    fn went(&mut self, line: &[u8]) {
        self.went.update(line);
        self.went.update(b"\n");
    }

    /// Puts the digest of what went in the place of that of what came.
    fn correct(self, line: &mut [u8], said: Digest) {
        let (said, came, went) = (said.to_string(), hex(self.came), hex(self.went));
        if said != came {
            return;
        }
        if let Some(at) = memchr::memmem::find(line, said.as_bytes()) {
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
    // Only what may be one of these two is parsed; the rest is large.
    const LONGEST: usize = 4096;
    if line.len() > LONGEST || memchr::memmem::find(line, b"\"sha256\"").is_none() {
        return None;
    }
    match ParsedLine::parse(std::str::from_utf8(line).ok()?).ok()?.content {
        Content::Checksum { sha256, .. } => Some(Said::OfBlock(sha256)),
        Content::End { sha256, .. } => Some(Said::OfWhole(sha256)),
        Content::Meta | Content::Event { .. } | Content::Captured { .. } | Content::Unknown => None,
    }
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Replaces in place; returns how many there were. A backslash stands in JSON only at the beginning of an escape, so escapes
/// are found without knowing where strings begin.
fn replace_halves(text: &mut [u8]) -> u64 {
    const ESCAPE: usize = r"\uXXXX".len();
    let (mut at, mut replaced) = (0, 0);
    while let Some(next) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += next;
        at += match (unit_at(text, at), unit_at(text, at + ESCAPE)) {
            (None, _) => r"\n".len(),
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                text[at..at + ESCAPE].copy_from_slice(br"\ufffd");
                replaced += 1;
                ESCAPE
            }
            (Some(_), _) => ESCAPE,
        };
    }
    replaced
}

/// The UTF-16 unit that an escape at this place means.
fn unit_at(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(br"\u")?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | u16::try_from(char::from(digit).to_digit(16)?).ok()?))
}

#[cfg(test)]
mod tests {
    use cassette_recording::file::verify;

    use super::super::sample;
    use super::*;

    fn replaced(text: &str) -> (String, u64) {
        let mut text = text.as_bytes().to_vec();
        let count = replace_halves(&mut text);
        (String::from_utf8(text).unwrap(), count)
    }

    #[test]
    fn only_halves_are_replaced() {
        for (text, expected, count) in [
            (r#""a\ud83d""#, r#""a\ufffd""#, 1),
            (r#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#, 0),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#, 2),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#, 1),
            (r#""\ud83dx\ude00""#, r#""\ufffdx\ufffd""#, 2),
            (r#""\\ud83d""#, r#""\\ud83d""#, 0),
            (r#""\\\ud83d\n""#, r#""\\\ufffd\n""#, 1),
            (r#""\u0041\ud83""#, r#""\u0041\ud83""#, 0),
            (r#""\"#, r#""\"#, 0),
        ] {
            assert_eq!(replaced(text), (expected.to_owned(), count));
        }
    }

    fn through(text: &str) -> String {
        let mut form = WellFormed::default();
        let mut out = String::new();
        for line in text.lines() {
            let mut line = line.as_bytes().to_vec();
            form.pass(&mut line);
            out.push_str(&String::from_utf8(line).unwrap());
            out.push('\n');
        }
        out
    }

    #[test]
    fn a_recording_stays_one_that_verifies() {
        let text = sample::recording(&[(0, "w", r#"{"type":2,"data":"\ud83d","timestamp":1000}"#)]);
        assert!(verify(text.as_bytes()).is_good(), "{}", verify(text.as_bytes()));
        let well_formed = through(&text);
        assert!(well_formed.contains(r#""data":"\ufffd""#) && well_formed.len() == text.len());
        assert!(verify(well_formed.as_bytes()).is_good(), "{}", verify(well_formed.as_bytes()));
    }

    #[test]
    fn damage_is_not_signed() {
        let text = sample::recording(&[(0, "w", r#"{"type":2,"data":"\ud83d","timestamp":1000}"#)]);
        let damaged = text.replace(r#""timestamp":0"#, r#""timestamp":5"#);
        assert_ne!(text, damaged);
        assert!(!verify(through(&damaged).as_bytes()).is_good());
    }
}
