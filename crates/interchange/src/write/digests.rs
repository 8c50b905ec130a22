//! Checking what checksum lines and the end line say of the lines before them, on a thread of its own: hashing costs nearly
//! what parsing does, and both digests of a byte are computed together.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use cassette_recording::file::{Content, Digest, ParsedLine, TwinDigest};

use super::WriteError;
use super::source::order;

/// What is handed over at once.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces under way.
const PIECES: usize = 4;

/// Takes the lines of a recording.
pub(super) struct Digests {
    to: Option<SyncSender<Piece>>,
    thread: Option<JoinHandle<Result<(), Wrong>>>,
    /// Buffers that come back: freed by another thread than took them, they would pile up in the allocator.
    back: Receiver<Vec<u8>>,
    /// Bytes that are not handed over yet.
    held: Vec<u8>,
    /// Lines since the last checksum line.
    covered: u64,
}

enum Piece {
    Bytes(Vec<u8>),
    /// A checksum line, what it says, and the line itself.
    Checksum(u64, Digest, Vec<u8>),
    /// The end line and what it says.
    End(u64, Digest),
}

/// A line that says something else than the lines before it.
struct Wrong {
    line: u64,
    expected: Digest,
    found: Digest,
}

impl Digests {
    /// Begins. Where there is no thread to be had, nothing is checked here.
    pub(super) fn begin() -> Self {
        let (to, from) = sync_channel(PIECES);
        let (returns, back) = sync_channel(PIECES + 2);
        let thread = std::thread::Builder::new().name("digests".to_owned()).spawn(move || check(&from, &returns)).ok();
        Self { to: thread.is_some().then_some(to), thread, back, held: Vec::new(), covered: 0 }
    }

    /// Takes the next line.
    pub(super) fn line(&mut self, number: u64, line: &ParsedLine<'_>) -> Result<(), WriteError> {
        match line.content {
            Content::Checksum { lines, sha256 } => {
                let covered = std::mem::take(&mut self.covered);
                if lines != covered {
                    return Err(order(
                        number,
                        format!("a checksum line for {covered} lines"),
                        format!("one for {lines}"),
                    ));
                }
                self.hand_over()?;
                let line = [line.raw.as_bytes(), b"\n"].concat();
                self.send(Piece::Checksum(number, sha256, line))
            }
            Content::End { sha256, .. } => match self.covered {
                0 => self.send(Piece::End(number, sha256)),
                _ => Err(order(number, "a checksum line", "the end line")),
            },
            _ => {
                self.covered += 1;
                self.bytes(line.raw.as_bytes())?;
                self.bytes(b"\n")
            }
        }
    }

    /// Waits for what is still being checked.
    pub(super) fn end(&mut self) -> Result<(), WriteError> {
        self.to = None;
        let Some(thread) = self.thread.take() else { return Ok(()) };
        let checked = thread.join().expect("hashing does not panic");
        checked.map_err(|Wrong { line, expected, found }| {
            order(line, format!("lines before it with SHA-256 {expected}"), format!("lines with {found}"))
        })
    }

    /// Takes bytes in pieces, so that a huge line is not there twice.
    fn bytes(&mut self, mut bytes: &[u8]) -> Result<(), WriteError> {
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(bytes.len().min(PIECE_BYTES - self.held.len()));
            self.held.extend_from_slice(piece);
            if self.held.len() == PIECE_BYTES {
                self.hand_over()?;
            }
            bytes = rest;
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), WriteError> {
        let next = self.back.try_recv().unwrap_or_else(|_| Vec::with_capacity(PIECE_BYTES));
        let piece = std::mem::replace(&mut self.held, next);
        self.send(Piece::Bytes(piece))
    }

    fn send(&mut self, piece: Piece) -> Result<(), WriteError> {
        match &self.to {
            Some(to) if to.send(piece).is_err() => self.end(),
            _ => Ok(()),
        }
    }
}

/// Checks until the first wrong digest, or until nothing more comes.
fn check(from: &Receiver<Piece>, returns: &SyncSender<Vec<u8>>) -> Result<(), Wrong> {
    let mut digests = TwinDigest::new();
    for piece in from {
        match piece {
            Piece::Bytes(mut bytes) => {
                digests.update(&bytes);
                bytes.clear();
                // Nobody may want it any more.
                let _ = returns.try_send(bytes);
            }
            Piece::Checksum(number, expected, line) => {
                compared(number, expected, digests.block())?;
                digests.update_whole(&line);
                digests.begin_block();
            }
            Piece::End(number, expected) => compared(number, expected, digests.whole())?,
        }
    }
    Ok(())
}

fn compared(line: u64, expected: Digest, found: Digest) -> Result<(), Wrong> {
    if expected == found { Ok(()) } else { Err(Wrong { line, expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::super::source::Source;

    fn refused(text: &str) -> Option<String> {
        let mut source = Source::open(text.as_bytes(), false).unwrap();
        loop {
            match source.next_line() {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => return Some(error.to_string()),
            }
        }
    }

    fn recording() -> String {
        let long = format!(r#"{{"type":2,"data":"{}"}}"#, "x".repeat(700_000));
        sample::recording(&[(0, "w", &long), (1, "w", "{}"), (2, "w", r#"{"a":1}"#)])
    }

    #[test]
    fn a_whole_recording_is_let_pass() {
        assert_eq!(refused(&recording()), None);
    }

    #[test]
    fn a_changed_byte_is_told_at_the_checksum_line_behind_it() {
        let said = refused(&recording().replace("xxx\"}", "xxy\"}")).unwrap();
        assert!(said.starts_with("line 3: expected lines before it with SHA-256 "), "{said}");
        let said = refused(&recording().replace(r#"{"a":1}"#, r#"{"a":2}"#)).unwrap();
        assert!(said.starts_with("line 6: expected lines before it with SHA-256 "), "{said}");
    }

    #[test]
    fn the_end_line_is_checked_against_everything_before_it() {
        let text = recording();
        let (before, end) = text.rsplit_once("\"sha256\":\"").unwrap();
        let other = if end.starts_with('0') { '1' } else { '0' };
        let said = refused(&format!("{before}\"sha256\":\"{other}{}", &end[1..])).unwrap();
        assert!(said.starts_with("line 7: expected lines before it with SHA-256 "), "{said}");
    }

    #[test]
    fn a_checksum_line_has_to_cover_all_lines_before_it() {
        let said = refused(&recording().replace(r#""seq":4,"lines":2"#, r#""seq":4,"lines":3"#));
        assert_eq!(said.as_deref(), Some("line 6: expected a checksum line for 2 lines, found one for 3"));
        let text = recording();
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(r#"{"type":"checksum","seq":4"#)).collect();
        let text = kept.join("\n").replace(r#""end","seq":5"#, r#""end","seq":4"#) + "\n";
        assert_eq!(refused(&text).as_deref(), Some("line 6: expected a checksum line, found the end line"));
    }
}
