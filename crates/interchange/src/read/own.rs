//! `cassette/1` to a stored recording: the same lines, byte for byte.
//!
//! The file is verified and copied at the same time, each by a thread of its own and each with its own place in the file. The
//! copy counts only if nothing is wrong.
//!
//! ## What changes
//! Nothing, unless the recording gets another project or session id: then the values of these two members of the meta line, and
//! with them the digests that cover that line.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cassette_recording::assemble::{Frames, FramesError};
use cassette_recording::file::{
    Content, Finished, ItemEntry, LineReader, Meta, ParsedLine, ReadLineError, Report, TAIL_BYTES, Trailer,
    TrailerError, verify, verify_file,
};
use cassette_recording::json::{self, Object};
use sha2::{Digest as _, Sha256};

use super::{Kind, ReadError, ReadIn, Reading, spooled};
use crate::format::Compression;
use crate::protobuf::{self, ProtobufError};
use crate::wrapping::{Positioned, Unwrapped, unwrap, unwrap_once};

/// Reads lines of a recording.
pub(super) fn read(
    file: Arc<File>,
    unwrapped: Unwrapped,
    reading: &Reading<'_>,
    out: impl Write,
) -> Result<ReadIn, ReadError> {
    let compression = unwrapped.layers.first().copied();
    let source = match unwrapped.layers.as_slice() {
        [] | [Compression::Zstd] => Source { file, stored: true },
        // What lies deeper gets a file of its own, since its index stands at its end.
        [_, Compression::Zstd] => {
            let outer = unwrap_once(Positioned::new(file)).map_err(|cause| ReadError::io("read the file", cause))?;
            Source { file: Arc::new(spooled(outer, reading.spool)?), stored: true }
        }
        _ => Source { file, stored: false },
    };
    lines(&source, reading, out, Kind::CassetteNdjson, compression)
}

/// Where the lines are.
struct Source {
    file: Arc<File>,
    /// There is nothing around it but zstd, so that there may be an index.
    stored: bool,
}

impl Source {
    fn verify(&self, stopped: Arc<AtomicBool>) -> io::Result<Report> {
        let file = Positioned::new(self.file.clone()).stopped_by(stopped);
        match self.stored {
            true => verify_file(file),
            false => unwrap(file).map(|unwrapped| verify(unwrapped.reader)),
        }
    }
}

/// Reads messages of a recording.
pub(super) fn read_protobuf(unwrapped: Unwrapped, reading: &Reading<'_>, out: impl Write) -> Result<ReadIn, ReadError> {
    let compression = unwrapped.layers.first().copied();
    let write = |cause| ReadError::io("write to the spool", cause);
    let mut spool = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(reading.spool).map_err(write)?);
    protobuf::to_lines(unwrapped.reader, &mut |line| {
        spool.write_all(line)?;
        spool.write_all(b"\n")
    })
    .map_err(of_messages)?;
    let file = spool.into_inner().map_err(|error| write(error.into_error()))?;
    lines(&Source { file: Arc::new(file), stored: true }, reading, out, Kind::CassetteProtobuf, compression)
}

fn of_messages(error: ProtobufError) -> ReadError {
    match error {
        ProtobufError::Out(cause) => ReadError::io("write to the spool", cause),
        ProtobufError::Read { message, at, cause } => match ReadError::io("read the file", cause) {
            ReadError::Invalid(found) => ReadError::Invalid(format!("message {message} at byte {at}: {found}")),
            ReadError::Io { cause, .. } if cause.kind() == io::ErrorKind::UnexpectedEof => ReadError::Invalid(format!(
                "expected more of message {message} at byte {at}, found the end of the file"
            )),
            error => error,
        },
        error => ReadError::Invalid(error.to_string()),
    }
}

