//! Reading one line of a recording.
//!
//! Strict in what a known type must carry, tolerant in everything else: members may stand in any order, unknown ones are
//! passed over, unknown types are handed out as such. What is returned was checked against JSON's grammar and is borrowed
//! from the line.

use std::borrow::Cow;

use super::digest::Digest;
use super::meta::shortened;
use crate::event::{EventKind, EventName};
use crate::json::{self, JsonError, Object};

/// One line, read.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedLine<'a> {
    /// The line without its line break.
    pub raw: &'a str,
    /// Value of `type`.
    pub type_name: Cow<'a, str>,
    /// The line's number; in files every line but `meta` has one.
    pub seq: Option<u64>,
    /// Milliseconds since `started_at`.
    pub timestamp: Option<i64>,
    /// The window it happened in.
    pub window_id: Option<Cow<'a, str>>,
    /// The event it carries, byte for byte.
    pub event: Option<&'a str>,
    /// What is particular to its type.
    pub content: Content<'a>,
    /// `seq` as it is written.
    seq_text: Option<&'a str>,
}

/// What is particular to a type of line.
#[derive(Debug, Clone, PartialEq)]
pub enum Content<'a> {
    /// The first line; read it with [`super::Meta::parse`].
    Meta,
    /// An rrweb event: a full snapshot, a mutation or another.
    Event {
        /// What it is about; unknown names are [`EventName::Unknown`].
        kind: EventKind,
        /// The name as it is written.
        name: Option<Cow<'a, str>>,
        /// The element that was hit, as JSON.
        target: Option<&'a str>,
        /// Where the page is.
        href: Option<Cow<'a, str>>,
        /// How loud a console line is.
        level: Option<Cow<'a, str>>,
    },
    /// An analytics event of the session.
    Captured {
        /// Its name.
        name: Cow<'a, str>,
        /// Whose it is.
        distinct_id: Option<Cow<'a, str>>,
        /// The analytics item, byte for byte.
        captured: &'a str,
    },
    /// Closes a block.
    Checksum {
        /// How many lines it covers.
        lines: u64,
        /// Digest of them.
        sha256: Digest,
    },
    /// Closes the file.
    End {
        /// How many lines carry an event.
        events: u64,
        /// Digest of everything before.
        sha256: Digest,
    },
    /// A type that this version does not know.
    Unknown,
}

/// Why a line is not one of a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not text.
    #[error("expected UTF-8, found another byte at {at}")]
    NotUtf8 {
        /// Where in the line.
        at: usize,
    },
    /// Not one JSON object.
    #[error("{0} of the line")]
    Json(JsonError),
    /// A member is missing or of the wrong kind.
    #[error("expected {expected} as \"{member}\", found {found}")]
    Member {
        /// The member's key.
        member: &'static str,
        /// What its value should be.
        expected: &'static str,
        /// The beginning of what it is.
        found: String,
    },
}

/// The members that mean something, as JSON.
#[derive(Default)]
struct Members<'a> {
    line_type: Option<&'a str>,
    seq: Option<&'a str>,
    timestamp: Option<&'a str>,
    window_id: Option<&'a str>,
    name: Option<&'a str>,
    target: Option<&'a str>,
    href: Option<&'a str>,
    level: Option<&'a str>,
    distinct_id: Option<&'a str>,
    event: Option<&'a str>,
    captured: Option<&'a str>,
    lines: Option<&'a str>,
    events: Option<&'a str>,
    sha256: Option<&'a str>,
}

impl<'a> ParsedLine<'a> {
    /// Reads a line, given without its line break.
    pub fn parse(raw: &'a str) -> Result<Self, LineError> {
        let members = Members::read(raw).map_err(LineError::Json)?;
        let type_name = required(members.line_type, "type", "a string", json::string_value)?;
        let content = members.content(&type_name)?;
        let happened = matches!(content, Content::Event { .. } | Content::Captured { .. });
        let window_id = match happened {
            true => Some(required(members.window_id, "window_id", "a string", json::string_value)?),
            false => optional(members.window_id, "window_id", "a string", json::string_value)?,
        };
        let timestamp = match happened {
            true => Some(required(members.timestamp, "timestamp", "an integer", integer)?),
            false => optional(members.timestamp, "timestamp", "an integer", integer)?,
        };
        let seq = optional(members.seq, "seq", "a whole number", whole)?;
        Ok(Self { raw, type_name, seq, timestamp, window_id, event: members.event, content, seq_text: members.seq })
    }
}

