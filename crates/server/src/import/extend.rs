//! The next revision of a recording, from a file that holds more than what is here.
//!
//! Lines are the file's, byte for byte. In the meta line and the index stands also what only the earlier revision knows:
//! which items it was made of, or a repetition that comes late would be taken for new; which live blocks it contains, or a
//! rebuild would finish them again; and whose it is.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use cassette_recording::assemble::{Frames, FramesError};
use cassette_recording::file::{Content, Finished, ItemEntry, LineReader, Meta, ParsedLine, Trailer, TrailerError};
use cassette_recording::limits;
use sha2::{Digest as _, Sha256};

use super::ImportError;

/// What the earlier revision says.
pub(super) struct Earlier {
    pub(super) meta: Meta,
    pub(super) items: Vec<ItemEntry>,
}

/// Writes the next revision of what `earlier` says, from the stored recording at `given`.
pub(super) fn extend(
    given: &Path,
    given_meta: &Meta,
    earlier: Earlier,
    level: i32,
    out: File,
) -> Result<(Meta, Finished), ImportError> {
    let items = all_items(earlier.items, items(given).map_err(ImportError::Spool)?);
    let meta = merged(given_meta, &earlier.meta);
    let out = BufWriter::with_capacity(1 << 20, out);
    let finished = rewrite(given, &meta, &items, level, out).map_err(ImportError::Spool)?;
    Ok((meta, finished))
}

/// Copies a recording that was checked while it was read in, with another meta line: which changes two digests.
fn rewrite(given: &Path, meta: &Meta, items: &[ItemEntry], level: i32, out: impl io::Write) -> io::Result<Finished> {
    let mut lines = LineReader::new(File::open(given)?)?;
    let mut frames = Frames::begin(out, level)?;
    let mut line = Vec::new();
    meta.write(&mut line);
    line.pop();
    let (mut block, mut whole) = (Sha256::new(), Sha256::new());
    while let Some(raw) = lines.next_line().map_err(io::Error::other)? {
        if raw.number > 1 {
            line.clear();
            line.extend_from_slice(raw.bytes);
        }
        match parsed(&line)?.content {
            Content::Checksum { .. } => put_digest(&mut line, std::mem::take(&mut block))?,
            Content::End { .. } => put_digest(&mut line, whole.clone())?,
            Content::Meta | Content::Event { .. } | Content::Captured { .. } | Content::Unknown => {
                block.update(&line);
                block.update(b"\n");
            }
        }
        whole.update(&line);
        whole.update(b"\n");
        frames.line(&line, &parsed(&line)?).map_err(out_of_frames)?;
    }
    frames.finish(items).map_err(out_of_frames)
}

fn parsed(line: &[u8]) -> io::Result<ParsedLine<'_>> {
    std::str::from_utf8(line)
        .map_err(io::Error::other)
        .and_then(|line| ParsedLine::parse(line).map_err(io::Error::other))
}

/// Puts another digest into a line, in the place of the one that it holds.
fn put_digest(line: &mut [u8], hasher: Sha256) -> io::Result<()> {
    let (Content::Checksum { sha256: said, .. } | Content::End { sha256: said, .. }) = parsed(line)?.content else {
        return Ok(());
    };
    let said = said.to_string();
    let digest = crate::hex::of(&hasher.finalize());
    // Of members of that name the last one counts; nothing else in such a line looks like a digest, or it may change too.
    let at = line.windows(said.len()).rposition(|text| text == said.as_bytes());
    let at = at.ok_or_else(|| io::Error::other("expected a digest without escapes"))?;
    line[at..at + digest.len()].copy_from_slice(digest.as_bytes());
    Ok(())
}

fn out_of_frames(error: FramesError) -> io::Error {
    match error {
        FramesError::Out(error) => error,
        error @ (FramesError::NoChecksum | FramesError::Empty) => io::Error::other(error),
    }
}

/// The items of a stored recording on the disk.
fn items(path: &Path) -> io::Result<Vec<ItemEntry>> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut wanted = cassette_recording::file::TAIL_BYTES as u64;
    loop {
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(size.saturating_sub(wanted)))?;
        file.read_to_end(&mut tail)?;
        match Trailer::from_tail(&tail) {
            Ok(trailer) => return trailer.items().map_err(io::Error::other),
            Err(TrailerError::NeedMore(more)) if wanted < size => wanted = more as u64,
            Err(error) => return Err(io::Error::other(error)),
        }
    }
}

/// The meta line of the next revision.
fn merged(given: &Meta, earlier: &Meta) -> Meta {
    let mut meta = given.clone();
    meta.revision = earlier.revision + 1;
    meta.earlier_revision = Some(earlier.revision);
    // The folder of the first revision stays the recording's: its day is that of the first arrival.
    meta.first_arrival = earlier.first_arrival;
    meta.last_arrival = given.last_arrival.max(earlier.last_arrival);
    take_over(&mut meta.distinct_ids, &earlier.distinct_ids, limits::IDS_PER_RECORDING);
    take_over(&mut meta.urls, &earlier.urls, limits::URLS_PER_RECORDING);
    take_over(&mut meta.live_blocks, &earlier.live_blocks, usize::MAX);
    absent_only(&mut meta.user_agent, earlier.user_agent.as_ref());
    absent_only(&mut meta.library, earlier.library.as_ref());
    absent_only(&mut meta.source, earlier.source.as_ref());
    meta.first_url = meta.first_url.or_else(|| meta.urls.first().cloned());
    let known: HashSet<String> = meta.other.iter().map(|(key, _)| key.clone()).collect();
    meta.other.extend(earlier.other.iter().filter(|(key, _)| !known.contains(key)).cloned());
    meta
}