/// Reads lines, and verifies them at the same time.
fn lines(
    source: &Source,
    reading: &Reading<'_>,
    out: impl Write,
    kind: Kind,
    compression: Option<Compression>,
) -> Result<ReadIn, ReadError> {
    let stopped = Arc::new(AtomicBool::new(false));
    let (copied, report) = std::thread::scope(|scope| {
        let checked = scope.spawn(|| source.verify(stopped.clone()));
        let copied = copy(source, reading, out);
        if copied.is_err() {
            // What verifying would say is worth waiting for if the lines are damaged, not if the disk is full.
            stopped.store(matches!(copied, Err(CopyError::Refused(_))), Ordering::Relaxed);
        }
        (copied, checked.join().expect("verifying does not panic"))
    });
    if let Err(CopyError::Refused(error)) = copied {
        return Err(error);
    }
    let report = report.map_err(|cause| ReadError::io("read the file", cause))?;
    if let Some(verdict) = verdict(&report) {
        return Err(ReadError::Invalid(verdict));
    }
    let (meta, finished) = copied.map_err(|error| match error {
        CopyError::Refused(error) => error,
        CopyError::Damaged(message) => ReadError::Invalid(message),
    })?;
    Ok(ReadIn { kind, compression, meta, finished, left_out: Vec::new() })
}

/// What is wrong with a recording, and how much of it is not.
fn verdict(report: &Report) -> Option<String> {
    let problem = report.problems.first()?;
    let intact = &report.intact;
    let playable = if intact.playable { "which can be played" } else { "nothing of which can be played" };
    Some(format!("{problem}; {} lines before it are whole, {playable}", intact.lines))
}

enum CopyError {
    /// The lines cannot be read; what is wrong with them verifying says better.
    Damaged(String),
    /// This is what is to be said, whatever else is wrong.
    Refused(ReadError),
}

impl From<FramesError> for CopyError {
    fn from(error: FramesError) -> Self {
        match error {
            FramesError::Out(cause) => Self::Refused(ReadError::io("write the recording", cause)),
            error => Self::Damaged(error.to_string()),
        }
    }
}

fn copy(source: &Source, reading: &Reading<'_>, out: impl Write) -> Result<(Meta, Finished), CopyError> {
    let damaged = |error: &dyn std::error::Error| CopyError::Damaged(error.to_string());
    let whole = unwrap(Positioned::new(source.file.clone())).map_err(|error| damaged(&error))?;
    let mut reader = LineReader::new(whole.reader).map_err(|error| damaged(&error))?;
    let write = |cause| CopyError::Refused(ReadError::io("write the recording", cause));
    let mut frames = Frames::begin(out, reading.level).map_err(write)?;
    let mut readdressed = None;
    let mut meta = None;
    while let Some(line) = reader.next_line().map_err(read_error)? {
        let text = simdutf8::compat::from_utf8(line.bytes).map_err(|error| damaged(&error))?;
        let parsed = ParsedLine::parse(text).map_err(|error| damaged(&error))?;
        if line.number == 1 {
            let found = Meta::parse(text).map_err(|error| damaged(&error))?;
            let (changed, now) = Readdressed::begin(text, found, reading).map_err(|error| damaged(&error))?;
            frames.line(changed.as_ref().map_or(line.bytes, |changed| changed.meta.as_bytes()), &parsed)?;
            (readdressed, meta) = (changed, Some(now));
            continue;
        }
        if parsed.content == Content::Meta {
            let number = line.number;
            let message = format!("expected one recording, found a second meta line at line {number}");
            return Err(CopyError::Refused(ReadError::Invalid(message)));
        }
        match readdressed.as_mut().and_then(|readdressed| readdressed.line(text, &parsed)) {
            Some(changed) => frames.line(changed.as_bytes(), &parsed)?,
            None => frames.line(line.bytes, &parsed)?,
        }
    }
    let meta = meta.ok_or_else(|| CopyError::Damaged("expected a meta line, found nothing".to_owned()))?;
    let items = if source.stored { items(&source.file) } else { Vec::new() };
    let finished = frames.finish(&items).map_err(CopyError::from)?;
    Ok((meta, finished))
}

fn read_error(error: ReadLineError) -> CopyError {
    match error {
        // A bomb, which verifying would go on reading.
        ReadLineError::Read { cause, .. } => match ReadError::io("read the file", cause) {
            ReadError::Invalid(message) if message.contains("once decompressed") => {
                CopyError::Refused(ReadError::Invalid(message))
            }
            error => CopyError::Damaged(error.to_string()),
        },
        error @ ReadLineError::TooLong { .. } => CopyError::Damaged(error.to_string()),
    }
}

