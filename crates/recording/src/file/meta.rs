//! The first line of a recording: what there is to know before reading on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{DistinctId, ProjectId, RecordingId, WindowId};
use crate::json::{JsonError, Object};
use crate::summary::Counts;

/// The format that is written, and the only one that exists so far.
pub const FORMAT: &str = "cassette/1";

/// The `meta` line.
///
/// Times of the recording (`started_at`, `ended_at`) are epoch milliseconds, corrected for the visitor's clock; arrivals are
/// epoch milliseconds of the server's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Names the recording.
    pub session_id: RecordingId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Time of the first rrweb event; what line timestamps count from.
    pub started_at: i64,
    /// Time of the last rrweb event.
    pub ended_at: i64,
    /// When the first item of it arrived.
    #[serde(default)]
    pub first_arrival: i64,
    /// When the last item of it arrived.
    #[serde(default)]
    pub last_arrival: i64,
    /// 1 for the first file written of the recording; late data makes the next.
    #[serde(default = "first_revision")]
    pub revision: u32,
    /// The revision whose lines this one took over, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_revision: Option<u32>,
    /// The distinct ids that appear, in the order in which they appeared.
    #[serde(default)]
    pub distinct_ids: Vec<DistinctId>,
    /// The windows that appear, in the order in which they appeared.
    #[serde(default)]
    pub windows: Vec<WindowId>,
    /// The visitor's browser or app, as it named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Platform of the recorder: `web` or `mobile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The recorder and its version, as in `web 1.449.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// What is in it, counted over the whole recording.
    #[serde(default)]
    pub counts: Counts,
    /// Time in which somebody was at work, by [`crate::summary::ActiveTime`].
    #[serde(default)]
    pub active_ms: u64,
    /// The first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_url: Option<String>,
    /// Distinct pages, in the order of their first visit; not necessarily all.
    #[serde(default)]
    pub urls: Vec<String>,
    /// Names of the live blocks that this file contains.
    #[serde(default)]
    pub live_blocks: Vec<String>,
    /// Events whose timestamp was missing or impossible.
    #[serde(default)]
    pub odd_timestamps: u64,
    /// Events whose per-event compression could not be undone; they stand in the file as they came.
    #[serde(default)]
    pub undecoded: u64,
    /// Members that this version does not know: key and value as they were written. Kept when the line is written again.
    #[serde(skip)]
    pub other: Vec<(String, String)>,
}

/// Why a line is not the `meta` line of a recording.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// The line is no JSON object.
    #[error("expected a meta line")]
    Json(#[source] JsonError),
    /// The line is of another type.
    #[error("expected a line of type \"meta\", found {found}")]
    Type {
        /// The value of `type`, or what there is in its place.
        found: String,
    },
    /// A newer or foreign format.
    #[error("expected format \"{FORMAT}\", found {found}")]
    Format {
        /// The value of `format`, or what there is in its place.
        found: String,
    },
    /// A known member is missing or of the wrong kind.
    #[error("expected the members of a meta line")]
    Members(#[source] serde_json::Error),
}

/// The members that [`Meta`] and its line know, in the order in which they are written.
const KNOWN: [&str; 22] = [
    "type",
    "format",
    "session_id",
    "project_id",
    "started_at",
    "ended_at",
    "first_arrival",
    "last_arrival",
    "revision",
    "earlier_revision",
    "distinct_ids",
    "windows",
    "user_agent",
    "source",
    "library",
    "counts",
    "active_ms",
    "first_url",
    "urls",
    "live_blocks",
    "odd_timestamps",
    "undecoded",
];

fn first_revision() -> u32 {
    1
}

impl Meta {
    /// A meta line that says no more than it must.
    pub fn new(session_id: RecordingId, project_id: ProjectId, started_at: i64, ended_at: i64) -> Self {
        Self {
            session_id,
            project_id,
            started_at,
            ended_at,
            first_arrival: 0,
            last_arrival: 0,
            revision: first_revision(),
            earlier_revision: None,
            distinct_ids: Vec::new(),
            windows: Vec::new(),
            user_agent: None,
            source: None,
            library: None,
            counts: Counts::default(),
            active_ms: 0,
            first_url: None,
            urls: Vec::new(),
            live_blocks: Vec::new(),
            odd_timestamps: 0,
            undecoded: 0,
            other: Vec::new(),
        }
    }

    /// Appends the line, its line break included.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"type\":\"meta\",\"format\":\"{FORMAT}\",").as_bytes());
        let members = serde_json::to_vec(self).expect("a meta line is text and numbers");
        out.extend_from_slice(&members[1..members.len() - 1]);
        for (key, value) in &self.other {
            out.extend_from_slice(format!(",\"{key}\":{value}").as_bytes());
        }
        out.extend_from_slice(b"}\n");
    }

    /// Reads the line, given with or without its line break.
    pub fn parse(line: &str) -> Result<Self, MetaError> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let mut object = Object::open(line, 0).map_err(MetaError::Json)?;
        // Of keys that stand twice the last one counts, which serde would refuse, and null is as good as nothing.
        let (mut known, mut other) = (BTreeMap::new(), Vec::new());
        while let Some(key) = object.next_key().map_err(MetaError::Json)? {
            let value = object.value().map_err(MetaError::Json)?;
            match KNOWN.contains(&key) {
                true => drop(known.insert(key, value)),
                false => other.push((key.to_owned(), value.to_owned())),
            }
        }
        let found = |key: &str| known.get(key).copied().unwrap_or("nothing");
        if found("type") != "\"meta\"" {
            return Err(MetaError::Type { found: shortened(found("type")) });
        }
        if found("format") != format!("\"{FORMAT}\"") {
            return Err(MetaError::Format { found: shortened(found("format")) });
        }
        let members = known.into_iter().filter(|(_, value)| *value != "null");
        let members: Vec<String> = members.map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let meta: Self = serde_json::from_str(&format!("{{{}}}", members.join(","))).map_err(MetaError::Members)?;
        Ok(Self { other, ..meta })
    }
}

