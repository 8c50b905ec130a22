//! Follows the windows of a recording, line by line, and says when a keyframe is due.

use std::collections::HashMap;

use super::{ALL_PAGES_BYTES, EVERY_BYTES, EVERY_MS, LeftOut, PAGE_BYTES, PAGES, PART_OF_PICTURE, WINDOWS};
use crate::event::{EventFacts, EventKind};
use crate::file::{Content, LineBody, ParsedLine, write_rest};
use crate::ids::WindowId;
use crate::json::{self, JsonError, Object};
use crate::page::{Moment, Page, Trouble};

/// Between two attempts to write a page that cannot be written just now.
const AGAIN_BYTES: usize = 256 << 10;

/// What one window looks like at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyframe {
    /// Which window.
    pub window_id: WindowId,
    /// Milliseconds since the recording's `started_at`.
    pub timestamp: i64,
    /// Lines as those of a block, without `seq`; each ends with a line break.
    pub lines: Vec<u8>,
}

/// How far from a picture to the next: both must be passed.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Milliseconds.
    pub ms: i64,
    /// Bytes of the window's lines, and of its share of the others'.
    pub bytes: usize,
    /// As above, as a part of what the last picture weighs: its bytes divided by this.
    pub part_of_picture: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { ms: EVERY_MS, bytes: EVERY_BYTES, part_of_picture: PART_OF_PICTURE }
    }
}

/// Follows the windows of a recording.
#[derive(Debug)]
pub struct Maker {
    started_at: i64,
    pace: Pace,
    windows: HashMap<WindowId, Window>,
    /// Of all lines so far, whatever their window.
    all_bytes: usize,
    left_out: Vec<LeftOut>,
}

#[derive(Debug)]
struct Window {
    page: Option<Page>,
    /// `data` of the last `Meta` event.
    meta: Option<String>,
    /// Width and height since then, as they are written.
    size: Option<(String, String)>,
    /// Of the last line.
    last: i64,
    /// Of the last full snapshot or keyframe.
    since: i64,
    /// Of its lines that came after that.
    bytes: usize,
    /// What [`Maker::all_bytes`] was then.
    all_bytes: usize,
    /// Of the last full snapshot or keyframe itself.
    picture_bytes: usize,
    /// Not before so many bytes.
    not_before: usize,
}

impl Window {
    fn new(at: i64) -> Self {
        Self {
            page: None,
            meta: None,
            size: None,
            last: at,
            since: at,
            bytes: 0,
            all_bytes: 0,
            picture_bytes: 0,
            not_before: 0,
        }
    }

    /// Whether one is wanted before the line at this time. A player reads blocks, and these hold the lines of other windows too: each of
    /// `windows` answers for its share of them.
    fn is_due(&self, at: i64, pace: Pace, all_bytes: usize, windows: usize) -> bool {
        let enough = pace.bytes.max(self.picture_bytes / pace.part_of_picture).max(self.not_before);
        let others = all_bytes.saturating_sub(self.all_bytes).saturating_sub(self.bytes) / windows.max(1);
        self.page.is_some() && at > self.last && at.saturating_sub(self.since) > pace.ms && self.bytes + others > enough
    }

    fn pictured(&mut self, at: i64, bytes: usize, all_bytes: usize) {
        (self.since, self.bytes, self.picture_bytes, self.not_before) = (at, 0, bytes, 0);
        self.all_bytes = all_bytes;
    }
}

impl Maker {
    /// For a recording that begins at this time, epoch milliseconds.
    pub fn new(started_at: i64) -> Self {
        Self::at_pace(started_at, Pace::default())
    }

    /// As [`Maker::new`], with keyframes closer together, as tests want them.
    pub fn at_pace(started_at: i64, pace: Pace) -> Self {
        Self { started_at, pace, windows: HashMap::new(), all_bytes: 0, left_out: Vec::new() }
    }