impl ParsedLine<'_> {
    /// The line up to its `seq`, and from there on; `None` if it has none.
    pub(super) fn around_seq(&self) -> Option<(&str, &str)> {
        let seq = self.seq_text?;
        let start = seq.as_ptr().addr() - self.raw.as_ptr().addr();
        Some((&self.raw[..start], &self.raw[start + seq.len()..]))
    }
}

impl<'a> Members<'a> {
    fn read(raw: &'a str) -> Result<Self, JsonError> {
        let mut members = Self::default();
        if raw.starts_with('\u{feff}') {
            return Err(JsonError { at: 0, expected: "an object without a byte order mark" });
        }
        let mut object = Object::open(raw, 0)?;
        while let Some(key) = object.next_key()? {
            let slot = match key {
                "type" => &mut members.line_type,
                "seq" => &mut members.seq,
                "timestamp" => &mut members.timestamp,
                "window_id" => &mut members.window_id,
                "name" => &mut members.name,
                "target" => &mut members.target,
                "href" => &mut members.href,
                "level" => &mut members.level,
                "distinct_id" => &mut members.distinct_id,
                "event" => &mut members.event,
                "captured" => &mut members.captured,
                "lines" => &mut members.lines,
                "events" => &mut members.events,
                "sha256" => &mut members.sha256,
                _ => continue,
            };
            *slot = Some(object.value()?);
        }
        match object.end()? {
            end if end == raw.len() => Ok(members),
            end if &raw[end..] == "\r" => Err(JsonError { at: end, expected: "no carriage return" }),
            end => Err(JsonError { at: end, expected: "its end" }),
        }
    }

    fn content(&self, type_name: &str) -> Result<Content<'a>, LineError> {
        let text = |value, member| optional(value, member, "a string", json::string_value);
        Ok(match type_name {
            "meta" => Content::Meta,
            "full_snapshot" => self.event(EventKind::FullSnapshot, None)?,
            "mutation" => self.event(EventKind::Mutation, None)?,
            "event" => {
                let name = required(self.name, "name", "a string", json::string_value)?;
                let kind = EventName::from_name(&name).unwrap_or(EventName::Unknown);
                self.event(EventKind::Named(kind), Some(name))?
            }
            "captured" => Content::Captured {
                name: required(self.name, "name", "a string", json::string_value)?,
                distinct_id: text(self.distinct_id, "distinct_id")?,
                captured: required(self.captured, "captured", "an object", object)?,
            },
            "checksum" => Content::Checksum {
                lines: required(self.lines, "lines", "a whole number", whole)?,
                sha256: required(self.sha256, "sha256", "64 hexadecimal digits", digest)?,
            },
            "end" => Content::End {
                events: required(self.events, "events", "a whole number", whole)?,
                sha256: required(self.sha256, "sha256", "64 hexadecimal digits", digest)?,
            },
            _ => Content::Unknown,
        })
    }

    fn event(&self, kind: EventKind, name: Option<Cow<'a, str>>) -> Result<Content<'a>, LineError> {
        required(self.event, "event", "an object", object)?;
        let href = optional(self.href, "href", "a string", json::string_value)?;
        let level = optional(self.level, "level", "a string", json::string_value)?;
        let target = optional(self.target, "target", "an object", object)?;
        Ok(Content::Event { kind, name, target, href, level })
    }
}

fn required<'a, T>(
    value: Option<&'a str>,
    member: &'static str,
    expected: &'static str,
    read: impl Fn(&'a str) -> Option<T>,
) -> Result<T, LineError> {
    value.and_then(read).ok_or_else(|| LineError::Member {
        member,
        expected,
        found: value.map_or_else(|| "nothing".to_owned(), shortened),
    })
}

fn optional<'a, T>(
    value: Option<&'a str>,
    member: &'static str,
    expected: &'static str,
    read: impl Fn(&'a str) -> Option<T>,
) -> Result<Option<T>, LineError> {
    match value {
        None | Some("null") => Ok(None),
        value => required(value, member, expected, read).map(Some),
    }
}

