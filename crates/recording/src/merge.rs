//! Merging what is known of a recording into one ordered stream of lines.
//!
//! Every live block is a sorted run; so is an earlier revision of the finished file. A run is opened when the merge
//! reaches its first line and dropped behind its last one, so memory holds the runs that overlap, not the recording. Where
//! more than [`limits::MERGE_FAN_IN`] overlap, groups of them are merged into spooled runs first.
//!
//! ## Invariants
//! 1. Lines come out in the order (corrected time, window, item, index); lines of an earlier revision, which have no item
//!    any more, come before live lines of the same millisecond.
//! 2. Lines with equal keys are one line (live invariant 3): the repeats are dropped.
//! 3. The result depends on the set of runs alone.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::io::{self, BufRead, Write};
use std::sync::Arc;

use crate::ids::ItemId;
use crate::limits;
use crate::live::LiveLine;

/// A sorted run, as far as the merge must know it before opening it. Times are corrected.
#[derive(Debug, Clone)]
pub struct Run {
    /// What [`RunSource::open`] is asked for.
    pub id: usize,
    /// Not later than its first line.
    pub first: i64,
    /// Not earlier than its last line.
    pub last: i64,
    /// What its lines are.
    pub kind: RunKind,
}

/// What the lines of a run are, and how they are read.
#[derive(Debug, Clone)]
pub enum RunKind {
    /// Lines of a live block.
    Live {
        /// Milliseconds to add to their times.
        correction: i64,
        /// Only lines of these items belong to the run, where a set is given.
        only: Option<Arc<HashSet<ItemId>>>,
    },
    /// Lines of an earlier revision.
    Finished {
        /// Its `started_at`, which its timestamps count from.
        started_at: i64,
    },
}

/// Where runs come from and spooled ones go.
pub trait RunSource {
    /// The decompressed lines of a run, from its first on.
    ///
    /// # Errors
    /// When the run cannot be read.
    fn open(&mut self, id: usize) -> io::Result<Box<dyn BufRead>>;

    /// Takes the lines that `write` writes, as a new run; returns its id.
    ///
    /// # Errors
    /// When the lines cannot be kept.
    fn spool(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<usize>;
}

/// A line on its way out.
#[derive(Debug, Clone, Copy)]
pub struct MergedLine<'a> {
    /// Corrected time, milliseconds since the epoch.
    pub time: i64,
    /// `type` of the line.
    pub line_type: &'a str,
    /// From `"window_id"` on to the closing brace.
    pub rest: &'a str,
}

