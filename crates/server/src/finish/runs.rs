//! The sorted runs that a recording is merged from, fetched when the merge comes to them.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use cassette_recording::ItemId;
use cassette_recording::clock;
use cassette_recording::file::ItemEntry;
use cassette_recording::live::BlockEntry;
use cassette_recording::merge::{Run, RunKind, RunSource};
use cassette_store::live_objects::LiveObjects;
use cassette_store::recording_files::RecordingFile;
use tokio::runtime::Handle;

/// What [`Runs`] fetches for an id.
enum Stored {
    Live { object: String, entry: Arc<BlockEntry> },
    Finished(RecordingFile),
    Spooled(PathBuf),
}

/// The runs of one recording.
pub(super) struct Runs {
    stored: Vec<Stored>,
    runs: Vec<Run>,
    live_objects: LiveObjects,
    runtime: Handle,
    spool: PathBuf,
    spooled: u32,
}

impl Runs {
    pub(super) fn new(live_objects: LiveObjects, runtime: Handle, spool: PathBuf) -> Self {
        Self { stored: Vec::new(), runs: Vec::new(), live_objects, runtime, spool, spooled: 0 }
    }

    /// Adds the finished file of an earlier revision.
    pub(super) fn add_finished(&mut self, file: RecordingFile, started_at: i64) {
        let first = file.index().blocks.iter().map(|block| block.first).min().unwrap_or(0);
        let last = file.index().blocks.iter().map(|block| block.last).max().unwrap_or(0);
        self.runs.push(Run {
            id: self.stored.len(),
            first: started_at.saturating_add(first),
            last: started_at.saturating_add(last),
            kind: RunKind::Finished { started_at },
        });
        self.stored.push(Stored::Finished(file));
    }

    /// Adds live blocks. Lines of the `earlier` items are left out: an earlier revision holds them. Their clocks count all
    /// the same, so that what comes late is dated as it would have been in time.
    ///
    /// Nearly always all items of a block share one correction, and the block is one run; where the visitor's clock jumped
    /// within a block, it is one run for each correction.
    pub(super) fn add_live(&mut self, blocks: Vec<(String, Arc<BlockEntry>)>, earlier: &[ItemEntry]) {
        let known: HashSet<ItemId> = earlier.iter().map(|item| item.item).collect();
        let live = blocks.iter().flat_map(|(_, entry)| &entry.items).filter(|item| !known.contains(&item.item));
        let corrections = clock::corrections(earlier.iter().chain(live));
        for (object, entry) in blocks {
            let mut groups: HashMap<i64, HashSet<ItemId>> = HashMap::new();
            for item in entry.items.iter().filter(|item| !known.contains(&item.item)) {
                let correction = corrections.get(&item.item).copied().unwrap_or(0);
                groups.entry(correction).or_default().insert(item.item);
            }
            let whole = groups.len() == 1 && groups.values().all(|items| items.len() == distinct_items(&entry));
            let id = self.stored.len();
            let mut groups: Vec<_> = groups.into_iter().collect();
            groups.sort_by_key(|(correction, _)| *correction);
            for (correction, items) in groups {
                self.runs.push(Run {
                    id,
                    first: entry.first.saturating_add(correction),
                    last: entry.last.saturating_add(correction),
                    kind: RunKind::Live { correction, only: (!whole).then(|| Arc::new(items)) },
                });
            }
            self.stored.push(Stored::Live { object, entry });
        }
    }

    /// The runs, for a merge.
    pub(super) fn all(&self) -> Vec<Run> {
        self.runs.clone()
    }
}

/// Spooled runs that were not read, because the merge failed before.
impl Drop for Runs {
    fn drop(&mut self) {
        for stored in &self.stored {
            if let Stored::Spooled(path) = stored {
                // Most are gone already: they are unlinked when they are opened.
                std::fs::remove_file(path).ok();
            }
        }
    }
}

fn distinct_items(entry: &BlockEntry) -> usize {
    entry.items.iter().map(|item| item.item).collect::<HashSet<_>>().len()
}

impl RunSource for Runs {
    fn open(&mut self, id: usize) -> io::Result<Box<dyn BufRead>> {
        match &self.stored[id] {
            Stored::Live { object, entry } => {
                // Decompressed while it is read: of many open runs, only the frames lie in memory as a whole.
                let place = (entry.offset, entry.length);
                let frame = self.live_objects.wait_for_frame(object, place, &entry.sha256, &self.runtime);
                let frame = frame.map_err(io::Error::other)?;
                Ok(Box::new(decompressed(io::Cursor::new(frame))?))
            }
            Stored::Finished(file) => Ok(Box::new(FinishedLines {
                file: file.clone(),
                runtime: self.runtime.clone(),
                next: 0,
                block: io::Cursor::new(Bytes::new()),
            })),
            Stored::Spooled(path) => {
                let mut file = File::open(path)?;
                // Unlinked while it is read: nothing stays behind if the process dies.
                std::fs::remove_file(path)?;
                file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(decompressed(file)?))
            }
        }
    }

    fn spool(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<usize> {
        self.spooled += 1;
        let path = self.spool.join(format!("run-{:08x}-{}", crate::random::number(), self.spooled));
        let mut out = zstd::stream::write::Encoder::new(File::create_new(&path)?, 1)?;
        self.stored.push(Stored::Spooled(path));
        write(&mut out)?;
        out.finish()?;
        Ok(self.stored.len() - 1)
    }
}

fn decompressed(from: impl Read) -> io::Result<impl BufRead> {
    Ok(BufReader::with_capacity(128 << 10, zstd::stream::read::Decoder::new(from)?))
}

/// The lines of a finished file, block by block.
struct FinishedLines {
    file: RecordingFile,
    runtime: Handle,
    next: usize,
    block: io::Cursor<Bytes>,
}

impl Read for FinishedLines {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for FinishedLines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.block.position() >= self.block.get_ref().len() as u64 {
            let Some(block) = self.file.index().blocks.get(self.next) else { return Ok(&[]) };
            let lines = self.runtime.block_on(self.file.lines(block)).map_err(io::Error::other)?;
            self.block = io::Cursor::new(lines.into());
            self.next += 1;
        }
        self.block.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.block.consume(amount);
    }
}
