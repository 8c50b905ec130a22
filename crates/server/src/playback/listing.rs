//! Which blocks a recording has.

use cassette_recording::clock::ClockJump;
use cassette_recording::signals::{Signal, SignalKind};
use cassette_recording::{ProjectId, RecordingId, WindowId};
use cassette_store::catalog::{LiveBlock, RecordingFacts, RecordingRow, RecordingState};
use cassette_store::recording_files::RecordingFile;
use serde::Serialize;
use utoipa::ToSchema;

use super::keyframe;
use crate::api_error::ApiError;
use crate::app::App;

/// Keys of one generation.
pub(crate) const GENERATION: u64 = 1_000_000;

/// The generation of live blocks.
pub(crate) const LIVE_GENERATION: u64 = 0;

/// What a player asks for first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Listing {
    #[schema(value_type = String)]
    pub(crate) session_id: RecordingId,
    /// More may come.
    pub(crate) live: bool,
    /// Milliseconds since the epoch; what all times below count from.
    pub(crate) started_at: i64,
    pub(crate) ended_at: i64,
    /// Of the finished file; 0 without one.
    pub(crate) generation: u64,
    #[schema(value_type = Vec<String>)]
    pub(crate) windows: Vec<WindowId>,
    pub(crate) blocks: Vec<ListedBlock>,
    /// What windows look like at some moments, made by the server. There need not be any.
    pub(crate) keyframes: Vec<ListedKeyframe>,
    /// Moments in which the visitor met trouble, the earliest 500; of what is finished, some seconds after it was.
    pub(crate) signals: Vec<ListedSignal>,
    /// Moments in which the visitor's clock was found to be off and the times were corrected.
    pub(crate) clock_jumps: Vec<ListedClockJump>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ListedSignal {
    /// `rage_click`, `dead_click`, `error_click`, `quick_back`, `thrashing_mouse`.
    #[schema(value_type = String)]
    pub(crate) kind: SignalKind,
    /// Milliseconds since `started_at`: when it began.
    pub(crate) timestamp: i64,
    #[schema(value_type = String)]
    pub(crate) window_id: WindowId,
    /// rrweb's id of the node that was hit.
    pub(crate) node: Option<i64>,
    /// CSS pixels of the viewport.
    pub(crate) x: Option<i64>,
    pub(crate) y: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ListedClockJump {
    #[schema(value_type = String)]
    pub(crate) window_id: WindowId,
    /// Milliseconds since `started_at`: when that was found out, at most some seconds after the jump.
    pub(crate) timestamp: i64,
    /// By how much the correction of the window's times changed; it begins with 0.
    pub(crate) milliseconds: i64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ListedBlock {
    pub(crate) key: u64,
    /// Milliseconds since `started_at`, inclusive.
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) raw_bytes: u64,
    pub(crate) full_snapshots: Vec<ListedSnapshot>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ListedSnapshot {
    #[schema(value_type = String)]
    pub(crate) window_id: WindowId,
    pub(crate) timestamp: i64,
}

impl ListedSignal {
    fn of(signal: Signal, started_at: i64) -> Self {
        let Signal { timestamp, kind, window_id, node, x, y } = signal;
        Self { kind, timestamp: timestamp.saturating_sub(started_at), window_id, node, x, y }
    }
}

impl ListedClockJump {
    fn of(jump: ClockJump, started_at: i64) -> Self {
        let ClockJump { at, window_id, milliseconds } = jump;
        // What was found with the first request holds from the beginning.
        Self { window_id, timestamp: at.saturating_sub(started_at).max(0), milliseconds }
    }
}

/// A few events that put a player into the state of a window at a time, so that it need not begin at a full snapshot far
/// away. Everything whose time is at most `timestamp` is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ListedKeyframe {
    pub(crate) key: u64,
    #[schema(value_type = String)]
    pub(crate) window_id: WindowId,
    /// Milliseconds since `started_at`.
    pub(crate) timestamp: i64,
    /// As it is stored.
    pub(crate) bytes: u64,
}

/// The blocks of a recording; what the collector holds beyond them is counted in `ended_at` only.
pub(crate) async fn listing(app: &App, project: ProjectId, session: &RecordingId) -> Result<Listing, ApiError> {
    let (row, unfinished) = row_and_unfinished(app, project, session).await?;
    let mut facts = row.facts.clone();
    let open = app.open.facts(&(project, session.clone()));
    if let Some(open) = &open {
        facts.add_seen(open);
    }
    let started_at = facts.started_at();
    let (mut blocks, mut keyframes) = (Vec::new(), Vec::new());
    if let Some(object) = &row.object {
        let file = RecordingFile::open(&app.bucket, object).await?;
        let shift = file.meta().await?.started_at.saturating_sub(started_at);
        // What is not in the file is in none of its keyframes.
        let news =
            unfinished.iter().map(|block| block.first).chain(open.as_ref().map(RecordingFacts::started_at)).min();
        let before = news.map_or(i64::MAX, |news| news.saturating_sub(started_at));
        keyframes = keyframe::listed(app, &row, shift, before).await?;
        let first_key = u64::from(row.revision) * GENERATION;
        blocks.extend(file.index().blocks.iter().zip(first_key..).map(|(block, key)| {
            ListedBlock {
                key,
                first: block.first.saturating_add(shift),
                last: block.last.saturating_add(shift),
                events: u64::from(block.events),
                bytes: u64::from(block.length),
                raw_bytes: u64::from(block.raw_length),
                full_snapshots: block
                    .full_snapshots
                    .iter()
                    .map(|at| ListedSnapshot {
                        window_id: at.window_id.clone(),
                        timestamp: at.timestamp.saturating_add(shift),
                    })
                    .collect(),
            }
        }));
    }
    for block in unfinished {
        blocks.push(ListedBlock {
            key: LIVE_GENERATION * GENERATION + u64::from(block.key),
            first: block.first.saturating_sub(started_at),
            last: block.last.saturating_sub(started_at),
            events: block.events,
            bytes: block.length,
            raw_bytes: block.raw_length,
            full_snapshots: block
                .full_snapshots
                .into_iter()
                .map(|(window_id, at)| ListedSnapshot { window_id, timestamp: at.saturating_sub(started_at) })
                .collect(),
        });
    }
    let moments = app.catalog.moments(project, session).await?;
    Ok(Listing {
        session_id: session.clone(),
        live: row.state == RecordingState::Live || open.is_some(),
        started_at,
        ended_at: facts.ended_at(),
        generation: u64::from(row.revision),
        windows: facts.windows,
        blocks,
        signals: moments.signals.into_iter().map(|signal| ListedSignal::of(signal, started_at)).collect(),
        clock_jumps: moments.clock_jumps.into_iter().map(|jump| ListedClockJump::of(jump, started_at)).collect(),
        keyframes,
    })
}

/// A recording's row and the live blocks that are not in its file. The two are read one after the other: where a finish came
/// between them, the blocks would be in neither, so they are read again.
pub(crate) async fn row_and_unfinished(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
) -> Result<(RecordingRow, Vec<LiveBlock>), ApiError> {
    let mut row = app.catalog.recording(project, session).await?.ok_or(ApiError::NotFound)?;
    loop {
        let blocks = app.catalog.unfinished_blocks(project, session).await?;
        let now = app.catalog.recording(project, session).await?.ok_or(ApiError::NotFound)?;
        if now.revision == row.revision {
            return Ok((row, blocks));
        }
        row = now;
    }
}
