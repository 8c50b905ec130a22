//! One page, served on loopback to one person: `cassette play`.
//!
//! The page holds a recording, and other people and other pages of this machine can reach the port. So it lies under a path
//! that nobody can guess, is answered under no other name than that of loopback (a page elsewhere could point its own name
//! here), and says nowhere where it was opened from.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::io::ReaderStream;

use crate::auth::AllowedHosts;

/// Read of the file at once.
const PIECE_BYTES: usize = 256 << 10;

/// A page that is being served until this is dropped, or [`ServedPage::run`] is.
pub struct ServedPage {
    /// Where it is to be opened.
    pub link: String,
    listener: TcpListener,
    router: Router,
}

/// Why a page cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Others could read the recording.
    #[error("a recording is played on loopback only: expected an address such as 127.0.0.1:0, got {0}")]
    NotLoopback(SocketAddr),
    /// The port is taken, or the machine refuses otherwise.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

#[derive(Clone)]
struct Page {
    file: PathBuf,
    hosts: AllowedHosts,
}

/// Listens, so that `file` can be opened in a browser.
///
/// # Errors
/// When the address is not of loopback, or cannot be listened on.
pub async fn serve_page(file: PathBuf, listen: SocketAddr) -> Result<ServedPage, PageError> {
    if !listen.ip().is_loopback() {
        return Err(PageError::NotLoopback(listen));
    }
    let failed = |source| PageError::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let path = crate::random::token("/");
    let page = Page { file, hosts: AllowedHosts::default() };
    let router = Router::new().route(&path, get(one)).with_state(page);
    Ok(ServedPage { link: format!("http://{address}{path}"), listener, router })
}

impl ServedPage {
    /// Serves until the future is dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self) -> std::io::Result<()> {
        axum::serve(self.listener, self.router).await
    }
}

async fn one(State(page): State<Page>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| page.hosts.allow(host)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(file) = tokio::fs::File::open(&page.file).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let about = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (about, Body::from_stream(ReaderStream::with_capacity(file, PIECE_BYTES))).into_response()
}
