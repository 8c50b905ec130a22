//! The pages: the app, the demo shop, and the files they are made of.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use cassette_assets::Asset;

use crate::app::App;
use crate::project::DEFAULT_PROJECT;

/// Recorded pages are hostile, and they are shown inside these: nothing is fetched from anywhere but this server's API.
/// Images not even from there, since a recorded `<img src=/api/…>` would carry cookies.
///
/// The build says which scripts stand in the pages themselves, by their digests: no other may.
static APP_POLICY: LazyLock<String> = LazyLock::new(|| {
    let digests = cassette_assets::find("script-digests.txt").map_or(&b""[..], |asset| asset.bytes);
    let digests = std::str::from_utf8(digests).unwrap_or_default().trim();
    format!(
        "default-src 'none'; script-src 'self' {digests}; style-src 'self' 'unsafe-inline'; \
         img-src data: blob:; font-src data:; media-src data: blob:; connect-src 'self'; worker-src 'self'; \
         manifest-src 'self'; frame-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// The last of the directives, which the page of a link has otherwise.
const NO_FRAMES: &str = "frame-ancestors 'none'";

/// The shop is ours, and brings its own pictures.
const DEMO_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Where the app's pages are. A page tells its parts apart by its own address.
const PAGES: [(&str, &str); 8] = [
    ("/", "index.html"),
    ("/recordings/{session}", "recording.html"),
    ("/live", "live.html"),
    ("/collections", "collections.html"),
    ("/collections/{id}", "collections.html"),
    ("/settings", "settings.html"),
    ("/settings/{part}", "settings.html"),
    ("/api/docs", "api.html"),
];

/// The app's pages, and what they load.
pub(crate) fn routes() -> Router<App> {
    let pages = PAGES.into_iter().fold(Router::new(), |routes, (address, page)| {
        routes.route(address, get(move |headers: HeaderMap| async move { app_page(page, &headers) }))
    });
    pages
        .route("/app/{*file}", get(app_file))
        .route("/licenses.txt", get(|headers: HeaderMap| async move { file("licenses.txt", &headers) }))
}

/// The demo shop.
pub(crate) fn demo_routes() -> Router<App> {
    Router::new()
        .route("/demo", get(|| async { axum::response::Redirect::permanent("/demo/") }))
        .route("/demo/", get(|headers: HeaderMap| async move { demo_page(&headers) }))
        .route("/demo/config.js", get(demo_config))
        .route("/demo/{*file}", get(demo_file))
}

fn app_page(name: &str, headers: &HeaderMap) -> Response {
    with_policy(file(name, headers), &APP_POLICY)
}

async fn app_file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    // A worker has the policy that its own script comes with.
    with_policy(file(&format!("app/{name}"), &headers), &APP_POLICY)
}

/// The page of a link. `gone`: it says that there is none.
pub(crate) fn share_page(gone: bool, headers: &HeaderMap) -> Response {
    // A copy that a browser kept would not know that the link was closed.
    let mut asked = headers.clone();
    asked.remove(header::IF_NONE_MATCH);
    file(if gone { "shared-gone.html" } else { "shared.html" }, &asked)
}

/// The policy of that page: the app's, and these sites may frame it; none named: all.
pub(crate) fn share_policy(allowed_origins: &[String]) -> String {
    let others = APP_POLICY.strip_suffix(NO_FRAMES).expect("the app's policy ends with its frames");
    match allowed_origins {
        [] => others.trim_end_matches([' ', ';']).to_owned(),
        origins => format!("{others}frame-ancestors {}", origins.join(" ")),
    }
}

fn demo_page(headers: &HeaderMap) -> Response {
    with_policy(file("demo/index.html", headers), DEMO_POLICY)
}

/// The shop changes its address without asking the server: what has no extension is the shop itself.
async fn demo_file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let is_page = !name.rsplit('/').next().unwrap_or_default().contains('.');
    match is_page {
        true => demo_page(&headers),
        false => with_policy(file(&format!("demo/{name}"), &headers), DEMO_POLICY),
    }
}

async fn demo_config(State(app): State<App>) -> Response {
    let Some(project) = app.projects.get(DEFAULT_PROJECT) else { return StatusCode::NOT_FOUND.into_response() };
    let token = serde_json::Value::from(project.token.as_str());
    let script = format!("window.CASSETTE_DEMO = {{token: {token}, apiHost: location.origin}}\n");
    let headers =
        [(header::CONTENT_TYPE, "application/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, script).into_response()
}

fn file(name: &str, headers: &HeaderMap) -> Response {
    match cassette_assets::find(name) {
        Some(asset) => asset_response(&asset, headers),
        None => (StatusCode::NOT_FOUND, "there is no such page\n").into_response(),
    }
}

/// An embedded file, in the encoding and freshness that the request asks for.
pub(crate) fn asset_response(asset: &Asset, headers: &HeaderMap) -> Response {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let gzip = asset.gzip.filter(|_| text(header::ACCEPT_ENCODING).contains("gzip"));
    // The tag is of the plain bytes; those of the compressed ones are another representation of the same.
    let etag = if gzip.is_some() { format!("W/{}", asset.etag) } else { asset.etag.to_owned() };
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let about = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::VARY, "Accept-Encoding".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let known = text(header::IF_NONE_MATCH);
    if known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.etag) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let content_type = [(header::CONTENT_TYPE, asset.content_type)];
    match gzip {
        Some(gzip) => (about, content_type, [(header::CONTENT_ENCODING, "gzip")], gzip).into_response(),
        None => (about, content_type, asset.bytes).into_response(),
    }
}

fn with_policy(mut response: Response, policy: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Links of a recorded page lead where they led: not even the name of the place is asked for.
    headers.insert(header::X_DNS_PREFETCH_CONTROL, HeaderValue::from_static("off"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_s_policy_names_the_scripts_that_stand_in_its_pages() {
        let digests = APP_POLICY.split("; ").nth(1).unwrap().split(' ').filter(|word| word.starts_with("'sha256-"));
        assert_eq!(digests.count(), 3, "{}", *APP_POLICY);
        assert!(!APP_POLICY.contains("script-src 'self' 'unsafe-inline'"));
    }

    #[test]
    fn the_page_of_a_link_differs_from_the_app_in_who_may_frame_it() {
        let all = share_policy(&[]);
        assert!(!all.contains("frame-ancestors") && all.ends_with("base-uri 'none'"), "{all}");
        assert!(all.contains("frame-src 'none'") && all.contains("connect-src 'self'"), "{all}");
        let some = share_policy(&["https://wiki.example".into(), "http://a:8000".into()]);
        assert_eq!(some, format!("{all}; frame-ancestors https://wiki.example http://a:8000"));
    }
}
