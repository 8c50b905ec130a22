//! Logging in, logging out, and who one is then.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri, header};
use serde::{Deserialize, Serialize};

use super::guard::{foreign_origin, require_login};
use super::hosts::is_same_origin;
use super::{ApiKey, Auth, SecretHash};
use crate::api_error::{ApiError, method_not_allowed};

/// A login holds one key or password.
const BODY_BYTES: usize = 4096;

/// What a wrong guess costs: a password may be short enough to be guessed.
const WRONG_TAKES: Duration = Duration::from_millis(500);

/// What a page wants to know of the server.
#[derive(Debug, Clone, Serialize)]
pub struct Me {
    /// The one that the caller sees.
    pub project: ProjectInfo,
    /// Of Cassette.
    pub version: &'static str,
    /// Whether there is a shop at `/demo/`.
    pub demo: bool,
}

/// A project, as its owners see it.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectInfo {
    /// In paths.
    pub id: u32,
    /// For people.
    pub name: String,
    /// What SDKs send; public.
    pub token: String,
}

#[derive(Deserialize)]
struct Login {
    api_key: Option<String>,
    password: Option<String>,
}

/// `/api/login`, `/api/logout`, and `/api/me`, which answers what `me` says at that moment.
pub fn routes<S>(auth: Arc<Auth>, me: impl Fn() -> Me + Clone + Send + Sync + 'static) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let me = get(move || std::future::ready(Json(me())))
        .layer(middleware::from_fn_with_state(Arc::clone(&auth), require_login));
    Router::new()
        .route("/api/login", post(log_in))
        .route("/api/logout", post(log_out))
        .route("/api/me", me)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(auth)
}

async fn log_in(
    State(auth): State<Arc<Auth>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    // A page elsewhere must not log anybody in, not even with a key of its own.
    if headers.contains_key(header::ORIGIN) && !is_same_origin(&uri, &headers) {
        return Err(foreign_origin());
    }
    // The parser's words could repeat a part of the key.
    let login: Login = serde_json::from_slice(&body).map_err(|_| ApiError::Unparseable {
        reason: "expected {\"api_key\": \"phx_…\"} or {\"password\": \"…\"}".into(),
    })?;
    if !auth.opens(&login)? {
        tokio::time::sleep(WRONG_TAKES).await;
        return Err(ApiError::WrongKey);
    }
    let cookie = auth.cookies.log_in(auth.clock.now());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

impl Auth {
    fn opens(&self, login: &Login) -> Result<bool, ApiError> {
        match (&login.api_key, &login.password) {
            (Some(key), _) => Ok(key.trim().parse::<ApiKey>().is_ok_and(|key| self.keys.knows(&key))),
            (None, Some(password)) => {
                let given = SecretHash::of(password);
                Ok(self.password.is_some_and(|password| password.matches(&given)))
            }
            (None, None) => Err(ApiError::Required { attr: "api_key" }),
        }
    }
}

async fn log_out(State(auth): State<Arc<Auth>>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    if !is_same_origin(&uri, &headers) {
        return Err(foreign_origin());
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, auth.cookies.log_out())]).into_response())
}

#[cfg(test)]
mod tests;
