//! The lines of a foreign file, put in order.
//!
//! Lines come in chunks that are in order by themselves. They are written to one temporary file, without those events that stand
//! in the file that is read as they are (`rope`); a chunk that begins before the end of the one before it makes the recording one
//! to be merged, each chunk being a run. A file that is in order, as nearly all are, is read back from its beginning to its end,
//! and what its lines come to is known already.
//!
//! ## Invariant
//! The file that is read is the same both times, or reading fails.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::SystemTime;

use cassette_recording::assemble::{Totals, Visit};
use cassette_recording::file::{ItemEntry, RestHead};
use cassette_recording::live::LiveLine;
use cassette_recording::merge::{MergedLine, Run, RunKind, RunSource, merge};
use cassette_recording::{ItemId, RecordingId, json};
use sha2::{Digest as _, Sha256};

use super::chunk::{Chunk, HeldLine};
use super::rope::{BEHIND_EVENT, RopeReader, RopeWriter, changed, show_event};
use crate::wrapping::Positioned;

/// What is read of a run at once. Some dozens are open at the same time.
const RUN_BUFFER_BYTES: usize = 64 << 10;

/// What is written at once of a run that a merge makes.
const BUFFER_BYTES: usize = 1 << 20;

/// The item of all lines while they are put in order; the real one is known in the end only, and stands in no line.
const NO_ITEM: ItemId = ItemId::Digest([0; 16]);

/// Where the records of a run lie, and when it is.
#[derive(Debug, Clone, Copy)]
struct Extent {
    offset: u64,
    length: u64,
    /// Bytes of its lines.
    text_length: u64,
    first: i64,
    last: i64,
}

/// The file that is read.
#[derive(Clone)]
struct Source {
    file: Arc<File>,
    /// Events were left in it.
    used: bool,
    size: u64,
    modified: Option<SystemTime>,
}

/// Takes chunks.
pub(super) struct Spool {
    file: File,
    source: Source,
    written: u64,
    runs: Vec<Extent>,
    /// Of the last line.
    last: Option<(i64, String, u32)>,
    /// What the lines come to, as long as they are in order.
    contents: Option<Contents>,
    rope: RopeWriter,
    /// Of an event that is only looked at.
    piece: Vec<u8>,
}

/// All lines of a recording.
pub(super) struct Spooled {
    file: Arc<File>,
    source: Source,
    runs: Vec<Extent>,
    in_order: bool,
}

impl Source {
    fn new(file: Arc<File>) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { file, used: false, size: metadata.len(), modified: metadata.modified().ok() })
    }

    fn check(&self) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        let same = (metadata.len(), metadata.modified().ok()) == (self.size, self.modified);
        if same || !self.used { Ok(()) } else { Err(changed()) }
    }
}

impl Spool {
    /// `source` is the file that events may be left in.
    pub(super) fn new(folder: &Path, source: Arc<File>) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(folder)?,
            source: Source::new(source)?,
            written: 0,
            runs: Vec::new(),
            last: None,
            contents: Some(Contents::default()),
            rope: RopeWriter::default(),
            piece: Vec::new(),
        })
    }

    /// Takes the lines of a chunk and empties it.
    pub(super) fn take(&mut self, chunk: &mut Chunk) -> io::Result<()> {
        chunk.sort();
        self.rope.clear();
        let mut times = None;
        let mut last_key = None;
        for (key, line) in chunk.iter() {
            if times.is_none() && self.last.as_ref().is_some_and(|(time, window, index)| key < (*time, window, *index))
            {
                self.contents = None;
            }
            times = Some(times.map_or((line.time, line.time), |(first, _)| (first, line.time)));
            last_key = Some(key);
            if let Some(contents) = &mut self.contents {
                let digest = contents.take(line.time, line.line_type, line.text)?;
                if let Some(event) = line.event {
                    show_event(&self.source.file, event, &mut self.piece, |piece| digest.update(piece))?;
                }
                digest.update(if line.event.is_some() { BEHIND_EVENT } else { b"\n" });
            }
            self.source.used |= line.event.is_some();
            write_live(&mut self.rope, key.2, &line);
        }
        if let (Some((first, last)), Some((time, window, index))) = (times, last_key) {
            self.last = Some((time, window.to_owned(), index));
            let (records, text_length) = self.rope.finish();
            self.file.write_all(records)?;
            let length = records.len() as u64;
            self.runs.push(Extent { offset: self.written, length, text_length, first, last });
            self.written += length;
        }
        chunk.clear();
        Ok(())
    }

    /// All lines, and what they come to.
    pub(super) fn finish(self, folder: &Path) -> io::Result<(Spooled, Contents)> {
        let Self { file, source, runs, contents, .. } = self;
        let spooled = Spooled { file: Arc::new(file), source, runs, in_order: contents.is_some() };
        let contents = match contents {
            Some(contents) => contents,
            None => {
                let mut contents = Contents::default();
                spooled.lines(folder, &mut |line| {
                    contents.take(line.time, line.line_type, line.rest)?.update(b"\n");
                    Ok(())
                })?;
                contents
            }
        };
        Ok((spooled, contents))
    }
}

