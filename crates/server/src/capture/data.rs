//! Taking data: read, admit, make durable, answer.

use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use cassette_recording::limits;

use super::admit::{NotTaken, admit};
use crate::app::App;
use crate::ingest::journal::RequestHead;
use crate::refusals::{Example, Outcome};

/// Bodies above this are inflated on a thread that may take its time. Handing over costs more than the millisecond or two
/// that smaller ones take (16 connections: 0.69 of the floor with 256 KiB here, 0.9 with this).
const LARGE_BYTES: usize = 1 << 20;

/// Kept of a `User-Agent`.
const USER_AGENT_BYTES: usize = 512;

const TAKEN: &str = r#"{"status":1}"#;

pub(super) async fn capture(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Response {
    let started = Instant::now();
    let response = match read(body).await {
        Ok(body) => take(&app, &uri, &headers, body).await,
        Err(unread) => {
            let example = Example::of_request(&headers, None);
            app.refusals.note_stranger(unread.reason(), None, app.clock.now(), example);
            refuse(unread.status(), unread.reason(), &unread.to_string())
        }
    };
    metrics::histogram!("cassette_capture_seconds").record(started.elapsed().as_secs_f64());
    response
}

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("expected a body of at most {} bytes", limits::BODY_BYTES)]
    TooLarge,
    #[error("the body broke off")]
    BrokenOff,
}

impl Unread {
    fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
        }
    }

    /// A short, stable word for counters.
    fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge => "body_too_large",
            Self::BrokenOff => "body_broken_off",
        }
    }
}

async fn read(body: Body) -> Result<Bytes, Unread> {
    axum::body::to_bytes(body, limits::BODY_BYTES).await.map_err(|error| {
        let too_large =
            std::error::Error::source(&error).is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>());
        if too_large { Unread::TooLarge } else { Unread::BrokenOff }
    })
}

async fn take(app: &App, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Response {
    metrics::counter!("cassette_capture_bytes_total").increment(body.len() as u64);
    let arrived_at = app.clock.now();
    let admitted = match body.len() > LARGE_BYTES {
        true => tokio::task::block_in_place(|| admit(&body, &app.projects, arrived_at)),
        false => admit(&body, &app.projects, arrived_at),
    };
    let project = match admitted {
        Ok(project) => project,
        Err(not_taken) => {
            let why = &not_taken.why;
            let response = refuse(why.status(), why.reason(), &why.to_string());
            note_refused(app, headers, not_taken, arrived_at);
            return response;
        }
    };
    let head = request_head(arrived_at, uri, headers);
    match app.journal.append(&head, body).await {
        Ok(()) => {
            metrics::counter!("cassette_capture_requests_total", "outcome" => "taken").increment(1);
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], TAKEN).into_response()
        }
        Err(error) => {
            let example = Example::of_request(headers, None);
            app.refusals.note(project, Outcome::Later, error.reason(), arrived_at, 1, example);
            refuse(StatusCode::SERVICE_UNAVAILABLE, error.reason(), &error.to_string())
        }
    }
}

fn note_refused(app: &App, headers: &HeaderMap, not_taken: NotTaken, at: i64) {
    let NotTaken { why, token, sdk } = not_taken;
    let example = Example::of_request(headers, sdk.as_deref());
    match token.as_deref().and_then(|token| app.projects.of_ended_token(token, at)) {
        Some(project) => app.refusals.note(project, Outcome::Refused, "ended_token", at, 1, example),
        None => app.refusals.note_stranger(why.reason(), token.as_deref(), at, example),
    }
}

fn refuse(status: StatusCode, reason: &'static str, detail: &str) -> Response {
    metrics::counter!("cassette_capture_requests_total", "outcome" => reason).increment(1);
    let kind = match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::SERVICE_UNAVAILABLE => "server_error",
        _ => "validation_error",
    };
    let body = serde_json::json!({"type": kind, "code": reason, "detail": detail, "attr": null});
    (status, axum::Json(body)).into_response()
}

fn request_head(arrived_at: i64, uri: &Uri, headers: &HeaderMap) -> RequestHead {
    let mut query_sent_at = None;
    let mut retry = false;
    for pair in uri.query().unwrap_or_default().split('&') {
        match pair.split_once('=') {
            Some(("_", value)) => query_sent_at = value.parse().ok(),
            Some(("retry_count", value)) => retry = value != "0",
            _ => {}
        }
    }
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    RequestHead {
        arrived_at,
        path: uri.path().to_owned(),
        query_sent_at,
        retry,
        user_agent: user_agent.map(|text| text[..text.floor_char_boundary(USER_AGENT_BYTES)].to_owned()),
    }
}