    /// Windows of which there are no keyframes from a time on, until their next full snapshot.
    pub fn left_out(self) -> Vec<LeftOut> {
        self.left_out
    }

    /// Takes the next line; returns the keyframe that was due before it.
    pub fn line(&mut self, line: &ParsedLine<'_>) -> Option<Keyframe> {
        let Content::Event { kind, .. } = line.content else { return None };
        let (Some(event), Some(at)) = (line.event, line.timestamp) else { return None };
        let id: WindowId = line.window_id.as_deref()?.parse().ok()?;
        if !self.windows.contains_key(&id) && self.windows.len() >= WINDOWS {
            return None;
        }
        let (all_bytes, windows) = (self.all_bytes, self.windows.len());
        let window = self.windows.entry(id.clone()).or_insert_with(|| Window::new(at));
        let keyframe = match kind != EventKind::FullSnapshot && window.is_due(at, self.pace, all_bytes, windows) {
            true => self.keyframe(&id, at),
            false => None,
        };
        self.all_bytes += line.raw.len();
        let window = self.windows.get_mut(&id)?;
        window.bytes += line.raw.len();
        window.last = window.last.max(at);
        if let Err(trouble) = self.follow(&id, event, at, line.raw.len()) {
            self.give_up(&id, at, trouble);
        }
        keyframe
    }

    /// What the window looks like just before the line at `next`. It looked like that since its last line, but from the later time on
    /// less has to be read.
    fn keyframe(&mut self, id: &WindowId, next: i64) -> Option<Keyframe> {
        let all_bytes = self.all_bytes;
        let window = self.windows.get_mut(id)?;
        let at = window.last.max(next - 1);
        let timestamp = self.started_at.saturating_add(at);
        let meta = window.meta();
        let moment = Moment { timestamp, at, meta: meta.as_deref() };
        match window.page.as_ref()?.write(&moment) {
            Ok(events) => {
                let lines = lines(&events, id, at);
                window.pictured(at, lines.len(), all_bytes);
                Some(Keyframe { window_id: id.clone(), timestamp: at, lines })
            }
            Err(trouble) => {
                window.not_before = window.bytes.saturating_add(AGAIN_BYTES);
                self.note(id, at, trouble);
                None
            }
        }
    }

    fn follow(&mut self, id: &WindowId, event: &str, at: i64, bytes: usize) -> Result<(), Trouble> {
        let (rrweb_type, data) = type_and_data(event)?;
        match rrweb_type {
            Some("2") => {
                self.make_room(id);
                let all_bytes = self.all_bytes;
                let Some(window) = self.windows.get_mut(id) else { return Ok(()) };
                window.page = None;
                window.pictured(at, bytes, all_bytes);
                window.page = Some(Page::of_full_snapshot(data.ok_or(Trouble::NoPage)?)?);
            }
            Some("3") => {
                let Some(window) = self.windows.get_mut(id) else { return Ok(()) };
                let data = data.ok_or(Trouble::Shape)?;
                window.resize(data)?;
                let Some(page) = &mut window.page else { return Ok(()) };
                page.apply(data, at)?;
            }
            Some("4") => {
                let Some(window) = self.windows.get_mut(id) else { return Ok(()) };
                window.size = None;
                window.meta = data.filter(|data| data.starts_with('{')).map(str::to_owned);
                return Ok(());
            }
            _ => return Ok(()),
        }
        let own = self.windows.get(id).and_then(|window| window.page.as_ref()).map_or(0, Page::bytes);
        let all: usize = self.windows.values().filter_map(|window| window.page.as_ref()).map(Page::bytes).sum();
        match own > PAGE_BYTES || all > ALL_PAGES_BYTES {
            true => Err(Trouble::TooLarge),
            false => Ok(()),
        }
    }

