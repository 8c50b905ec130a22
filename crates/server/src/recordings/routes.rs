//! The routes of recordings, and `GET …/session_recordings/:id/`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use cassette_recording::RecordingId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::listing::{SERVER_TIMING, last_arrival};
use super::viewed::Views;
use super::whose::tell_persons;
use super::{RecordingAnswer, Recordings, listing, viewed};
use crate::api::Names;
use crate::api_error::ApiError;
use crate::auth::{Caller, Right};
use crate::server_timing::ServerTiming;

/// The list and the recording.
pub fn routes<S>(recordings: Recordings) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    OpenApiRouter::new()
        .routes(routes!(listing::list))
        .routes(routes!(listing::matching_events))
        .routes(routes!(retrieve, viewed::patch, viewed::put))
        .routes(routes!(viewed::viewed))
        .routes(routes!(viewed::bulk_viewed))
        .routes(routes!(viewed::bulk_not_viewed))
        .routes(routes!(viewed::batch_check_exists))
        .with_state(Arc::new(recordings))
}

/// One recording.
#[utoipa::path(
    get,
    path = "/api/projects/{project_id}/session_recordings/{session_id}",
    tag = "recordings",
    params(("project_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = RecordingAnswer), ApiError)
)]
async fn retrieve(
    State(recordings): State<Arc<Recordings>>,
    caller: Caller,
    Names((project, session)): Names<(String, String)>,
) -> Result<Response, ApiError> {
    let mut timing = ServerTiming::begin();
    let project = caller.in_project(&recordings.projects, &project, Right::ListRecordings)?;
    let session: RecordingId = session.parse().map_err(|_| ApiError::NotFound)?;
    let now = recordings.clock.now();
    let row = recordings.catalog.recording(project, &session).await?;
    timing.mark("row");
    let unflushed = recordings.unflushed.facts(project, &session);
    let mut views = Views::of(&recordings, project, &caller, std::iter::once(&session)).await?;
    let (last_arrival, mut answer) = match (row, unflushed) {
        (Some(row), unflushed) => {
            let last = last_arrival(&row.facts, unflushed.as_ref());
            (last, RecordingAnswer::of(row, unflushed.as_ref(), now))
        }
        (None, Some(facts)) => (facts.last_arrival, RecordingAnswer::only_unflushed(project, session, facts, now)),
        (None, None) => return Err(ApiError::NotFound),
    };
    answer.set_retention(recordings.retention_days(project), last_arrival, now);
    views.tell(&mut answer);
    timing.mark("views");
    tell_persons(&*recordings.catalog, project, std::slice::from_mut(&mut answer)).await?;
    timing.mark("persons");
    Ok(([(SERVER_TIMING, timing.to_string())], Json(answer)).into_response())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::{Extension, Router};
    use cassette_recording::ProjectId;
    use cassette_recording::summary::Counts;
    use cassette_store::catalog::{Access, RecordingDelta, RecordingFacts, Span, SqliteCatalog};
    use http::Request;
    use http_body_util::BodyExt as _;
    use serde_json::Value;
    use tempfile::TempDir;
    use tower::ServiceExt as _;

    use super::super::Unflushed;
    use super::*;
    use crate::api::spelled_freely;
    use crate::api_error::method_not_allowed;
    use crate::auth::By;
    use crate::clock::ManualClock;
    use crate::project::{Project, Projects};

    const NOW: i64 = 1_795_245_310_102;
    const BASE: &str = "/api/projects/1/session_recordings";

    /// Memory that holds two clicks of one recording.
    #[derive(Debug)]
    struct Holding(Option<RecordingDelta>);

    impl Unflushed for Holding {
        fn facts(&self, _: ProjectId, session: &RecordingId) -> Option<RecordingFacts> {
            self.0.clone().filter(|delta| delta.session == *session).map(|delta| delta.facts)
        }
    }

    fn delta(session: &str, minutes_ago: i64) -> RecordingDelta {
        let first = NOW - minutes_ago * 60_000;
        let facts = RecordingFacts {
            span: Some(Span { first, last: first + 10_000 }),
            first_arrival: first + 12_000,
            last_arrival: first + 12_000,
            counts: Counts { events: 5, clicks: 2, ..Counts::default() },
            distinct_ids: vec![format!("{session}@example.com").parse().unwrap()],
            ..RecordingFacts::default()
        };
        RecordingDelta { project: ProjectId(1), session: session.parse().unwrap(), facts }
    }

    async fn app(in_memory: Option<RecordingDelta>) -> (Router, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let catalog = SqliteCatalog::open(&folder.path().join("catalog"), Access::ReadWrite).unwrap();
        let catalog: Arc<dyn cassette_store::catalog::Catalog> = Arc::new(catalog);
        catalog.note_seen(vec![delta("old", 100), delta("mid", 50), delta("new", 2)]).await.unwrap();
        let projects = Arc::new(Projects::default());
        projects.set(Project {
            id: ProjectId(1),
            name: "Default".into(),
            token: "phc_a".into(),
            settings: cassette_wire::remote_config::RecordingSettings::default(),
            retention_days: None,
        });
        let bucket = cassette_store::Bucket::folder(folder.path()).unwrap();
        let state = Recordings {
            projects,
            documents: cassette_store::documents::Documents::new(bucket, catalog.clone()),
            catalog,
            unflushed: Arc::new(Holding(in_memory)),
            clock: Arc::new(ManualClock::at(NOW)),
        };
        let (router, _) = routes(state).split_for_parts();
        let router =
            router.method_not_allowed_fallback(method_not_allowed).layer(Extension(Caller::admin(By::Browser)));
        (spelled_freely(router), folder)
    }

    async fn get_json(app: &Router, path: &str) -> (u16, Value) {
        let response = app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    fn ids(answer: &Value) -> Vec<&str> {
        answer["results"].as_array().unwrap().iter().map(|result| result["id"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn the_list_is_newest_first_and_pages_by_cursor() {
        let (app, _folder) = app(None).await;
        for path in [BASE, "/api/projects/1/session_recordings/", "/api/environments/@current/session_recordings/"] {
            let (status, answer) = get_json(&app, path).await;
            assert_eq!((status, ids(&answer)), (200, vec!["new", "mid", "old"]), "{path}");
            assert_eq!((&answer["has_next"], &answer["version"]), (&Value::from(false), &Value::from(4)));
            assert!(answer.get("next_cursor").is_none());
        }
        let (_, first) = get_json(&app, &format!("{BASE}/?limit=2")).await;
        assert_eq!((ids(&first), &first["has_next"]), (vec!["new", "mid"], &Value::from(true)));
        let cursor = first["next_cursor"].as_str().unwrap();
        let (_, second) = get_json(&app, &format!("{BASE}/?limit=2&after={cursor}")).await;
        assert_eq!((ids(&second), &second["has_next"]), (vec!["old"], &Value::from(false)));
    }

    #[tokio::test]
    async fn filters_narrow_the_list() {
        let (app, _folder) = app(None).await;
        for (query, expected) in [
            ("person=MID%40example", vec!["mid"]),
            ("date_from=-1h", vec!["new", "mid"]),
            ("live=1", vec!["new"]),
            ("errors=1", vec![]),
            ("session_ids=%5B%22old%22%2C%22new%22%5D", vec!["old", "new"]),
        ] {
            let (status, answer) = get_json(&app, &format!("{BASE}/?{query}")).await;
            assert_eq!((status, ids(&answer)), (200, expected), "{query}");
        }
        let (status, answer) = get_json(&app, &format!("{BASE}/?limit=none")).await;
        assert_eq!((status, &answer["attr"], &answer["type"]), (400, &"limit".into(), &"validation_error".into()));
        let (status, answer) = get_json(&app, &format!("{BASE}/?person=%ff")).await;
        assert_eq!((status, ids(&answer)), (200, vec![]), "bytes that are no text are in nobody's id");
    }

    #[tokio::test]
    async fn what_memory_holds_counts_at_once() {
        let (app, _folder) = app(Some(delta("new", 2))).await;
        let (_, answer) = get_json(&app, &format!("{BASE}/?limit=1")).await;
        assert_eq!(answer["results"][0]["click_count"], 2);
        let (status, answer) = get_json(&app, &format!("{BASE}/new/")).await;
        assert_eq!((status, &answer["click_count"], &answer["ongoing"]), (200, &2.into(), &true.into()));
    }

    #[tokio::test]
    async fn a_recording_is_found_by_its_id_even_before_it_is_in_the_catalog() {
        let (app, _folder) = app(Some(delta("newest", 0))).await;
        for id in ["old", "newest"] {
            let (status, answer) = get_json(&app, &format!("{BASE}/{id}")).await;
            assert_eq!((status, &answer["id"]), (200, &id.into()));
        }
        for path in [
            "/api/projects/1/session_recordings/none/",
            "/api/projects/1/session_recordings/..%2fx/",
            "/api/projects/1/session_recordings/%ff/",
            "/api/projects/2/session_recordings/old/",
            "/api/projects/2/session_recordings/",
        ] {
            let (status, answer) = get_json(&app, path).await;
            assert_eq!((status, &answer["code"]), (404, &"not_found".into()), "{path}");
        }
    }

    #[tokio::test]
    async fn another_method_is_answered_in_the_same_shape() {
        let (app, _folder) = app(None).await;
        let request = Request::put(format!("{BASE}/")).body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 405);
        let body: Value = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
        assert_eq!(body["detail"], "Method \"PUT\" not allowed.");
    }
}
