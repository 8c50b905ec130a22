//! A recording that still runs, as it comes: server-sent events.
//!
//! First the listing, then everything that is received and not in it, then what arrives. The subscription is made before
//! the listing is read: a flush in between makes lines come twice, which `item` and `index` tell, and never not at all.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use cassette_recording::{ProjectId, RecordingId};
use futures::Stream;
use tokio::sync::broadcast::{self, error::RecvError};

use super::listing::listing;
use super::rebase;
use crate::api_error::ApiError;
use crate::app::App;
use crate::ingest::{LiveChunk, Subscription};

const PING_EVERY: Duration = Duration::from_secs(15);

pub(super) async fn live(
    app: &App,
    project: ProjectId,
    session: RecordingId,
    base: Option<i64>,
) -> Result<Response, ApiError> {
    let finished = app.finished.subscribe();
    // Asked first, so that a watcher of nothing does not make the collector remember a name that does not exist.
    listing(app, project, &session).await?;
    let key = (project, session.clone());
    let subscription = app.collector.subscribe(key.clone()).await.ok_or(ApiError::Unavailable)?;
    let listing = listing(app, project, &session).await?;
    let base = base.unwrap_or(listing.started_at);
    let first = Event::default().event("blocks").json_data(&listing).map_err(|_| ApiError::Internal)?;
    let Subscription { unflushed, chunks } = subscription;
    let mut watching = Watching { waiting: VecDeque::from([first]), chunks, finished, key, base, ended: false };
    for chunk in unflushed {
        watching.take(&chunk);
    }
    let keep_alive = KeepAlive::new().interval(PING_EVERY).text("ping");
    Ok(Sse::new(watching.events()).keep_alive(keep_alive).into_response())
}

struct Watching {
    waiting: VecDeque<Event>,
    chunks: tokio::sync::mpsc::Receiver<LiveChunk>,
    finished: broadcast::Receiver<(ProjectId, RecordingId)>,
    key: (ProjectId, RecordingId),
    base: i64,
    ended: bool,
}

impl Watching {
    fn take(&mut self, chunk: &LiveChunk) {
        let lines = rebase::live_lines(&chunk.lines, chunk.correction, self.base);
        for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            // A line of ours is UTF-8 without a carriage return, which is all that an event stream asks.
            if let Ok(line) = std::str::from_utf8(line) {
                self.waiting.push_back(Event::default().event("line").data(line));
            }
        }
    }

    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        futures::stream::unfold(self, |mut watching| async move {
            loop {
                if let Some(event) = watching.waiting.pop_front() {
                    return Some((Ok(event), watching));
                }
                if watching.ended {
                    return None;
                }
                tokio::select! {
                    chunk = watching.chunks.recv() => match chunk {
                        Some(chunk) => watching.take(&chunk),
                        None => watching.ended = true,
                    },
                    finished = watching.finished.recv() => match finished {
                        Ok(key) if key == watching.key => {
                            watching.waiting.push_back(Event::default().event("finished").data("{}"));
                        }
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => watching.ended = true,
                    },
                }
            }
        })
    }
}