    /// Before another page is followed: the one where nothing happened for longest makes way.
    fn make_room(&mut self, id: &WindowId) {
        let followed = self.windows.iter().filter(|(other, window)| *other != id && window.page.is_some());
        let followed: Vec<(i64, WindowId)> = followed.map(|(other, window)| (window.last, other.clone())).collect();
        if followed.len() < PAGES {
            return;
        }
        if let Some((at, oldest)) = followed.into_iter().min() {
            self.give_up(&oldest, at, Trouble::TooManyWindows);
        }
    }

    fn give_up(&mut self, id: &WindowId, at: i64, trouble: Trouble) {
        let Some(window) = self.windows.get_mut(id) else { return };
        // A window whose page is not followed has nothing to give up but a full snapshot.
        if window.page.take().is_some() || window.since == at {
            self.note(id, at, trouble);
        }
    }

    fn note(&mut self, id: &WindowId, at: i64, trouble: Trouble) {
        const MOST: usize = 1000;
        if self.left_out.len() < MOST {
            self.left_out.push(LeftOut { window_id: id.clone(), timestamp: at, reason: trouble.name().to_owned() });
        }
    }
}

impl Window {
    /// A resize is the last word on the size.
    fn resize(&mut self, data: &str) -> Result<(), JsonError> {
        let (mut source, mut width, mut height) = (None, None, None);
        let mut members = Object::open(data, 0)?;
        while let Some(key) = members.next_key()? {
            match key {
                "source" => source = Some(members.value()?),
                "width" => width = Some(members.value()?),
                "height" => height = Some(members.value()?),
                _ => {}
            }
        }
        let number = |value: Option<&str>| value.filter(|value| json::number_value(value).is_some()).map(str::to_owned);
        if let (Some("4"), Some(width), Some(height)) = (source, number(width), number(height)) {
            self.size = Some((width, height));
        }
        Ok(())
    }

    /// `data` of a `Meta` event that says what is known now.
    fn meta(&self) -> Option<String> {
        let Some((width, height)) = &self.size else { return self.meta.clone() };
        let before = self.meta.as_deref().and_then(|meta| meta.strip_suffix('}')).unwrap_or("{").trim_end();
        let comma = if before.ends_with('{') { "" } else { "," };
        // Of two members of one name the last counts.
        Some(format!("{before}{comma}\"width\":{width},\"height\":{height}}}"))
    }
}

fn type_and_data(event: &str) -> Result<(Option<&str>, Option<&str>), JsonError> {
    let (mut rrweb_type, mut data) = (None, None);
    let mut members = Object::open(event, 0)?;
    while let Some(key) = members.next_key()? {
        let value = members.value()?;
        match key {
            "type" => rrweb_type = Some(value),
            "data" => data = Some(value),
            _ => {}
        }
    }
    Ok((rrweb_type, data))
}

