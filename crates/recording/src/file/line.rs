//! Writing one line of a recording. The one place that knows the layout of lines, for files and for live streams.

use crate::event::{ConsoleLevel, EventKind, EventName, Target};
use crate::ids::{DistinctId, WindowId};
use crate::json;

/// One line with something of the visitor in it.
///
/// The JSON in it must have been checked and be on one line ([`json::on_one_line`]).
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Milliseconds since `started_at`, corrected for the visitor's clock.
    pub timestamp: i64,
    /// The window it happened in.
    pub window_id: &'a WindowId,
    /// What happened.
    pub body: LineBody<'a>,
}

/// What a line carries.
#[derive(Debug, Clone, Copy)]
pub enum LineBody<'a> {
    /// An rrweb event.
    Event {
        /// What the event is about.
        kind: EventKind,
        /// The element that was hit.
        target: Option<Target<'a>>,
        /// Where the page is, as the inside of a JSON string; written for page views only.
        href: Option<&'a str>,
        /// How loud it is; written for console lines.
        level: Option<ConsoleLevel>,
        /// The event as it came.
        event: &'a str,
    },
    /// An analytics event of the session.
    Captured {
        /// Its name, as in `$identify`.
        name: &'a str,
        /// Whose it is.
        distinct_id: Option<&'a DistinctId>,
        /// The analytics item as it was sent.
        captured: &'a str,
    },
}

impl LineBody<'_> {
    /// The line's `type`.
    pub fn line_type(&self) -> &'static str {
        match self {
            Self::Event { kind: EventKind::FullSnapshot, .. } => FULL_SNAPSHOT,
            Self::Event { kind: EventKind::Mutation, .. } => "mutation",
            Self::Event { kind: EventKind::Named(_), .. } => "event",
            Self::Captured { .. } => CAPTURED,
        }
    }
}

/// `type` of the lines that a window can be drawn from.
pub(super) const FULL_SNAPSHOT: &str = "full_snapshot";

/// `type` of the lines that carry no rrweb event.
pub(super) const CAPTURED: &str = "captured";

/// Appends the beginning of a line of a finished recording; the rest follows.
pub(super) fn write_beginning(out: &mut Vec<u8>, line_type: &str, seq: u64, timestamp: i64) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(line_type.as_bytes());
    out.extend_from_slice(b"\",\"seq\":");
    write_u64(out, seq);
    out.extend_from_slice(b",\"timestamp\":");
    if timestamp < 0 {
        out.push(b'-');
    }
    write_u64(out, timestamp.unsigned_abs());
    out.push(b',');
}

/// Appends what a line of a finished recording and one of a live block have in common: from `"window_id"` on to the
/// closing brace, without a line break.
pub fn write_rest(out: &mut Vec<u8>, window_id: &WindowId, body: &LineBody<'_>) {
    let json = write_rest_head(out, window_id, body);
    debug_assert!(memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none(), "the JSON of a line is on one line");
    debug_assert_eq!(json::one_value(json), Ok(json), "the JSON of a line was checked");
    out.extend_from_slice(json.as_bytes());
    out.push(b'}');
}

/// Appends the beginning of what [`write_rest`] appends, and returns what is still to follow before the closing brace: the JSON
/// that the line carries.
pub fn write_rest_head<'a>(out: &mut Vec<u8>, window_id: &WindowId, body: &LineBody<'a>) -> &'a str {
    out.extend_from_slice(b"\"window_id\":");
    json::write_string(out, window_id.as_str());
    match *body {
        LineBody::Event { kind, target, href, level, event } => {
            write_event(out, kind, target, href, level);
            out.extend_from_slice(b",\"event\":");
            event
        }
        LineBody::Captured { name, distinct_id, captured } => {
            write_captured(out, name, distinct_id);
            out.extend_from_slice(b",\"captured\":");
            captured
        }
    }
}

/// The first members of what [`write_rest`] wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestHead<'a> {
    /// The window's id as it stands between its quotes, escapes not undone.
    pub window_id: &'a str,
    /// `name`, escapes not undone.
    pub name: Option<&'a str>,
    /// `level`.
    pub level: Option<&'a str>,
}

impl<'a> RestHead<'a> {
    /// Reads the beginning of a rest; `None` if it is none that [`write_rest`] writes.
    pub fn read(rest: &'a str) -> Option<Self> {
        let (window_id, after) = string_member(rest, "\"window_id\":")?;
        let (name, after) =
            string_member(after, ",\"name\":").map_or((None, after), |(name, after)| (Some(name), after));
        let level = string_member(after, ",\"level\":").map(|(level, _)| level);
        Some(Self { window_id, name, level })
    }
}

/// The inside of the string that follows `key`, and what comes behind it.
fn string_member<'a>(text: &'a str, key: &str) -> Option<(&'a str, &'a str)> {
    let value = text.strip_prefix(key)?;
    let end = json::skip_string(value.as_bytes(), 0).ok()?;
    Some((&value[1..end - 1], &value[end..]))
}

