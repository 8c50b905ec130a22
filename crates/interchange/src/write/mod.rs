//! `cassette/1` → anything.
//!
//! ## Invariants
//! 1. An event leaves with the bytes with which it stands in the recording; where a form cannot take them so, that is counted
//!    and told as [`LeftOut`].
//! 2. Only a whole recording is written, with digests that hold (`source`, `digests`).
//! 3. Memory is a few lines, an entry for each window, and the listing of `html`.
//! 4. Each line is parsed once, whatever becomes of it.
//!
//! What each form carries, and what not, is `docs/format/forms.md`.

mod digests;
mod for_others;
mod html;
mod losses;
mod ndjson;
mod out;
mod own_time;
mod posthog_json;
mod protobuf;
mod rrweb;
#[cfg(test)]
pub(crate) mod sample;
mod share;
mod source;
mod well_formed;

use std::io::{self, Read, Write};

use cassette_recording::assemble::FramesError;
use cassette_recording::file::{LineError, MetaError, ReadLineError};

pub use self::for_others::{for_others, window_and_event};
use self::out::Out;
use self::source::Source;
use crate::{Form, Format, LeftOut};

/// What to write.
#[derive(Debug, Clone, Copy)]
pub struct Writing<'a> {
    /// The form.
    pub form: Form,
    /// Halves of surrogate pairs are replaced by U+FFFD, for parsers that refuse them.
    pub well_formed: bool,
    /// The page that plays a recording without a server, with the line [`MARKER`] in it. Needed for `html` only.
    pub page: Option<&'a str>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Events that were written.
    pub events: u64,
    /// What could not be carried.
    pub left_out: Vec<LeftOut>,
}

/// Why a recording could not be written in another form. What was written until then is of no use.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The recording cannot be read to its end.
    #[error("expected a recording that can be read")]
    Read(#[from] ReadLineError),
    /// The recording cannot be read at all.
    #[error("expected a recording that can be read")]
    Open(#[source] io::Error),
    /// There is nothing in it.
    #[error("expected a recording, found an empty file")]
    Empty,
    /// It does not begin as a recording does.
    #[error("line 1")]
    Meta(#[source] MetaError),
    /// A line is not one of a recording.
    #[error("line {number}")]
    Line {
        /// The line; the first is 1.
        number: u64,
        /// What is wrong with it.
        #[source]
        cause: LineError,
    },
    /// A line is one of a recording, but not there.
    #[error("line {number}: expected {expected}, found {found}")]
    Order {
        /// The line; the first is 1.
        number: u64,
        /// What should stand there.
        expected: String,
        /// What does.
        found: String,
    },
    /// The lines cannot be laid out as a stored file.
    #[error("expected the lines of a recording")]
    Frames(#[source] FramesError),
    /// The page is not one to put a recording into.
    #[error("expected a page with one line {MARKER:?}, found {0}")]
    Page(String),
    /// What is to be put around the form does not go around it.
    #[error("expected {format} without {compression} around it", format = .0.format.name(), compression = .0.compression.map_or("anything", crate::Compression::name))]
    Form(Form),
    /// The output takes no more.
    #[error("expected to write on")]
    Out(#[source] io::Error),
}

/// The line of a page that a recording takes the place of.
pub const MARKER: &str = "<!-- recording -->";

/// Writes a recording, plain or compressed, in another form. Streams: memory is a few lines, whatever the recording holds.
///
/// # Errors
/// When the recording is damaged or not whole, or the output takes no more. What was written until then is of no use.
pub fn write(recording: impl Read, writing: &Writing<'_>, out: impl Write) -> Result<Written, WriteError> {
    let Form { format, compression } = writing.form;
    if format == Format::Html && compression.is_some() {
        return Err(WriteError::Form(writing.form));
    }
    let mut out = Out::new(out, compression).map_err(WriteError::Out)?;
    let source = |recording| Source::open(recording, writing.well_formed);
    let written = match format {
        Format::NdjsonZst => ndjson::write_stored(recording, writing.well_formed, &mut out),
        Format::Ndjson => ndjson::write_plain(source(recording)?, &mut out),
        Format::Protobuf => protobuf::write(source(recording)?, &mut out),
        Format::PosthogJson => posthog_json::write(source(recording)?, &mut out),
        Format::Rrweb => rrweb::write(source(recording)?, &mut out),
        Format::Html => html::write(source(recording)?, writing.page, &mut out),
    }?;
    out.finish().map_err(WriteError::Out)?;
    Ok(written)
}
