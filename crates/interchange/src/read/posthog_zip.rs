//! PostHog's raw zip, as its staff can make one.
//!
//! `clickhouse/session-replay-events.json` names the blocks of the recording, each with its place in a file under `data/`. A block
//! is raw snappy of snapshot lines.

use std::io::{self, BufReader, Cursor, Read};

use cassette_recording::json;
use zip::ZipArchive;
use zip::result::ZipError;

use super::gathering::Gathering;
use super::json_stream::JsonStream;
use super::{ReadError, posthog};
use crate::limits;
use crate::wrapping::Positioned;

const META: &str = "clickhouse/session-replay-events.json";
const EVENTS: &str = "clickhouse/events.json";
const PREFIX: &str = "s3_prefix.txt";
const DATA: &str = "data/";

type Archive = ZipArchive<BufReader<Positioned>>;

/// A block's place: the name of its file and its bytes, the last one included.
#[derive(Debug, PartialEq, Eq)]
struct BlockAt {
    file: String,
    first: u64,
    last: u64,
}

/// What the metadata says.
#[derive(Debug, Default)]
struct Metadata {
    session_id: Option<String>,
    distinct_ids: Vec<String>,
    blocks: Vec<String>,
    rows: u64,
}

/// Reads the recording in a zip.
pub(super) fn read(file: Positioned, to: &mut Gathering<'_>) -> Result<(), ReadError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    check_names(&archive)?;
    let metadata = metadata(&mut archive)?;
    if metadata.rows == 0 {
        return Err(ReadError::Invalid(format!("expected a row about the recording in {META}, found none")));
    }
    to.facts().session_id = metadata.session_id;
    to.facts().take_distinct_ids(&metadata.distinct_ids);
    for (number, url) in metadata.blocks.iter().enumerate() {
        let place = BlockAt::of(url).ok_or_else(|| {
            ReadError::Invalid(format!(
                "expected the place of block {number} in {META} as \"…/file?range=bytes=first-last\", found {url:?}"
            ))
        })?;
        let lines = block(&mut archive, &place)?;
        let mut stream = JsonStream::new(Cursor::new(lines));
        posthog::lines(&mut stream, to).map_err(|error| within(&place, error))?;
    }
    report_others(&mut archive, to)
}

/// What is wrong in a block is wrong in the zip.
fn within(place: &BlockAt, error: ReadError) -> ReadError {
    let BlockAt { file, first, .. } = place;
    match error {
        ReadError::Invalid(message) => {
            ReadError::Invalid(format!("in the block at byte {first} of {DATA}{file}: {message}"))
        }
        error @ ReadError::Io { .. } => error,
    }
}

fn check_names(archive: &Archive) -> Result<(), ReadError> {
    if archive.len() > limits::ZIP_ENTRIES {
        let (limit, found) = (limits::ZIP_ENTRIES, archive.len());
        return Err(ReadError::Invalid(format!("expected a zip of at most {limit} entries, found {found}")));
    }
    for name in archive.file_names() {
        let leads_out = name.split('/').any(|part| part == "..");
        if leads_out || name.starts_with('/') || name.contains(['\\', ':', '\0']) {
            return Err(ReadError::Invalid(format!(
                "expected names within the zip, found {name:?}, which leads out of it"
            )));
        }
    }
    Ok(())
}

fn metadata(archive: &mut Archive) -> Result<Metadata, ReadError> {
    let entry = archive.by_name(META).map_err(|error| match error {
        ZipError::FileNotFound => {
            ReadError::Invalid(format!("expected a zip with {META}, as PostHog makes them, found none"))
        }
        error => damaged(error),
    })?;
    let mut metadata = Metadata::default();
    let mut stream = JsonStream::new(entry.take(limits::READ_BYTES));
    rows(&mut stream, &mut |stream| metadata.row(stream)).map_err(|error| in_entry(META, error))?;
    Ok(metadata)
}

