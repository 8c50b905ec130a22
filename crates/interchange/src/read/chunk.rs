//! Some megabytes of lines, put in order in memory.

use std::cmp::Ordering;

use cassette_recording::file::RestHead;

use super::rope::Place;

/// Lines, each without its beginning, as [`cassette_recording::file::write_rest`] writes them; of those whose event stands in the
/// file that is read, what stands before it.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    text: Vec<u8>,
    lines: Vec<Line>,
    /// Of the events that stand elsewhere.
    bytes_elsewhere: usize,
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
    event: Option<Place>,
}

/// A line as it is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldLine<'a> {
    pub(super) time: i64,
    pub(super) line_type: &'static str,
    /// All of its rest, or what stands before the event.
    pub(super) text: &'a str,
    /// Where the event is, if it is not in the text. Behind it only [`super::rope::BEHIND_EVENT`] is missing.
    pub(super) event: Option<Place>,
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
        self.text.len() + self.bytes_elsewhere
    }

    /// Adds a line, whose rest `write` writes: up to its event, if that stands elsewhere.
    pub(super) fn push(
        &mut self,
        time: i64,
        index: u32,
        line_type: &'static str,
        event: Option<Place>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.text.len();
        write(&mut self.text);
        self.bytes_elsewhere += event.map_or(0, |event| event.length as usize);
        self.lines.push(Line { time, index, line_type, start, end: self.text.len(), event });
    }

    /// Gives a line another time.
    pub(super) fn redate(&mut self, line: usize, time: i64) {
        self.lines[line].time = time;
    }

    /// Empties the chunk and keeps its memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
        self.bytes_elsewhere = 0;
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
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key<'_>, HeldLine<'_>)> {
        let text = text_of(&self.text);
        let line = move |line: &Line| {
            let &Line { time, index, line_type, start, end, event } = line;
            ((time, line.window(text), index), HeldLine { time, line_type, text: &text[start..end], event })
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
