//! Who comes by a link: never a caller.
//!
//! A request that carries a share's token or pass is answered here, whatever else it carries, and never reaches a handler
//! of the API: what is not listed in [`answer`] does not exist for viewers.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use cassette_recording::{ProjectId, RecordingId};
use http::{HeaderMap, Method, Uri, header};
use serde_json::json;

use super::pass::{self, Pass};
use super::share::{Share, Target};
use super::visitor::Visitor;
use super::{Sharing, data, views};
use crate::api_error::ApiError;
use crate::app::App;
use crate::collections;

/// What a request shows.
enum Credential {
    /// The token of a link.
    Token(String),
    /// What opening a link was worth.
    Pass(String),
}

/// Somebody who came by a link that is open.
#[derive(Debug)]
pub(super) struct Viewer {
    pub(super) share: Share,
    /// None: by the token alone.
    pub(super) pass: Option<Pass>,
    visitor: Visitor,
}

/// Middleware: answers those who come by a link.
pub(crate) async fn answer_viewers(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(credential) = Credential::of(request.uri(), request.headers()) else { return next.run(request).await };
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(&app, &parts);
    let answered = async {
        app.auth.requests.take(&format!("viewer:{}", visitor.address), app.clock.now())?;
        let viewer = Viewer::of(&app, credential, visitor).await?;
        answer(&app, &viewer, &parts.method, &parts.uri, &parts.headers).await
    };
    answered.await.unwrap_or_else(|error: ApiError| error.into_response())
}

impl Credential {
    fn of(uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let bearer = pass_of(headers).map(str::to_owned);
        if let Some(pass) = bearer {
            return Some(Self::Pass(pass));
        }
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let (_, given) = pairs.into_iter().find(|(name, _)| name == "sharing_access_token")?;
        Some(if given.starts_with(pass::PREFIX) { Self::Pass(given.into()) } else { Self::Token(given.into()) })
    }
}

/// The pass that a request carries as Bearer.
pub(super) fn pass_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, text) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let text = text.trim();
    (scheme.eq_ignore_ascii_case("bearer") && text.starts_with(pass::PREFIX)).then_some(text)
}

impl Sharing {
    /// The share that a pass still opens.
    pub(super) async fn of_pass(&self, text: &str, now: i64) -> Result<Option<(Share, Pass)>, ApiError> {
        let Some(pass) = self.passes.read(text, now) else { return Ok(None) };
        let share = self.by_id(pass.project, &pass.share).await?;
        Ok(share.filter(|share| share.honours(&pass, now)).map(|share| (share, pass)))
    }
}

impl Viewer {
    async fn of(app: &App, credential: Credential, visitor: Visitor) -> Result<Self, ApiError> {
        let (sharing, now) = (&app.sharing, app.clock.now());
        match credential {
            Credential::Pass(text) => {
                let (share, pass) = sharing.of_pass(&text, now).await?.ok_or(ApiError::WrongShare)?;
                Ok(Self { share, pass: Some(pass), visitor })
            }
            Credential::Token(token) => {
                let (share, _) = sharing.of_token(&token, &visitor.address, now).await?.ok_or(ApiError::WrongShare)?;
                // Neither could be held where each request stands for itself.
                if share.body.password_required || share.body.max_views.is_some() {
                    let detail = "This link has a password or counts its views: POST to its page for a share token.";
                    return Err(ApiError::Forbidden { detail: detail.into() });
                }
                Ok(Self { share, pass: None, visitor })
            }
        }
    }

    /// The recording of that name, if the link opens it.
    async fn recording(&self, app: &App, project: &str, session: &str) -> Result<(ProjectId, RecordingId), ApiError> {
        let own = self.share.project;
        if project != "@current" && project != own.to_string() {
            return Err(ApiError::NotFound);
        }
        let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
        let opens = match &self.share.target {
            Target::Recording(shared) => *shared == session,
            Target::Collection(id) => collections::holds(app, own, id, &session).await?,
        };
        match opens && app.catalog.recording(own, &session).await?.is_some() {
            true => Ok((own, session)),
            false => Err(ApiError::NotFound),
        }
    }

    /// Leaves a line where the opening of the link did not: it may hold several recordings, or there was none.
    async fn watches(&self, app: &App, session: &RecordingId) -> Result<(), ApiError> {
        let (sharing, now) = (&app.sharing, app.clock.now());
        let (share, visitor) = (&self.share, &self.visitor.address);
        let watch = match (&self.pass, &share.target) {
            (Some(_), Target::Recording(_)) => return Ok(()),
            (Some(pass), Target::Collection(_)) => format!("{}/{session}", pass.view),
            (None, _) => format!("{}/{visitor}/{session}", share.id),
        };
        sharing.watches.once(watch, now, self.leave_line(app, session, now)).await
    }

    async fn leave_line(&self, app: &App, session: &RecordingId, now: i64) -> Result<(), ApiError> {
        let (sharing, share) = (&app.sharing, &self.share);
        let view = self.pass.as_ref().map(|pass| format!("{:016x}", pass.view));
        let detail = json!({
            "view": view, "address": self.visitor.shortened(), "user_agent": self.visitor.agent,
            "referrer_origin": self.visitor.referrer,
        });
        let user = views::user(share);
        // By the token alone there was no opening: this is one. Of a collection the page was opened, and that was one.
        let is_opening = matches!(share.target, Target::Recording(_));
        if is_opening {
            sharing.views.take(&app.documents, share).await?;
        }
        let line = sharing.audit.seen_by_link(share.project, session.as_str(), &user, detail, now).await;
        if line.is_err() && is_opening {
            sharing.views.give_back(share);
        }
        line
    }
}

/// All that there is for viewers.
async fn answer(
    app: &App,
    viewer: &Viewer,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let nothing_else = || ApiError::Forbidden { detail: "A shared link opens its recording and nothing else.".into() };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(nothing_else());
    }
    let names: Vec<&str> = uri.path().split('/').collect();
    let ["", "api", "projects", project, "session_recordings", session, below @ ..] = &names[..] else {
        return Err(nothing_else());
    };
    let project = if *project == "%40current" { "@current" } else { *project };
    let shown = viewer.share.shown();
    let recording = || viewer.recording(app, project, session);
    match below {
        [] => {
            let (project, session) = recording().await?;
            data::facts(app, project, &session, shown).await
        }
        ["blocks"] => {
            let (project, session) = recording().await?;
            viewer.watches(app, &session).await?;
            data::blocks(app, project, &session, shown, headers).await
        }
        ["blocks", key] => {
            let (project, session) = recording().await?;
            viewer.watches(app, &session).await?;
            data::block(app, project, &session, shown, key, uri, headers).await
        }
        ["keyframes", key] => {
            let (project, session) = recording().await?;
            viewer.watches(app, &session).await?;
            data::keyframe(app, project, &session, shown, key, uri, headers).await
        }
        ["snapshots"] => {
            let (project, session) = recording().await?;
            viewer.watches(app, &session).await?;
            data::snapshots(app, project, &session, shown, uri).await
        }
        _ => Err(nothing_else()),
    }
}
