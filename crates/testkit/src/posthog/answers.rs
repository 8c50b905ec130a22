//! What the API answers.

use serde_json::json;

use super::http::{Answer, Request};
use super::{HeldRecording, State};

/// Keys of one call: `end - start` may not be more than this for a personal API key, by the documentation.
const MOST_KEYS: usize = 20;

const RECORDINGS: &str = "/api/projects/1/session_recordings/";

pub(super) fn json(status: u16, body: String) -> Answer {
    Answer { status, content_type: "application/json", headers: Vec::new(), body: body.into_bytes() }
}

pub(super) fn throttled(retry_after: Option<String>) -> Answer {
    let headers = retry_after.map(|value| ("Retry-After", value)).into_iter().collect();
    Answer { headers, ..error(429, "throttled_error", "throttled", "Request was throttled.") }
}

pub(super) fn sent_to(base: &str, target: &str) -> Answer {
    let headers = vec![("Location", format!("{base}{target}"))];
    Answer { headers, ..json(302, String::new()) }
}

fn error(status: u16, kind: &str, code: &str, detail: &str) -> Answer {
    json(status, json!({"type": kind, "code": code, "detail": detail, "attr": null}).to_string())
}

fn not_found(detail: &str) -> Answer {
    error(404, "invalid_request", "not_found", detail)
}

fn invalid(detail: &str) -> Answer {
    error(400, "validation_error", "invalid_input", detail)
}

impl State {
    pub(super) fn answer(&self, request: &Request, with_key: bool) -> Answer {
        if !with_key {
            return error(401, "authentication_error", "authentication_failed", "Personal API key is invalid.");
        }
        let Some(path) = request.path().strip_prefix(RECORDINGS) else { return not_found("Project not found.") };
        let Some(id) = path.strip_suffix("/snapshots/") else { return self.list(request) };
        match self.recordings.iter().find(|recording| recording.id == id) {
            None => not_found("Recording not found"),
            Some(HeldRecording { deleted: true, .. }) => json(
                410,
                json!({"error": "recording_deleted", "message": "This recording was deleted.",
                    "deleted_at": 1_767_225_600, "deleted_by": "ann@example.com"})
                .to_string(),
            ),
            Some(recording) => match request.value("source") {
                None => recording.sources(),
                Some(source) => self.snapshots(recording, &source, request),
            },
        }
    }

    /// Newest first. Without a date it is the last three days, in which the stand-in holds nothing.
    fn list(&self, request: &Request) -> Answer {
        let Some(from) = request.value("date_from") else { return page(&[], false, None) };
        let to = request.value("date_to").unwrap_or_else(|| "9999".to_owned());
        let mut rows: Vec<&HeldRecording> =
            self.recordings.iter().filter(|row| row.start_time >= from && row.start_time <= to).collect();
        rows.sort_by(|one, other| (&other.start_time, &other.id).cmp(&(&one.start_time, &one.id)));
        let number = |name: &str| request.value(name).and_then(|text| text.parse::<usize>().ok());
        let after = request.value("after");
        let begin = match &after {
            Some(cursor) => {
                rows.iter().position(|row| cursor == &format!("after {}+", row.id)).map_or(rows.len(), |at| at + 1)
            }
            None => number("offset").unwrap_or(0).min(rows.len()),
        };
        let end = (begin + number("limit").unwrap_or(50).min(self.ways.page_rows)).min(rows.len());
        let has_next = end < rows.len();
        let cursor = Some(rows[begin..end].last()).flatten().filter(|_| has_next && self.ways.cursors);
        let cursor = cursor.map(|row| format!("after {}+", row.id));
        let rows: Vec<String> = rows[begin..end].iter().map(|row| row.row(self.ways.event_counts)).collect();
        page(&rows, has_next, cursor)
    }