/// Walks over the rows of what ClickHouse calls `FORMAT JSON`.
fn rows<R: Read>(
    stream: &mut JsonStream<R>,
    row: &mut dyn FnMut(&mut JsonStream<R>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    stream.object(|stream, key| match key {
        "data" => stream.array(|stream| row(stream)),
        _ => stream.skip(),
    })?;
    stream.end()
}

impl Metadata {
    fn row<R: Read>(&mut self, stream: &mut JsonStream<R>) -> Result<(), ReadError> {
        self.rows += 1;
        stream.object(|stream, key| match key {
            "session_id" => {
                let id = stream.text()?;
                self.session_id = json::string_value(&id).map(|id| id.into_owned());
                Ok(())
            }
            "distinct_id" => {
                let id = stream.text()?;
                self.distinct_ids.extend(json::string_value(&id).map(|id| id.into_owned()));
                Ok(())
            }
            "block_urls" => stream.array(|stream| {
                let url = stream.text()?;
                match json::string_value(&url) {
                    Some(url) if self.blocks.len() < limits::ZIP_BLOCKS => self.blocks.push(url.into_owned()),
                    _ => return Err(stream.refused("places of at most a million blocks", "something else")),
                }
                Ok(())
            }),
            _ => stream.skip(),
        })
    }
}

impl BlockAt {
    /// Reads `s3://bucket/key?range=bytes=first-last`.
    fn of(url: &str) -> Option<Self> {
        let (key, range) = url.split_once("?range=bytes=")?;
        let (first, last) = range.split_once('-')?;
        let file = key.rsplit('/').next().filter(|file| !file.is_empty())?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then(|| Self { file: file.to_owned(), first, last })
    }
}

/// The lines of a block.
fn block(archive: &mut Archive, place: &BlockAt) -> Result<Vec<u8>, ReadError> {
    let BlockAt { file, first, last } = place;
    let name = format!("{DATA}{file}");
    let invalid = |expected: String, found: &str| ReadError::Invalid(format!("expected {expected}, found {found}"));
    let length = (last - first).saturating_add(1);
    if length > limits::SNAPPY_BYTES as u64 || *last >= limits::READ_BYTES {
        return Err(invalid(format!("a block of at most {} bytes in {name}", limits::SNAPPY_BYTES), "a larger one"));
    }
    let mut entry = archive.by_name(&name).map_err(|error| match error {
        ZipError::FileNotFound => invalid(format!("{name} in the zip, as {META} says"), "none"),
        error => damaged(error),
    })?;
    let read = |cause: io::Error| damaged(ZipError::Io(cause));
    let passed = io::copy(&mut entry.by_ref().take(*first), &mut io::sink()).map_err(read)?;
    let mut compressed = Vec::new();
    entry.take(length).read_to_end(&mut compressed).map_err(read)?;
    if passed < *first || (compressed.len() as u64) < length {
        return Err(invalid(format!("bytes {first} to {last} in {name}"), "its end before"));
    }
    let no_snappy = || invalid(format!("a block of snappy at byte {first} of {name}"), "something else");
    let raw_length = snap::raw::decompress_len(&compressed).map_err(|_| no_snappy())?;
    if raw_length > limits::SNAPPY_BYTES {
        return Err(invalid(
            format!("a block of at most {} bytes at byte {first} of {name}", limits::SNAPPY_BYTES),
            "more",
        ));
    }
    snap::raw::Decoder::new().decompress_vec(&compressed).map_err(|_| no_snappy())
}

/// Counts what is in the zip and does not come along.
fn report_others(archive: &mut Archive, to: &mut Gathering<'_>) -> Result<(), ReadError> {
    let known = |name: &&str| matches!(*name, META | EVENTS | PREFIX) || name.starts_with(DATA) || name.ends_with('/');
    let others = archive.file_names().filter(|name| !known(name)).count();
    to.facts().leave_out("files of the zip", others as u64, "their meaning is not known");
    let events = match archive.by_name(EVENTS) {
        Ok(entry) => {
            let mut stream = JsonStream::new(entry.take(limits::READ_BYTES));
            let mut count = 0;
            rows(&mut stream, &mut |stream| {
                count += 1;
                stream.skip()
            })
            .map_err(|error| in_entry(EVENTS, error))?;
            count
        }
        Err(ZipError::FileNotFound) => 0,
        Err(error) => return Err(damaged(error)),
    };
    to.facts().leave_out("analytics events", events, "the zip has them as rows of a table, not as they were sent");
    Ok(())
}

fn in_entry(name: &str, error: ReadError) -> ReadError {
    match error {
        ReadError::Invalid(message) => ReadError::Invalid(format!("in {name}: {message}")),
        ReadError::Io { cause, .. } => match damaged(ZipError::Io(cause)) {
            ReadError::Invalid(message) => ReadError::Invalid(format!("in {name}: {message}")),
            error => error,
        },
    }
}

fn damaged(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(cause)
            if !matches!(
                cause.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::Other
            ) =>
        {
            ReadError::io("read the zip", cause)
        }
        ZipError::UnsupportedArchive(what) => {
            ReadError::Invalid(format!("expected a zip with deflate and without a password, found another: {what}"))
        }
        _ => ReadError::Invalid("expected a whole zip, found one that is cut or damaged".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_block_is_read() {
        let place = BlockAt::of("s3://b/session_recordings/30d/1764000000000-0123456789abcdef?range=bytes=17-40");
        let file = "1764000000000-0123456789abcdef".to_owned();
        assert_eq!(place, Some(BlockAt { file, first: 17, last: 40 }));
        for url in ["", "s3://b/x", "s3://b/x?range=bytes=4-3", "s3://b/?range=bytes=0-1", "x?range=bytes=-1-2"] {
            assert_eq!(BlockAt::of(url), None, "{url}");
        }
    }
}
