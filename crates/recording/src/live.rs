//! Blocks of a recording that still runs (`live/1`).
//!
//! The collector gathers the lines of one recording in an [`OpenBlock`]; sealed, it is one zstd frame. Many frames, of
//! many recordings, stand back to back in one object, closed by an index frame (`docs/format/live.md`):
//!
//! ```text
//! frame │ frame │ … │ skippable frame: { "format": "live/1", "blocks": [BlockEntry, …] }
//! ```
//!
//! A line is a line of a finished recording with another beginning: instead of `seq` and a relative `timestamp` it has
//! the event's own time and the line's identity. Finishing replaces the beginning and copies the rest.
//!
//! ```text
//! {"type":"mutation","time":1795245310227,"item":"01a1…","index":3,"window_id":"…","event":{…}}
//!  └───────────────── beginning ─────────────────────────────────┘└──────── rest ───────────────
//! ```
//!
//! ## Invariants
//! 1. The lines of a block are in the order of their [`LineKey`]s: a block is a sorted run.
//! 2. `time` is milliseconds of the visitor's clock, with jumps inside one item taken out (`docs/format/recording.md`,
//!    "Time"); the correction to the server's clock is added when the recording is finished or read.
//! 3. A key names a line for ever: the same item decoded twice gives the same keys. So repeats are neighbours in a
//!    merge, whichever node received them.

use std::cmp::Ordering;
use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::{EventFacts, EventKind};
use crate::file::{self, ItemEntry, LineBody};
use crate::ids::{ItemId, ProjectId, RecordingId, WindowId};
use crate::limits;
use crate::summary::Counts;
use crate::trailer::{self, TrailerError};

/// Level of live blocks: they are written while somebody waits, and rewritten when the recording is finished.
const LEVEL: i32 = 1;

/// Where a line stands among all lines of its recording.
///
/// The order is total: time, window, item, index in the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey<'a> {
    /// Milliseconds of the visitor's clock (invariant 2).
    pub time: i64,
    /// The tab.
    pub window_id: &'a str,
    /// The item it came with.
    pub item: ItemId,
    /// Its place among the events of the item.
    pub index: u32,
}

/// A request's item, as far as every line of it is concerned.
#[derive(Debug, Clone)]
pub struct ItemHead {
    /// What is noted of the item in the block's entry.
    pub entry: ItemEntry,
    /// The browser, from the request's `User-Agent`.
    pub user_agent: Option<String>,
    /// `$lib` and `$lib_version`.
    pub library: Option<String>,
    /// `$snapshot_source`.
    pub source: Option<String>,
}

/// The lines of one recording since its last block.
#[derive(Debug)]
pub struct OpenBlock {
    entry: BlockEntry,
    text: Vec<u8>,
    lines: Vec<OpenLine>,
    windows: Vec<WindowId>,
    /// The item that lines are being added for: position in `entry.items`, and its window's in `windows`.
    current: (usize, usize),
}

#[derive(Debug)]
struct OpenLine {
    time: i64,
    window: usize,
    item: ItemId,
    index: u32,
    start: usize,
    end: usize,
}

/// What the object's index says of one block. Times in milliseconds since the epoch, sizes in bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BlockEntry {
    /// The project that the recording belongs to.
    pub project: ProjectId,
    /// The recording.
    pub session_id: RecordingId,
    /// Where the block's frame begins in the object.
    pub offset: u64,
    /// Length of the frame.
    pub length: u64,
    /// Length of the lines in it.
    pub raw_length: u64,
    /// SHA-256 of the frame, hexadecimal.
    pub sha256: String,
    /// Smallest time of a line (invariant 2).
    pub first: i64,
    /// Largest time of a line.
    pub last: i64,
    /// Smallest and largest time of an rrweb event; `None` if there is none in it.
    pub event_span: Option<(i64, i64)>,
    /// Number of lines.
    pub lines: u64,
    /// What is counted in it.
    pub counts: Counts,
    /// The items that lines came with.
    pub items: Vec<ItemEntry>,
    /// Window and time of each full snapshot.
    pub full_snapshots: Vec<(WindowId, i64)>,
    /// Pages, each once, with the time of the first sight.
    pub urls: Vec<(i64, String)>,
    /// Browsers seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// SDK seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Platform seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Events without a usable timestamp, which took their neighbour's.
    #[serde(default)]
    pub odd_timestamps: u64,
    /// Events whose per-event compression could not be undone.
    #[serde(default)]
    pub undecoded: u64,
    /// Where the block lay before it was moved into this object, the oldest place first: the object and the position in its
    /// index. Finished files may name the block by any of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<(String, u32)>,
}

