//! The whole recording as a file.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use cassette_recording::file;
use cassette_recording::{ProjectId, RecordingId};
use futures::TryStreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::api_error::ApiError;
use crate::app::App;

/// A form that a recording leaves in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// The stored file, byte for byte.
    Stored,
    /// Decompressed.
    Ndjson,
    /// A JSON array of the rrweb events.
    Rrweb,
}

impl Format {
    fn named(name: &str) -> Option<Self> {
        match name {
            "ndjson.zst" => Some(Self::Stored),
            "ndjson" => Some(Self::Ndjson),
            "rrweb" => Some(Self::Rrweb),
            _ => None,
        }
    }

    fn extension_and_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Stored => ("ndjson.zst", "application/zstd"),
            Self::Ndjson => ("ndjson", "application/x-ndjson"),
            Self::Rrweb => ("rrweb.json", "application/json"),
        }
    }
}

/// Only finished recordings have a file.
pub(super) async fn download(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    format: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let name = format.unwrap_or("ndjson.zst");
    let format = Format::named(name).ok_or_else(|| ApiError::Invalid {
        attr: "format",
        detail: format!("expected ndjson.zst, ndjson or rrweb, got {name:?}"),
    })?;
    let row = app.catalog.recording(project, session).await?.ok_or(ApiError::NotFound)?;
    let object = row.object.ok_or(ApiError::StillRunning)?;
    let (extension, content_type) = format.extension_and_type();
    let disposition = format!("attachment; filename=\"{session}.{extension}\"");
    let mut response = match format {
        Format::Stored => stored(app, &object, headers).await?,
        Format::Ndjson | Format::Rrweb => converted(app, &object, format).await?,
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    out.insert(header::CONTENT_DISPOSITION, disposition.parse().map_err(|_| ApiError::Internal)?);
    out.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-store"));
    Ok(response)
}

async fn stored(app: &App, object: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let size = app.bucket.size(object).await?.ok_or(ApiError::NotFound)?;
    let range =
        headers.get(header::RANGE).and_then(|value| value.to_str().ok()).and_then(|text| byte_range(text, size));
    let accept = [(header::ACCEPT_RANGES, "bytes".to_owned())];
    match range {
        None => {
            let (stream, _) = app.bucket.stream(object, None).await?;
            let length = [(header::CONTENT_LENGTH, size.to_string())];
            Ok((accept, length, Body::from_stream(stream)).into_response())
        }
        Some(Err(())) => {
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{size}"))])
                .into_response())
        }
        Some(Ok((first, last))) => {
            let (stream, _) = app.bucket.stream(object, Some(first..last + 1)).await?;
            let about = [
                (header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}")),
                (header::CONTENT_LENGTH, (last - first + 1).to_string()),
            ];
            Ok((StatusCode::PARTIAL_CONTENT, accept, about, Body::from_stream(stream)).into_response())
        }
    }
}

/// The one range of a `Range` header, inclusive; `None` where the header is to be ignored, `Err` where nothing of the
/// object is in it.
fn byte_range(text: &str, size: u64) -> Option<Result<(u64, u64), ()>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let last_byte = size.checked_sub(1);
    let range = match (first, last) {
        ("", suffix) => {
            let length: u64 = suffix.parse().ok()?;
            last_byte.filter(|_| length > 0).map(|last| (size.saturating_sub(length), last))
        }
        (first, last) => {
            let first: u64 = first.parse().ok()?;
            let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
            last_byte.filter(|&end| first <= end && first <= last).map(|end| (first, last.min(end)))
        }
    };
    Some(range.ok_or(()))
}

/// Converts on a thread of its own while the answer is sent, a few hundred kilobytes at a time.
async fn converted(app: &App, object: &str, format: Format) -> Result<Response, ApiError> {
    let (stream, _) = app.bucket.stream(object, None).await?;
    let reader = SyncIoBridge::new(StreamReader::new(stream.map_err(std::io::Error::other)));
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut out = std::io::BufWriter::with_capacity(128 << 10, ChannelWriter(sender.clone()));
        let result = match format {
            Format::Rrweb => file::to_rrweb(reader, &mut out),
            Format::Ndjson | Format::Stored => file::to_ndjson(reader, &mut out),
        };
        let flushed = std::io::Write::flush(&mut out);
        if let Err(error) = result.map_err(std::io::Error::other).and(flushed) {
            // The headers are gone: cutting the answer short is the only way to say it.
            sender.blocking_send(Err(error)).ok();
        }
    });
    Ok(Body::from_stream(ReceiverStream::new(receiver)).into_response())
}

struct ChannelWriter(tokio::sync::mpsc::Sender<Result<bytes::Bytes, std::io::Error>>);

impl std::io::Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let sent = self.0.blocking_send(Ok(bytes::Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        assert_eq!(byte_range("bytes=0-9", 100), Some(Ok((0, 9))));
        assert_eq!(byte_range("bytes=90-", 100), Some(Ok((90, 99))));
        assert_eq!(byte_range("bytes=-10", 100), Some(Ok((90, 99))));
        assert_eq!(byte_range("bytes=-1000", 100), Some(Ok((0, 99))));
        assert_eq!(byte_range("bytes=50-1000", 100), Some(Ok((50, 99))));
        for unsatisfiable in ["bytes=100-", "bytes=-0", "bytes=9-3"] {
            assert_eq!(byte_range(unsatisfiable, 100), Some(Err(())), "{unsatisfiable}");
        }
        assert_eq!(byte_range("bytes=0-", 0), Some(Err(())));
        for ignored in ["items=0-1", "bytes=a-b", "bytes=0-1,3-4", "bytes"] {
            assert_eq!(byte_range(ignored, 100), None, "{ignored}");
        }
    }
}