    fn snapshots(&self, recording: &HeldRecording, source: &str, request: &Request) -> Answer {
        let raw = request.value("decompress").as_deref() == Some("false");
        if raw && !self.ways.raw_blocks {
            return invalid("decompress: must be true");
        }
        match source {
            "blob_v2_lts" if recording.long_term && request.value("blob_key") == Some(recording.long_term_key()) => {
                lines(&recording.blocks.concat())
            }
            "blob_v2_lts" => not_found("Recording not found"),
            "blob_v2" => {
                let key = |name: &str| request.value(name).and_then(|key| key.parse::<usize>().ok());
                let (Some(first), Some(last)) = (key("start_blob_key"), key("end_blob_key")) else {
                    return invalid("Must provide start_blob_key and end_blob_key");
                };
                recording.range(first, last, raw)
            }
            _ => invalid(&format!("source: {source} is not a valid choice")),
        }
    }
}

fn page(rows: &[String], has_next: bool, cursor: Option<String>) -> Answer {
    let cursor = cursor.map_or_else(String::new, |cursor| format!(",\"next_cursor\":\"{cursor}\""));
    json(200, format!("{{\"results\":[{}],\"has_next\":{has_next},\"version\":4{cursor}}}", rows.join(", ")))
}

impl HeldRecording {
    fn row(&self, event_count: bool) -> String {
        let events: usize = self.blocks.iter().map(Vec::len).sum();
        let count = if event_count {
            format!(",\"event_count\":{events},\"total_size\":{}", events * 100)
        } else {
            String::new()
        };
        let (id, person) = (&self.id, self.person.as_deref().unwrap_or("null"));
        let distinct_id = json!(self.distinct_id);
        let (start, end, ongoing) = (&self.start_time, &self.end_time, self.ongoing);
        format!(
            "{{\"id\":\"{id}\",\"distinct_id\":{distinct_id},\"viewed\":false,\"viewers\":[],\"recording_duration\":12,\
             \"start_time\":\"{start}\",\"end_time\":\"{end}\",\"click_count\":1,\"start_url\":\"https://example.com/\\ud83d\",\
             \"person\":{person},\"ongoing\":{ongoing}{count}}}"
        )
    }

    fn long_term_key(&self) -> String {
        format!("session_recordings_lts/1/{}", self.id)
    }

    fn sources(&self) -> Answer {
        let moment = |at: usize| format!("2026-01-01T{:02}:{:02}:{:02}Z", at / 3600, at / 60 % 60, at % 60);
        let block = |at: usize| json!({"source": "blob_v2", "start_timestamp": moment(at), "end_timestamp": moment(at + 1), "blob_key": at.to_string()});
        let sources = match self.long_term {
            true => vec![
                json!({"source": "blob_v2_lts", "start_timestamp": null, "end_timestamp": null, "blob_key": self.long_term_key()}),
            ],
            false => (0..self.blocks.len()).map(block).collect(),
        };
        json(200, json!({"sources": sources}).to_string())
    }

    fn range(&self, first: usize, last: usize, raw: bool) -> Answer {
        if last < first || last - first >= MOST_KEYS {
            return invalid(&format!("Cannot request more than {MOST_KEYS} blob keys at once"));
        }
        if last >= self.blocks.len() {
            return not_found("Block index out of range");
        }
        let there: Vec<&Vec<String>> =
            (first..=last).filter(|key| !self.lost.contains(key)).map(|key| &self.blocks[key]).collect();
        if there.is_empty() {
            return error(502, "server_error", "recording_blocks_unavailable", "Recording blocks are unavailable.");
        }
        if !raw {
            return lines(&there.into_iter().flatten().cloned().collect::<Vec<String>>());
        }
        let mut body = Vec::new();
        for block in there {
            let mut text = block.join("\n");
            text.push('\n');
            let packed = snap::raw::Encoder::new().compress_vec(text.as_bytes()).expect("a block is small");
            body.extend_from_slice(&u32::try_from(packed.len()).expect("a block is small").to_be_bytes());
            body.extend_from_slice(&packed);
        }
        Answer { status: 200, content_type: "application/octet-stream", headers: Vec::new(), body }
    }
}

fn lines(lines: &[String]) -> Answer {
    let body = lines.join("\n").into_bytes();
    Answer { status: 200, content_type: "application/jsonl", headers: Vec::new(), body }
}
