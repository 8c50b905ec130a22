//! Some megabytes of lines, put in order in memory.

use std::cmp::Ordering;

use cassette_recording::file::RestHead;
use cassette_recording::merge::MergedLine;

/// Lines, each without its beginning, as [`cassette_recording::file::write_rest`] writes them.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    text: Vec<u8>,
    lines: Vec<Line>,
}

/// One line and its place in the recording.
#[derive(Debug, Clone, Copy)]
struct Line {
    time: i64,
    /// Its place in its window.
    index: u32,
    line_type: &'static str,
    start: usize,
    end: usize,
}

/// The order of lines: time, window, place in the window.
pub(super) type Key<'a> = (i64, &'a str, u32);

impl Chunk {
    /// Lines so far.
    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Bytes of them.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Adds a line, whose rest `write` writes.
    pub(super) fn push(&mut self, time: i64, index: u32, line_type: &'static str, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        write(&mut self.text);
        self.lines.push(Line { time, index, line_type, start, end: self.text.len() });
    }

    /// Gives a line another time.
    pub(super) fn redate(&mut self, line: usize, time: i64) {
        self.lines[line].time = time;
    }

    /// Empties the chunk and keeps its memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
    }

    /// Puts the lines in order.
    pub(super) fn sort(&mut self) {
        let text = text_of(&self.text);
        let order = |a: &Line, b: &Line| -> Ordering {
            let by_window = || a.window(text).cmp(b.window(text));
            a.time.cmp(&b.time).then_with(by_window).then(a.index.cmp(&b.index))
        };
        if !self.lines.is_sorted_by(|a, b| order(a, b).is_le()) {
            self.lines.sort_unstable_by(order);
        }
    }

    /// The lines with their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key<'_>, MergedLine<'_>)> {
        let text = text_of(&self.text);
        let line = move |line: &Line| {
            let rest = &text[line.start..line.end];
            let merged = MergedLine { time: line.time, line_type: line.line_type, rest };
            ((line.time, line.window(text), line.index), merged)
        };
        self.lines.iter().map(line)
    }
}

fn text_of(lines: &[u8]) -> &str {
    simdutf8::basic::from_utf8(lines).expect("lines are made of text")
}

impl Line {
    /// The window's id as it is written.
    fn window<'a>(&self, text: &'a str) -> &'a str {
        RestHead::read(&text[self.start..self.end]).map_or("", |head| head.window_id)
    }
}