/// A block that cannot be written to any more.
#[derive(Debug, Clone)]
pub struct SealedBlock {
    /// What is known of it; `offset` is 0 until it is placed in an object.
    pub entry: BlockEntry,
    /// One zstd frame.
    pub frame: Vec<u8>,
}

impl OpenBlock {
    /// Begins the next block of a recording.
    pub fn begin(project: ProjectId, session_id: RecordingId) -> Self {
        let entry = BlockEntry {
            project,
            session_id,
            offset: 0,
            length: 0,
            raw_length: 0,
            sha256: String::new(),
            first: i64::MAX,
            last: i64::MIN,
            event_span: None,
            lines: 0,
            counts: Counts::default(),
            items: Vec::new(),
            full_snapshots: Vec::new(),
            urls: Vec::new(),
            user_agent: None,
            library: None,
            source: None,
            odd_timestamps: 0,
            undecoded: 0,
            origins: Vec::new(),
        };
        Self { entry, text: Vec::new(), lines: Vec::new(), windows: Vec::new(), current: (0, 0) }
    }

    /// Says which item the lines that follow belong to.
    pub fn begin_item(&mut self, head: &ItemHead) {
        let window_id = &head.entry.window_id;
        let window = self.windows.iter().position(|known| known == window_id).unwrap_or_else(|| {
            self.windows.push(window_id.clone());
            self.windows.len() - 1
        });
        let item = self.entry.items.iter().rposition(|known| known.item == head.entry.item).unwrap_or_else(|| {
            self.entry.items.push(head.entry.clone());
            self.entry.items.len() - 1
        });
        self.current = (item, window);
        let note = |slot: &mut Option<String>, value: &Option<String>| {
            if slot.is_none() {
                slot.clone_from(value);
            }
        };
        note(&mut self.entry.user_agent, &head.user_agent);
        note(&mut self.entry.library, &head.library);
        note(&mut self.entry.source, &head.source);
    }

    /// Adds an rrweb event of the current item.
    pub fn push_event(&mut self, time: i64, index: u32, facts: &EventFacts<'_>, event: &str) {
        self.entry.counts.add(facts);
        self.entry.event_span = match self.entry.event_span {
            Some((first, last)) => Some((first.min(time), last.max(time))),
            None => Some((time, time)),
        };
        let window = self.windows[self.current.1].clone();
        if facts.kind == EventKind::FullSnapshot {
            self.entry.full_snapshots.push((window, time));
        }
        if let Some(href) = facts.href {
            self.note_url(time, &crate::json::unescape(href));
        }
        let body =
            LineBody::Event { kind: facts.kind, target: facts.target, href: facts.href, level: facts.console, event };
        self.push_line(time, index, &body);
    }

    /// Adds the current item itself, an analytics event.
    pub fn push_captured(&mut self, time: i64, name: &str, url: Option<&str>, captured: &str) {
        self.entry.counts.exceptions += u64::from(name == "$exception");
        if let Some(url) = url {
            self.note_url(time, url);
        }
        let distinct_id = self.entry.items[self.current.0].distinct_id.clone();
        let body = LineBody::Captured { name, distinct_id: distinct_id.as_ref(), captured };
        self.push_line(time, 0, &body);
    }

    /// Counts events of the current item whose timestamp was unusable, and events that could not be decoded.
    pub fn note_flaws(&mut self, odd_timestamps: u64, undecoded: u64) {
        self.entry.odd_timestamps += odd_timestamps;
        self.entry.undecoded += undecoded;
    }

    fn note_url(&mut self, time: i64, url: &str) {
        let url = &url[..url.floor_char_boundary(limits::URL_BYTES)];
        let urls = &mut self.entry.urls;
        if let Some((first, _)) = urls.iter_mut().find(|(_, known)| known == url) {
            *first = time.min(*first);
        } else if urls.len() < limits::URLS_PER_RECORDING {
            urls.push((time, url.to_owned()));
        }
    }

