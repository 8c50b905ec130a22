//! A recording under way: an export file of PostHog's that grows by a call at a time.
//!
//! ## Invariants
//! 1. Behind each call, what it brought is on disk before it is noted, and what is noted is never fetched again, unless the
//!    list of blocks begins otherwise. A call that broke off leaves bytes behind the noted end, which are cut off.
//! 2. Memory holds one block (or one line) at a time.
//! 3. The file lies here until the recording is stored and noted as done, so that a pull that is broken off goes on in the
//!    middle of a recording: a long one takes hours under PostHog's limits.

use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use cassette_interchange::limits::SNAPPY_BYTES;
use cassette_recording::RecordingId;
use cassette_recording::limits::FILE_LINE_BYTES;
use serde::{Deserialize, Serialize};

use super::calls::Unread;
use super::lines;
use super::listing::Row;
use super::sources::Sources;
use crate::notes::Notes;

/// Leftovers that nobody goes on with are removed after this long: they hold what people did.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

const RECORDING: &str = "recording.partial";
const PROGRESS: &str = "progress.partial";

/// What is in the file so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Whose it is: the project's address and the session.
    of: String,
    /// Entries of the list that were fetched, and what these were.
    pub(super) entries: usize,
    digest: String,
    /// Length of the file.
    length: u64,
    pub(super) events: u64,
    /// Blocks that the server did not give, or not whole.
    pub(super) missing: u64,
    /// Lines that cannot be read, and elements that are no events.
    pub(super) odd: u64,
}

/// Whether lines are known to be there to their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Something else says so.
    Sure,
    /// A last line that cannot be read was cut off, and the call is to be made again.
    Unsure,
}

/// A file that grows.
pub(super) struct Spool {
    path: PathBuf,
    progress_path: PathBuf,
    file: File,
    notes: Notes,
    progress: Progress,
    /// What the call under way brought.
    brought: Progress,
}

impl Spool {
    /// Goes on with what lies in `folder` of this recording, where the list begins as it did; otherwise begins. What lacks
    /// something is only gone on with where that is `partial`ly wanted.
    pub(super) fn open(folder: &Path, base: &str, row: &Row, sources: &Sources, partial: bool) -> io::Result<Self> {
        let [path, progress_path] = paths(folder, &row.id);
        let of = format!("{base} {}", row.id);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        let length = file.metadata()?.len();
        let mut last = None;
        let notes = Notes::open(&progress_path, |note: Progress| last = Some(note))?;
        let goes_on = last.filter(|note| {
            let is_ours = note.of == of && note.length <= length;
            is_ours && (partial || note.missing == 0) && note.digest == sources.digest(note.entries)
        });
        let mut spool =
            Self { path, progress_path, file, notes, progress: Progress::default(), brought: Progress::default() };
        match goes_on {
            Some(progress) => spool.progress = progress,
            None => spool.begin(of, row)?,
        }
        spool.rewind()?;
        Ok(spool)
    }

    fn begin(&mut self, of: String, row: &Row) -> io::Result<()> {
        let person = row.person.as_deref().unwrap_or("null");
        let head = format!(
            "{{\"version\":\"2023-04-28\",\"data\":{{\"id\":\"{}\",\"person\":{person},\"snapshots\":[",
            row.id
        );
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(head.as_bytes())?;
        let digest = Sources::default().digest(0);
        self.progress = Progress { of, digest, length: head.len() as u64, ..Progress::default() };
        self.notes.add(&self.progress)
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Blocks that are damaged, what the call under way brought included.
    pub(super) fn missing(&self) -> u64 {
        self.brought.missing
    }

    /// Cuts off what a call brought that is not noted.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.brought = self.progress.clone();
        self.file.set_len(self.progress.length)?;
        self.file.seek(SeekFrom::Start(self.progress.length))?;
        Ok(())
    }

