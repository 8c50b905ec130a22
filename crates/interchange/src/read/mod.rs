//! A file of any form to a stored recording.
//!
//! What a file is, its content says; its name is never looked at.
//!
//! | form | by |
//! | --- | --- |
//! | `cassette/1`, plain, compressed, as messages | `own`: lines come through byte for byte, verified |
//! | PostHog's exports, snapshot lines, raw zip | `posthog`, `posthog_zip` |
//! | rrweb events: array, object, lines, packed | `rrweb` |
//!
//! Foreign forms give events to a `gathering`, which makes lines of them; a `spool` puts these in order. Reading and spooling are
//! two threads. What the lines come to stands in the meta line, before them, so they are written when all of them were read, and
//! events that stand in the file as they shall leave are read from it a second time.
//!
//! ## Invariants
//! 1. What is written depends on what is in the file: the same events in another order, wrapped otherwise, or imported again are
//!    the same bytes. Only an empty recording and one without any time takes the time of the import.
//! 2. Memory does not grow with the file.
//! 3. What is not carried is told by count and reason.

mod chunk;
mod error;
mod gathering;
mod json_stream;
mod own;
mod posthog;
mod posthog_zip;
mod recognise;
mod rope;
mod rrweb;
mod spool;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;

use cassette_recording::file::{Finished, ItemEntry, Meta};
use cassette_recording::{ProjectId, RecordingId, assemble};

use self::chunk::Chunk;
pub use self::error::ReadError;
use self::gathering::{Facts, Gathering};
use self::json_stream::JsonStream;
pub(crate) use self::recognise::{Shape, recognise};
use self::spool::{Contents, Spool, Spooled};
use crate::wrapping::{Positioned, Unwrapped, unwrap};
use crate::{Compression, LeftOut};

/// How a file is to be read.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    /// The project it goes to; `None` keeps what the file says, and is 1 where it says nothing.
    pub project: Option<ProjectId>,
    /// Instead of the file's own session id.
    pub session_id: Option<RecordingId>,
    /// A folder for temporary files.
    pub spool: &'a Path,
    /// zstd's level of what is written.
    pub level: i32,
    /// Milliseconds since 1970, for forms that know no arrival and hold no event to take it from.
    pub arrived_at: i64,
}

impl Reading<'_> {
    /// The meta line of a recording of ours stays as it is.
    pub(crate) fn keeps_meta(&self) -> bool {
        self.project.is_none() && self.session_id.is_none()
    }
}

/// What was read.
#[derive(Debug, Clone)]
pub struct ReadIn {
    /// What the file was.
    pub kind: Kind,
    /// What was put around it; the outermost, if more than one.
    pub compression: Option<Compression>,
    /// The meta line that was written.
    pub meta: Meta,
    /// What was written.
    pub finished: Finished,
    /// What could not be carried.
    pub left_out: Vec<LeftOut>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `cassette/1`, plain or compressed.
    CassetteNdjson,
    /// `docs/format/recording.proto`.
    CassetteProtobuf,
    /// PostHog's export, version `2022-12-02`.
    PosthogJson2022,
    /// PostHog's export, version `2023-04-28`.
    PosthogJson2023,
    /// Lines of PostHog's snapshot API.
    PosthogSnapshotLines,
    /// PostHog's raw zip.
    PosthogZip,
    /// An array of rrweb events, or an object with one.
    RrwebArray,
    /// rrweb events, one a line.
    RrwebLines,
    /// rrweb events packed as strings, in an array or one a line.
    RrwebPacked,
}

impl Kind {
    /// What it is, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::CassetteNdjson => "cassette/1 NDJSON",
            Self::CassetteProtobuf => "cassette/1 protobuf",
            Self::PosthogJson2022 => "PostHog JSON 2022-12-02",
            Self::PosthogJson2023 => "PostHog JSON 2023-04-28",
            Self::PosthogSnapshotLines => "PostHog snapshot lines",
            Self::PosthogZip => "PostHog raw zip",
            Self::RrwebArray => "rrweb events, an array",
            Self::RrwebLines => "rrweb events, one a line",
            Self::RrwebPacked => "rrweb events, packed",
        }
    }
}