fn take_over<T: Clone + PartialEq>(list: &mut Vec<T>, earlier: &[T], limit: usize) {
    for one in earlier {
        if list.len() < limit && !list.contains(one) {
            list.push(one.clone());
        }
    }
}

fn absent_only(mine: &mut Option<String>, earlier: Option<&String>) {
    if mine.is_none() {
        *mine = earlier.cloned();
    }
}

/// The items of both, each once, in the order of their arrival.
fn all_items(earlier: Vec<ItemEntry>, given: Vec<ItemEntry>) -> Vec<ItemEntry> {
    let mut seen = HashSet::new();
    let mut items: Vec<ItemEntry> = earlier.into_iter().chain(given).filter(|item| seen.insert(item.item)).collect();
    items.sort_by_key(|item| (item.arrived_at, item.item));
    items
}

#[cfg(test)]
mod tests {
    use cassette_recording::file::{TrailerState, Writer, verify_file};
    use cassette_recording::{ItemId, ProjectId};

    use super::*;

    fn meta(revision: u32) -> Meta {
        let mut meta = Meta::new("a".parse().unwrap(), ProjectId(1), 1000, 2000);
        meta.revision = revision;
        meta
    }

    #[test]
    fn what_only_the_earlier_revision_knows_is_taken_over() {
        let mut earlier = meta(2);
        earlier.first_arrival = 5;
        earlier.last_arrival = 90;
        earlier.distinct_ids = vec!["ann".parse().unwrap()];
        earlier.user_agent = Some("Browser".into());
        earlier.live_blocks = vec!["live/x#1".into()];
        earlier.other = vec![("note".into(), "1".into()), ("person".into(), "{}".into())];
        let mut given = meta(7);
        given.first_arrival = 50;
        given.last_arrival = 60;
        given.distinct_ids = vec!["bob".parse().unwrap()];
        given.other = vec![("person".into(), "null".into())];
        let merged = merged(&given, &earlier);
        assert_eq!((merged.revision, merged.earlier_revision), (3, Some(2)));
        assert_eq!((merged.first_arrival, merged.last_arrival), (5, 90));
        let persons: Vec<&str> = merged.distinct_ids.iter().map(|id| id.as_str()).collect();
        assert_eq!(persons, ["bob", "ann"]);
        assert_eq!(merged.user_agent.as_deref(), Some("Browser"));
        assert_eq!(merged.live_blocks, ["live/x#1"]);
        assert_eq!(merged.other, [("person".into(), "null".into()), ("note".into(), "1".into())]);
    }

    #[test]
    fn lines_stay_as_they_are_and_the_file_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("given");
        let mut writer = Writer::begin(File::create_new(&path).unwrap(), &meta(1), 1).unwrap();
        let rest = r#""window_id":"w","event":{"type":2,"timestamp":1000,"data":"\ud83d"}}"#;
        (0..2000).for_each(|n| writer.push_rest("full_snapshot", n, &rest.replace("1000", &n.to_string())).unwrap());
        writer.finish(std::iter::empty()).unwrap();
        let lines = |path: &Path| {
            let mut text = Vec::new();
            zstd::stream::copy_decode(File::open(path).unwrap(), &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            let kept =
                |line: &&str| !line.starts_with(r#"{"type":"checksum""#) && !line.starts_with(r#"{"type":"end""#);
            text.lines().skip(1).filter(kept).map(str::to_owned).collect::<Vec<_>>()
        };
        let earlier = Earlier { meta: meta(4), items: Vec::new() };
        let next = folder.path().join("next");
        let (meta, finished) = extend(&path, &meta(1), earlier, 1, File::create_new(&next).unwrap()).unwrap();
        assert_eq!((meta.revision, finished.events), (5, 2000));
        let report = verify_file(File::open(&next).unwrap()).unwrap();
        assert!(report.is_good() && report.trailer == TrailerState::Good, "{report}");
        assert!(lines(&next) == lines(&path));
    }

    #[test]
    fn an_item_of_both_stands_once_with_its_first_arrival() {
        let item = |n: u8, arrived_at| ItemEntry {
            item: ItemId::Uuid([n; 16]),
            window_id: "w".parse().unwrap(),
            distinct_id: None,
            arrived_at,
            sent_at: None,
        };
        let all = all_items(vec![item(1, 10), item(2, 30)], vec![item(1, 99), item(3, 20)]);
        let all: Vec<i64> = all.iter().map(|item| item.arrived_at).collect();
        assert_eq!(all, [10, 20, 30]);
    }
}
