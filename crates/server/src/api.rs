//! The routes of the API as a whole: how they are addressed, and how they are described.
//!
//! Every route is declared once, by `#[utoipa::path]` and `routes!`, so that what is served and what `/api/schema/`
//! describes are the same list. PostHog's clients write a last slash or none, and `environments` for `projects`; both are
//! undone here, before routing.

mod extract;
mod times;

use axum::extract::Request;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use http::Uri;
use tower::ServiceExt as _;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Info, License, OpenApi};
use utoipa_axum::router::OpenApiRouter;

pub(crate) use extract::{Body, Names, Params, given, members};
pub(crate) use times::{epoch_ms, iso};

use crate::api_error;
use crate::app::App;

/// Routes with their description.
pub(crate) type Api = OpenApiRouter<App>;

/// `/api/schema`: the description of everything, made from the routes.
pub(crate) fn schema_route(routes: OpenApi) -> Router<App> {
    let answer = Json(described(routes));
    Router::new().route("/api/schema", get(move || std::future::ready(answer.clone().into_response())))
}

/// What the routes say, with a title, the way to prove who one is, and a name for each call.
fn described(mut routes: OpenApi) -> OpenApi {
    let mut info = Info::new("Cassette", env!("CARGO_PKG_VERSION"));
    info.description = Some("Session recordings: PostHog's API and a few calls more.".into());
    info.license = Some(License::new("Apache-2.0 OR MIT"));
    routes.info = info;
    let key = SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("phx_…").build());
    let components = routes.components.get_or_insert_default();
    components.add_security_scheme("key", key);
    components.schemas.insert(api_error::SCHEMA.to_owned(), api_error::schema());
    routes.security = Some(vec![SecurityRequirement::new("key", Vec::<String>::new())]);
    for (path, item) in &mut routes.paths.paths {
        for (method, operation) in [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ] {
            if let Some(operation) = operation {
                operation.operation_id = Some(operation_id(method, path));
            }
        }
    }
    routes
}

/// A name that no other call has: `get_project_session_recordings_by_session_id_sharing`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/").unwrap_or(path);
    let path = path.replacen("projects/{project_id}/", "project/", 1);
    let parts = path.split('/').map(|part| match part.strip_prefix('{') {
        Some(name) => format!("by_{}", name.trim_end_matches('}')),
        None => part.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"),
    });
    std::iter::once(method.to_owned()).chain(parts).collect::<Vec<_>>().join("_")
}

/// A site whose API is found by each of its spellings.
pub(crate) fn spelled_freely(site: Router) -> Router {
    Router::new().fallback_service(site.map_request(|mut request: Request| {
        if let Some(uri) = canonical(request.uri()) {
            *request.uri_mut() = uri;
        }
        request
    }))
}

/// The address under which a route of the API is declared; `None` where it is that already, or is none of the API.
fn canonical(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let below = path.strip_prefix("/api/")?;
    let below = below.strip_suffix('/').unwrap_or(below);
    let canonical = match below.strip_prefix("environments/") {
        Some(rest) => format!("/api/projects/{rest}"),
        None => format!("/api/{below}"),
    };
    if canonical == path {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    parts.path_and_query = Some(format!("{canonical}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_names_of_their_own() {
        for (method, path, expected) in [
            ("get", "/api/projects/{project_id}/session_recordings", "get_project_session_recordings"),
            (
                "get",
                "/api/projects/{project_id}/session_recordings/{session_id}",
                "get_project_session_recordings_by_session_id",
            ),
            ("get", "/api/projects/{project_id}/activity_log", "get_project_activity_log"),
            ("get", "/api/activity_log", "get_activity_log"),
            ("patch", "/api/users/@me", "patch_users__me"),
        ] {
            assert_eq!(operation_id(method, path), expected);
        }
    }

    #[test]
    fn each_spelling_is_the_same_route() {
        for (given, expected) in [
            ("/api/projects/1/session_recordings/", Some("/api/projects/1/session_recordings")),
            ("/api/environments/1/session_recordings/?a=/b/", Some("/api/projects/1/session_recordings?a=/b/")),
            ("/api/environments/@current/x", Some("/api/projects/@current/x")),
            ("http://localhost:8000/api/me/", Some("http://localhost:8000/api/me")),
            ("/api/projects/1/session_recordings/a%2Fb/", Some("/api/projects/1/session_recordings/a%2Fb")),
            ("/api/me", None),
            ("/s/", None),
            ("/", None),
        ] {
            let found = canonical(&given.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), expected, "{given}");
        }
    }
}