    fn push_line(&mut self, time: i64, index: u32, body: &LineBody<'_>) {
        let start = self.text.len();
        let item = self.entry.items[self.current.0].item;
        let window = self.current.1;
        let head =
            format!("{{\"type\":\"{}\",\"time\":{time},\"item\":\"{item}\",\"index\":{index},", body.line_type());
        self.text.extend_from_slice(head.as_bytes());
        file::write_rest(&mut self.text, &self.windows[window], body);
        self.text.push(b'\n');
        self.entry.first = self.entry.first.min(time);
        self.entry.last = self.entry.last.max(time);
        self.lines.push(OpenLine { time, window, item, index, start, end: self.text.len() });
    }

    /// Bytes of the lines so far.
    pub fn raw_bytes(&self) -> usize {
        self.text.len()
    }

    /// Whether it holds no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What is known of it so far; `offset`, `length` and digest are not.
    pub fn entry(&self) -> &BlockEntry {
        &self.entry
    }

    /// The lines so far, in the order in which they came, each with its line break.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes of the lines from `from` on, which is what [`OpenBlock::raw_bytes`] said earlier.
    pub fn text_since(&self, from: usize) -> &[u8] {
        &self.text[from..]
    }

    /// Puts the lines in order; `sorted` is memory for it.
    fn sort(&mut self, sorted: &mut Vec<u8>) {
        // By the text as it stands in the lines, escapes and all: that is what a merge compares.
        let windows: Vec<Vec<u8>> = self.windows.iter().map(escaped).collect();
        let order = |a: &OpenLine, b: &OpenLine| -> Ordering {
            let by_window = || windows[a.window].cmp(&windows[b.window]);
            a.time.cmp(&b.time).then_with(by_window).then(a.item.cmp(&b.item)).then(a.index.cmp(&b.index))
        };
        if self.lines.is_sorted_by(|a, b| order(a, b).is_le()) {
            return;
        }
        self.lines.sort_unstable_by(order);
        sorted.clear();
        for line in &self.lines {
            sorted.extend_from_slice(&self.text[line.start..line.end]);
        }
        std::mem::swap(&mut self.text, sorted);
    }
}

/// Seals blocks. Keep one: it owns the compressor's tables, and the memory of one block goes on into the next.
pub struct Sealer {
    compressor: zstd::bulk::Compressor<'static>,
    frame: Vec<u8>,
    /// Of a block that was sealed.
    text: Vec<u8>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("kept", &(self.frame.capacity() + self.text.capacity())).finish_non_exhaustive()
    }
}

/// Memory that a [`Sealer`] keeps of a block. Most are little larger than [`limits::LIVE_BLOCK_BYTES`].
const KEPT_BYTES: usize = 4 * limits::LIVE_BLOCK_BYTES;

impl Sealer {
    /// A sealer with empty buffers.
    ///
    /// # Errors
    /// When there is no memory for the compressor.
    pub fn new() -> io::Result<Self> {
        Ok(Self { compressor: zstd::bulk::Compressor::new(LEVEL)?, frame: Vec::new(), text: Vec::new() })
    }

    /// Begins a block of a recording that had one sealed just now, in that one's memory.
    pub fn begin(&mut self, project: ProjectId, session_id: RecordingId) -> OpenBlock {
        OpenBlock { text: std::mem::take(&mut self.text), ..OpenBlock::begin(project, session_id) }
    }

    /// Puts the lines of a block in order and compresses them.
    ///
    /// # Errors
    /// When the compressor fails, which it does only without memory.
    pub fn seal(&mut self, mut block: OpenBlock) -> io::Result<SealedBlock> {
        block.sort(&mut self.text);
        self.frame.clear();
        self.frame.reserve(zstd::zstd_safe::compress_bound(block.text.len()));
        self.compressor.compress_to_buffer(&block.text, &mut self.frame)?;
        // A block waits for the flush: it must not hold more memory than it has bytes.
        let frame = self.frame.as_slice().to_vec();
        let mut entry = block.entry;
        entry.length = frame.len() as u64;
        entry.raw_length = block.text.len() as u64;
        entry.lines = block.lines.len() as u64;
        entry.sha256 = hex(&Sha256::digest(&frame));
        self.text = block.text;
        self.text.clear();
        self.text.shrink_to(KEPT_BYTES);
        self.frame.shrink_to(KEPT_BYTES);
        Ok(SealedBlock { entry, frame })
    }
}