/// Merges `runs` and visits every line once.
///
/// # Errors
/// When a run cannot be read or is not in order, or when `visit` fails.
pub fn merge(
    runs: Vec<Run>,
    source: &mut dyn RunSource,
    visit: &mut dyn FnMut(&MergedLine<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let runs = narrow(runs, source)?;
    merge_at_once(runs, source, &mut |cursor| {
        let (line_type, rest) = cursor.parts();
        visit(&MergedLine { time: cursor.key.time, line_type, rest })
    })
}

/// Merges groups of runs into spooled ones until few enough overlap.
fn narrow(mut runs: Vec<Run>, source: &mut dyn RunSource) -> io::Result<Vec<Run>> {
    while overlap(&runs) > limits::MERGE_FAN_IN {
        // An earlier revision stays as it is: there is one, and its lines have no keys to spool.
        let (mut kept, mut live): (Vec<Run>, Vec<Run>) =
            runs.into_iter().partition(|run| matches!(run.kind, RunKind::Finished { .. }));
        live.sort_by_key(|run| (run.first, run.last, run.id));
        while !live.is_empty() {
            let group: Vec<Run> = live.drain(..live.len().min(limits::MERGE_FAN_IN)).collect();
            let first = group.iter().map(|run| run.first).min().unwrap_or(0);
            let last = group.iter().map(|run| run.last).max().unwrap_or(0);
            let id = spool(group, source)?;
            kept.push(Run { id, first, last, kind: RunKind::Live { correction: 0, only: None } });
        }
        runs = kept;
    }
    Ok(runs)
}

/// How many runs are open at the same time at the most.
fn overlap(runs: &[Run]) -> usize {
    let mut edges: Vec<(i64, i8)> = runs.iter().flat_map(|run| [(run.first, -1), (run.last, 1)]).collect();
    edges.sort_unstable();
    let mut open = 0_usize;
    let mut most = 0;
    for (_, edge) in edges {
        if edge < 0 {
            open += 1;
            most = most.max(open);
        } else {
            open -= 1;
        }
    }
    most
}

fn spool(group: Vec<Run>, source: &mut dyn RunSource) -> io::Result<usize> {
    // The group's lines are written while the group is read: the writer gets a copy of what the source opens.
    let mut opened = Vec::with_capacity(group.len());
    for run in group {
        opened.push((source.open(run.id)?, run));
    }
    let mut opened = Some(opened);
    source.spool(&mut |out| {
        let mut readers = OpenedRuns { readers: Vec::new() };
        let mut runs = Vec::new();
        for (reader, run) in opened.take().into_iter().flatten() {
            runs.push(Run { id: readers.readers.len(), ..run });
            readers.readers.push(Some(reader));
        }
        merge_at_once(runs, &mut readers, &mut |cursor| cursor.write_live(out))
    })
}

/// Runs that were opened already.
struct OpenedRuns {
    readers: Vec<Option<Box<dyn BufRead>>>,
}

impl RunSource for OpenedRuns {
    fn open(&mut self, id: usize) -> io::Result<Box<dyn BufRead>> {
        Ok(self.readers[id].take().expect("a run is opened once"))
    }

    fn spool(&mut self, _: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<usize> {
        unreachable!("runs that are being spooled are few enough to merge at once")
    }
}

/// The order of lines (invariant 1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    time: i64,
    /// `None` sorts first: a line of an earlier revision.
    identity: Option<(Arc<str>, ItemId, u32)>,
}

/// A run that is being read, standing at a line.
struct Cursor {
    run: Run,
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    key: Key,
    /// Where the line's type ends (it begins at [`TYPE_AT`]), and where its rest begins.
    type_end: usize,
    rest_at: usize,
}

const TYPE_AT: usize = "{\"type\":\"".len();

impl Cursor {
    fn new(run: Run, reader: Box<dyn BufRead>) -> Self {
        let key = Key { time: i64::MIN, identity: None };
        Self { run, reader, line: Vec::new(), key, type_end: 0, rest_at: 0 }
    }

    /// Goes to the next line that belongs to the run; `false` at its end.
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            self.line.clear();
            if self.reader.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            let text = std::str::from_utf8(&self.line).map_err(|_| not_a_line("UTF-8 text"))?;
            let text = text.strip_suffix('\n').ok_or_else(|| not_a_line("a line break"))?;
            match &self.run.kind {
                RunKind::Live { correction, only } => {
                    let line = LiveLine::read(text).ok_or_else(|| not_a_line("a live line"))?;
                    if only.as_ref().is_some_and(|only| !only.contains(&line.key.item)) {
                        continue;
                    }
                    let window = match &self.key.identity {
                        Some((window, ..)) if **window == *line.key.window_id => window.clone(),
                        _ => line.key.window_id.into(),
                    };
                    let time = line.key.time.saturating_add(*correction);
                    self.key = Key { time, identity: Some((window, line.key.item, line.key.index)) };
                    self.type_end = TYPE_AT + line.line_type.len();
                    self.rest_at = text.len() - line.rest.len();
                }
                RunKind::Finished { started_at } => {
                    let Some((line_type, timestamp, rest)) = finished_parts(text) else { continue };
                    self.key = Key { time: started_at.saturating_add(timestamp), identity: None };
                    self.type_end = TYPE_AT + line_type.len();
                    self.rest_at = text.len() - rest.len();
                }
            }
            return Ok(true);
        }
    }

    fn parts(&self) -> (&str, &str) {
        let text = std::str::from_utf8(&self.line).expect("the line was checked when it was read");
        (&text[TYPE_AT..self.type_end], &text[self.rest_at..text.len() - 1])
    }

    fn write_live(&self, out: &mut dyn Write) -> io::Result<()> {
        let (line_type, rest) = self.parts();
        let (_, item, index) = self.key.identity.as_ref().expect("only live runs are spooled");
        writeln!(
            out,
            "{{\"type\":\"{line_type}\",\"time\":{},\"item\":\"{item}\",\"index\":{index},{rest}",
            self.key.time
        )
    }
}

