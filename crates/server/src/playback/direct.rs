//! Links to a stored recording, good for minutes: whoever has one gets that one file, without a key.
//!
//! On a folder the server hands the file out itself and knows its own links by their signature: over project, recording,
//! revision and the time at which they run out. A link is for one revision; one that is cleared away meanwhile is gone.
//! The audit line is written when the link is made.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use cassette_interchange::{Form, Format};
use cassette_recording::{ProjectId, RecordingId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::download;
use crate::api::{Body, Names, Params, iso};
use crate::api_error::ApiError;
use crate::app::App;
use crate::audit::Via;
use crate::auth::{Caller, Right};
use crate::erase::deleted_answer;
use crate::paging::Here;
use crate::signer::Signer;

/// How long a link is good, in seconds: unless told, and at most.
const USUAL_SECONDS: u64 = 300;
const MOST_SECONDS: u64 = 3600;

/// What links are signed for.
const PURPOSE: &str = "direct link";

/// Signs links and knows its own again.
#[derive(Debug, Clone)]
pub(crate) struct DirectLinks {
    signer: Signer,
}

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Opened {
    project: ProjectId,
    session: RecordingId,
    revision: u32,
    /// Epoch seconds.
    expires: i64,
}

impl Opened {
    fn text(&self) -> String {
        let Self { project, session, revision, expires } = self;
        format!("{project}\n{session}\n{revision}\n{expires}")
    }
}

impl DirectLinks {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { signer: Signer::new(secret) }
    }

    fn path(&self, opened: &Opened) -> String {
        let signature = self.signer.sign(PURPOSE, &opened.text());
        let Opened { project, session, revision, expires } = opened;
        format!("/direct/{project}/{session}.r{revision}?expires={expires}&signature={signature}")
    }

    fn signed(&self, opened: &Opened, signature: &str) -> bool {
        self.signer.signed(PURPOSE, &opened.text(), signature)
    }
}

/// How long a link shall be good.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = DirectLinkWish)]
pub(super) struct Wish {
    /// Seconds, 1 to 3600; 300 unless told.
    #[serde(default)]
    expires_in: Option<u64>,
}

/// A link to the stored file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectLink)]
pub(super) struct Link {
    /// Opens without a key; ranges work.
    url: String,
    /// When it ends.
    expires_at: Option<String>,
    /// Bytes of the file.
    size: u64,
}

/// A link to the stored file of a finished recording that is good for minutes, for whoever has it.
#[utoipa::path(
    post,
    path = "/api/projects/{project_id}/session_recordings/{session_id}/direct_link",
    tag = "playback",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    request_body = Wish,
    responses(
        (status = 200, body = Link),
        (status = 409, description = "The recording still runs: it has no file yet."),
        (status = 410, description = "The recording was deleted."),
        (status = 413, description = "More than two megabytes."),
        (status = 502, description = "The file cannot be found."),
        ApiError
    )
)]
pub(super) async fn make(
    State(app): State<App>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
    here: Here,
    Body(wish): Body<Wish>,
) -> Result<Json<Link>, ApiError> {
    let project = caller.in_project(&app.projects, &project, Right::WatchRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    let seconds = wish.expires_in.unwrap_or(USUAL_SECONDS);
    if !(1..=MOST_SECONDS).contains(&seconds) {
        let detail = format!("Expected 1 to {MOST_SECONDS} seconds, got {seconds}.");
        return Err(ApiError::Invalid { attr: "expires_in", detail });
    }
    deleted_answer(&app, project, &session).await?;
    let row = app.catalog.recording(project, &session).await?.ok_or(ApiError::NotFound)?;
    let object = row.object.ok_or(ApiError::StillRunning)?;
    let size = app.bucket.size(&object).await?.ok_or(ApiError::BlocksUnavailable)?;
    let now = app.clock.now();
    app.audit.watched(&caller, project, &session, Via::DirectLink, now).await?;
    let expires = now / 1000 + i64::try_from(seconds).unwrap_or_default();
    let path = app.direct_links.path(&Opened { project, session, revision: row.revision, expires });
    Ok(Json(Link { url: here.origin() + &path, expires_at: iso(expires.saturating_mul(1000)), size }))
}

/// The links themselves: no login is asked for.
pub(crate) fn direct_routes() -> Router<App> {
    Router::new().route("/direct/{project}/{file}", get(open))
}

#[derive(Deserialize)]
struct Proof {
    expires: i64,
    signature: String,
}

async fn open(
    State(app): State<App>,
    Names((project, file)): Names<(u32, String)>,
    Params(Proof { expires, signature }): Params<Proof>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let opened = read(project, &file, expires).filter(|opened| app.direct_links.signed(opened, &signature));
    let refused = |detail: &str| ApiError::Forbidden { detail: detail.to_owned() };
    let opened = opened.ok_or_else(|| refused("This link is not one of this server."))?;
    if app.clock.now() / 1000 >= opened.expires {
        return Err(refused("This link has run out."));
    }
    let Opened { project, session, revision, .. } = opened;
    // No link opens what was deleted.
    deleted_answer(&app, project, &session).await?;
    let row = app.catalog.recording(project, &session).await?.ok_or(ApiError::NotFound)?;
    let object = row.object_of(revision);
    if app.bucket.size(&object).await?.is_none() {
        return Err(ApiError::NotFound);
    }
    let mut response = download::stored(&app, &object, &headers).await?;
    let form = Form { format: Format::NdjsonZst, compression: None };
    let disposition = format!("attachment; filename=\"{session}.{}\"", form.ending());
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    out.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(disposition).map_err(|_| ApiError::Internal)?);
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

fn read(project: u32, file: &str, expires: i64) -> Option<Opened> {
    let (session, revision) = file.rsplit_once(".r")?;
    Some(Opened {
        project: ProjectId(project),
        session: session.parse().ok()?,
        revision: revision.parse().ok()?,
        expires,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_one_thing_and_only_with_its_own_signature() {
        let links = DirectLinks::new([7; 32]);
        let opened = Opened { project: ProjectId(1), session: "a-1".parse().unwrap(), revision: 2, expires: 1000 };
        let path = links.path(&opened);
        let (file, proof) = path.strip_prefix("/direct/1/").unwrap().split_once("?expires=1000&signature=").unwrap();
        assert_eq!(read(1, file, 1000), Some(opened.clone()));
        assert!(links.signed(&opened, proof));
        for other in [
            Opened { project: ProjectId(2), ..opened.clone() },
            Opened { session: "a-2".parse().unwrap(), ..opened.clone() },
            Opened { revision: 1, ..opened.clone() },
            Opened { expires: 1001, ..opened.clone() },
        ] {
            assert!(!links.signed(&other, proof), "{other:?}");
        }
        for wrong in ["", "00", &proof[..62], &proof.replace(|c: char| c.is_ascii_digit(), "g")] {
            assert!(!links.signed(&opened, wrong), "{wrong}");
        }
        assert!(!DirectLinks::new([8; 32]).signed(&opened, proof), "another server's");
    }
}
