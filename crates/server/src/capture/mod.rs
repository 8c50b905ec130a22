//! What SDKs call: data in, configuration and scripts out.
//!
//! The only routes that other origins may use (CORS by echo), and the only ones that never look at cookies.

mod admit;
mod cors;
mod data;
mod remote_config;
mod scripts;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::app::App;

/// Paths that take data, each with and without the last slash.
const DATA: [&str; 7] = ["/s", "/e", "/i/v0/e", "/batch", "/capture", "/track", "/engage"];

/// All of them.
pub(crate) fn routes() -> Router<App> {
    let mut router = Router::new();
    for path in DATA {
        for path in [path.to_owned(), format!("{path}/")] {
            router = router.route(&path, post(data::capture));
        }
    }
    for path in ["/flags", "/flags/"] {
        router = router.route(path, post(remote_config::flags).get(remote_config::flags));
    }
    for path in ["/decide", "/decide/"] {
        router = router.route(path, post(remote_config::decide).get(remote_config::decide));
    }
    router
        .route("/array/{token}/config", get(remote_config::config))
        .route("/array/{token}/config.js", get(remote_config::config_js))
        .route("/array/{token}/array.js", get(remote_config::array_js))
        .route("/static/{*file}", get(scripts::script))
        .layer(middleware::from_fn(cors::cors))
}