    /// Takes blocks, each behind its length: four bytes, and raw snappy. Returns how many of them there were.
    pub(super) fn take_frames(&mut self, mut body: impl Read) -> Result<usize, Unread> {
        let (mut packed, mut lines, mut frames) = (Vec::new(), Vec::new(), 0);
        while let Some(length) = frame_length(&mut body)? {
            packed.clear();
            (&mut body).take(length as u64).read_to_end(&mut packed).map_err(Unread::Broken)?;
            if packed.len() < length {
                return Err(Unread::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
            frames += 1;
            match unpacked(&packed, &mut lines) {
                true => self.take_lines(&lines[..], End::Sure)?,
                false => self.brought.missing += 1,
            }
        }
        Ok(frames)
    }

    /// Takes lines.
    pub(super) fn take_lines(&mut self, mut body: impl BufRead, end: End) -> Result<(), Unread> {
        let mut out = BufWriter::with_capacity(256 << 10, &self.file);
        let (mut line, mut events) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            (&mut body).take(FILE_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line).map_err(Unread::Broken)?;
            if line.len() > FILE_LINE_BYTES {
                return Err(Unread::Odd(format!(
                    "expected lines of at most {FILE_LINE_BYTES} bytes, got a longer one"
                )));
            }
            if line.is_empty() {
                break;
            }
            let content = line.strip_suffix(b"\n").unwrap_or(&line);
            if content.trim_ascii().is_empty() {
                continue;
            }
            events.clear();
            let taken = lines::write(content, self.brought.events > 0, &mut events);
            out.write_all(&events).map_err(local)?;
            if taken.is_none() && end == End::Unsure && !line.ends_with(b"\n") {
                return Err(Unread::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
            let taken = taken.unwrap_or(lines::Taken { events: 0, odd: 1 });
            self.brought.events += taken.events;
            self.brought.odd += taken.odd;
        }
        out.flush().map_err(local)
    }

    /// What a call brought is complete: it is `entries` of the list, less those that are `missing`.
    pub(super) fn keep(&mut self, entries: usize, missing: u64, sources: &Sources) -> io::Result<()> {
        let length = self.file.stream_position()?;
        self.file.sync_data()?;
        self.brought.missing += missing;
        self.brought.entries += entries;
        self.brought.digest = sources.digest(self.brought.entries);
        self.brought.length = length;
        self.progress = self.brought.clone();
        self.notes.add(&self.progress)
    }

    /// The whole file, to be read from its beginning.
    pub(super) fn file(&mut self) -> io::Result<File> {
        self.rewind()?;
        self.file.write_all(b"\n]}}\n")?;
        self.file.rewind()?;
        File::open(&self.path)
    }

    /// The recording is stored, or will never be.
    pub(super) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)?;
        fs::remove_file(&self.progress_path)
    }
}

/// Removes what there is of a recording, which is gone where it came from.
pub(super) fn forget(folder: &Path, id: &RecordingId) -> io::Result<()> {
    for path in paths(folder, id) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

fn paths(folder: &Path, id: &RecordingId) -> [PathBuf; 2] {
    [RECORDING, PROGRESS].map(|kind| folder.join(format!("{id}.{kind}")))
}

/// Removes what nobody went on with.
pub(super) fn tidy(folder: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries.flatten() {
        let is_ours =
            entry.file_name().to_str().is_some_and(|name| name.ends_with(RECORDING) || name.ends_with(PROGRESS));
        let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
        if is_ours && age.is_some_and(|age| age > KEPT) {
            fs::remove_file(entry.path()).with_context(|| format!("{} cannot be removed", entry.path().display()))?;
        }
    }
    Ok(())
}

/// The length before a block; `None` at the end.
fn frame_length(body: &mut impl Read) -> Result<Option<usize>, Unread> {
    let mut length = [0; 4];
    let mut filled = 0;
    while filled < length.len() {
        match body.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(Unread::Broken(io::ErrorKind::UnexpectedEof.into())),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Unread::Broken(error)),
        }
    }
    let length = u32::from_be_bytes(length) as usize;
    match length <= SNAPPY_BYTES {
        true => Ok(Some(length)),
        false => Err(Unread::Odd(format!("expected blocks of at most {SNAPPY_BYTES} bytes, got one of {length}"))),
    }
}

/// Undoes snappy, into `lines`; whether that can be done.
fn unpacked(packed: &[u8], lines: &mut Vec<u8>) -> bool {
    match snap::raw::decompress_len(packed) {
        Ok(length) if length <= SNAPPY_BYTES => lines.resize(length, 0),
        _ => return false,
    }
    snap::raw::Decoder::new().decompress(packed, lines).is_ok()
}