fn integer(value: &str) -> Option<i64> {
    value.parse().ok()
}

fn whole(value: &str) -> Option<u64> {
    value.parse().ok()
}

fn object(value: &str) -> Option<&str> {
    value.starts_with('{').then_some(value)
}

fn digest(value: &str) -> Option<Digest> {
    value.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// The lines of a decoded block, one after the other.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    /// Reads lines from `block`, which ends with a line break if it is whole.
    pub fn new(block: &'a [u8]) -> Self {
        Self { rest: block }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<ParsedLine<'a>, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest);
        let line = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = end.map_or(&[], |end| &self.rest[end + 1..]);
        Some(parse_bytes(line))
    }
}

/// Reads a line that was not yet found to be text.
pub(super) fn parse_bytes(line: &[u8]) -> Result<ParsedLine<'_>, LineError> {
    // Faster than the standard library's; which byte it is, only that one says.
    let text = simdutf8::basic::from_utf8(line)
        .or_else(|_| std::str::from_utf8(line))
        .map_err(|error| LineError::NotUtf8 { at: error.valid_up_to() })?;
    ParsedLine::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_may_stand_in_any_order() {
        let line = r#"{"event":{"a":"\ud83d"},"new":[1],"timestamp":-5,"name":"click","window_id":"w","type":"event","target":{"id":7},"seq":3}"#;
        let parsed = ParsedLine::parse(line).unwrap();
        assert_eq!((parsed.seq, parsed.timestamp), (Some(3), Some(-5)));
        assert_eq!(parsed.event, Some(r#"{"a":"\ud83d"}"#));
        let kind = EventKind::Named(EventName::Click);
        let content =
            Content::Event { kind, name: Some("click".into()), target: Some("{\"id\":7}"), href: None, level: None };
        assert_eq!(parsed.content, content);
    }

    #[test]
    fn unknown_types_and_names_are_handed_out() {
        let parsed = ParsedLine::parse(r#"{"type":"mood","seq":1,"event":{"b":2}}"#).unwrap();
        assert_eq!((parsed.content, parsed.event), (Content::Unknown, Some("{\"b\":2}")));
        let line = r#"{"type":"event","seq":1,"timestamp":0,"window_id":"","name":"wink","event":{}}"#;
        let Content::Event { kind, name, .. } = ParsedLine::parse(line).unwrap().content else { panic!() };
        assert_eq!((kind, name.as_deref()), (EventKind::Named(EventName::Unknown), Some("wink")));
    }

    #[test]
    fn a_line_that_lacks_something_says_what() {
        let refused = |line: &str| ParsedLine::parse(line).unwrap_err().to_string();
        assert_eq!(refused("{}"), r#"expected a string as "type", found nothing"#);
        assert_eq!(
            refused(r#"{"type":"mutation","seq":1,"timestamp":1.5,"window_id":"","event":{}}"#),
            r#"expected an integer as "timestamp", found 1.5"#
        );
        assert_eq!(
            refused(r#"{"type":"mutation","seq":1,"timestamp":1,"window_id":"","event":[]}"#),
            r#"expected an object as "event", found []"#
        );
        assert_eq!(
            refused(r#"{"type":"end","seq":1,"events":1,"sha256":"12"}"#),
            r#"expected 64 hexadecimal digits as "sha256", found "12""#
        );
        assert_eq!(refused(r#"{"type":"x"} {}"#), "expected its end at byte 12 of the line");
    }

    #[test]
    fn lines_are_split_at_line_breaks_only() {
        let block = "{\"type\":\"a\",\"x\":\"\u{2028}\u{85}\"}\n{\"type\":\"b\"}\n".as_bytes();
        let types: Vec<_> = Lines::new(block).map(|line| line.unwrap().type_name.into_owned()).collect();
        assert_eq!(types, ["a", "b"]);
        assert_eq!(Lines::new(b"").count(), 0);
        assert!(matches!(Lines::new(b"\xff\n").next(), Some(Err(LineError::NotUtf8 { at: 0 }))));
    }
}
