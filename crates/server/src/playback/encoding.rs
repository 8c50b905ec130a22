//! Bodies in the encoding that whoever asks accepts.

use std::io::Write as _;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

use crate::api_error::ApiError;

/// The content type of lines.
pub(crate) const LINES: &str = "application/x-ndjson";

/// Smaller bodies are sent as they are: they fit into one packet.
const WORTH_BYTES: usize = 1024;

/// How a body may be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Zstd,
    Gzip,
    Identity,
}

impl Encoding {
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let names = |name: &str| accepted.split(',').any(|part| part.split(';').next().unwrap_or("").trim() == name);
        match () {
            () if names("zstd") => Self::Zstd,
            () if names("gzip") => Self::Gzip,
            () => Self::Identity,
        }
    }
}

/// A body as the request's headers ask for it.
pub(crate) fn encoded(body: Vec<u8>, content_type: &'static str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let encoding = if body.len() < WORTH_BYTES { Encoding::Identity } else { Encoding::accepted(headers) };
    let body = match encoding {
        Encoding::Identity => body,
        Encoding::Zstd => zstd::bulk::compress(&body, 1).map_err(|_| ApiError::Internal)?,
        Encoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&body).and_then(|()| encoder.finish()).map_err(|_| ApiError::Internal)?
        }
    };
    Ok(answer(body.into(), content_type, encoding))
}

/// The same for JSON.
pub(crate) fn encoded_json(value: &impl Serialize, headers: &HeaderMap) -> Result<Response, ApiError> {
    encoded(serde_json::to_vec(value).map_err(|_| ApiError::Internal)?, "application/json", headers)
}

/// What is encoded already.
pub(super) fn answer(body: Bytes, content_type: &'static str, encoding: Encoding) -> Response {
    // What a key names never changes, but erasure must reach: so no cache keeps it without asking.
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "Accept-Encoding"),
    ];
    let name = match encoding {
        Encoding::Zstd => Some("zstd"),
        Encoding::Gzip => Some("gzip"),
        Encoding::Identity => None,
    };
    match name {
        Some(name) => (headers, [(header::CONTENT_ENCODING, name)], body).into_response(),
        None => (headers, body).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::http::HeaderValue;

    use super::*;

    async fn sent(value: &[u64], accepted: &'static str) -> (Option<String>, Bytes) {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
        let (parts, body) = encoded_json(&value, &headers).expect("it is written").into_parts();
        assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(parts.headers[header::VARY], "Accept-Encoding");
        let encoding =
            parts.headers.get(header::CONTENT_ENCODING).map(|name| name.to_str().unwrap_or_default().to_owned());
        (encoding, axum::body::to_bytes(body, usize::MAX).await.expect("it is here"))
    }

    #[tokio::test]
    async fn a_long_listing_is_sent_in_the_best_encoding_that_is_accepted_and_a_short_one_as_it_is() {
        let long: Vec<u64> = (0..1000).collect();
        let json = serde_json::to_vec(&long).expect("it is written");

        let (encoding, body) = sent(&long, "gzip, deflate, br, zstd").await;
        assert_eq!(encoding.as_deref(), Some("zstd"));
        assert!(body.len() < json.len());
        assert_eq!(zstd::decode_all(&body[..]).expect("it is zstd"), json);

        let (encoding, body) = sent(&long, "deflate, gzip;q=0.5").await;
        assert_eq!(encoding.as_deref(), Some("gzip"));
        let mut read = Vec::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut read).expect("it is gzip");
        assert_eq!(read, json);

        assert_eq!(sent(&long, "br").await, (None, json.into()));
        assert_eq!(sent(&[1, 2], "gzip, zstd").await, (None, Bytes::from_static(b"[1,2]")));
    }
}
