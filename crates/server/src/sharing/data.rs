//! What a viewer gets of a recording: four facts, and the events of the part that is shown.
//!
//! Times count from the beginning of that part. What has not been written to a block yet is not there yet: links are for
//! what happened, [`crate::playback`] for what is happening.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use cassette_interchange::write::{for_others, window_and_event};
use cassette_recording::{ProjectId, RecordingId};
use http::{HeaderMap, Uri, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::share::Shown;
use crate::api::iso;
use crate::api_error::ApiError;
use crate::app::App;
use crate::playback::{self, Listing};

/// Keys that may be asked for at a time: PostHog's number, and one more, as there.
const MOST_KEYS: usize = 21;

/// What a viewer is told of a recording.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Facts {
    id: String,
    /// Seconds.
    recording_duration: i64,
    start_time: Option<String>,
    end_time: Option<String>,
}

/// A recording's own time: beginning and end of the part that is shown, epoch milliseconds, and its own beginning.
struct Times {
    started_at: i64,
    from: i64,
    to: i64,
}

async fn times(app: &App, project: ProjectId, session: &RecordingId, shown: Shown) -> Result<Times, ApiError> {
    let mut facts = app.catalog.recording(project, session).await?.ok_or(ApiError::NotFound)?.facts;
    if let Some(open) = app.open.facts(&(project, session.clone())) {
        facts.add_seen(&open);
    }
    let (started_at, ended_at) = (facts.started_at(), facts.ended_at());
    let from = started_at.saturating_add(shown.zero());
    let to = ended_at.min(started_at.saturating_add(shown.to)).max(from);
    Ok(Times { started_at, from, to })
}

/// The four facts.
pub(super) async fn four(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
) -> Result<Facts, ApiError> {
    let Times { from, to, .. } = times(app, project, session, shown).await?;
    let recording_duration = (to - from) / 1000;
    Ok(Facts { id: session.to_string(), recording_duration, start_time: iso(from), end_time: iso(to) })
}

pub(super) async fn facts(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
) -> Result<Response, ApiError> {
    Ok((NOT_KEPT, Json(four(app, project, session, shown).await?)).into_response())
}

const NOT_KEPT: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "private, no-store")];

async fn listing(app: &App, project: ProjectId, session: &RecordingId, shown: Shown) -> Result<Listing, ApiError> {
    let listing = playback::listing(app, project, session).await?;
    Ok(part_of(listing, shown))
}

/// The blocks of the part, in its time.
fn part_of(mut listing: Listing, shown: Shown) -> Listing {
    let (zero, part) = (shown.zero(), shown.for_viewer());
    let end = listing.started_at.saturating_add(shown.to);
    listing.live = false;
    listing.started_at = listing.started_at.saturating_add(zero);
    listing.ended_at = listing.ended_at.min(end).max(listing.started_at);
    listing.blocks.retain_mut(|block| {
        let (first, last) = (block.first.saturating_sub(zero), block.last.saturating_sub(zero));
        block.first = first.max(*part.start());
        block.last = last.min(*part.end());
        block.full_snapshots.iter_mut().for_each(|picture| picture.timestamp = picture.timestamp.saturating_sub(zero));
        block.full_snapshots.retain(|picture| part.contains(&picture.timestamp));
        block.first <= block.last
    });
    listing.signals.retain_mut(|signal| {
        signal.timestamp = signal.timestamp.saturating_sub(zero);
        part.contains(&signal.timestamp)
    });
    listing.clock_jumps.retain_mut(|jump| {
        jump.timestamp = jump.timestamp.saturating_sub(zero);
        part.contains(&jump.timestamp)
    });
    listing.keyframes.retain_mut(|keyframe| {
        keyframe.timestamp = keyframe.timestamp.saturating_sub(zero);
        part.contains(&keyframe.timestamp)
    });
    listing
}

pub(super) async fn blocks(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    playback::encoded_json(&listing(app, project, session, shown).await?, headers)
}

/// One block, as the player gets it, without what is not for others.
pub(super) async fn block(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
    key: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let key: u64 = key.parse().map_err(|_| ApiError::NotFound)?;
    let (base, part) = base_and_part(app, project, session, shown, uri).await?;
    let lines = shown_lines(app, project, session, key, base, part).await?;
    playback::encoded(lines, playback::LINES, headers)
}

/// One keyframe, as the player gets it, without what is not for others: a picture of a moment that is shown.
pub(super) async fn keyframe(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
    key: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let key: u64 = key.parse().map_err(|_| ApiError::NotFound)?;
    let (base, part) = base_and_part(app, project, session, shown, uri).await?;
    let lines = playback::keyframe_lines(app, project, session, key, base).await?;
    let lines = for_viewers(lines, part).await?;
    // All lines are of one moment.
    match lines.is_empty() {
        true => Err(ApiError::NotFound),
        false => playback::encoded(lines, playback::LINES, headers),
    }
}

