//! Three steps, each on a thread of its own: decompressing, reading lines, and judging them while both digests are computed.
//!
//! What a line means is found out before its turn comes, so the judge goes through the lines in their order, as if it read
//! alone. The input stays on the caller's thread: not every input can be sent to another.

use std::io::{self, Read};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::facts::{Finder, TooLong};
use super::lines::{Cut, LineVerifier};
use super::pieces::{BUFFERS, Piece, PieceReader, Returns};

/// Pieces whose lines were read and wait to be judged. Few, because what is known of lines that are short takes more room than
/// they do.
const JUDGED_LATER: usize = 3;

/// Reads all lines; says whether they were compressed.
pub(super) fn read(input: impl Read) -> (LineVerifier, bool) {
    let mut verifier = LineVerifier::default();
    let (mut reader, returns) = match PieceReader::open(input) {
        Ok(opened) => opened,
        Err(error) => {
            verifier.unreadable(&error);
            return (verifier, false);
        }
    };
    let end = match reader.next() {
        Ok(Some(piece)) if !piece.last => {
            let end;
            (verifier, end) = read_on(&mut reader, returns, piece, verifier);
            end
        }
        // What fits into one piece is judged sooner than a thread begins.
        Ok(Some(piece)) => judge_at_one_go(&mut verifier, piece.bytes()),
        Ok(None) => Ok(()),
        Err(cause) => Err(Cut::Read(cause)),
    };
    verifier.finish(end);
    (verifier, reader.is_compressed())
}

fn judge_at_one_go(verifier: &mut LineVerifier, bytes: &[u8]) -> Result<(), Cut> {
    let found = Finder::default().find(bytes, true).map_err(|TooLong| Cut::TooLong)?;
    verifier.piece(bytes, found);
    Ok(())
}

