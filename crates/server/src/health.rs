//! Is it up, is it well, what is it doing.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;

/// Seconds; from a fast answer to a slow disk.
const LATENCIES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Requests in one sync.
const GROUPS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// Installs the recorder of metrics, once a process; later calls share the first one's.
pub(crate) fn install_metrics() -> Option<PrometheusHandle> {
    static HANDLE: std::sync::OnceLock<Option<PrometheusHandle>> = std::sync::OnceLock::new();
    let install = || {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &LATENCIES)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_group_requests".into()), &GROUPS))
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|error| tracing::error!(%error, "there will be no metrics"))
            .ok()
    };
    HANDLE.get_or_init(install).clone()
}

/// Open to everybody who reaches the server.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/_health", get(|| async { "up\n" })).route("/_ready", get(ready))
}

/// `/metrics`; off loopback it wants a key, which the caller of this sees to.
pub(crate) fn metrics_routes(handle: Option<PrometheusHandle>) -> Router<App> {
    let page = move |State(app): State<App>| {
        let handle = handle.clone();
        async move { metrics_page(&app, handle.as_ref()) }
    };
    Router::new().route("/metrics", get(page))
}

/// Store and catalog answer, and the journal takes what comes.
async fn ready(State(app): State<App>) -> Response {
    let catalog = app.catalog.check().await;
    if let Err(error) = catalog {
        tracing::error!(error = &error as &dyn std::error::Error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the catalog does not answer\n").into_response();
    }
    match app.bucket.size(cassette_store::layout::VERSION).await {
        Ok(Some(_)) => "ready\n".into_response(),
        Ok(None) => (StatusCode::SERVICE_UNAVAILABLE, "the bucket has lost its version file\n").into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

fn metrics_page(app: &App, handle: Option<&PrometheusHandle>) -> Response {
    let Some(handle) = handle else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    metrics::gauge!("cassette_journal_backlog_bytes").set(app.journal.backlog_bytes() as f64);
    metrics::gauge!("cassette_journal_waiting_bytes").set(app.journal.waiting_bytes() as f64);
    handle.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}
