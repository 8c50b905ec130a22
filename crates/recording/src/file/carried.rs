//! The event of a line that our own writer wrote, without reading the event.
//!
//! Whoever hands out events in another wrapping needs two spans of each line: the window and the event. A line of a
//! finished file and one of a live block have the same end ([`super::line::write_rest`]), so one search serves for both.
//! Inside a JSON string a quote always stands behind a backslash, so `,"event":` cannot occur in a member before it.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::json;

/// What a line carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried<'a> {
    /// The window's id as JSON, with its quotes.
    pub window_id: &'a [u8],
    /// The event, byte for byte.
    pub event: &'a [u8],
}

const WINDOW: &[u8] = b"\"window_id\":";
const TYPES: [&[u8]; 3] = [b"{\"type\":\"mutation\"", b"{\"type\":\"event\"", b"{\"type\":\"full_snapshot\""];

/// The members before the window are few and short: numbers, and the id of an item.
const BEFORE_WINDOW: usize = 256;

static EVENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b",\"event\":"));
static WINDOW_AT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WINDOW));

impl<'a> Carried<'a> {
    /// Reads a line, given without its line break; `None` if it carries no event (meta, captured, checksum, end).
    pub fn read(line: &'a [u8]) -> Option<Self> {
        let (window, event) = Self::places(line)?;
        Some(Self { window_id: &line[window], event: &line[event] })
    }

    /// As [`Carried::read`]: where in the line they stand.
    pub fn places(line: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
        if !TYPES.iter().any(|begin| line.starts_with(begin)) {
            return None;
        }
        let window = WINDOW_AT.find(&line[..line.len().min(BEFORE_WINDOW)])? + WINDOW.len();
        let window_end = json::skip_string(line, window).ok()?;
        let event = window_end + EVENT.find(&line[window_end..])? + EVENT.needle().len();
        let bytes = line.get(event..)?.strip_suffix(b"}")?;
        bytes.starts_with(b"{").then_some((window..window_end, event..line.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(&str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        Carried::read(line.as_bytes()).map(|carried| (text(carried.window_id), text(carried.event)))
    }

    #[test]
    fn window_and_event_are_cut_out_of_every_kind_of_line() {
        for (line, expected) in [
            (
                r#"{"type":"mutation","seq":1,"timestamp":-5,"window_id":"w","event":{"type":3,"event":{}}}"#,
                Some((r#""w""#, r#"{"type":3,"event":{}}"#)),
            ),
            (
                r#"{"type":"event","seq":1,"timestamp":5,"window_id":"w\",\"event\":","name":"page_view","href":"a\",\"event\":{","event":{"a":"\ud83d"}}"#,
                Some((r#""w\",\"event\":""#, r#"{"a":"\ud83d"}"#)),
            ),
            (
                r#"{"type":"full_snapshot","time":5,"item":"01a1fcf5-801b-7281-b87f-8084dfc6a672","index":0,"window_id":"w","event":{"type":2}}"#,
                Some((r#""w""#, r#"{"type":2}"#)),
            ),
            (
                r#"{"type":"captured","seq":1,"timestamp":5,"window_id":"w","name":"x","captured":{"a":1,"event":{}}}"#,
                None,
            ),
            (r#"{"type":"checksum","seq":8,"lines":1,"sha256":""}"#, None),
            (r#"{"type":"meta","window_id":"w","event":{}}"#, None),
            ("", None),
            (r#"{"type":"event","#, None),
            (r#"{"type":"event","seq":1,"timestamp":5,"window_id":"w"#, None),
            (r#"{"type":"event","seq":1,"timestamp":5,"window_id":"w","event":"#, None),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