fn read_on<R: Read>(
    reader: &mut PieceReader<R>,
    returns: Returns,
    first: Piece,
    mut verifier: LineVerifier,
) -> (LineVerifier, Result<(), Cut>) {
    thread::scope(|scope| {
        // There are no more pieces than buffers, so nobody waits to send one.
        let (pieces, to_find) = sync_channel::<Piece>(BUFFERS);
        let (found, to_judge) = sync_channel(JUDGED_LATER);
        let find = scope.spawn(move || {
            let mut finder = Finder::default();
            for piece in to_find {
                let lines = finder.find(piece.bytes(), piece.last)?;
                if found.send((piece, lines)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let judge = scope.spawn(move || {
            for (piece, lines) in to_judge {
                verifier.piece(piece.bytes(), lines);
                returns.give(piece);
            }
            verifier
        });
        let read = hand_on(reader, first, |piece| pieces.send(piece).is_ok());
        drop(pieces);
        let found = find.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let verifier = judge.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (verifier, found.map_err(|TooLong| Cut::TooLong).and(read.map_err(Cut::Read)))
    })
}

/// Reads on until the end, or until `send` says that nobody takes more.
fn hand_on<R: Read>(reader: &mut PieceReader<R>, first: Piece, mut send: impl FnMut(Piece) -> bool) -> io::Result<()> {
    let mut next = Some(first);
    while let Some(piece) = next {
        if !send(piece) {
            break;
        }
        next = reader.next()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::super::super::digest::Digest;
    use super::super::{Report, TrailerState};
    use super::*;

    /// A recording with one line for each of `lengths`, eight lines a block.
    fn recording(lengths: &[usize]) -> Vec<u8> {
        padded_recording(lengths, "")
    }

    /// The same, with `padding` in its checksum lines and its end line.
    fn padded_recording(lengths: &[usize], padding: &str) -> Vec<u8> {
        let meta =
            r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":0,"ended_at":9}"#;
        let (mut text, mut open, mut seq) = (String::new(), format!("{meta}\n"), 0);
        for block in lengths.chunks(8) {
            for length in block {
                let event = format!("{{\"type\":2,\"data\":\"{}\"}}", "x".repeat(*length));
                writeln!(
                    open,
                    r#"{{"type":"full_snapshot","seq":{seq},"timestamp":{seq},"window_id":"","event":{event}}}"#
                )
                .unwrap();
                seq += 1;
            }
            let (lines, sha256) = (open.lines().count(), Digest::of(open.as_bytes()));
            text += &open;
            open.clear();
            writeln!(text, r#"{{"type":"checksum",{padding}"seq":{seq},"lines":{lines},"sha256":"{sha256}"}}"#)
                .unwrap();
            seq += 1;
        }
        let (events, sha256) = (lengths.len(), Digest::of(text.as_bytes()));
        writeln!(text, r#"{{"type":"end",{padding}"seq":{seq},"events":{events},"sha256":"{sha256}"}}"#).unwrap();
        text.into_bytes()
    }

    /// What is said of lines that are judged at one go.
    fn at_one_go(lines: &[u8]) -> Report {
        let mut verifier = LineVerifier::default();
        let end = judge_at_one_go(&mut verifier, lines);
        verifier.finish(end);
        verifier.report(TrailerState::NotRead)
    }

    fn by_threads(input: &[u8]) -> Report {
        read(input).0.report(TrailerState::NotRead)
    }

    #[test]
    fn a_huge_line_among_small_ones_is_read() {
        let file = recording(&[10, 300_000, 20_000_000, 10, 5_000_000, 10, 10, 10, 9_000_000, 10, 10]);
        let report = by_threads(&file);
        assert!(report.is_good(), "{report}");
        assert_eq!((report.lines, report.raw_bytes), (15, file.len() as u64));
        let compressed = zstd::bulk::compress(&file, 1).unwrap();
        assert_eq!(by_threads(&compressed), report);
        let cut = by_threads(&compressed[..compressed.len() - 1]);
        assert_eq!(cut.problems.len(), 1, "{cut}");
        assert!(cut.intact.lines >= 10, "{cut}");
    }

    #[test]
    fn checksum_lines_of_any_length_are_read() {
        let padding = format!("\"padding\":\"{}\",", "y".repeat(700_000));
        let file = padded_recording(&[10, 400_000, 10, 10, 10, 10, 10, 10, 900_000], &padding);
        let report = by_threads(&file);
        assert!(report.is_good(), "{report}");
        assert_eq!((report.lines, report.raw_bytes), (13, file.len() as u64));
        assert_eq!(at_one_go(&file), report);
        let mut damaged = file.clone();
        damaged[1_000_000] = b'z';
        assert_eq!(by_threads(&damaged), at_one_go(&damaged));
        assert_eq!(by_threads(&damaged).problems.len(), 1);
    }

    #[test]
    fn a_cut_within_a_huge_line_is_told_behind_the_lines_before_it() {
        let file = recording(&[10, 10, 3_000_000, 10]);
        let whole = zstd::bulk::compress(&file[..1_500_000], 1).unwrap();
        let report = by_threads(&whole[..whole.len() - 1]);
        assert_eq!((report.lines, report.problems.len()), (3, 1), "{report}");
        // Without compression, what there is of the line is a line without its end.
        let report = by_threads(&file[..1_500_000]);
        assert_eq!(report, at_one_go(&file[..1_500_000]));
        assert_eq!((report.lines, report.raw_bytes), (4, 1_500_000), "{report}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn threads_say_what_one_alone_would_say(
            lengths in proptest::collection::vec(0_usize..90_000, 1..60),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in proptest::option::of(any::<prop::sample::Index>()),
        ) {
            let mut file = recording(&lengths);
            for (at, to) in damage {
                let at = at.index(file.len());
                file[at] = to;
            }
            file.truncate(cut.map_or(file.len(), |cut| cut.index(file.len())));
            let expected = at_one_go(&file);
            prop_assert_eq!(by_threads(&file), expected.clone());
            let compressed = zstd::bulk::compress(&file, 1).unwrap();
            prop_assert_eq!(by_threads(&compressed), expected);
        }
    }
}
