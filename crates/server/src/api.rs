//! The routes of the API as a whole: how they are addressed, and how they are described.
//!
//! Every route is declared once, by `#[utoipa::path]` and `routes!`, so that what is served and what `/api/schema/`
//! describes are the same list. PostHog's clients write a last slash or none, and `environments` for `projects`; both are
//! undone here, before routing.

mod extract;

use axum::extract::Request;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use http::Uri;
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use extract::{Body, Names, Params, members};

use crate::app::App;

/// Routes with their description.
pub(crate) type Api = OpenApiRouter<App>;

/// `/api/schema`: the description of everything, made from the routes.
pub(crate) fn schema_route(mut description: OpenApi) -> Router<App> {
    "Cassette".clone_into(&mut description.info.title);
    env!("CARGO_PKG_VERSION").clone_into(&mut description.info.version);
    let answer = Json(description);
    Router::new().route("/api/schema", get(move || std::future::ready(answer.clone().into_response())))
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
