//! What an earlier `export --all` left under a recording's name.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use cassette_recording::file::{LineReader, Meta};

use crate::place::Finished;
use crate::words::Format;

/// Bytes of the end that tell whether a file is complete: longer than the last line of a recording.
const END_BYTES: u64 = 512;

/// The last bytes of a stored file: zstd's mark of a seek table.
const SEEKABLE_MARK: [u8; 4] = 0x8F92_EAB1_u32.to_le_bytes();

/// What lies under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// Nothing.
    Nothing,
    /// This revision of the recording, complete.
    Current,
    /// An older revision of it, or a part.
    Outdated,
    /// Something else.
    Foreign,
}

impl Existing {
    pub(super) fn at(path: &Path, format: Format, recording: &Finished) -> io::Result<Self> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error),
        };
        let size = file.metadata()?.len();
        if !file.metadata()?.is_file() {
            return Ok(Self::Foreign);
        }
        if size == 0 {
            return Ok(Self::Outdated);
        }
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(size.saturating_sub(END_BYTES)))?;
        file.read_to_end(&mut end)?;
        file.rewind()?;
        let complete = match format {
            Format::Stored => end.ends_with(&SEEKABLE_MARK),
            Format::Ndjson => last_line(&end).starts_with(br#"{"type":"end","#),
            Format::Rrweb => last_line(&end) == b"]" || end == b"[]\n",
        };
        let found = match format {
            Format::Stored | Format::Ndjson => by_meta(file, recording)?,
            Format::Rrweb => by_events(file, recording)?,
        };
        Ok(match found {
            Self::Current if !complete => Self::Outdated,
            found => found,
        })
    }
}

/// The last line, without its line break; nothing where it has none.
fn last_line(end: &[u8]) -> &[u8] {
    let Some(lines) = end.strip_suffix(b"\n") else { return b"" };
    lines.rsplit(|&byte| byte == b'\n').next().unwrap_or_default()
}

fn by_meta(file: File, recording: &Finished) -> io::Result<Existing> {
    let mut reader = LineReader::new(file)?;
    // Whatever does not read as a meta line is not ours.
    let line = reader.next_line().ok().flatten();
    let meta = line.and_then(|line| Meta::parse(std::str::from_utf8(line.bytes).ok()?).ok());
    Ok(match meta {
        Some(meta) if meta.session_id != recording.id => Existing::Foreign,
        Some(meta) if u64::from(meta.revision) == recording.revision => Existing::Current,
        Some(_) => Existing::Outdated,
        None => Existing::Foreign,
    })
}

/// An array of events does not say whose they are. It holds one a line, between two lines of its own; a later revision
/// has more, or the same.
fn by_events(file: File, recording: &Finished) -> io::Result<Existing> {
    let mut file = BufReader::with_capacity(256 << 10, file);
    if file.fill_buf()?.first() != Some(&b'[') {
        return Ok(Existing::Foreign);
    }
    let mut lines = 0_u64;
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        lines += memchr::memchr_iter(b'\n', piece).count() as u64;
        let length = piece.len();
        file.consume(length);
    }
    // An empty array is one line.
    let events = if lines == 1 { Some(0) } else { lines.checked_sub(2) };
    Ok(if events.is_some() && events == recording.events { Existing::Current } else { Existing::Outdated })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const META: &str = r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":1,"ended_at":2,"revision":2}"#;
    const END: &str = r#"{"type":"end","seq":2,"events":1,"sha256":"x"}"#;

    fn found(format: Format, text: &[u8]) -> Existing {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, text).unwrap();
        let id = "a".parse().unwrap();
        let recording = Finished { id, revision: 2, events: Some(2), more_to_come: false, object: None };
        Existing::at(&path, format, &recording).unwrap()
    }

    #[test]
    fn an_export_is_known_by_its_first_and_its_last_line() {
        let whole = format!("{META}\n{END}\n");
        assert_eq!(found(Format::Ndjson, whole.as_bytes()), Existing::Current);
        assert_eq!(found(Format::Ndjson, whole.trim_end().as_bytes()), Existing::Outdated);
        assert_eq!(found(Format::Ndjson, META.as_bytes()), Existing::Outdated);
        assert_eq!(found(Format::Ndjson, b""), Existing::Outdated);
        let older = whole.replace(r#""revision":2"#, r#""revision":1"#);
        assert_eq!(found(Format::Ndjson, older.as_bytes()), Existing::Outdated);
        let other = whole.replace(r#""session_id":"a""#, r#""session_id":"A""#);
        assert_eq!(found(Format::Ndjson, other.as_bytes()), Existing::Foreign);
        assert_eq!(found(Format::Ndjson, b"shopping list\n"), Existing::Foreign);
        assert_eq!(found(Format::Stored, whole.as_bytes()), Existing::Outdated, "there is no trailer");
        let compressed = [whole.as_bytes(), &SEEKABLE_MARK].concat();
        assert_eq!(found(Format::Stored, &compressed), Existing::Current);
    }

    #[test]
    fn an_array_of_events_is_known_by_their_number() {
        assert_eq!(found(Format::Rrweb, b"[\n{},\n{}\n]\n"), Existing::Current);
        assert_eq!(found(Format::Rrweb, b"[\n{},\n{}\n"), Existing::Outdated);
        assert_eq!(found(Format::Rrweb, b"[\n{}\n]\n"), Existing::Outdated);
        assert_eq!(found(Format::Rrweb, b"[]\n"), Existing::Outdated);
        assert_eq!(found(Format::Rrweb, b"{}\n"), Existing::Foreign);
    }

    #[test]
    fn where_nothing_is_there_is_nothing() {
        let id = "a".parse().unwrap();
        let recording = Finished { id, revision: 1, events: None, more_to_come: false, object: None };
        let folder = tempfile::tempdir().unwrap();
        let nothing = Existing::at(&folder.path().join("a"), Format::Rrweb, &recording);
        assert_eq!(nothing.unwrap(), Existing::Nothing);
    }
}
