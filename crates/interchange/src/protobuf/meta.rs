//! The meta line and its message.

use cassette_recording::file::{FORMAT, Meta};
use cassette_recording::summary::Counts;
use cassette_recording::{DistinctId, ProjectId, RecordingId, WindowId};

use super::messages;

/// The message of a meta line. `line` is left empty where the fields give it.
pub(super) fn to_message(line: &str, meta: &Meta) -> messages::Meta {
    let mut message = fields(meta);
    let given = from_message(&message).map(|meta| written(&meta));
    if given.as_deref() != Ok(line.as_bytes()) {
        message.line = line.as_bytes().to_vec();
    }
    message
}

/// The line of a message, without its line break; or what was expected of a field, and what stands there.
pub(super) fn to_line(message: &messages::Meta) -> Result<Vec<u8>, (&'static str, String)> {
    match message.line.as_slice() {
        [] => from_message(message).map(|meta| written(&meta)),
        line => Ok(line.to_vec()),
    }
}

fn written(meta: &Meta) -> Vec<u8> {
    let mut line = Vec::new();
    meta.write(&mut line);
    line.pop();
    line
}

fn fields(meta: &Meta) -> messages::Meta {
    let counts = &meta.counts;
    messages::Meta {
        format: FORMAT.to_owned(),
        session_id: meta.session_id.to_string(),
        project_id: meta.project_id.0,
        started_at: meta.started_at,
        ended_at: meta.ended_at,
        first_arrival: meta.first_arrival,
        last_arrival: meta.last_arrival,
        revision: meta.revision,
        earlier_revision: meta.earlier_revision,
        distinct_ids: meta.distinct_ids.iter().map(|id| id.as_str().to_owned()).collect(),
        windows: meta.windows.iter().map(|id| id.as_str().to_owned()).collect(),
        user_agent: meta.user_agent.clone(),
        source: meta.source.clone(),
        library: meta.library.clone(),
        counts: Some(messages::Counts {
            events: counts.events,
            clicks: counts.clicks,
            keypresses: counts.keypresses,
            mouse_activity: counts.mouse_activity,
            console_log: counts.console_log,
            console_warn: counts.console_warn,
            console_error: counts.console_error,
            exceptions: counts.exceptions,
        }),
        active_ms: meta.active_ms,
        first_url: meta.first_url.clone(),
        urls: meta.urls.clone(),
        live_blocks: meta.live_blocks.clone(),
        odd_timestamps: meta.odd_timestamps,
        undecoded: meta.undecoded,
        other: members(&meta.other),
        line: Vec::new(),
    }
}

fn members(other: &[(String, String)]) -> Vec<messages::Member> {
    other.iter().map(|(key, value)| messages::Member { key: key.clone(), value: value.clone() }).collect()
}

fn from_message(message: &messages::Meta) -> Result<Meta, (&'static str, String)> {
    let refused = |expected: &'static str, found: &str| (expected, format!("{found:?}"));
    let session_id: RecordingId =
        message.session_id.parse().map_err(|_| refused("a session id as session_id", &message.session_id))?;
    let mut meta = Meta::new(session_id, ProjectId(message.project_id), message.started_at, message.ended_at);
    for id in &message.distinct_ids {
        let id: DistinctId = id.parse().map_err(|_| refused("a distinct id in distinct_ids", id))?;
        meta.distinct_ids.push(id);
    }
    for id in &message.windows {
        let id: WindowId = id.parse().map_err(|_| refused("a window id in windows", id))?;
        meta.windows.push(id);
    }
    let counts = message.counts.clone().unwrap_or_default();
    meta.first_arrival = message.first_arrival;
    meta.last_arrival = message.last_arrival;
    meta.revision = message.revision;
    meta.earlier_revision = message.earlier_revision;
    meta.user_agent.clone_from(&message.user_agent);
    meta.source.clone_from(&message.source);
    meta.library.clone_from(&message.library);
    meta.counts = Counts {
        events: counts.events,
        clicks: counts.clicks,
        keypresses: counts.keypresses,
        mouse_activity: counts.mouse_activity,
        console_log: counts.console_log,
        console_warn: counts.console_warn,
        console_error: counts.console_error,
        exceptions: counts.exceptions,
    };
    meta.active_ms = message.active_ms;
    meta.first_url.clone_from(&message.first_url);
    meta.urls.clone_from(&message.urls);
    meta.live_blocks.clone_from(&message.live_blocks);
    meta.odd_timestamps = message.odd_timestamps;
    meta.undecoded = message.undecoded;
    meta.other = message.other.iter().map(|member| (member.key.clone(), member.value.clone())).collect();
    Ok(meta)
}