fn lines(events: &[String], window_id: &WindowId, at: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(events.iter().map(|event| event.len() + 160).sum());
    for event in events {
        // Files of others may have carriage returns between tokens.
        let event = &*json::on_one_line(event);
        let facts = EventFacts::read(event).expect("an event that is put together of JSON is JSON");
        let EventFacts { kind, target, href, console: level, .. } = facts;
        let body = LineBody::Event { kind, target, href, level, event };
        out.extend_from_slice(format!("{{\"type\":\"{}\",\"timestamp\":{at},", body.line_type()).as_bytes());
        write_rest(&mut out, window_id, &body);
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyframes::PAGES;

    const START: i64 = 1_000_000;

    fn line(at: i64, window: &str, rrweb_type: u8, data: &str) -> String {
        let event = format!("{{\"type\":{rrweb_type},\"data\":{data},\"timestamp\":7}}");
        let kind = if rrweb_type == 2 { "full_snapshot\",\"n\":\"" } else { "event\",\"name\":\"other" };
        format!("{{\"type\":\"{kind}\",\"seq\":0,\"timestamp\":{at},\"window_id\":\"{window}\",\"event\":{event}}}")
    }

    fn snapshot(at: i64, window: &str) -> String {
        let text = r#"{"type":3,"textContent":"first","id":3}"#;
        let html = format!(r#"{{"type":2,"tagName":"html","attributes":{{}},"childNodes":[{text}],"id":2}}"#);
        line(at, window, 2, &format!(r#"{{"node":{{"type":0,"childNodes":[{html}],"id":1}}}}"#))
    }

    fn text(at: i64, window: &str, value: &str) -> String {
        let data =
            format!(r#"{{"source":0,"texts":[{{"id":3,"value":"{value}"}}],"attributes":[],"removes":[],"adds":[]}}"#);
        line(at, window, 3, &data)
    }

    fn made(pace: Pace, lines: &[String]) -> (Vec<Keyframe>, Vec<LeftOut>) {
        let mut maker = Maker::at_pace(START, pace);
        let keyframes = lines.iter().filter_map(|line| maker.line(&ParsedLine::parse(line).unwrap())).collect();
        (keyframes, maker.left_out())
    }

    /// Whenever time moves on, and something happened.
    const ALWAYS: Pace = Pace { ms: -1, bytes: 0, part_of_picture: usize::MAX };

    #[test]
    fn both_time_and_bytes_must_have_passed() {
        let (small, large) = ("s".to_owned(), "l".repeat(EVERY_BYTES));
        let at = |times: &[(i64, &String)]| -> Vec<i64> {
            let lines: Vec<String> =
                [snapshot(0, "w")].into_iter().chain(times.iter().map(|(at, value)| text(*at, "w", value))).collect();
            made(Pace::default(), &lines).0.iter().map(|keyframe| keyframe.timestamp).collect()
        };
        assert_eq!(at(&[(10, &small), (40_000, &small), (80_000, &small)]), [0; 0], "time alone is not enough");
        assert_eq!(at(&[(10, &large), (20, &large), (30_000, &small)]), [0; 0], "bytes alone are not enough");
        assert_eq!(at(&[(10, &large), (20, &small), (30_001, &small)]), [30_000]);
        assert_eq!(at(&[(40_000, &large), (40_000, &small), (40_001, &small), (40_002, &large)]), [40_000]);
    }

    #[test]
    fn a_picture_that_weighs_much_is_made_less_often() {
        let page = snapshot(0, "w").replace("first", &"x".repeat(8 * EVERY_BYTES));
        let mut lines = vec![page];
        lines.extend((1..=20).map(|n| text(n * 40_000, "w", &"y".repeat(EVERY_BYTES / 2))));
        let (keyframes, _) = made(Pace::default(), &lines);
        // A quarter of eight times as much, in halves.
        assert_eq!(keyframes[0].timestamp, 5 * 40_000 - 1);
        let all: usize = keyframes.iter().map(|keyframe| keyframe.lines.len()).sum();
        let read: usize = lines.iter().map(String::len).sum();
        assert!(all < 4 * read, "{all} of {read}");
    }

    #[test]
    fn a_keyframe_holds_what_happened_until_its_time_and_nothing_later() {
        let lines =
            [snapshot(0, "w"), text(5, "w", "one"), text(9, "w", "two"), text(9, "w", "three"), text(10, "w", "four")];
        let (keyframes, left_out) = made(ALWAYS, &lines);
        assert_eq!(left_out, []);
        let told: Vec<(i64, bool)> = keyframes
            .iter()
            .map(|keyframe| {
                let text = std::str::from_utf8(&keyframe.lines).unwrap();
                let latest = ["one", "three"][usize::from(keyframe.timestamp == 9)];
                (keyframe.timestamp, text.contains(&format!("\"value\":\"{latest}\"")))
            })
            .collect();
        assert_eq!(told, [(8, true), (9, true)], "just before the next line");
        let text = std::str::from_utf8(&keyframes[1].lines).unwrap();
        for line in text.lines() {
            let parsed = ParsedLine::parse(line).unwrap();
            assert_eq!((parsed.timestamp, parsed.window_id.as_deref()), (Some(9), Some("w")));
            assert!(line.ends_with("\"timestamp\":1000009}}"), "{line}");
        }
        assert!(text.starts_with(r#"{"type":"full_snapshot","timestamp":9,"window_id":"w","event":{"type":2,"#));
        assert!(!text.contains("four") && !text.contains("two"));
    }

    #[test]
    fn windows_do_not_concern_each_other_and_sizes_are_the_last() {
        let lines = [
            line(0, "a", 4, r#"{"href":"/a","width":100,"height":50}"#),
            snapshot(1, "a"),
            snapshot(2, "b"),
            text(3, "b", "of b"),
            line(4, "a", 3, r#"{"source":4,"width":200,"height":60}"#),
            text(5, "a", "of a"),
            text(6, "b", "again"),
            text(7, "a", "again"),
        ];
        let (keyframes, _) = made(ALWAYS, &lines);
        let told: Vec<(&str, i64)> =
            keyframes.iter().map(|keyframe| (keyframe.window_id.as_str(), keyframe.timestamp)).collect();
        assert_eq!(told, [("a", 3), ("a", 4), ("b", 5), ("a", 6)]);
        let text = |at: usize| std::str::from_utf8(&keyframes[at].lines).unwrap();
        assert!(text(1).contains(r#""data":{"href":"/a","width":100,"height":50,"width":200,"height":60}"#));
        assert!(text(2).contains("of b") && !text(2).contains("of a") && text(3).contains("of a"));
    }

    #[test]
    fn what_other_windows_did_meanwhile_is_not_read_again() {
        let large = "l".repeat(EVERY_BYTES);
        let mut lines = vec![snapshot(0, "a"), snapshot(1, "b"), text(2, "a", "seen")];
        lines.extend((1..=10).map(|n| text(n * 20_000, "b", &large)));
        lines.push(text(250_000, "a", "again"));
        let (keyframes, _) = made(Pace::default(), &lines);
        let last = keyframes.last().unwrap();
        assert_eq!((last.window_id.as_str(), last.timestamp), ("a", 249_999));
        assert!(std::str::from_utf8(&last.lines).unwrap().contains("seen"));
    }

    #[test]
    fn a_window_that_is_given_up_begins_anew_with_its_next_full_snapshot() {
        let broken = line(6, "w", 3, r#"{"source":0,"texts":"cut"}"#);
        let lines = [
            snapshot(0, "w"),
            text(5, "w", "one"),
            broken,
            text(7, "w", "two"),
            text(8, "w", "three"),
            snapshot(9, "w"),
            text(10, "w", "four"),
            text(11, "w", "five"),
        ];
        let (keyframes, left_out) = made(ALWAYS, &lines);
        assert_eq!(keyframes.iter().map(|keyframe| keyframe.timestamp).collect::<Vec<_>>(), [5, 10]);
        let window_id: WindowId = "w".parse().unwrap();
        assert_eq!(left_out, [LeftOut { window_id, timestamp: 6, reason: "shape".into() }]);
    }

    #[test]
    fn no_more_windows_are_followed_than_memory_allows() {
        let windows: Vec<String> = (0..=PAGES).map(|number| format!("w{number:02}")).collect();
        let mut lines: Vec<String> = windows.iter().zip(0..).map(|(window, at)| snapshot(at, window)).collect();
        lines.extend([100, 200].iter().flat_map(|&at| windows.iter().map(move |window| text(at, window, "x"))));
        let (keyframes, left_out) = made(ALWAYS, &lines);
        assert_eq!(keyframes.len(), 2 * PAGES);
        assert!(left_out.len() == 1 && left_out[0].window_id.as_str() == "w00", "{left_out:?}");
        let large = snapshot(0, "w").replace("first", &"x".repeat(PAGE_BYTES));
        let (keyframes, left_out) = made(ALWAYS, &[large, text(5, "w", "one"), text(6, "w", "two")]);
        assert_eq!((keyframes.len(), left_out[0].reason.as_str()), (0, "too_large"));
    }
}