/// Type, timestamp and rest of a line of a finished recording; `None` for `meta`, `checksum` and `end`.
fn finished_parts(line: &str) -> Option<(&str, i64, &str)> {
    let (line_type, after) = line.strip_prefix("{\"type\":\"")?.split_once('"')?;
    let (_, after) = after.strip_prefix(",\"seq\":")?.split_once(',')?;
    let (timestamp, rest) = after.strip_prefix("\"timestamp\":")?.split_once(',')?;
    Some((line_type, timestamp.parse().ok()?, rest))
}

fn not_a_line(expected: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("expected {expected} in a run of the recording"))
}

fn merge_at_once(
    mut runs: Vec<Run>,
    source: &mut dyn RunSource,
    visit: &mut dyn FnMut(&Cursor) -> io::Result<()>,
) -> io::Result<()> {
    runs.sort_by_key(|run| Reverse((run.first, run.last, run.id)));
    let mut cursors: Vec<Option<Cursor>> = Vec::new();
    let mut heap: BinaryHeap<Reverse<(Key, usize)>> = BinaryHeap::new();
    let mut previous: Option<Key> = None;
    // The memory of a line goes on into the next run: lines are as large as full snapshots.
    let mut spare_line = Vec::new();
    loop {
        // A run is opened when nothing that is open comes before it.
        while let Some(run) = runs.pop_if(|run| heap.peek().is_none_or(|Reverse((key, _))| run.first <= key.time)) {
            let mut cursor = Cursor::new(run, Box::new(io::empty()));
            cursor.line = std::mem::take(&mut spare_line);
            cursor.reader = source.open(cursor.run.id)?;
            if cursor.advance()? {
                heap.push(Reverse((cursor.key.clone(), cursors.len())));
                cursors.push(Some(cursor));
            }
        }
        let Some(Reverse((mut key, at))) = heap.pop() else { return Ok(()) };
        let cursor = cursors[at].as_mut().expect("a run in the heap is open");
        loop {
            let repeated = key.identity.is_some() && previous.as_ref() == Some(&key);
            if !repeated {
                visit(cursor)?;
            }
            let more = cursor.advance()?;
            if more && cursor.key < key {
                return Err(not_a_line("a run in order"));
            }
            previous = Some(std::mem::replace(&mut key, cursor.key.clone()));
            if !more {
                spare_line = cursors[at].take().map(|cursor| cursor.line).unwrap_or_default();
                break;
            }
            // Runs seldom overlap: as long as this one is ahead of all others, the heap is left alone.
            let overtaken = heap.peek().is_some_and(|Reverse((other, _))| *other < key)
                || runs.last().is_some_and(|run| run.first <= key.time);
            if overtaken {
                heap.push(Reverse((key, at)));
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs and spools in memory; counts how many are open.
    #[derive(Default)]
    struct Memory {
        runs: Vec<Vec<u8>>,
    }

    impl RunSource for Memory {
        fn open(&mut self, id: usize) -> io::Result<Box<dyn BufRead>> {
            Ok(Box::new(io::Cursor::new(self.runs[id].clone())))
        }

        fn spool(&mut self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<usize> {
            let mut lines = Vec::new();
            write(&mut lines)?;
            self.runs.push(lines);
            Ok(self.runs.len() - 1)
        }
    }

    fn line(time: i64, window: &str, item: u8, index: u32) -> String {
        let item = ItemId::Uuid([item; 16]);
        format!(
            "{{\"type\":\"event\",\"time\":{time},\"item\":\"{item}\",\"index\":{index},\"window_id\":\"{window}\",\"event\":{{\"t\":{time}}}}}\n"
        )
    }

    fn run(memory: &mut Memory, lines: &[(i64, &str, u8, u32)]) -> Run {
        let text: String = lines.iter().map(|&(time, window, item, index)| line(time, window, item, index)).collect();
        memory.runs.push(text.into_bytes());
        Run {
            id: memory.runs.len() - 1,
            first: lines.iter().map(|line| line.0).min().unwrap(),
            last: lines.iter().map(|line| line.0).max().unwrap(),
            kind: RunKind::Live { correction: 0, only: None },
        }
    }

    fn times(memory: &mut Memory, runs: Vec<Run>) -> Vec<i64> {
        let mut times = Vec::new();
        merge(runs, memory, &mut |line| {
            times.push(line.time);
            Ok(())
        })
        .unwrap();
        times
    }

    #[test]
    fn overlapping_runs_come_out_in_order_and_repeats_once() {
        let mut memory = Memory::default();
        let a = run(&mut memory, &[(1, "w", 1, 0), (5, "w", 1, 1), (9, "w", 1, 2)]);
        let b = run(&mut memory, &[(2, "w", 2, 0), (5, "w", 1, 1), (6, "w", 2, 1)]);
        let c = run(&mut memory, &[(20, "w", 3, 0)]);
        assert_eq!(times(&mut memory, vec![c, b, a]), [1, 2, 5, 6, 9, 20]);
    }

    #[test]
    fn a_correction_moves_a_run_and_a_filter_thins_it() {
        let mut memory = Memory::default();
        let mut a = run(&mut memory, &[(1, "w", 1, 0), (2, "w", 2, 0)]);
        let b = run(&mut memory, &[(50, "w", 3, 0)]);
        a.kind = RunKind::Live { correction: 100, only: Some(Arc::new([ItemId::Uuid([2; 16])].into())) };
        (a.first, a.last) = (101, 102);
        assert_eq!(times(&mut memory, vec![a, b]), [50, 102]);
    }

    #[test]
    fn an_earlier_revision_is_merged_in() {
        let mut memory = Memory::default();
        let a = run(&mut memory, &[(1005, "w", 1, 0), (1030, "w", 1, 1)]);
        let finished = "{\"type\":\"meta\",\"format\":\"cassette/1\"}\n\
            {\"type\":\"event\",\"seq\":0,\"timestamp\":0,\"window_id\":\"w\",\"event\":{}}\n\
            {\"type\":\"event\",\"seq\":1,\"timestamp\":30,\"window_id\":\"w\",\"event\":{}}\n\
            {\"type\":\"checksum\",\"seq\":2,\"lines\":3,\"sha256\":\"\"}\n";
        memory.runs.push(finished.into());
        let b = Run { id: 1, first: 1000, last: 1030, kind: RunKind::Finished { started_at: 1000 } };
        assert_eq!(times(&mut memory, vec![a, b]), [1000, 1005, 1030, 1030]);
    }

    #[test]
    fn hundreds_of_overlapping_runs_are_merged_in_passes() {
        let mut memory = Memory::default();
        let runs: Vec<Run> = (0..300_u32)
            .map(|n| {
                let at = i64::from(n);
                let item = u8::try_from(n % 256).unwrap();
                run(&mut memory, &[(at, "w", item, n), (1000 + at, "w", item, n + 1000)])
            })
            .collect();
        let merged = times(&mut memory, runs);
        assert_eq!(merged.len(), 600);
        assert!(merged.is_sorted());
        assert!(memory.runs.len() > 300, "nothing was spooled");
    }

    #[test]
    fn a_run_that_is_out_of_order_is_an_error() {
        let mut memory = Memory::default();
        let a = run(&mut memory, &[(5, "w", 1, 0), (1, "w", 1, 1)]);
        assert!(merge(vec![a], &mut memory, &mut |_| Ok(())).is_err());
    }
}