/// Reads a file of any form and writes it as a stored recording to `out`.
///
/// # Errors
/// When the file is none that can be read, or is damaged; `out` is to be thrown away then.
pub fn read(input: File, reading: &Reading<'_>, out: impl Write) -> Result<ReadIn, ReadError> {
    let file = Arc::new(input);
    let unwrapped = unwrap(Positioned::new(file.clone())).map_err(|cause| ReadError::io("read the file", cause))?;
    match recognise(&unwrapped.head)? {
        Shape::Cassette => own::read(file, unwrapped, reading, out),
        Shape::Protobuf => own::read_protobuf(unwrapped, reading, out),
        shape => foreign(file, unwrapped, shape, reading, out),
    }
}

/// Reads a file of somebody else's form and writes its lines alone to `out`.
///
/// # Errors
/// As [`read`].
pub(crate) fn foreign_lines(
    file: Arc<File>,
    unwrapped: Unwrapped,
    shape: Shape,
    reading: &Reading<'_>,
    out: impl Write,
) -> Result<(Kind, Vec<LeftOut>), ReadError> {
    let mut gathered = Gathered::of(file, unwrapped, shape, reading)?;
    let (meta, _) = gathered.meta(reading);
    assemble::write_plain(out, &meta, |visit| gathered.spooled.lines(reading.spool, visit))
        .map_err(|cause| ReadError::io("write the recording", cause))?;
    Ok((gathered.kind, gathered.facts.left_out))
}

fn foreign(
    file: Arc<File>,
    unwrapped: Unwrapped,
    shape: Shape,
    reading: &Reading<'_>,
    out: impl Write,
) -> Result<ReadIn, ReadError> {
    let mut gathered = Gathered::of(file, unwrapped, shape, reading)?;
    let (meta, items) = gathered.meta(reading);
    let lines = |visit: &mut assemble::Visit<'_>| gathered.spooled.lines(reading.spool, visit);
    let finished = assemble::write(out, &meta, reading.level, items, lines)
        .map_err(|cause| ReadError::io("write the recording", cause))?;
    let Gathered { kind, compression, facts, .. } = gathered;
    Ok(ReadIn { kind, compression, meta, finished, left_out: facts.left_out })
}

/// A file of somebody else's form, read and put in order.
struct Gathered {
    kind: Kind,
    compression: Option<Compression>,
    facts: Facts,
    spooled: Spooled,
    contents: Contents,
}

impl Gathered {
    fn of(file: Arc<File>, unwrapped: Unwrapped, shape: Shape, reading: &Reading<'_>) -> Result<Self, ReadError> {
        let compression = unwrapped.layers.first().copied();
        let spool_error = |cause| ReadError::io("write to the spool", cause);
        let mut spool = Spool::new(reading.spool, file.clone()).map_err(spool_error)?;
        let (kind, facts) = std::thread::scope(|scope| {
            let (full, chunks) = mpsc::sync_channel::<Chunk>(CHUNKS);
            let (give_back, empty) = mpsc::sync_channel::<Chunk>(CHUNKS + 1);
            let spool = &mut spool;
            let spooling = scope.spawn(move || {
                chunks.into_iter().try_for_each(|mut chunk| {
                    spool.take(&mut chunk)?;
                    // Whoever reads may have stopped.
                    let _ = give_back.send(chunk);
                    Ok(())
                })
            });
            let mut hand_on = |chunk: Chunk| {
                let gone = |_| ReadError::io("write to the spool", io::Error::other("the spool is gone"));
                full.send(chunk).map_err(gone)?;
                Ok(empty.try_recv().unwrap_or_default())
            };
            let gathered = gather(file, unwrapped, shape, reading, &mut hand_on);
            drop(full);
            // If spooling failed, that is why gathering did.
            spooling.join().expect("spooling does not panic").map_err(spool_error)?;
            gathered
        })?;
        let (spooled, contents) = spool.finish(reading.spool).map_err(spool_error)?;
        Ok(Self { kind, compression, facts, spooled, contents })
    }

