//! What a file is, by its first bytes.

use cassette_recording::json::{self, Array, Object};

use super::ReadError;
use crate::protobuf;

/// What a file is, as far as its beginning says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Lines of `cassette/1`.
    Cassette,
    /// Its messages.
    Protobuf,
    /// A zip, which can be PostHog's only.
    Zip,
    /// PostHog's export.
    PosthogJson,
    /// Lines of PostHog's snapshot API.
    SnapshotLines,
    /// An array of rrweb events.
    RrwebArray,
    /// An object with an array of rrweb events.
    RrwebObject,
    /// rrweb events, one a line.
    RrwebLines,
    /// An array of packed rrweb events.
    PackedArray,
    /// Packed rrweb events, one a line.
    PackedLines,
}

impl Shape {
    /// It is a recording of ours already.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Cassette | Self::Protobuf)
    }
}

/// What can be read, for those whose file cannot.
const READABLE: &str = "a cassette/1 recording (NDJSON or protobuf), PostHog's exported JSON (2022-12-02 or 2023-04-28), \
     snapshot lines or raw zip, or rrweb events (an array, lines, packed), each also as gzip or zstd";

/// Says what a file is that begins with `head`, or why it can be nothing.
pub(crate) fn recognise(head: &[u8]) -> Result<Shape, ReadError> {
    let refused = |found: &str| Err(ReadError::Invalid(format!("expected {READABLE}; found {found}")));
    match head {
        [] => return refused("an empty file"),
        [b'P', b'K', 3..=6, 4..=8, ..] => return Ok(Shape::Zip),
        [0xEF, 0xBB, 0xBF, ..] => {
            return refused("a byte order mark (EF BB BF) at byte 0, which must not stand before JSON");
        }
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => return refused("UTF-16 where UTF-8 is expected, at byte 0"),
        _ if protobuf::is_protobuf(head) => return Ok(Shape::Protobuf),
        _ => {}
    }
    // What the head's end cuts is the last character at most.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).expect("checked up to here"),
    };
    let at = json::skip_whitespace(text.as_bytes(), 0);
    let shape = match text.as_bytes().get(at) {
        Some(b'{') => of_object(text, at),
        Some(b'[') => of_array(text, at),
        Some(b'"') => Some(Shape::PackedLines),
        _ => None,
    };
    match shape {
        Some(shape) => Ok(shape),
        None => refused(&beginning(head, text)),
    }
}

fn of_array(text: &str, at: usize) -> Option<Shape> {
    let mut array = Array::open(text, at).ok()?;
    let Ok(first) = array.next_at() else { return Some(Shape::RrwebArray) };
    match first.map(|at| text.as_bytes().get(at)) {
        Some(Some(b'"')) => {
            // Of a snapshot line the string is the window, of packed events the first of them.
            let event = array.value().and_then(|_| array.next_at()).ok().flatten();
            let event_follows = event.is_some_and(|at| text.as_bytes().get(at) == Some(&b'{'));
            Some(if event_follows { Shape::SnapshotLines } else { Shape::PackedArray })
        }
        _ => Some(Shape::RrwebArray),
    }
}

/// The members that can be seen of the first object.
#[derive(Default)]
struct Seen {
    cassette: bool,
    line_type: bool,
    seq: bool,
    event_type: bool,
    version: bool,
    timestamp: bool,
    window: bool,
    data: Option<u8>,
    /// `data` holds what PostHog's exports hold.
    export: bool,
    events: bool,
}

fn of_object(text: &str, at: usize) -> Option<Shape> {
    let mut seen = Seen::default();
    // The head may end within the object: then what was seen has to suffice.
    let _ = look(text, at, &mut seen);
    if seen.cassette || (seen.line_type && seen.seq) {
        return Some(Shape::Cassette);
    }
    let is_event = seen.event_type || seen.timestamp;
    match seen {
        Seen { version: true, .. } | Seen { export: true, .. } if !is_event => Some(Shape::PosthogJson),
        Seen { window: true, .. } => Some(Shape::SnapshotLines),
        // A line of PostHog's older shape that names its window behind the events.
        Seen { data: Some(b'['), .. } if !is_event => Some(Shape::SnapshotLines),
        Seen { events: true, .. } if !is_event => Some(Shape::RrwebObject),
        Seen { data: Some(_), .. } => Some(Shape::RrwebLines),
        _ if is_event => Some(Shape::RrwebLines),
        _ => None,
    }
}

