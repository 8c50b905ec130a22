//! Lines → messages.

use std::borrow::Cow;

use cassette_recording::event::EventKind;
use cassette_recording::file::{Content, FORMAT, Meta, ParsedLine};
use cassette_recording::json::{self, Object};
use prost::Message as _;

use super::layout::write_head;
use super::messages::{Captured, Checksum, End, Event, FirstLine, Kind, LargeFirstLine, LargeMeta, LaterLine, Target};
use super::meta;

/// A meta line above this travels as text only: its fields as well would double it.
const META_LINE_BYTES: usize = 1 << 20;

/// Writes messages. Keeps its memory from one to the next.
#[derive(Default)]
pub(crate) struct Encoder {
    head: Vec<u8>,
    message: Vec<u8>,
}

impl Encoder {
    /// The message of the first line, its length before it.
    pub(crate) fn meta(&mut self, line: &str, meta: &Meta) -> &[u8] {
        self.message.clear();
        let encoded = match line.len() <= META_LINE_BYTES {
            true => FirstLine { meta: Some(meta::to_message(line, meta)) }.encode_length_delimited(&mut self.message),
            false => {
                let meta = LargeMeta { format: FORMAT.to_owned(), line: line.as_bytes().to_vec() };
                LargeFirstLine { meta: Some(meta) }.encode_length_delimited(&mut self.message)
            }
        };
        encoded.expect("a vector grows");
        &self.message
    }

    /// The message of a later line, its length before it.
    pub(crate) fn line(&mut self, line: &ParsedLine<'_>) -> &[u8] {
        let kind = kind_of(line).filter(|kind| self.gives(kind, line.raw));
        let kind = kind.unwrap_or_else(|| Kind::Other(line.raw.as_bytes().to_vec()));
        self.message.clear();
        LaterLine { kind: Some(kind) }.encode_length_delimited(&mut self.message).expect("a vector grows");
        &self.message
    }

    /// Whether the message gives this line, byte for byte.
    fn gives(&mut self, kind: &Kind, line: &str) -> bool {
        self.head.clear();
        let carried = write_head(&mut self.head, kind);
        let rest = line.as_bytes().strip_prefix(self.head.as_slice()).and_then(|rest| rest.strip_prefix(carried));
        rest == Some(b"}")
    }
}

/// The message that says what the line says; `None` if there is none for it.
fn kind_of(line: &ParsedLine<'_>) -> Option<Kind> {
    let seq = line.seq?;
    let window_id = || line.window_id.as_deref().map(str::to_owned);
    Some(match &line.content {
        Content::Event { kind, name, target, href, level } => {
            let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
            let event = Event {
                seq,
                timestamp: line.timestamp?,
                window_id: window_id()?,
                name: owned(name).unwrap_or_default(),
                level: owned(level),
                href: owned(href),
                target: match target {
                    Some(target) => Some(target_of(target)?),
                    None => None,
                },
                event: line.event?.as_bytes().to_vec(),
            };
            match kind {
                EventKind::FullSnapshot => Kind::FullSnapshot(event),
                EventKind::Mutation => Kind::Mutation(event),
                EventKind::Named(_) => Kind::Event(event),
            }
        }
        Content::Captured { name, distinct_id, captured } => Kind::Captured(Captured {
            seq,
            timestamp: line.timestamp?,
            window_id: window_id()?,
            name: name.as_ref().to_owned(),
            distinct_id: distinct_id.as_deref().map(str::to_owned),
            captured: captured.as_bytes().to_vec(),
        }),
        Content::Checksum { lines, sha256 } => {
            Kind::Checksum(Checksum { seq, lines: *lines, sha256: sha256.as_bytes().to_vec() })
        }
        Content::End { events, sha256 } => Kind::End(End { seq, events: *events, sha256: sha256.as_bytes().to_vec() }),
        Content::Meta | Content::Unknown => return None,
    })
}

fn target_of(target: &str) -> Option<Target> {
    let mut object = Object::open(target, 0).ok()?;
    let (mut id, mut x, mut y) = (None, None, None);
    while let Some(key) = object.next_key().ok()? {
        let value = object.value().ok()?;
        match key {
            "id" => id = value.parse().ok(),
            "x" => x = json::number_value(value),
            "y" => y = json::number_value(value),
            _ => return None,
        }
    }
    Some(Target { id: id?, x, y })
}
