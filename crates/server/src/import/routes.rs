//! `POST …/session_recordings/import`: the body is a file of any form.

use std::fs::File;
use std::io;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, HttpBody as _};
use axum::extract::State;
use cassette_recording::{ProjectId, RecordingId};
use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Handle;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{Destination, ImportError, Imported, Importer, Outcome, Spool, Spooled};
use crate::api::{Api, Names, Params};
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Action;
use crate::auth::{Caller, Right};

/// A file that is sent for import. What is larger can be imported beside the server, with `--data`; the bound keeps a
/// mistake from filling the disk that recordings are taken on.
const FILE_BYTES: u64 = 16 << 30;

/// Written between two looks at the room on the disk.
const LOOK_BYTES: u64 = 64 << 20;

/// Routes that want a logged-in caller.
pub(crate) fn routes() -> Api {
    Api::new().routes(routes!(import))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Instead of the one that stands in the file.
    session_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Imported)]
struct Answer {
    recordings: Vec<ImportedAnswer>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ImportedRecording)]
struct ImportedAnswer {
    #[schema(value_type = String)]
    session_id: RecordingId,
    recognised_as: &'static str,
    outcome: &'static str,
    events: u64,
    left_out: Vec<LeftOutAnswer>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LeftOut)]
struct LeftOutAnswer {
    what: &'static str,
    count: u64,
    reason: &'static str,
}

/// Takes a recording from a file of any form, recognised by its content. Importing the same again changes nothing.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/import",
    tag = "recordings",
    params(("project_id" = String, Path), Asked),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = Answer),
        (status = 409, description = "What is here contradicts the file."),
        (status = 413, description = "More bytes than are taken."),
        ApiError
    )
)]
async fn import(
    State(app): State<App>,
    caller: Caller,
    Names(project): Names<String>,
    Params(asked): Params<Asked>,
    body: Body,
) -> Result<Json<Answer>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::ChangeRecordings)?;
    let session = asked.session_id.map(|id| id.parse::<RecordingId>()).transpose();
    let session = session.map_err(|error| ApiError::Invalid { attr: "session_id", detail: error.to_string() })?;
    let file = Arc::new(take(&app.spool, body, FILE_BYTES).await?);
    let to = Destination { project, session };
    // What was answered before this request counts as here, also where the collector has not come to it yet.
    app.collector.barrier().await;
    let imported = match run(&app, &file, &to).await? {
        // It may be refused only because nobody can read what lies in memory.
        Err(ImportError::StillRunning { .. }) => {
            app.journal.cut().await;
            app.collector.barrier().await;
            run(&app, &file, &to).await??
        }
        imported => imported?,
    };
    let subject = imported.session.as_str();
    app.audit.note(&caller, project, Action::Imported, subject, serde_json::Value::Null, app.clock.now()).await?;
    told(&app, project, &imported);
    Ok(Json(Answer { recordings: vec![imported.into()] }))
}

/// Writes a body to a file of the spool.
async fn take(spool: &Spool, body: Body, limit: u64) -> Result<Spooled, ApiError> {
    let too_large = ApiError::TooLarge { limit };
    // Of a body that says its size, none of it need be read to know.
    if body.size_hint().lower() > limit {
        return Err(too_large);
    }
    let (spooled, file) = Spooled::create(&spool.folder)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut body = body.into_data_stream();
    let (mut written, mut looked) = (0, 0);
    while let Some(bytes) = body.try_next().await.map_err(|_| broken_off(written))? {
        written += bytes.len() as u64;
        if written > limit {
            return Err(too_large);
        }
        if written >= looked {
            looked = written + LOOK_BYTES;
            spool.must_have_room()?;
        }
        file.write_all(&bytes).await.map_err(cannot_write)?;
    }
    file.flush().await.map_err(cannot_write)?;
    Ok(spooled)
}

fn broken_off(written: u64) -> ApiError {
    ApiError::UnreadableFile { detail: format!("expected more than {written} bytes, the body was broken off") }
}

fn cannot_write(error: io::Error) -> ApiError {
    tracing::error!(%error, "a file could not be taken for import");
    ApiError::Unavailable
}

/// Imports on a thread of its own, when its turn has come. Goes on to its end even if nobody waits for the answer.
async fn run(app: &App, file: &Arc<Spooled>, to: &Destination) -> Result<Result<Imported, ImportError>, ApiError> {
    let turn = app.spool.turn().await?;
    let importer = Importer {
        bucket: app.bucket.clone(),
        catalog: app.catalog.clone(),
        live_objects: app.live_objects.clone(),
        open: app.open.clone(),
        deleted: app.eraser.deleted.clone(),
        spool: app.spool.folder.clone(),
        level: app.spool.level,
        now: app.clock.now(),
    };
    let (file, to, runtime) = (file.clone(), to.clone(), Handle::current());
    let imported = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let input = File::open(file.path()).map_err(ImportError::Spool)?;
        importer.import(input, &to, &runtime)
    });
    imported.await.map_err(|panic| {
        tracing::error!(%panic, "an import came upon a bug");
        ApiError::Internal
    })
}

/// Whoever has the recording open sees what is new.
fn told(app: &App, project: ProjectId, imported: &Imported) {
    if imported.outcome != Outcome::Unchanged {
        // Nobody may be watching.
        app.finished.send((project, imported.session.clone())).ok();
    }
}

impl From<Imported> for ImportedAnswer {
    fn from(imported: Imported) -> Self {
        let left_out = imported.left_out.into_iter();
        Self {
            session_id: imported.session,
            recognised_as: imported.kind.name(),
            outcome: imported.outcome.name(),
            events: imported.events,
            left_out: left_out
                .map(|out| LeftOutAnswer { what: out.what, count: out.count, reason: out.reason })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::stream;

    use super::*;

    fn streamed(pieces: &[&'static str]) -> Body {
        let pieces: Vec<io::Result<Bytes>> =
            pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn a_body_of_too_many_bytes_is_refused_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned(), 1, 0);
        let file = take(&spool, streamed(&["12345", "67890"]), 10).await.unwrap();
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "1234567890");
        drop(file);
        for body in [streamed(&["12345", "678901"]), Body::from("12345678901")] {
            let refused = take(&spool, body, 10).await.unwrap_err();
            assert_eq!(refused, ApiError::TooLarge { limit: 10 });
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_or_finds_no_room_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let broken = vec![Ok(Bytes::from_static(b"123")), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
        let spool = Spool::new(folder.path().to_owned(), 1, 0);
        let refused = take(&spool, Body::from_stream(stream::iter(broken)), 10).await;
        assert!(matches!(refused, Err(ApiError::UnreadableFile { .. })), "{refused:?}");
        let full = Spool::new(folder.path().to_owned(), 1, u64::MAX);
        assert_eq!(take(&full, streamed(&["123"]), 10).await.unwrap_err(), ApiError::Unavailable);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
