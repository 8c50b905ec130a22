//! Lines of PostHog's snapshot API as elements of the list in its export file.
//!
//! The export file has what lines do not: a place for the session's id and for the person. So the recording goes through the
//! reader of that form ([`cassette_interchange::read`]), which takes `windowId` out again: the event keeps its bytes. `windowId`
//! is added as the last member, because of two that is the one that counts.
//!
//! | line | by |
//! | --- | --- |
//! | `["…", event]` | PostHog now |
//! | `{"window_id": …, "data": [event, …]}`, also `windowId` | PostHog before 2025 |
//! | `{"windowId": …, "type": …}` | third parties |

use cassette_recording::json::{self, Array, JsonError, Object};

/// What a line came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Taken {
    /// Events that were written.
    pub(super) events: u64,
    /// Elements that are none.
    pub(super) odd: u64,
}

/// Writes the events of a line, each behind a line break, and behind a comma where something `precedes` it. `None`: the line
/// cannot be read, and nothing is written.
pub(super) fn write(line: &[u8], precedes: bool, out: &mut Vec<u8>) -> Option<Taken> {
    let from = out.len();
    let text = std::str::from_utf8(line).ok()?;
    let mut to = To { precedes, out, taken: Taken::default() };
    let written = match text.as_bytes().get(json::skip_whitespace(line, 0)) {
        Some(b'[') => pair(text, &mut to),
        Some(b'{') => object(text, &mut to),
        _ => Ok(false),
    };
    let taken = to.taken;
    match written {
        Ok(true) => Some(taken),
        Ok(false) | Err(_) => {
            out.truncate(from);
            None
        }
    }
}

struct To<'a> {
    precedes: bool,
    out: &'a mut Vec<u8>,
    taken: Taken,
}

impl To<'_> {
    /// Writes an event of a window, each as it stands; or counts what is none.
    fn event(&mut self, event: &str, window: Option<&str>) {
        if !event.starts_with('{') {
            self.taken.odd += 1;
            return;
        }
        self.out.extend_from_slice(if self.precedes { b",\n" } else { b"\n" });
        self.precedes = true;
        self.taken.events += 1;
        let Some(window) = window else { return self.out.extend_from_slice(event.as_bytes()) };
        let members = &event[..event.len() - 1];
        self.out.extend_from_slice(members.as_bytes());
        if json::skip_whitespace(members.as_bytes(), 1) < members.len() {
            self.out.push(b',');
        }
        self.out.extend_from_slice(b"\"windowId\":");
        self.out.extend_from_slice(window.as_bytes());
        self.out.push(b'}');
    }
}

fn pair(text: &str, to: &mut To<'_>) -> Result<bool, JsonError> {
    let line = json::one_value(text)?;
    let mut array = Array::open(line, 0)?;
    let Some(window) = array.next_value()?.filter(|window| names_a_window(window)) else { return Ok(false) };
    let Some(event) = array.next_value()?.filter(|event| event.starts_with('{')) else { return Ok(false) };
    to.event(event, Some(window));
    while array.next_value()?.is_some() {
        to.taken.odd += 1;
    }
    Ok(true)
}

fn object(text: &str, to: &mut To<'_>) -> Result<bool, JsonError> {
    let line = json::one_value(text)?;
    let (mut window, mut own_window, mut data, mut is_event) = (None, None, None, false);
    let mut object = Object::open(line, 0)?;
    while let Some(key) = object.next_key()? {
        match key {
            "window_id" => window = Some(object.value()?),
            "windowId" => own_window = Some(object.value()?),
            "data" => data = Some(object.value()?),
            "type" => is_event = true,
            _ => {}
        }
    }
    if is_event {
        let fits = own_window.is_none_or(names_a_window);
        if fits {
            to.event(line, None);
        }
        return Ok(fits);
    }
    let window = window.or(own_window).unwrap_or("null");
    let (Some(data), true) = (data.filter(|data| data.starts_with('[')), names_a_window(window)) else {
        return Ok(false);
    };
    let mut array = Array::open(data, 0)?;
    while let Some(event) = array.next_value()? {
        to.event(event, Some(window));
    }
    Ok(true)
}