/// Checks the digest of a sealed block.
///
/// # Errors
/// When the frame is not the one that `entry` tells of.
pub fn check_frame(entry_sha256: &str, frame: &[u8]) -> Result<(), LiveError> {
    let found = hex(&Sha256::digest(frame));
    match found == entry_sha256 {
        true => Ok(()),
        false => Err(LiveError::Digest { expected: entry_sha256.to_owned(), found }),
    }
}

/// The lines of a sealed block, decompressed; its digest is checked.
///
/// # Errors
/// When the frame is not the one that `entry` tells of.
pub fn open_frame(entry_sha256: &str, raw_length: u64, frame: &[u8]) -> Result<Vec<u8>, LiveError> {
    check_frame(entry_sha256, frame)?;
    let capacity = usize::try_from(raw_length).map_err(|_| LiveError::Frame)?;
    let text = zstd::bulk::decompress(frame, capacity).map_err(|_| LiveError::Frame)?;
    match text.len() == capacity {
        true => Ok(text),
        false => Err(LiveError::Frame),
    }
}

/// Why a live object or a block of it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The index frame at the object's end is missing or damaged.
    #[error("the index at the end of the live object cannot be read")]
    Trailer(#[source] TrailerError),
    /// The index is no JSON of the expected shape.
    #[error("the index of the live object is not what live/1 describes")]
    Index(#[source] serde_json::Error),
    /// Another format or version.
    #[error("expected a live object of format live/1, found {0:?}")]
    Format(String),
    /// A block is not the one that was written.
    #[error("expected a block with SHA-256 {expected}, found {found}")]
    Digest {
        /// As the index says.
        expected: String,
        /// Of the bytes that are there.
        found: String,
    },
    /// A block is no zstd frame of the stated length.
    #[error("a block is not a zstd frame of the length that the index says")]
    Frame,
    /// A line does not begin as a live line does.
    #[error("line {line} of the block is not a live line")]
    Line {
        /// Counted from 1.
        line: usize,
    },
}

const FORMAT: &str = "live/1";

#[derive(Serialize)]
struct IndexOut<'a> {
    format: &'a str,
    blocks: &'a [BlockEntry],
}

#[derive(Deserialize)]
struct IndexIn {
    format: String,
    blocks: Vec<BlockEntry>,
}

/// Packs sealed blocks into the bytes of one object; returns their entries with the offsets filled in.
pub fn pack(blocks: Vec<SealedBlock>) -> (Vec<u8>, Vec<BlockEntry>) {
    let mut object = Vec::with_capacity(blocks.iter().map(|block| block.frame.len()).sum::<usize>() + 4096);
    let mut entries = Vec::with_capacity(blocks.len());
    for SealedBlock { mut entry, frame } in blocks {
        entry.offset = object.len() as u64;
        object.extend_from_slice(&frame);
        entries.push(entry);
    }
    let index = serde_json::to_vec(&IndexOut { format: FORMAT, blocks: &entries }).expect("entries serialise");
    object.extend_from_slice(&trailer::index_frame(&index));
    (object, entries)
}

/// Reads the index from the last bytes of an object.
///
/// # Errors
/// [`TrailerError::NeedMore`] inside [`LiveError::Trailer`] says how many bytes from the end are wanted.
pub fn read_index(tail: &[u8]) -> Result<Vec<BlockEntry>, LiveError> {
    let (json, _) = trailer::read_index_frame(tail).map_err(LiveError::Trailer)?;
    let index: IndexIn = serde_json::from_slice(&json).map_err(LiveError::Index)?;
    match index.format.as_str() {
        FORMAT => Ok(index.blocks),
        _ => Err(LiveError::Format(index.format)),
    }
}

/// A line of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveLine<'a> {
    /// Where it stands.
    pub key: LineKey<'a>,
    /// `type` of the line.
    pub line_type: &'a str,
    /// From `"window_id"` on to the closing brace: what a finished line has in common.
    pub rest: &'a str,
}

