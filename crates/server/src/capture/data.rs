//! Taking data: read, admit, make durable, answer.

use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use cassette_recording::limits;

use super::admit::admit;
use crate::app::App;
use crate::ingest::journal::RequestHead;

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
        Err(response) => response,
    };
    metrics::histogram!("cassette_capture_seconds").record(started.elapsed().as_secs_f64());
    response
}

async fn read(body: Body) -> Result<Bytes, Response> {
    axum::body::to_bytes(body, limits::BODY_BYTES).await.map_err(|error| {
        let too_large =
            std::error::Error::source(&error).is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>());
        match too_large {
            true => {
                let detail = format!("expected a body of at most {} bytes", limits::BODY_BYTES);
                refuse(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", &detail)
            }
            false => refuse(StatusCode::BAD_REQUEST, "body_broken_off", "the body broke off"),
        }
    })
}

async fn take(app: &App, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Response {
    metrics::counter!("cassette_capture_bytes_total").increment(body.len() as u64);
    let arrived_at = app.clock.now();
    let admitted = match body.len() > LARGE_BYTES {
        true => tokio::task::block_in_place(|| admit(&body, &app.projects, arrived_at)),
        false => admit(&body, &app.projects, arrived_at),
    };
    if let Err(refused) = admitted {
        return refuse(refused.status(), refused.reason(), &refused.to_string());
    }
    let head = request_head(arrived_at, uri, headers);
    match app.journal.append(&head, body).await {
        Ok(()) => {
            metrics::counter!("cassette_capture_requests_total", "outcome" => "taken").increment(1);
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], TAKEN).into_response()
        }
        Err(error) => refuse(StatusCode::SERVICE_UNAVAILABLE, error.reason(), &error.to_string()),
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