/// Where times count from, and the part in such times.
async fn base_and_part(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
    uri: &Uri,
) -> Result<(i64, RangeInclusive<i64>), ApiError> {
    let times = times(app, project, session, shown).await?;
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let base = pairs.into_iter().find(|(name, _)| name == "base").map(|(_, base)| base.parse::<i64>());
    let base = base.unwrap_or(Ok(times.from)).ok().filter(|base| is_near(*base, times.from));
    let base = base.ok_or_else(|| ApiError::Invalid {
        attr: "base",
        detail: format!("Expected `started_at` of the list of blocks, {}, or a time near it.", times.from),
    })?;
    // The part in the time that counts from the base.
    let at = |time: i64| times.started_at.saturating_sub(base).saturating_add(time);
    Ok((base, at(shown.from)..=at(shown.to)))
}

/// Times that count from far away would meet at the ends of the number line, and what is shown could not be told apart
/// from the rest.
fn is_near(base: i64, from: i64) -> bool {
    const NEAR_MS: u64 = 400 * 24 * 60 * 60 * 1000;
    base.abs_diff(from) <= NEAR_MS
}

async fn shown_lines(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    key: u64,
    base: i64,
    part: RangeInclusive<i64>,
) -> Result<Vec<u8>, ApiError> {
    for_viewers(playback::lines(app, project, session, key, base).await?, part).await
}

async fn for_viewers(lines: Vec<u8>, part: RangeInclusive<i64>) -> Result<Vec<u8>, ApiError> {
    // Each line is parsed: milliseconds, for a block of the usual size.
    tokio::task::spawn_blocking(move || for_others(&lines, &part)).await.map_err(|_| ApiError::Internal)
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    source: Option<String>,
    start_blob_key: Option<String>,
    end_blob_key: Option<String>,
    blob_key: Option<String>,
    decompress: Option<String>,
}

/// PostHog's two steps: the list of sources, then the events of some of them.
pub(super) async fn snapshots(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
    uri: &Uri,
) -> Result<Response, ApiError> {
    let Query(asked) =
        Query::<Asked>::try_from_uri(uri).map_err(|error| ApiError::Unparseable { reason: error.body_text() })?;
    let listing = listing(app, project, session, shown).await?;
    match asked.source.as_deref() {
        None | Some("") => Ok((NOT_KEPT, Json(json!({ "sources": sources(&listing) }))).into_response()),
        Some("blob_v2") => events(app, project, session, shown, &listing, &asked).await,
        Some(other) => {
            let detail = format!("Invalid source: expected blob_v2, or none for the list, got {other:?}.");
            Err(ApiError::Invalid { attr: "source", detail })
        }
    }
}

fn sources(listing: &Listing) -> Vec<serde_json::Value> {
    let at = |time: i64| iso(listing.started_at.saturating_add(time));
    let source = |block: &playback::ListedBlock| {
        json!({
            "source": "blob_v2", "start_timestamp": at(block.first), "end_timestamp": at(block.last),
            "blob_key": block.key.to_string(),
        })
    };
    listing.blocks.iter().map(source).collect()
}

async fn events(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    shown: Shown,
    listing: &Listing,
    asked: &Asked,
) -> Result<Response, ApiError> {
    let key = |attr, text: Option<&String>| match text.map(|text| text.parse::<u64>()) {
        None => Err(ApiError::Required { attr }),
        Some(Ok(key)) => Ok(key),
        Some(Err(_)) => Err(ApiError::Invalid { attr, detail: "A valid integer is required.".into() }),
    };
    let (first, last) = match &asked.blob_key {
        Some(_) => (key("blob_key", asked.blob_key.as_ref())?, key("blob_key", asked.blob_key.as_ref())?),
        None => {
            (key("start_blob_key", asked.start_blob_key.as_ref())?, key("end_blob_key", asked.end_blob_key.as_ref())?)
        }
    };
    let place = |key: u64| listing.blocks.iter().position(|block| block.key == key).ok_or(ApiError::NoSuchBlock);
    let blocks = listing.blocks.get(place(first)?..=place(last)?).ok_or(ApiError::NoSuchBlock)?;
    if blocks.len() > MOST_KEYS {
        let detail = format!("Cannot request more than {} blob keys at once", MOST_KEYS - 1);
        return Err(ApiError::Invalid { attr: "end_blob_key", detail });
    }
    let framed = match asked.decompress.as_deref() {
        None | Some("" | "true" | "True" | "1") => false,
        Some("false" | "False" | "0") => true,
        Some(_) => return Err(ApiError::Invalid { attr: "decompress", detail: "Must be a valid boolean.".into() }),
    };
    let mut out = Vec::new();
    for block in blocks {
        let part = shown.for_viewer();
        let lines = shown_lines(app, project, session, block.key, listing.started_at, part).await?;
        let jsonl = jsonl(&lines);
        match framed {
            true => append_framed(&mut out, &jsonl)?,
            false => out.extend_from_slice(&jsonl),
        }
    }
    let media_type = if framed { "application/octet-stream" } else { "application/jsonl" };
    if !framed && out.last() == Some(&b'\n') {
        out.pop();
    }
    let nosniff = [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::CONTENT_DISPOSITION, "inline")];
    Ok((NOT_KEPT, nosniff, [(header::CONTENT_TYPE, media_type)], out).into_response())
}

