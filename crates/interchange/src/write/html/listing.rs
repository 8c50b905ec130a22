//! What the page is told of the recording inside it.

use std::io::{self, Write};

use cassette_recording::file::Meta;
use cassette_recording::signals::Signal;
use cassette_recording::summary::Counts;
use cassette_recording::{DistinctId, RecordingId, WindowId};
use serde::Serialize;

use super::block::Entry;
use crate::LeftOut;

/// The listing, as far as it is known.
#[derive(Serialize)]
pub(super) struct Listing<'a> {
    format: &'static str,
    recording: Recording,
    left_out: Vec<Left<'a>>,
    pub(super) blocks: Vec<Entry>,
    /// As the server lists them; times as those of lines.
    pub(super) signals: Vec<Signal>,
}

/// What of the meta line other people may see.
#[derive(Serialize)]
struct Recording {
    session_id: RecordingId,
    started_at: i64,
    ended_at: i64,
    distinct_ids: Vec<DistinctId>,
    windows: Vec<WindowId>,
    user_agent: Option<String>,
    library: Option<String>,
    source: Option<String>,
    counts: Counts,
    active_ms: u64,
    first_url: Option<String>,
    urls: Vec<String>,
}

#[derive(Serialize)]
struct Left<'a> {
    what: &'a str,
    count: u64,
    reason: &'a str,
}

impl<'a> Listing<'a> {
    pub(super) fn begin(meta: &Meta) -> Self {
        let meta = meta.clone();
        let recording = Recording {
            session_id: meta.session_id,
            started_at: meta.started_at,
            ended_at: meta.ended_at,
            distinct_ids: meta.distinct_ids,
            windows: meta.windows,
            user_agent: meta.user_agent,
            library: meta.library,
            source: meta.source,
            counts: meta.counts,
            active_ms: meta.active_ms,
            first_url: meta.first_url,
            urls: meta.urls,
        };
        Self { format: "cassette-offline/1", recording, left_out: Vec::new(), blocks: Vec::new(), signals: Vec::new() }
    }

    /// Writes it as an element of the page.
    pub(super) fn write(mut self, left_out: &'a [LeftOut], out: &mut impl Write) -> io::Result<()> {
        self.left_out = left_out.iter().map(|&LeftOut { what, count, reason }| Left { what, count, reason }).collect();
        let json = serde_json::to_string(&self)?;
        out.write_all(b"<script type=\"application/json\" id=\"listing\">")?;
        out.write_all(harmless(&json).as_bytes())?;
        out.write_all(b"</script>\n")
    }
}

/// JSON that can stand in any element of a page. What is replaced stands inside strings only.
fn harmless(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
