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
    /// Bytes of the window's lines.
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
    /// Of lines that came after that.
    bytes: usize,
    /// Of the last full snapshot or keyframe itself.
    picture_bytes: usize,
    /// Not before so many bytes.
    not_before: usize,
}

impl Window {
    fn new(at: i64) -> Self {
        Self { page: None, meta: None, size: None, last: at, since: at, bytes: 0, picture_bytes: 0, not_before: 0 }
    }

    fn is_due(&self, at: i64, pace: Pace) -> bool {
        let enough = pace.bytes.max(self.picture_bytes / pace.part_of_picture).max(self.not_before);
        self.page.is_some() && at > self.last && at.saturating_sub(self.since) > pace.ms && self.bytes > enough
    }

    fn pictured(&mut self, at: i64, bytes: usize) {
        (self.since, self.bytes, self.picture_bytes, self.not_before) = (at, 0, bytes, 0);
    }
}

impl Maker {
    /// For a recording that begins at this time, epoch milliseconds.
    pub fn new(started_at: i64) -> Self {
        Self::at_pace(started_at, Pace::default())
    }

    /// As [`Maker::new`], with keyframes closer together, as tests want them.
    pub fn at_pace(started_at: i64, pace: Pace) -> Self {
        Self { started_at, pace, windows: HashMap::new(), left_out: Vec::new() }
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
        let window = self.windows.entry(id.clone()).or_insert_with(|| Window::new(at));
        let keyframe = match kind != EventKind::FullSnapshot && window.is_due(at, self.pace) {
            true => self.keyframe(&id),
            false => None,
        };
        let window = self.windows.get_mut(&id)?;
        window.bytes += line.raw.len();
        window.last = window.last.max(at);
        if let Err(trouble) = self.follow(&id, event, at, line.raw.len()) {
            self.give_up(&id, at, trouble);
        }
        keyframe
    }

    /// What the window looks like now.
    fn keyframe(&mut self, id: &WindowId) -> Option<Keyframe> {
        let window = self.windows.get_mut(id)?;
        let at = window.last;
        let timestamp = self.started_at.saturating_add(at);
        let meta = window.meta();
        let moment = Moment { timestamp, at, meta: meta.as_deref() };
        match window.page.as_ref()?.write(&moment) {
            Ok(events) => {
                let lines = lines(&events, id, at);
                window.pictured(at, lines.len());
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
                let Some(window) = self.windows.get_mut(id) else { return Ok(()) };
                window.page = None;
                window.pictured(at, bytes);
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
        let facts = EventFacts::read(event).expect("an event that is put together of JSON is JSON");
        let EventFacts { kind, target, href, console: level, .. } = facts;
        let body = LineBody::Event { kind, target, href, level, event };
        out.extend_from_slice(format!("{{\"type\":\"{}\",\"timestamp\":{at},", body.line_type()).as_bytes());
        write_rest(&mut out, window_id, &body);
        out.push(b'\n');
    }
    out
}
