//! The whole recording as a file, in any form.
//!
//! The stored file goes out byte for byte, with tag and ranges, so that a download can be taken up again. Other forms are
//! made while they are sent. What such a form could not carry is known when it is at its end, and HTTP has no place for it
//! then: `cassette export` says it, `docs/format/forms.md` tells beforehand.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use cassette_interchange::write::{Writing, write};
use cassette_interchange::{Compression, Form, Format};
use cassette_recording::{ProjectId, RecordingId};
use futures::{StreamExt as _, TryStreamExt as _, future, stream};
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::conditional::{Wanted, tag};
use crate::api_error::ApiError;
use crate::app::App;

/// Pieces of a converted recording that may wait for the network.
const WAITING_PIECES: usize = 4;

/// Bytes of such a piece.
const PIECE_BYTES: usize = 128 << 10;

/// How long a caller may take none of them. One who stopped reading would keep others from their turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// The page that an offline file is made of.
const OFFLINE_PAGE: &str = "offline.html";

/// What the query of a download asks for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `ndjson.zst` (as stored; unless told), `ndjson`, `protobuf`, `posthog-json`, `rrweb`, `html`.
    format: Option<String>,
    /// `gzip` or `zstd` around it.
    compression: Option<String>,
    /// `1`: half emojis are replaced.
    well_formed: Option<String>,
}

/// A form, and whether half emojis are to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    form: Form,
    well_formed: bool,
}

impl Asked {
    fn order(&self) -> Result<Order, ApiError> {
        let format = match self.format.as_deref() {
            None | Some("") => Format::NdjsonZst,
            Some(name) => Format::from_name(name).ok_or_else(|| {
                let names = Format::ALL.map(Format::name).join(", ");
                ApiError::Invalid { attr: "format", detail: format!("expected one of {names}, got {name:?}") }
            })?,
        };
        let compression = match self.compression.as_deref() {
            None | Some("") => None,
            Some(name) => Some(Compression::from_name(name).ok_or_else(|| {
                let names = Compression::ALL.map(Compression::name).join(" or ");
                ApiError::Invalid { attr: "compression", detail: format!("expected {names}, got {name:?}") }
            })?),
        };
        if compression.is_some() && matches!(format, Format::NdjsonZst | Format::Html) {
            let detail = format!("expected none: {} is compressed by itself", format.name());
            return Err(ApiError::Invalid { attr: "compression", detail });
        }
        let well_formed = match self.well_formed.as_deref() {
            None | Some("" | "0" | "false") => false,
            Some("1" | "true") => true,
            Some(_) => {
                return Err(ApiError::Invalid { attr: "well_formed", detail: "expected 1 or 0".to_owned() });
            }
        };
        Ok(Order { form: Form { format, compression }, well_formed })
    }
}

impl Order {
    fn is_the_stored_file(self) -> bool {
        self.form.format == Format::NdjsonZst && !self.well_formed
    }

    fn file_name(self, session: &RecordingId) -> String {
        format!("{session}.{}", self.form.ending())
    }
}

/// Only finished recordings have a file.
pub(super) async fn download(
    app: &App,
    project: ProjectId,
    session: &RecordingId,
    asked: &Asked,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let order = asked.order()?;
    let row = app.catalog.recording(project, session).await?.ok_or(ApiError::NotFound)?;
    let object = row.object.ok_or(ApiError::StillRunning)?;
    let mut response = match order.is_the_stored_file() {
        true => stored(app, &object, headers).await?,
        false => converted(app, &object, order).await?,
    };
    let disposition = format!("attachment; filename=\"{}\"", order.file_name(session));
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(order.form.media_type()));
    out.insert(header::CONTENT_DISPOSITION, disposition.parse().map_err(|_| ApiError::Internal)?);
    // Erasure must reach: no cache keeps it. The tag is for those who keep a file on purpose.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A page that holds what a stranger's page held: should a browser show it all the same, it shows it as nobody's.
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    Ok(response)
}