fn look(text: &str, at: usize, seen: &mut Seen) -> Result<(), json::JsonError> {
    let mut object = Object::open(text, at)?;
    while let Some(key) = object.next_key()? {
        let first = text.as_bytes().get(object.value_at()).copied();
        match key {
            "type" => {
                seen.cassette |= text[object.value_at()..].starts_with("\"meta\"");
                seen.line_type |= first == Some(b'"');
                seen.event_type = true;
            }
            "seq" => seen.seq = true,
            "format" => seen.cassette |= text[object.value_at()..].starts_with("\"cassette/"),
            "version" => seen.version = true,
            "timestamp" => seen.timestamp = true,
            "window_id" | "windowId" => seen.window = true,
            "events" | "snapshots" => seen.events |= first == Some(b'['),
            "data" => {
                seen.data = first;
                let _ = look_into_data(text, object.value_at(), seen);
            }
            _ => {}
        }
    }
    Ok(())
}

fn look_into_data(text: &str, at: usize, seen: &mut Seen) -> Result<(), json::JsonError> {
    let mut object = Object::open(text, at)?;
    while let Some(key) = object.next_key()? {
        let first = text.as_bytes().get(object.value_at()).copied();
        seen.export |= match key {
            "snapshots" => first == Some(b'['),
            "snapshotsByWindowId" => first == Some(b'{'),
            "person" => true,
            _ => false,
        };
    }
    Ok(())
}

/// The beginning of a file that is nothing known, for a message.
fn beginning(head: &[u8], text: &str) -> String {
    const CHARS: usize = 40;
    const BYTES: usize = 8;
    let is_text = text.len() == head.len() || text.chars().nth(CHARS).is_some();
    if is_text && text.chars().take(CHARS).all(|found| !found.is_control() || found.is_whitespace()) {
        let shown: String = text.chars().take(CHARS).collect();
        return format!("a file that begins with {shown:?}");
    }
    let shown: Vec<String> = head.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("a file that begins with the bytes {}", shown.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_known_by_their_beginning() {
        for (head, expected) in [
            (r#"{"type":"meta","format":"cassette/1","#, Shape::Cassette),
            (r#"{"format":"cassette/2","session_id":"a"}"#, Shape::Cassette),
            (r#"{"type":"event","seq":0"#, Shape::Cassette),
            (r#"{"version":"2022-12-02","data":{"person":null,"snaps"#, Shape::PosthogJson),
            (r#" { "data": {"snapshots": [{"type":2"#, Shape::PosthogJson),
            (r#"{"version":"2030-01-01""#, Shape::PosthogJson),
            (r#"["0199-1",{"type":4"#, Shape::SnapshotLines),
            (r#"{"window_id":"a","data":[{"#, Shape::SnapshotLines),
            (r#"{"data":[{"type":4"#, Shape::SnapshotLines),
            (r#"{"windowId":1,"type":4}"#, Shape::SnapshotLines),
            ("\n[\n {\"type\":4", Shape::RrwebArray),
            ("[]", Shape::RrwebArray),
            ("[[{", Shape::RrwebArray),
            (r#"{"session":"a","events":[{"type":4"#, Shape::RrwebObject),
            (r#"{"type":4,"data":{"href":"#, Shape::RrwebLines),
            (r#"{"data":{"node":{"type":0,"childNodes":["#, Shape::RrwebLines),
            (r#"{"timestamp":5}"#, Shape::RrwebLines),
            (r#"{"type":99,"data":[]}"#, Shape::RrwebLines),
            (r#"{"type":"odd","data":1}"#, Shape::RrwebLines),
            ("[\"x\u{9c}", Shape::PackedArray),
            (r#"["x","y"]"#, Shape::PackedArray),
            ("\"x\u{9c}", Shape::PackedLines),
            ("PK\u{3}\u{4}", Shape::Zip),
        ] {
            assert_eq!(recognise(head.as_bytes()).ok(), Some(expected), "{head}");
        }
    }

    #[test]
    fn what_is_nothing_known_is_told_as_it_looks() {
        for (head, found) in [
            (b"".as_slice(), "found an empty file"),
            (b"\xEF\xBB\xBF[]", "found a byte order mark (EF BB BF) at byte 0, which must not stand before JSON"),
            (b"\xFF\xFE[\0", "found UTF-16 where UTF-8 is expected, at byte 0"),
            (b"\x89PNG\r\n\x1a\n\0\0", "found a file that begins with the bytes 89 50 4e 47 0d 0a 1a 0a"),
            (b"<!doctype html>", "found a file that begins with \"<!doctype html>\""),
            (b"// hello\n[]", "found a file that begins with \"// hello\\n[]\""),
            (b"{\"a\":1}", "found a file that begins with \"{\\\"a\\\":1}\""),
            (b"17", "found a file that begins with \"17\""),
            (b"(\xB5/\xFC", "found a file that begins with the bytes 28 b5 2f fc"),
        ] {
            let error = recognise(head).unwrap_err().to_string();
            assert!(error.starts_with("expected a cassette/1 recording (") && error.ends_with(found), "{error}");
        }
    }
}
