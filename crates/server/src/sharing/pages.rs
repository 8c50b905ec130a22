//! `/shared/:token` and `/embedded/:token`: the page, what it opens itself with, and what it asks whether it may stay.
//!
//! The page is the same for both and for everybody. `GET` counts nothing: previews of chats fetch it too. The page then
//! posts to its own address, and that is the opening.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::open::{Brought, Opened, Refused, find, has_views_left, is_there, open};
use super::share::Share;
use super::viewer::pass_of;
use super::visitor::{Visitor, origin};
use crate::api::members;
use crate::api_error::{ApiError, method_not_allowed};
use crate::app::App;
use crate::pages;
use crate::paging::is_by_tls;

/// The cookie that stands for a password that was given.
const COOKIE: &str = "posthog_sharing_token";

/// A password and an address fit.
const BODY_BYTES: usize = 16 << 10;

/// The pages. No login stands before them.
pub(crate) fn routes() -> Router<App> {
    let mut routes = Router::new();
    for folder in ["/shared", "/embedded"] {
        for slash in ["", "/"] {
            routes = routes.route(&format!("{folder}/{{token}}{slash}"), get(page).post(post));
        }
        routes = routes.route(&format!("{folder}/{{token}}/alive"), get(alive));
    }
    routes.method_not_allowed_fallback(method_not_allowed).layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn page(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    visitor: Visitor,
    headers: HeaderMap,
) -> Response {
    if let Some(token) = name.strip_suffix(".json") {
        let brought = Brought { token: token.to_owned(), earlier: earlier(&headers), ..Brought::default() };
        return answer(&uri, &headers, open(&app, &visitor, brought).await);
    }
    let found = async {
        let (share, _) = find(&app, &name, &visitor).await?;
        match has_views_left(&app, &share).await? {
            true => Ok(share),
            false => Err(Refused::Gone),
        }
    };
    match found.await {
        Ok(share) => shell(StatusCode::OK, Some(&share), &headers),
        Err(Refused::Because(error)) => shell(error.into_response().status(), None, &headers),
        Err(Refused::Gone | Refused::NeedsPassword | Refused::WrongPassword) => {
            shell(StatusCode::NOT_FOUND, None, &headers)
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Posted {
    password: Option<String>,
    referrer: Option<String>,
}

impl Posted {
    /// JSON, or what a form sends.
    fn read(body: &[u8]) -> Result<Self, ApiError> {
        if body.trim_ascii().first().is_none_or(|&first| first == b'{') {
            return members(body);
        }
        let mut posted = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match name.as_ref() {
                "password" => posted.password = Some(value.into_owned()),
                "referrer" => posted.referrer = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(posted)
    }
}

async fn post(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = name.strip_suffix(".json").unwrap_or(&name).to_owned();
    let opened = async {
        let Posted { password, referrer } = Posted::read(&body)?;
        let referrer = referrer.as_deref().and_then(origin);
        open(&app, &visitor, Brought { token, password, earlier: earlier(&headers), referrer }).await
    };
    answer(&uri, &headers, opened.await)
}

/// 204 as long as the pass opens what it was given for.
async fn alive(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let pass = pass_of(&headers).ok_or(ApiError::NotFound)?;
    let (share, _) = app.sharing.of_pass(pass, app.clock.now()).await?.ok_or(ApiError::NotFound)?;
    match is_there(&app, &share).await? {
        true => Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response()),
        false => Err(ApiError::NotFound),
    }
}

fn answer(uri: &Uri, headers: &HeaderMap, opened: Result<Opened, Refused>) -> Response {
    let refused = |text| (StatusCode::UNAUTHORIZED, Json(json!({ "error": text }))).into_response();
    let mut response = match opened {
        Ok(opened) => {
            let cookie = opened.by_password.then(|| cookie(uri, headers, &opened));
            let mut response = Json(opened).into_response();
            if let Some(cookie) = cookie {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(Refused::NeedsPassword) => refused("Password required"),
        Err(Refused::WrongPassword) => refused("Incorrect password"),
        Err(Refused::Gone) => ApiError::NotFound.into_response(),
        Err(Refused::Because(error)) => error.into_response(),
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The pass of an earlier opening: as Bearer, or in the cookie where the browser sends it.
fn earlier(headers: &HeaderMap) -> Option<String> {
    if let Some(pass) = pass_of(headers) {
        return Some(pass.to_owned());
    }
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

/// `Path` is that of the link, so that links do not learn of each other.
fn cookie(uri: &Uri, headers: &HeaderMap, opened: &Opened) -> HeaderValue {
    let path = uri.path().trim_end_matches('/');
    let path = path.strip_suffix(".json").unwrap_or(path);
    let secure = if is_by_tls(headers) { "; Secure" } else { "" };
    let Opened { pass, seconds, .. } = opened;
    let text = format!("{COOKIE}={pass}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::try_from(text).expect("a pass and the path of its link are letters and punctuation");
    value.set_sensitive(true);
    value
}

/// The page of a link; without a share the one that says that there is none.
fn shell(status: StatusCode, share: Option<&Share>, headers: &HeaderMap) -> Response {
    let mut response = pages::share_page(share.is_none(), headers);
    *response.status_mut() = status;
    let policy = pages::share_policy(share.map_or(&[], |share| &share.body.allowed_origins));
    let out = response.headers_mut();
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::try_from(policy).expect("origins were checked when they were set"),
    );
    // What is open now may be closed in a moment.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(header::X_DNS_PREFETCH_CONTROL, HeaderValue::from_static("off"));
    out.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    out.remove(header::ETAG);
    response
}
