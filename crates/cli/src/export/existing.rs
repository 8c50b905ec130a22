//! What lies under a recording's name where nothing is noted of it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use cassette_interchange::Format;
use cassette_recording::file::{LineReader, Meta};

use crate::form::Chosen;
use crate::place::Finished;

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
    /// Something else, or something that does not say what it is.
    Foreign,
}

impl Existing {
    /// Judges by content. Only the forms that begin with a meta line say whose they are.
    pub(super) fn at(path: &Path, chosen: Chosen, recording: &Finished) -> io::Result<Self> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error),
        };
        if !file.metadata()?.is_file() {
            return Ok(Self::Foreign);
        }
        let size = file.metadata()?.len();
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(size.saturating_sub(END_BYTES)))?;
        file.read_to_end(&mut end)?;
        file.rewind()?;
        let complete = match (chosen.form.format, chosen.form.compression) {
            (Format::NdjsonZst, _) => end.ends_with(&SEEKABLE_MARK),
            // With half emojis or without: the file does not say.
            (Format::Ndjson, None) if !chosen.well_formed => last_line(&end).starts_with(br#"{"type":"end","#),
            _ => return Ok(Self::Foreign),
        };
        Ok(match by_meta(file, recording)? {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use cassette_interchange::Form;

    use super::*;

    const META: &str = r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":1,"ended_at":2,"revision":2}"#;
    const END: &str = r#"{"type":"end","seq":2,"events":1,"sha256":"x"}"#;

    fn found(format: Format, text: &[u8]) -> Existing {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, text).unwrap();
        at(&path, format)
    }

    fn at(path: &Path, format: Format) -> Existing {
        let id = "a".parse().unwrap();
        let recording = Finished { id, revision: 2, events: Some(2), more_to_come: false, object: None };
        let chosen = Chosen { form: Form { format, compression: None }, well_formed: false };
        Existing::at(path, chosen, &recording).unwrap()
    }

    #[test]
    fn an_export_is_known_by_its_first_and_its_last_line() {
        let whole = format!("{META}\n{END}\n");
        assert_eq!(found(Format::Ndjson, whole.as_bytes()), Existing::Current);
        assert_eq!(found(Format::Ndjson, whole.trim_end().as_bytes()), Existing::Outdated);
        assert_eq!(found(Format::Ndjson, META.as_bytes()), Existing::Outdated);
        let older = whole.replace(r#""revision":2"#, r#""revision":1"#);
        assert_eq!(found(Format::Ndjson, older.as_bytes()), Existing::Outdated);
        let other = whole.replace(r#""session_id":"a""#, r#""session_id":"A""#);
        assert_eq!(found(Format::Ndjson, other.as_bytes()), Existing::Foreign);
        assert_eq!(found(Format::Ndjson, b"shopping list\n"), Existing::Foreign);
        assert_eq!(found(Format::NdjsonZst, whole.as_bytes()), Existing::Outdated, "there is no trailer");
        let compressed = [whole.as_bytes(), &SEEKABLE_MARK].concat();
        assert_eq!(found(Format::NdjsonZst, &compressed), Existing::Current);
    }

    #[test]
    fn what_does_not_say_whose_it_is_is_left_alone() {
        assert_eq!(found(Format::Rrweb, b"[\n{},\n{}\n]\n"), Existing::Foreign);
        assert_eq!(found(Format::Html, b"<!doctype html>"), Existing::Foreign);
        assert_eq!(found(Format::Ndjson, b""), Existing::Foreign);
    }

    #[test]
    fn where_nothing_is_there_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(at(&folder.path().join("a"), Format::Rrweb), Existing::Nothing);
    }
}