fn write_live(out: &mut RopeWriter, index: u32, line: &HeldLine<'_>) {
    let HeldLine { line_type, time, text, event } = *line;
    out.text(|out| {
        let beginning = format!("{{\"type\":\"{line_type}\",\"time\":{time},\"item\":\"{NO_ITEM}\",\"index\":{index},");
        out.extend_from_slice(beginning.as_bytes());
        out.extend_from_slice(text.as_bytes());
    });
    if let Some(event) = event {
        out.event(event);
    }
    out.text(|out| out.extend_from_slice(if event.is_some() { BEHIND_EVENT } else { b"\n" }));
}

impl Spooled {
    /// Visits the lines in their order.
    pub(super) fn lines(&self, folder: &Path, visit: &mut Visit<'_>) -> io::Result<()> {
        match self.in_order {
            true => self.straight(visit)?,
            false => self.merge(folder, visit)?,
        }
        self.source.check()
    }

    /// Visits lines that were in order when they came. They are read ahead by another thread.
    fn straight(&self, visit: &mut Visit<'_>) -> io::Result<()> {
        std::thread::scope(|scope| {
            let (read, texts) = mpsc::sync_channel(1);
            let (give_back, used) = mpsc::channel::<Vec<u8>>();
            scope.spawn(move || {
                for extent in &self.runs {
                    let text = self.text(extent, used.try_recv().unwrap_or_default());
                    // Whoever takes the lines may have stopped.
                    if read.send(text).is_err() {
                        return;
                    }
                }
            });
            for text in texts {
                let (buffer, length) = text?;
                let text = simdutf8::basic::from_utf8(&buffer[..length]).map_err(|_| changed())?;
                let mut from = 0;
                // Much faster over large events than the standard library's way to split.
                for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
                    let line = &text[std::mem::replace(&mut from, end + 1)..end];
                    let live = LiveLine::read(line).ok_or_else(changed)?;
                    visit(&MergedLine { time: live.key.time, line_type: live.line_type, rest: live.rest })?;
                }
                // The other thread may be done.
                let _ = give_back.send(buffer);
            }
            Ok(())
        })
    }

    /// The lines of a run, in a buffer and so many bytes of it; `buffer` is memory for them.
    fn text(&self, extent: &Extent, mut buffer: Vec<u8>) -> io::Result<(Vec<u8>, usize)> {
        let length = usize::try_from(extent.text_length).map_err(|_| changed())?;
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        self.reader(extent)?.read_exact(&mut buffer[..length])?;
        Ok((buffer, length))
    }

    fn reader(&self, extent: &Extent) -> io::Result<RopeReader> {
        RopeReader::new(self.file.clone(), extent.offset, extent.length, self.source.file.clone())
    }

    fn merge(&self, folder: &Path, visit: &mut Visit<'_>) -> io::Result<()> {
        let mut source = Runs { all: self, spooled: Vec::new(), folder };
        let run = |(id, extent): (usize, &Extent)| Run {
            id,
            first: extent.first,
            last: extent.last,
            kind: RunKind::Live { correction: 0, only: None },
        };
        merge(self.runs.iter().enumerate().map(run).collect(), &mut source, visit)
    }
}

/// The runs of a merge: those of the spool, and behind them those that the merge itself spools.
struct Runs<'a> {
    all: &'a Spooled,
    spooled: Vec<File>,
    folder: &'a Path,
}