/// The items of a stored file; none of one that has no index, or no readable one: verifying says which.
fn items(file: &Arc<File>) -> Vec<ItemEntry> {
    let mut file = Positioned::new(file.clone());
    let mut bytes = TAIL_BYTES as u64;
    let Ok(size) = file.seek(SeekFrom::End(0)) else { return Vec::new() };
    loop {
        let start = size.saturating_sub(bytes);
        let mut tail = Vec::new();
        let read =
            file.seek(SeekFrom::Start(start)).and_then(|_| file.by_ref().take(size - start).read_to_end(&mut tail));
        if read.is_err() {
            return Vec::new();
        }
        match Trailer::from_tail(&tail) {
            Ok(trailer) => return trailer.items().unwrap_or_default(),
            Err(TrailerError::NeedMore(more)) if more > tail.len() && more as u64 <= size => bytes = more as u64,
            Err(_) => return Vec::new(),
        }
    }
}

/// A recording that gets another meta line, and therefore other digests.
struct Readdressed {
    meta: String,
    /// Of the lines up to the first checksum line, until that comes.
    first_block: Option<Sha256>,
    whole: Sha256,
}

impl Readdressed {
    /// Changes the meta line, if another project or session id is wanted; returns what it says now too.
    fn begin(
        line: &str,
        meta: Meta,
        reading: &Reading<'_>,
    ) -> Result<(Option<Self>, Meta), cassette_recording::file::MetaError> {
        let project = reading.project.filter(|project| *project != meta.project_id);
        let session = reading.session_id.as_ref().filter(|session| **session != meta.session_id);
        let mut changed = None;
        if let Some(project) = project {
            changed = Some(with_value(line, "project_id", &project.to_string()));
        }
        if let Some(session) = session {
            changed = Some(with_value(changed.as_deref().unwrap_or(line), "session_id", &format!("\"{session}\"")));
        }
        let Some(line) = changed else { return Ok((None, meta)) };
        let meta = Meta::parse(&line)?;
        let mut whole = Sha256::new_with_prefix(&line);
        whole.update(b"\n");
        Ok((Some(Self { meta: line, first_block: Some(whole.clone()), whole }), meta))
    }

    /// Takes a line; returns what is to stand in its place, if it is not to stay.
    fn line(&mut self, text: &str, parsed: &ParsedLine<'_>) -> Option<String> {
        let digest = match parsed.content {
            Content::Checksum { .. } => self.first_block.take(),
            Content::End { .. } => Some(self.whole.clone()),
            _ => None,
        };
        let changed = digest.map(|digest| {
            let digest: [u8; 32] = digest.finalize().into();
            let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            with_value(text, "sha256", &format!("\"{digits}\""))
        });
        let line = changed.as_deref().unwrap_or(text);
        for hasher in self.first_block.iter_mut().chain([&mut self.whole]) {
            hasher.update(line);
            hasher.update(b"\n");
        }
        changed
    }
}

/// An object with another value at one of its keys, all else as it is. The text was checked before.
fn with_value(text: &str, wanted: &str, value: &str) -> String {
    let mut changed = String::with_capacity(text.len() + value.len());
    let mut copied = 0;
    let mut object = Object::open(text, json::skip_whitespace(text.as_bytes(), 0)).expect("a line is an object");
    // Where a key stands twice the last one counts, and a reader that does not know that reads the same.
    while let Some(key) = object.next_key().expect("the line was checked") {
        let at = object.value_at();
        let end = at + object.value().expect("the line was checked").len();
        if key == wanted {
            changed.push_str(&text[copied..at]);
            changed.push_str(value);
            copied = end;
        }
    }
    changed.push_str(&text[copied..]);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_changed_and_nothing_else() {
        let line = "{ \"a\" : {\"b\":1}, \"b\" :\t\"x\\\"\" , \"c\":[\"b\"],\"b\":2}";
        assert_eq!(with_value(line, "b", "7"), "{ \"a\" : {\"b\":1}, \"b\" :\t7 , \"c\":[\"b\"],\"b\":7}");
        assert_eq!(with_value(line, "d", "7"), line);
    }
}