fn write_event(
    out: &mut Vec<u8>,
    kind: EventKind,
    target: Option<Target<'_>>,
    href: Option<&str>,
    level: Option<ConsoleLevel>,
) {
    if let EventKind::Named(name) = kind {
        out.extend_from_slice(b",\"name\":\"");
        out.extend_from_slice(name.as_str().as_bytes());
        out.push(b'"');
    }
    if let Some(level) = level {
        out.extend_from_slice(b",\"level\":\"");
        out.extend_from_slice(level.as_str().as_bytes());
        out.push(b'"');
    }
    if let (Some(href), EventKind::Named(EventName::PageView)) = (href, kind) {
        out.extend_from_slice(b",\"href\":\"");
        out.extend_from_slice(href.as_bytes());
        out.push(b'"');
    }
    if let Some(target) = target {
        write_target(out, &target);
    }
}

fn write_target(out: &mut Vec<u8>, target: &Target<'_>) {
    out.extend_from_slice(b",\"target\":{\"id\":");
    out.extend_from_slice(target.id.as_bytes());
    if let Some((x, y)) = target.position {
        out.extend_from_slice(b",\"x\":");
        out.extend_from_slice(x.as_bytes());
        out.extend_from_slice(b",\"y\":");
        out.extend_from_slice(y.as_bytes());
    }
    out.push(b'}');
}

fn write_captured(out: &mut Vec<u8>, name: &str, distinct_id: Option<&DistinctId>) {
    out.extend_from_slice(b",\"name\":");
    json::write_string(out, name);
    if let Some(distinct_id) = distinct_id {
        out.extend_from_slice(b",\"distinct_id\":");
        json::write_string(out, distinct_id.as_str());
    }
}

/// Appends the decimal digits: lines are many and short enough for `format!` to show.
pub(super) fn write_u64(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(number % 10).expect("a remainder of ten is a digit");
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: Line<'_>, seq: u64) -> String {
        let mut out = Vec::new();
        write_beginning(&mut out, line.body.line_type(), seq, line.timestamp);
        write_rest(&mut out, line.window_id, &line.body);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_click_is_written_with_its_target() {
        let window_id = "w1".parse().unwrap();
        let body = LineBody::Event {
            kind: EventKind::Named(EventName::Click),
            target: Some(Target { id: "77", position: Some(("640", "333.5")) }),
            href: None,
            level: None,
            event: "{\"type\":3}",
        };
        assert_eq!(
            written(Line { timestamp: 200, window_id: &window_id, body }, 2),
            "{\"type\":\"event\",\"seq\":2,\"timestamp\":200,\"window_id\":\"w1\",\"name\":\"click\",\
             \"target\":{\"id\":77,\"x\":640,\"y\":333.5},\"event\":{\"type\":3}}"
        );
    }

    #[test]
    fn a_page_view_is_written_with_its_address() {
        let window_id = "w1".parse().unwrap();
        let kind = EventKind::Named(EventName::PageView);
        let body = LineBody::Event { kind, target: None, href: Some("/a\\\"b"), level: None, event: "{}" };
        assert_eq!(
            written(Line { timestamp: 0, window_id: &window_id, body }, 0),
            "{\"type\":\"event\",\"seq\":0,\"timestamp\":0,\"window_id\":\"w1\",\"name\":\"page_view\",\
             \"href\":\"/a\\\"b\",\"event\":{}}"
        );
    }

    #[test]
    fn a_captured_line_may_come_before_the_start() {
        let (window_id, ann) = ("w\"1".parse().unwrap(), "ann".parse().unwrap());
        let body = LineBody::Captured { name: "$identify", distinct_id: Some(&ann), captured: "{\"event\":1}" };
        assert_eq!(
            written(Line { timestamp: -7, window_id: &window_id, body }, 10),
            "{\"type\":\"captured\",\"seq\":10,\"timestamp\":-7,\"window_id\":\"w\\\"1\",\"name\":\"$identify\",\
             \"distinct_id\":\"ann\",\"captured\":{\"event\":1}}"
        );
    }

    #[test]
    fn a_console_line_is_written_with_its_level() {
        let window_id = "w1".parse().unwrap();
        let kind = EventKind::Named(EventName::Console);
        let body = LineBody::Event { kind, target: None, href: None, level: Some(ConsoleLevel::Warn), event: "{}" };
        assert_eq!(
            written(Line { timestamp: 5, window_id: &window_id, body }, 1),
            "{\"type\":\"event\",\"seq\":1,\"timestamp\":5,\"window_id\":\"w1\",\"name\":\"console\",\
             \"level\":\"warn\",\"event\":{}}"
        );
    }

    #[test]
    fn the_head_of_a_rest_is_read_without_reading_the_event() {
        let (window_id, mut rest) = ("w\"1".parse().unwrap(), Vec::new());
        let kind = EventKind::Named(EventName::Console);
        let body = LineBody::Event { kind, target: None, href: None, level: Some(ConsoleLevel::Log), event: "{}" };
        write_rest(&mut rest, &window_id, &body);
        let head = RestHead::read(std::str::from_utf8(&rest).unwrap());
        assert_eq!(head, Some(RestHead { window_id: "w\\\"1", name: Some("console"), level: Some("log") }));
        assert_eq!(RestHead::read("{}"), None);
    }

    #[test]
    fn numbers_are_written_to_the_last_digit() {
        let mut out = Vec::new();
        write_u64(&mut out, u64::MAX);
        write_u64(&mut out, 0);
        assert_eq!(out, b"184467440737095516150");
    }
}