impl<'a> LiveLine<'a> {
    /// Reads a line (without its line break) as [`OpenBlock`] writes it.
    pub fn read(line: &'a str) -> Option<Self> {
        let (line_type, after) = line.strip_prefix("{\"type\":\"")?.split_once('"')?;
        let (time, after) = after.strip_prefix(",\"time\":")?.split_once(',')?;
        let (item, after) = after.strip_prefix("\"item\":\"")?.split_once('"')?;
        let (index, rest) = after.strip_prefix(",\"index\":")?.split_once(',')?;
        let window = rest.strip_prefix("\"window_id\":\"")?;
        // Window ids hold no control characters, but quotes and backslashes may stand in them, escaped alike every time:
        // comparing the escaped text gives one total order on all nodes, which is all that is asked of it.
        let end = crate::json::skip_string(rest.as_bytes(), "\"window_id\":".len()).ok()?;
        let window_id = &window[..end - 1 - "\"window_id\":\"".len()];
        let key = LineKey { time: time.parse().ok()?, window_id, item: item.parse().ok()?, index: index.parse().ok()? };
        Some(Self { key, line_type, rest })
    }
}

/// Without the quotes: the closing one would sort `a` behind `a!`.
fn escaped(window_id: &WindowId) -> Vec<u8> {
    let mut text = Vec::new();
    crate::json::write_string(&mut text, window_id.as_str());
    text[1..text.len() - 1].to_vec()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventFacts;

    fn head(item: u8, window_id: &str) -> ItemHead {
        let entry = ItemEntry {
            item: ItemId::Uuid([item; 16]),
            window_id: window_id.parse().unwrap(),
            distinct_id: Some("ann".parse().unwrap()),
            arrived_at: 5000,
            sent_at: Some(4990),
        };
        ItemHead {
            entry,
            user_agent: Some("Browser".into()),
            library: Some("web 1".into()),
            source: Some("web".into()),
        }
    }

    fn block(events: &[(u8, &str, i64, u32)]) -> SealedBlock {
        let mut block = OpenBlock::begin(ProjectId(1), "s-1".parse().unwrap());
        for &(item, window_id, time, index) in events {
            block.begin_item(&head(item, window_id));
            let event = format!("{{\"type\":3,\"data\":{{\"source\":1}},\"timestamp\":{time}}}");
            block.push_event(time, index, &EventFacts::read(&event).unwrap(), &event);
        }
        Sealer::new().unwrap().seal(block).unwrap()
    }

    fn keys(lines: &[u8]) -> Vec<(i64, String, ItemId, u32)> {
        let text = std::str::from_utf8(lines).unwrap();
        let lines = text.lines().map(|line| LiveLine::read(line).unwrap().key);
        lines.map(|key| (key.time, key.window_id.to_owned(), key.item, key.index)).collect()
    }

    #[test]
    fn lines_are_sorted_whatever_the_window_is_called() {
        let sealed = block(&[
            (4, "a!", 7, 0),
            (5, "a", 7, 0),
            (2, "a#", 7, 0),
            (1, "a\"", 7, 0),
            (3, "a\\", 7, 0),
            (1, "a\"", 3, 1),
        ]);
        let lines = open_frame(&sealed.entry.sha256, sealed.entry.raw_length, &sealed.frame).unwrap();
        let keys = keys(&lines);
        assert_eq!(keys.len(), 6);
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn an_object_gives_its_blocks_back() {
        let blocks = vec![block(&[(1, "w", 10, 0), (1, "w", 20, 1)]), block(&[(2, "w", 5, 0)])];
        let (object, entries) = pack(blocks);
        let read = read_index(&object).unwrap();
        assert_eq!(read.len(), 2);
        for (entry, expected) in read.iter().zip(&entries) {
            assert_eq!(
                (entry.offset, entry.length, &entry.sha256),
                (expected.offset, expected.length, &expected.sha256)
            );
            let from = usize::try_from(entry.offset).unwrap();
            let frame = &object[from..from + usize::try_from(entry.length).unwrap()];
            let lines = open_frame(&entry.sha256, entry.raw_length, frame).unwrap();
            assert_eq!(keys(&lines).len() as u64, entry.lines);
        }
        assert_eq!(read[0].event_span, Some((10, 20)));
        assert_eq!(read[0].counts.mouse_activity, 2);
    }

    #[test]
    fn a_damaged_frame_is_refused() {
        let mut sealed = block(&[(1, "w", 10, 0)]);
        let at = sealed.frame.len() / 2;
        sealed.frame[at] ^= 1;
        let opened = open_frame(&sealed.entry.sha256, sealed.entry.raw_length, &sealed.frame);
        assert!(matches!(opened, Err(LiveError::Digest { .. })));
    }
}
