//! Three steps, each on a thread of its own: decompressing, reading lines, and judging them while both digests are computed.
//!
//! What a line means is found out before its turn comes, so the judge goes through the lines in their order, as if it read
//! alone. The input stays on the caller's thread: not every input can be sent to another.

use std::io::Read;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::chunks::{Chunk, ChunkReader, Cut, Returns};
use super::facts;
use super::lines::LineVerifier;

/// Chunks that wait for each thread: what it does in the time for which the system may take it off the processor.
const WAITING: usize = 3;

/// Reads all lines; says whether they were compressed.
pub(super) fn read(input: impl Read) -> (LineVerifier, bool) {
    let mut verifier = LineVerifier::default();
    let (mut reader, returns) = match ChunkReader::open(input) {
        Ok(opened) => opened,
        Err(error) => {
            verifier.unreadable(&error);
            return (verifier, false);
        }
    };
    let first = match reader.next() {
        Ok(Some(chunk)) if !chunk.last => chunk,
        // What fits into one chunk is judged sooner than a thread begins.
        Ok(chunk) => {
            let chunk = chunk.as_ref().map_or(&[][..], Chunk::bytes);
            verifier.chunk(chunk, facts::find(chunk));
            verifier.finish(Ok(()));
            return (verifier, reader.is_compressed());
        }
        Err(cut) => {
            verifier.finish(Err(cut));
            return (verifier, reader.is_compressed());
        }
    };
    let (mut verifier, end) = read_on(&mut reader, returns, first, verifier);
    verifier.finish(end);
    (verifier, reader.is_compressed())
}

fn read_on<R: Read>(
    reader: &mut ChunkReader<R>,
    returns: Returns,
    first: Chunk,
    mut verifier: LineVerifier,
) -> (LineVerifier, Result<(), Cut>) {
    thread::scope(|scope| {
        let (chunks, to_find) = sync_channel::<Chunk>(WAITING);
        let (found, to_judge) = sync_channel(WAITING);
        scope.spawn(move || {
            for chunk in to_find {
                let facts = facts::find(chunk.bytes());
                if found.send((chunk, facts)).is_err() {
                    return;
                }
            }
        });
        let judge = scope.spawn(move || {
            for (chunk, facts) in to_judge {
                verifier.chunk(chunk.bytes(), facts);
                returns.give(chunk);
            }
            verifier
        });
        // A thread that takes no more has panicked, which joining it tells.
        let mut taken = chunks.send(first).is_ok();
        let mut end = Ok(());
        while taken {
            match reader.next() {
                Ok(Some(chunk)) => taken = chunks.send(chunk).is_ok(),
                Ok(None) => break,
                Err(cut) => {
                    end = Err(cut);
                    break;
                }
            }
        }
        drop(chunks);
        let verifier = judge.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (verifier, end)
    })
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
            writeln!(text, r#"{{"type":"checksum","seq":{seq},"lines":{lines},"sha256":"{sha256}"}}"#).unwrap();
            seq += 1;
        }
        let (events, sha256) = (lengths.len(), Digest::of(text.as_bytes()));
        writeln!(text, r#"{{"type":"end","seq":{seq},"events":{events},"sha256":"{sha256}"}}"#).unwrap();
        text.into_bytes()
    }

    /// What is said of lines that are judged at one go.
    fn at_one_go(lines: &[u8]) -> Report {
        let mut verifier = LineVerifier::default();
        verifier.chunk(lines, facts::find(lines));
        verifier.finish(Ok(()));
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
