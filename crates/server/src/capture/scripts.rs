//! The recorder's scripts, from the npm package at build time.
//!
//! `/static/<version>/<name>.js` and `/static/<name>.js?v=<version>` answer with the one version that is held, whatever
//! version is asked: the loader's contract is small, and PostHog too serves one recorder to all cores. What is not held is
//! a real 404, because the SDK takes any 200 for the script.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::pages::asset_response;

const CACHE: &str = "public, max-age=86400";

pub(super) async fn script(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let name = match file.split_once('/') {
        None => file.as_str(),
        Some((version, name)) if is_version(version) => name,
        Some(_) => return missing().await,
    };
    match cassette_assets::find(&format!("static/{name}")) {
        Some(asset) => {
            let mut response = asset_response(&asset, &headers);
            response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static(CACHE));
            response
        }
        None => missing().await,
    }
}

pub(super) async fn missing() -> Response {
    (StatusCode::NOT_FOUND, "there is no such file\n").into_response()
}

/// Digits and dots to begin with, as in `1.449.2` or `1.2.3-beta.1`.
fn is_version(text: &str) -> bool {
    let mut numbers = text.splitn(3, '.');
    let major_and_minor =
        numbers.by_ref().take(2).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let patch = numbers.next().is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    major_and_minor && patch && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_folders() {
        for version in ["1.449.2", "1.2.3-beta.1"] {
            assert!(is_version(version), "{version}");
        }
        for other in ["", "..", "1", "1.2", "app", "1.2.x", "v1.2.3", "1.2.3/.."] {
            assert!(!is_version(other), "{other}");
        }
    }
}