pub(super) async fn stored(app: &App, object: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let (tag, size) = tag(&app.bucket, object).await?;
    let wanted = Wanted::of(headers, &tag, size);
    let about = [(header::ACCEPT_RANGES, "bytes".to_owned()), (header::ETAG, tag)];
    match wanted {
        Wanted::Nothing => Ok((StatusCode::NOT_MODIFIED, about).into_response()),
        Wanted::Beyond => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, about, range).into_response())
        }
        Wanted::Whole => {
            let (stream, _) = app.bucket.stream(object, None).await?;
            let length = [(header::CONTENT_LENGTH, size.to_string())];
            Ok((about, length, Body::from_stream(stream)).into_response())
        }
        Wanted::Range(first, last) => {
            let (stream, _) = app.bucket.stream(object, Some(first..last + 1)).await?;
            let range = [
                (header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}")),
                (header::CONTENT_LENGTH, (last - first + 1).to_string()),
            ];
            Ok((StatusCode::PARTIAL_CONTENT, about, range, Body::from_stream(stream)).into_response())
        }
    }
}

/// Converts on a thread of its own while the answer is sent.
async fn converted(app: &App, object: &str, order: Order) -> Result<Response, ApiError> {
    let turn = app.spool.turn().await?;
    let page = match order.form.format {
        Format::Html => Some(offline_page()?),
        _ => None,
    };
    let (stream, _) = app.bucket.stream(object, None).await?;
    let reader = SyncIoBridge::new(StreamReader::new(stream.map_err(io::Error::other)));
    let (sender, receiver) = mpsc::channel(WAITING_PIECES);
    let pieces = Pieces { sender, runtime: Handle::current() };
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut out = io::BufWriter::with_capacity(PIECE_BYTES, pieces);
        let writing = Writing { form: order.form, well_formed: order.well_formed, page };
        let written = write(reader, &writing, &mut out).map_err(io::Error::other);
        let flushed = io::Write::flush(&mut out);
        // What could not be sent must not be tried again when the buffer is dropped.
        drop(out.into_parts());
        written.map(drop).and(flushed)
    });
    // The headers are gone when it fails: cutting the answer short is the only way to say it.
    let end = stream::once(work).filter_map(|done| future::ready(done.map_err(io::Error::other).flatten().err()));
    let pieces = ReceiverStream::new(receiver).map(Ok).chain(end.map(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "a recording was not converted to its end");
        Err(error)
    }));
    Ok(Body::from_stream(pieces).into_response())
}

fn offline_page() -> Result<&'static str, ApiError> {
    let page = cassette_assets::find(OFFLINE_PAGE).and_then(|page| std::str::from_utf8(page.bytes).ok());
    page.ok_or_else(|| {
        tracing::error!("{OFFLINE_PAGE} is not among the embedded pages");
        ApiError::Internal
    })
}

/// Hands pieces to the answer, as fast as it takes them.
struct Pieces {
    sender: mpsc::Sender<Bytes>,
    runtime: Handle,
}

impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        let sent = self.runtime.block_on(self.sender.send_timeout(piece, PATIENCE));
        sent.map(|()| bytes.len()).map_err(|error| match error {
            mpsc::error::SendTimeoutError::Timeout(_) => io::Error::from(io::ErrorKind::TimedOut),
            mpsc::error::SendTimeoutError::Closed(_) => io::Error::from(io::ErrorKind::BrokenPipe),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(format: &str, compression: &str) -> Result<Order, ApiError> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Asked { format: some(format), compression: some(compression), well_formed: None }.order()
    }

    #[test]
    fn the_query_names_form_and_compression() {
        let session: RecordingId = "a-1".parse().unwrap();
        for (format, compression, name) in [
            ("", "", "a-1.ndjson.zst"),
            ("ndjson", "", "a-1.ndjson"),
            ("ndjson", "gzip", "a-1.ndjson.gz"),
            ("rrweb", "zstd", "a-1.rrweb.json.zst"),
            ("posthog-json", "gzip", "a-1.posthog.json.gz"),
            ("html", "", "a-1.html"),
        ] {
            assert_eq!(order(format, compression).unwrap().file_name(&session), name);
        }
        assert!(order("", "").unwrap().is_the_stored_file());
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        for (format, compression, attr) in [
            ("mp4", "", "format"),
            ("ndjson", "br", "compression"),
            ("ndjson.zst", "gzip", "compression"),
            ("html", "gzip", "compression"),
        ] {
            let refused = order(format, compression).unwrap_err();
            assert!(matches!(refused, ApiError::Invalid { attr: found, .. } if found == attr), "{refused:?}");
        }
    }
}