    /// The meta line, and what stands in the index. Once.
    fn meta(&mut self, reading: &Reading<'_>) -> (Meta, Vec<ItemEntry>) {
        let (started_at, ended_at) = self.contents.totals.span().unwrap_or((reading.arrived_at, reading.arrived_at));
        let (items, derived) = self.contents.names(ended_at);
        let own = match self.facts.session_id.take().map(|id| id.parse::<RecordingId>()) {
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => {
                self.facts.leave_out(
                    "session ids",
                    1,
                    "they hold more than letters, digits and '-', or are too long or empty",
                );
                None
            }
            None => None,
        };
        let session_id = reading.session_id.clone().or(own).unwrap_or(derived);
        let mut meta = Meta::new(session_id, reading.project.unwrap_or(ProjectId(1)), started_at, ended_at);
        (meta.first_arrival, meta.last_arrival) = (ended_at, ended_at);
        std::mem::take(&mut self.contents.totals).tell(&mut meta);
        meta.distinct_ids = std::mem::take(&mut self.facts.distinct_ids);
        meta.source = Some(if self.facts.mobile { "mobile" } else { "web" }.to_owned());
        meta.first_url = self.facts.urls.first().cloned();
        meta.urls = std::mem::take(&mut self.facts.urls);
        meta.odd_timestamps = self.facts.odd_timestamps;
        meta.undecoded = self.facts.undecoded;
        meta.other.extend(self.facts.person.take().map(|person| ("person".to_owned(), person)));
        (meta, items)
    }
}

/// Chunks that wait to be spooled. Those of a plain file hold next to nothing of its large events.
const CHUNKS: usize = 4;

/// Reads the events.
fn gather(
    file: Arc<File>,
    unwrapped: Unwrapped,
    shape: Shape,
    reading: &Reading<'_>,
    hand_on: &mut dyn FnMut(Chunk) -> Result<Chunk, ReadError>,
) -> Result<(Kind, Facts), ReadError> {
    let mut to = Gathering::new(reading.arrived_at, hand_on);
    let kind = if shape == Shape::Zip {
        let zip = match unwrapped.layers.is_empty() {
            true => file,
            false => Arc::new(spooled(unwrapped.reader, reading.spool)?),
        };
        posthog_zip::read(Positioned::new(zip), &mut to)?;
        Kind::PosthogZip
    } else {
        let mut stream = match unwrapped.layers.is_empty() {
            true => JsonStream::of_file(unwrapped.reader),
            false => JsonStream::new(unwrapped.reader),
        };
        events(&mut stream, shape, &mut to)?
    };
    Ok((kind, to.finish()?))
}

fn events(stream: &mut JsonStream<impl Read>, shape: Shape, to: &mut Gathering<'_>) -> Result<Kind, ReadError> {
    match shape {
        Shape::PosthogJson => posthog::export(stream, to),
        Shape::SnapshotLines => posthog::lines(stream, to).map(|()| Kind::PosthogSnapshotLines),
        Shape::RrwebArray | Shape::PackedArray => rrweb::array(stream, to),
        Shape::RrwebObject => rrweb::object(stream, to),
        Shape::RrwebLines | Shape::PackedLines => rrweb::lines(stream, to),
        Shape::Cassette | Shape::Protobuf | Shape::Zip => unreachable!("these are read elsewhere"),
    }
}

/// What has to be read from its end, in a file of its own.
fn spooled(mut reader: impl Read, folder: &Path) -> Result<File, ReadError> {
    let spool_error = |cause| ReadError::io("write to the spool", cause);
    let mut file = tempfile::tempfile_in(folder).map_err(spool_error)?;
    io::copy(&mut reader, &mut file).map_err(spool_error)?;
    Ok(file)
}
