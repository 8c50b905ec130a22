//! An event's own `timestamp`, found without reading the event a second time.

use std::ops::Range;

use cassette_recording::json::{self, Object};

/// Beyond that no date can be.
const LATEST_MS: f64 = 8.64e15;

/// What an event says of its time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OwnTime {
    /// Milliseconds since 1970, rounded down; `None` if it says none that is usable.
    pub(super) ms: Option<i64>,
    /// Where the value stands in the event.
    pub(super) at: Option<Range<usize>>,
}

impl OwnTime {
    /// Reads it from an event that is one JSON object. Of keys that stand twice the last one counts.
    pub(super) fn of(event: &str) -> Self {
        let at = at_the_end(event).or_else(|| last_member(event, "timestamp"));
        let ms = at.clone().and_then(|at| milliseconds(&event[at]));
        Self { ms, at }
    }
}

fn milliseconds(value: &str) -> Option<i64> {
    if value.len() <= 18 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().filter(|&ms| ms as f64 <= LATEST_MS);
    }
    let number = json::number_value(value)?;
    // Within the bound every whole number is an exact one.
    (number.abs() <= LATEST_MS).then(|| number.floor() as i64)
}

/// The value, where the event ends with `,"timestamp":…}`, as recorders write it.
///
/// The brace closes the event, and nothing between it and the key closes anything, so the member is the event's own and its
/// last. The comma cannot be in a string: its closing quote would be followed by a bare word, and the event is valid JSON.
fn at_the_end(event: &str) -> Option<Range<usize>> {
    const KEY: &[u8] = b",\"timestamp\":";
    let bytes = event.as_bytes().strip_suffix(b"}")?;
    let digits = bytes.iter().rev().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    let start = bytes.len() - digits.count();
    (start < bytes.len() && bytes[..start].ends_with(KEY)).then_some(start..bytes.len())
}

/// Where the value of the event's last member of that name stands.
pub(super) fn last_member(event: &str, name: &str) -> Option<Range<usize>> {
    let mut object = Object::open(event, 0).ok()?;
    let mut found = None;
    while let Some(key) = object.next_key().ok()? {
        let start = object.value_at();
        let length = object.value().ok()?.len();
        if json::unescape(key) == name {
            found = Some(start..start + length);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_wherever_it_stands() {
        for (event, expected) in [
            (r#"{"type":3,"timestamp":1795245310102}"#, Some(1_795_245_310_102)),
            (r#"{"timestamp":1795245310102.9,"type":3}"#, Some(1_795_245_310_102)),
            (r#"{"type":3,"timestamp":-0.5}"#, Some(-1)),
            (r#"{"type":3,"timestamp":1e3}"#, Some(1000)),
            (r#"{"type":3,"timestamp":5, "timestamp": 7 }"#, Some(7)),
            (r#"{"type":3,"time\u0073tamp":8}"#, Some(8)),
            (r#"{"type":3,"data":{"a":1,"timestamp":9}}"#, None),
            (r#"{"type":3,"data":{"a":1,"timestamp":9},"timestamp":10}"#, Some(10)),
            (r#"{"type":"x,\"timestamp\":5"}"#, None),
            (r#"{"a":1,"timestamp":"5"}"#, None),
            (r#"{"a":1,"timestamp":null}"#, None),
            (r#"{"a":1,"timestamp":1e999}"#, None),
            (r#"{"a":1,"timestamp":99999999999999999}"#, None),
            ("{}", None),
        ] {
            assert_eq!(OwnTime::of(event).ms, expected, "{event}");
        }
    }

    #[test]
    fn the_short_way_finds_what_the_long_way_finds() {
        let event = r#"{"timestamp":1,"data":{"timestamp":2},"timestamp":3.5}"#;
        assert_eq!(at_the_end(event), last_member(event, "timestamp"));
        assert_eq!(&event[at_the_end(event).unwrap()], "3.5");
    }
}