impl RunSource for Runs<'_> {
    fn open(&mut self, id: usize) -> io::Result<Box<dyn BufRead>> {
        if let Some(extent) = self.all.runs.get(id) {
            return Ok(Box::new(BufReader::with_capacity(RUN_BUFFER_BYTES, self.all.reader(extent)?)));
        }
        let file = self.spooled[id - self.all.runs.len()].try_clone()?;
        Ok(Box::new(BufReader::with_capacity(RUN_BUFFER_BYTES, Positioned::new(Arc::new(file)))))
    }

    fn spool(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<usize> {
        let mut out = io::BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile_in(self.folder)?);
        write(&mut out)?;
        self.spooled.push(out.into_inner().map_err(|error| error.into_error())?);
        Ok(self.all.runs.len() + self.spooled.len() - 1)
    }
}

/// What the lines of a recording come to, and what names it.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) totals: Totals,
    windows: Vec<WindowDigest>,
    by_id: HashMap<String, usize>,
    last: usize,
}

struct WindowDigest {
    /// As it is written in lines.
    escaped: String,
    hasher: Sha256,
}

impl Contents {
    /// Counts a line of which `rest` is the rest, or what stands of it before its event. Returns the digest of its window, to which
    /// what follows is to be added.
    fn take(&mut self, time: i64, line_type: &str, rest: &str) -> io::Result<&mut Sha256> {
        self.totals.count(&MergedLine { time, line_type, rest })?;
        let window = RestHead::read(rest).map_or("", |head| head.window_id);
        if self.windows.get(self.last).is_none_or(|last| last.escaped != window) {
            self.last = match self.by_id.get(window) {
                Some(&known) => known,
                None => {
                    self.by_id.insert(window.to_owned(), self.windows.len());
                    self.windows.push(WindowDigest { escaped: window.to_owned(), hasher: Sha256::new() });
                    self.windows.len() - 1
                }
            };
        }
        let digest = &mut self.windows[self.last].hasher;
        digest.update(rest);
        Ok(digest)
    }

    /// The items of the file, one a window, and a session id that depends on all that is in it.
    pub(super) fn names(&mut self, arrived_at: i64) -> (Vec<ItemEntry>, RecordingId) {
        let mut windows = std::mem::take(&mut self.windows);
        windows.sort_by(|a, b| a.escaped.cmp(&b.escaped));
        let mut all = Sha256::new();
        let mut items = Vec::with_capacity(windows.len());
        for WindowDigest { escaped, hasher } in windows {
            let digest: [u8; 32] = hasher.finalize().into();
            all.update(digest);
            let half = *digest.first_chunk().expect("a digest has more bytes than an id");
            items.push(ItemEntry {
                item: ItemId::Digest(half),
                window_id: json::unescape(&escaped).parse().expect("the window was named when its events came"),
                distinct_id: None,
                arrived_at,
                sent_at: None,
            });
        }
        let all: [u8; 32] = all.finalize().into();
        let digits: String = all[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        (items, format!("import-{digits}").parse().expect("letters, a dash and digits name a recording"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::rope::Place;
    use super::*;

    const EVENT: &str = r#"{"type":5,"data":{},"timestamp":7}"#;

    /// A file with one event in it, and the lines of that.
    fn spooled() -> (File, Spooled) {
        let mut file = tempfile::tempfile().unwrap();
        write!(file, "[{EVENT}]").unwrap();
        let folder = std::env::temp_dir();
        let mut spool = Spool::new(&folder, Arc::new(file.try_clone().unwrap())).unwrap();
        let mut chunk = Chunk::default();
        let place = Place { at: 1, length: EVENT.len() as u32 };
        chunk.push(7, 0, "event", Some(place), |out| {
            out.extend_from_slice(br#""window_id":"","name":"custom","event":"#);
        });
        spool.take(&mut chunk).unwrap();
        (file, spool.finish(&folder).unwrap().0)
    }

    fn rests(spooled: &Spooled) -> io::Result<Vec<String>> {
        let mut rests = Vec::new();
        spooled.lines(&std::env::temp_dir(), &mut |line| {
            rests.push(line.rest.to_owned());
            Ok(())
        })?;
        Ok(rests)
    }

    #[test]
    fn an_event_that_stands_in_the_file_comes_back_with_its_line() {
        let (_file, spooled) = spooled();
        assert_eq!(rests(&spooled).unwrap(), [format!(r#""window_id":"","name":"custom","event":{EVENT}}}"#)]);
    }

    #[test]
    fn a_file_that_is_changed_while_it_is_read_is_told() {
        let (mut file, spooled) = spooled();
        file.write_all(b"\n").unwrap();
        assert!(rests(&spooled).unwrap_err().to_string().contains("it was changed"));
        file.set_len(10).unwrap();
        assert!(rests(&spooled).is_err());
    }
}
