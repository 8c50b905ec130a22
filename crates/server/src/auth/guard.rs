//! What stands before the routes: is the server addressed by its name, and has the caller logged in.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use super::hosts::{addressed, is_same_origin};
use super::{ApiKey, Auth, By, Caller};
use crate::api_error::ApiError;

impl Auth {
    /// Who asks.
    ///
    /// # Errors
    /// When nobody says so, or wrongly, or a browser would write for another page.
    pub fn caller(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let reads = method.is_safe();
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let key = authorization.to_str().ok().and_then(bearer);
            return self.by_key(key.ok_or(ApiError::WrongKey)?);
        }
        if reads && let Some(key) = query_value(uri, "personal_api_key") {
            return self.by_key(&key);
        }
        if !self.cookies.is_logged_in(headers, self.clock.now()) {
            return Err(ApiError::NotAuthenticated);
        }
        if !reads && !is_same_origin(uri, headers) {
            return Err(foreign_origin());
        }
        Ok(Caller::admin(By::Browser))
    }

    fn by_key(&self, key: &str) -> Result<Caller, ApiError> {
        match key.parse::<ApiKey>() {
            Ok(key) if self.keys.knows(&key) => Ok(Caller::admin(By::Key(String::new()))),
            Ok(_) | Err(_) => Err(ApiError::WrongKey),
        }
    }
}

pub(super) fn foreign_origin() -> ApiError {
    ApiError::Forbidden { detail: "A browser may only write from a page of this server.".into() }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, key) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The value of a query parameter.
fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let axum::extract::Query(pairs) = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    pairs.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// Middleware: lets only callers through who have logged in.
pub async fn require_login(State(auth): State<Arc<Auth>>, mut request: Request, next: Next) -> Response {
    match auth.caller(request.method(), request.uri(), request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

/// Middleware: lets only requests through that address the server by a name of its own.
pub async fn require_known_host(State(auth): State<Arc<Auth>>, request: Request, next: Next) -> Response {
    match addressed(request.uri(), request.headers()) {
        Some(host) if auth.hosts.allow(host) => next.run(request).await,
        Some(host) => {
            let detail = format!("This server is not known as {host}. Its names are part of its configuration.");
            ApiError::Forbidden { detail }.into_response()
        }
        None => ApiError::Forbidden { detail: "The request has no Host header.".into() }.into_response(),
    }
}

/// Middleware of the pages: a login link (`?login=…` on any path) logs the browser in and leads to the same path without
/// the token, which thus stays in neither history nor bookmarks. A token that is not good any more leads there too; the
/// page then asks for a key.
pub async fn follow_login_link(State(auth): State<Arc<Auth>>, request: Request, next: Next) -> Response {
    let token = (request.method() == Method::GET).then(|| query_value(request.uri(), "login")).flatten();
    let Some(token) = token else { return next.run(request).await };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let now = auth.clock.now();
    if auth.login_tokens.redeem(&token, now) {
        response.headers_mut().insert(header::SET_COOKIE, auth.cookies.log_in(now));
    }
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, without_token(request.uri()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Path and query without the token. Two slashes or a backslash at the start would name another server.
fn without_token(uri: &Uri) -> HeaderValue {
    let path = uri.path().trim_start_matches(['/', '\\']);
    let rest = uri.query().unwrap_or_default().split('&').filter(|pair| pair.split('=').next() != Some("login"));
    let query = rest.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    HeaderValue::try_from(format!("/{path}{mark}{query}")).unwrap_or(HeaderValue::from_static("/"))
}