fn jsonl(lines: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.split(|&byte| byte == b'\n') {
        let Some((window, event)) = std::str::from_utf8(line).ok().and_then(window_and_event) else { continue };
        out.push(b'[');
        out.extend_from_slice(window.as_bytes());
        out.push(b',');
        out.extend_from_slice(event.as_bytes());
        out.extend_from_slice(b"]\n");
    }
    out
}

fn append_framed(out: &mut Vec<u8>, jsonl: &[u8]) -> Result<(), ApiError> {
    let compressed = snap::raw::Encoder::new().compress_vec(jsonl).map_err(|_| ApiError::Internal)?;
    let length = u32::try_from(compressed.len()).map_err(|_| ApiError::Internal)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&compressed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use cassette_recording::signals::SignalKind;

    use super::*;
    use crate::playback::ListedBlock;

    fn listed(key: u64, first: i64, last: i64, pictures: &[i64]) -> ListedBlock {
        let full_snapshots =
            pictures.iter().map(|&timestamp| playback::ListedSnapshot { window_id: "w".parse().unwrap(), timestamp });
        ListedBlock { key, first, last, events: 1, bytes: 1, raw_bytes: 1, full_snapshots: full_snapshots.collect() }
    }

    fn signal(timestamp: i64) -> playback::ListedSignal {
        let (kind, window_id) = (SignalKind::DeadClick, "w".parse().unwrap());
        playback::ListedSignal { kind, timestamp, window_id, node: None, x: None, y: None }
    }

    fn clock_jump(timestamp: i64) -> playback::ListedClockJump {
        playback::ListedClockJump { window_id: "w".parse().unwrap(), timestamp, milliseconds: 60_000 }
    }

    fn keyframe_at(timestamp: i64) -> playback::ListedKeyframe {
        playback::ListedKeyframe { key: 1_000_000, window_id: "w".parse().unwrap(), timestamp, bytes: 1 }
    }

    #[test]
    fn of_a_part_only_its_blocks_and_times_are_told() {
        let listing = Listing {
            session_id: "s".parse().unwrap(),
            live: true,
            started_at: 1_000_000,
            ended_at: 1_009_000,
            generation: 1,
            windows: vec!["w".parse().unwrap()],
            blocks: vec![
                listed(1, 0, 1999, &[0]),
                listed(2, 2000, 4000, &[2500, 3500]),
                listed(3, 4001, 6000, &[5500]),
                listed(4, 6001, 9000, &[]),
            ],
            signals: [2999, 3000, 5000, 5001].map(signal).to_vec(),
            clock_jumps: [100, 4000].map(clock_jump).to_vec(),
            keyframes: [2999, 3000, 5000, 5001].map(keyframe_at).into(),
        };
        let part = part_of(listing.clone(), Shown { from: 3000, to: 5000 });
        assert_eq!((part.started_at, part.ended_at, part.live), (1_003_000, 1_005_000, false));
        let told: Vec<_> = part.blocks.iter().map(|block| (block.key, block.first, block.last)).collect();
        assert_eq!(told, [(2, 0, 1000), (3, 1001, 2000)]);
        assert_eq!(part.keyframes.iter().map(|one| one.timestamp).collect::<Vec<_>>(), [0, 2000]);
        let pictures: Vec<_> =
            part.blocks.iter().flat_map(|block| &block.full_snapshots).map(|one| one.timestamp).collect();
        assert_eq!(pictures, [500]);
        let signals: Vec<_> = part.signals.iter().map(|signal| signal.timestamp).collect();
        assert_eq!((signals, &part.clock_jumps), (vec![0, 2000], &vec![clock_jump(1000)]));
        let whole = part_of(listing, Shown { from: i64::MIN, to: i64::MAX });
        assert_eq!((whole.started_at, whole.ended_at, whole.blocks.len()), (1_000_000, 1_009_000, 4));
        assert_eq!((whole.signals[0].timestamp, whole.signals.len(), whole.clock_jumps.len()), (2999, 4, 2));
    }

    #[test]
    fn events_stand_beside_their_windows() {
        let lines = r#"{"type":"event","timestamp":5,"window_id":"w\"","name":"x","event":{"t":"\ud83d"}}"#;
        let out = String::from_utf8(jsonl(format!("{lines}\n").as_bytes())).unwrap();
        assert_eq!(out, "[\"w\\\"\",{\"t\":\"\\ud83d\"}]\n");
    }
}