/// A string, a number, or `null`.
fn names_a_window(value: &str) -> bool {
    matches!(value.as_bytes().first(), Some(b'"' | b'0'..=b'9')) || value == "null"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &str) -> Option<(String, Taken)> {
        let mut out = b"before".to_vec();
        let taken = write(line.as_bytes(), true, &mut out);
        let text = String::from_utf8(out.split_off(6)).unwrap();
        assert!(taken.is_some() || text.is_empty(), "nothing stays of {line}");
        Some((text, taken?))
    }

    #[test]
    fn every_shape_of_a_line_becomes_events_that_name_their_window() {
        let one = Taken { events: 1, odd: 0 };
        for (line, expected) in [
            (r#"["w", {"type":4,"n":1.50}]"#, r#"{"type":4,"n":1.50,"windowId":"w"}"#),
            (r#"["w",{ }]"#, r#"{ "windowId":"w"}"#),
            (r#"[1,{"windowId":"own"} ]"#, r#"{"windowId":"own","windowId":1}"#),
            (r#"{"window_id":"w","data":[{"type":4}]}"#, r#"{"type":4,"windowId":"w"}"#),
            (r#"{"data":[{"type":4}],"windowId":"w"}"#, r#"{"type":4,"windowId":"w"}"#),
            (r#" {"windowId":2,"type":4,"data":[]} "#, r#"{"windowId":2,"type":4,"data":[]}"#),
            (
                r#"["w",{"s":"\ud83d","i":123456789012345678901234567890}]"#,
                r#"{"s":"\ud83d","i":123456789012345678901234567890,"windowId":"w"}"#,
            ),
        ] {
            assert_eq!(written(line), Some((format!(",\n{expected}"), one)), "{line}");
        }
        let two = written(r#"{"window_id":"w","data":[{"a":1},7,{"b":2}]}"#).unwrap();
        assert_eq!(two.1, Taken { events: 2, odd: 1 });
        assert_eq!(two.0, ",\n{\"a\":1,\"windowId\":\"w\"},\n{\"b\":2,\"windowId\":\"w\"}");
        assert_eq!(written(r#"["w",{"a":1},3]"#).unwrap().1, Taken { events: 1, odd: 1 });
    }

    #[test]
    fn a_line_that_cannot_be_read_leaves_nothing() {
        for line in [
            "",
            "7",
            "x",
            "[]",
            r#"["w"]"#,
            r#"["w",7]"#,
            r#"[{},{}]"#,
            r#"["w",{"a":1}"#,
            r#"["w",{"a":1}]]"#,
            r#"["w",{"a":}]"#,
            r#"{"a":1}"#,
            r#"{"data":{}}"#,
            r#"{"window_id":{},"data":[{}]}"#,
            r#"{"type":4,"windowId":[]}"#,
            r#"{"window_id":"w","data":[{"a":1},{"#,
        ] {
            assert_eq!(written(line), None, "{line}");
        }
        let mut out = Vec::new();
        assert_eq!(write(b"[\"w\",{\"a\":\"\xff\"}]", false, &mut out), None);
    }

    /// Whatever a line is, what is written of it is a part of a JSON array: one bad line would spoil the file.
    #[test]
    fn damaged_lines_leave_the_list_a_list() {
        let whole = r#"{"window_id":"w","data":[{"type":3,"data":{"a":"\ud83d\"]}"}},{"windowId":1,"n":[1e5,{}]},7]}"#;
        let (mut chance, mut read) = (1_u64, 0);
        for _ in 0..20_000 {
            let mut line = whole.as_bytes().to_vec();
            for _ in 0..3 {
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let (at, with) = ((chance >> 33) as usize % line.len(), (chance >> 20) as usize % whole.len());
                line[at] = whole.as_bytes()[with];
            }
            let mut out = b"[{}".to_vec();
            let taken = write(&line, true, &mut out);
            out.push(b']');
            let text = std::str::from_utf8(&out).unwrap();
            assert!(json::one_value(text).is_ok(), "{} became {text}", String::from_utf8_lossy(&line));
            read += u32::from(taken.is_some());
        }
        assert!(read > 100, "some are only changed: {read}");
    }
}