fn local(error: io::Error) -> Unread {
    Unread::Local(anyhow::Error::from(error).context("the temporary file of the recording cannot be written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"["w",{"type":5,"timestamp":1}]"#;

    fn row() -> Row {
        Row::read(r#"{"id":"a","distinct_id":"ann"}"#).unwrap()
    }

    fn sources(keys: usize) -> Sources {
        let entries: Vec<String> =
            (0..keys).map(|key| format!(r#"{{"source":"blob_v2","blob_key":"{key}"}}"#)).collect();
        Sources::read(&format!(r#"{{"sources":[{}]}}"#, entries.join(","))).unwrap()
    }

    fn frame(lines: &str) -> Vec<u8> {
        let packed = snap::raw::Encoder::new().compress_vec(lines.as_bytes()).unwrap();
        [&u32::try_from(packed.len()).unwrap().to_be_bytes()[..], &packed].concat()
    }

    fn text(spool: &mut Spool) -> String {
        io::read_to_string(spool.file().unwrap()).unwrap()
    }

    #[test]
    fn what_was_kept_is_gone_on_with_and_what_was_not_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let open = |keys: usize, base: &str| Spool::open(folder.path(), base, &row(), &sources(keys), false).unwrap();
        let mut spool = open(3, "x");
        assert_eq!(spool.take_frames(&frame(LINE)[..]).ok(), Some(1));
        spool.keep(1, 0, &sources(3)).unwrap();
        assert_eq!(spool.take_frames(&frame(LINE)[..]).ok(), Some(1));
        drop(spool);
        // As it grew meanwhile.
        let mut spool = open(4, "x");
        assert_eq!((spool.progress().entries, spool.progress().events), (1, 1));
        let whole = concat!(
            r#"{"version":"2023-04-28","data":{"id":"a","person":{"distinct_ids":["ann"],"properties":{}},"snapshots":["#,
            "\n",
            r#"{"type":5,"timestamp":1,"windowId":"w"}"#,
            "\n]}}\n"
        );
        assert_eq!(text(&mut spool), whole);
        drop(spool);
        assert_eq!(open(4, "x").progress().entries, 1, "the end that was put to it is cut off too");
        assert_eq!(open(4, "y").progress().entries, 0, "another project's");
        // That was begun anew, and so the first one is gone.
        assert_eq!(open(4, "x").progress().entries, 0);
        open(4, "x").remove().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_part_is_only_gone_on_with_where_a_part_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let open = |partial: bool| Spool::open(folder.path(), "x", &row(), &sources(2), partial).unwrap();
        let mut spool = open(true);
        assert!(spool.take_frames(&frame(LINE)[..]).is_ok());
        spool.keep(1, 1, &sources(2)).unwrap();
        drop(spool);
        assert_eq!(open(true).progress().missing, 1);
        assert_eq!(open(false).progress().entries, 0);
        forget(folder.path(), &row().id).unwrap();
        forget(folder.path(), &row().id).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_list_that_begins_otherwise_begins_the_recording_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), "x", &row(), &sources(2), false).unwrap();
        assert!(spool.take_frames(&frame(LINE)[..]).is_ok());
        spool.keep(1, 0, &sources(2)).unwrap();
        drop(spool);
        let other = Sources::read(r#"{"sources":[{"source":"blob_v2","blob_key":"7"}]}"#).unwrap();
        let mut spool = Spool::open(folder.path(), "x", &row(), &other, false).unwrap();
        assert_eq!(spool.progress().entries, 0);
        assert!(!text(&mut spool).contains("windowId"));
    }

    #[test]
    fn frames_that_are_cut_off_are_to_be_asked_for_again_and_damaged_ones_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), "x", &row(), &sources(2), false).unwrap();
        let whole = [frame(LINE), frame(LINE)].concat();
        for length in (1..whole.len()).filter(|length| *length != whole.len() / 2) {
            spool.rewind().unwrap();
            assert!(matches!(spool.take_frames(&whole[..length]), Err(Unread::Broken(_))), "{length}");
        }
        spool.rewind().unwrap();
        let too_long = u32::MAX.to_be_bytes();
        assert!(matches!(spool.take_frames(&too_long[..]), Err(Unread::Odd(_))));
        let damaged = [&3_u32.to_be_bytes()[..], b"\xff\xff\xff", &frame(LINE)].concat();
        assert_eq!(spool.take_frames(&damaged[..]).ok(), Some(2));
        assert_eq!((spool.missing(), spool.brought.events), (1, 1));
    }

    #[test]
    fn lines_that_end_in_the_middle_are_to_be_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path(), "x", &row(), &sources(1), false).unwrap();
        let two = format!("{LINE}\n{LINE}");
        assert!(spool.take_lines(two.as_bytes(), End::Unsure).is_ok());
        assert_eq!(spool.brought.events, 2);
        spool.rewind().unwrap();
        assert!(matches!(spool.take_lines(&two.as_bytes()[..two.len() - 1], End::Unsure), Err(Unread::Broken(_))));
        spool.rewind().unwrap();
        assert!(spool.take_lines(&two.as_bytes()[..two.len() - 1], End::Sure).is_ok());
        assert_eq!((spool.brought.events, spool.brought.odd), (1, 1));
    }
}