/// The beginning of a text that may be anything, for a message.
pub(super) fn shortened(text: &str) -> String {
    const CHARS: usize = 60;
    match text.char_indices().nth(CHARS) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> Meta {
        let mut meta = Meta::new("s-1".parse().unwrap(), ProjectId(1), 1000, 2000);
        meta.earlier_revision = Some(1);
        meta.user_agent = Some("Mozilla \"5\"".to_owned());
        meta.source = Some("web".to_owned());
        meta.library = Some("web 1.449.2".to_owned());
        meta.first_url = Some("https://shop.example/".to_owned());
        meta
    }

    fn written(meta: &Meta) -> String {
        let mut out = Vec::new();
        meta.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_meta_line_survives_writing_and_reading() {
        assert_eq!(Meta::parse(&written(&meta())).unwrap(), meta());
    }

    #[test]
    fn every_member_that_is_written_is_a_known_one() {
        let line = written(&meta());
        let mut object = Object::open(&line, 0).unwrap();
        let mut seen = Vec::new();
        while let Some(key) = object.next_key().unwrap() {
            seen.push(key);
        }
        assert_eq!(seen, KNOWN);
    }

    #[test]
    fn unknown_members_are_kept_as_they_were_written() {
        let line = r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":0,"ended_at":0,"mood":{"big":123456789012345678901234567890,"half":"\ud83d"}}"#;
        let meta = Meta::parse(line).unwrap();
        assert!(written(&meta).ends_with(",\"mood\":{\"big\":123456789012345678901234567890,\"half\":\"\\ud83d\"}}\n"));
        assert_eq!(Meta::parse(&written(&meta)).unwrap(), meta);
    }

    #[test]
    fn of_equal_keys_the_last_counts_and_null_is_nothing() {
        let line = r#"{"type":"meta","format":"cassette/2","format":"cassette/1","session_id":"a","project_id":1,"project_id":2,"started_at":0,"ended_at":0,"counts":null,"revision":null,"urls":null,"source":null}"#;
        assert_eq!(Meta::parse(line).unwrap(), Meta::new("a".parse().unwrap(), ProjectId(2), 0, 0));
        assert!(Meta::parse(&line.replace("\"a\"", "null")).is_err());
    }

    #[test]
    fn other_types_and_formats_are_refused_by_name() {
        let refused = |line: &str| Meta::parse(line).unwrap_err().to_string();
        assert_eq!(refused(r#"{"type":"end"}"#), r#"expected a line of type "meta", found "end""#);
        assert_eq!(
            refused(r#"{"type":"meta","format":"cassette/2"}"#),
            r#"expected format "cassette/1", found "cassette/2""#
        );
        assert_eq!(refused("[]"), "expected a meta line");
        assert_eq!(refused(r#"{"type":"meta","format":"cassette/1"}"#), "expected the members of a meta line");
    }
}
