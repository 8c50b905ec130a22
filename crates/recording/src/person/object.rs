//! An object of person changes: one zstd frame of NDJSON.
//!
//! ```text
//! {"format":"persons/1","project_id":1,"changes":2,"sha256":"…"}    the digest of all that follows
//! {"item":"…","at":1795245310102,"distinct_id":"ann","link":{"kind":"identify","distinct_id":"x"},"set":{"plan":"pro"}}
//! {"item":"…",…}
//! ```
//!
//! An object is whole or it does not read: the digest tells a torn one from another one.

use std::io::{self, Read as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::PersonChange;
use super::change::LineError;
use crate::{ProjectId, limits};

const FORMAT: &str = "persons/1";

/// Changes are small and few; the collector's thread has other work.
const LEVEL: i32 = 3;

/// What one object holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonObject {
    /// Whose persons.
    pub project: ProjectId,
    /// The changes.
    pub changes: Vec<PersonChange>,
}

/// Why bytes are no object of person changes.
#[derive(Debug, thiserror::Error)]
pub enum PersonObjectError {
    /// It does not decompress, or to too much.
    #[error("expected zstd of at most {} bytes", limits::PERSON_OBJECT_BYTES)]
    Zstd(#[source] io::Error),
    /// It is no text.
    #[error("expected UTF-8")]
    NotUtf8,
    /// The first line is not what it must be.
    #[error("expected a first line of the format {FORMAT}, found {found:?}")]
    Head {
        /// The line's beginning.
        found: String,
    },
    /// The rest is not what the first line says.
    #[error("expected the digest {expected}, found {found}")]
    Digest {
        /// As the first line says.
        expected: String,
        /// Of the bytes that are there.
        found: String,
    },
    /// A line is no change.
    #[error("line {number} is no person change")]
    Line {
        /// From 1.
        number: usize,
        /// Why.
        #[source]
        source: LineError,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    project_id: ProjectId,
    changes: usize,
    sha256: String,
}

impl PersonObject {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        self.changes.iter().for_each(|change| change.write_line(&mut lines));
        seal(self.project, self.changes.len(), &lines)
    }

    /// Reads what [`PersonObject::encode`] wrote.
    ///
    /// # Errors
    /// When it is not whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, PersonObjectError> {
        let text = String::from_utf8(inflate(bytes).map_err(PersonObjectError::Zstd)?);
        let text = text.map_err(|_| PersonObjectError::NotUtf8)?;
        let (head, lines) = text.split_once('\n').unwrap_or((&text, ""));
        let head: Head = serde_json::from_str(head)
            .ok()
            .filter(|head: &Head| head.format == FORMAT)
            .ok_or_else(|| PersonObjectError::Head { found: head.chars().take(60).collect() })?;
        let found = digest(lines.as_bytes());
        if found != head.sha256 {
            return Err(PersonObjectError::Digest { expected: head.sha256, found });
        }
        let read = |(line, number): (&str, usize)| {
            PersonChange::read_line(line).map_err(|source| PersonObjectError::Line { number, source })
        };
        let changes = lines.lines().zip(2..).map(read).collect::<Result<_, _>>()?;
        Ok(Self { project: head.project_id, changes })
    }
}

/// The object of lines that were written already, so that none is held twice.
pub fn seal(project: ProjectId, changes: usize, lines: &[u8]) -> Vec<u8> {
    let head = Head { format: FORMAT.to_owned(), project_id: project, changes, sha256: digest(lines) };
    let mut text = serde_json::to_vec(&head).expect("a head of texts and numbers is JSON");
    text.push(b'\n');
    text.extend_from_slice(lines);
    zstd::bulk::compress(&text, LEVEL).expect("zstd has memory to compress an object")
}

fn inflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let limit = limits::PERSON_OBJECT_BYTES as u64;
    zstd::Decoder::new(bytes)?.take(limit + 1).read_to_end(&mut text)?;
    match text.len() as u64 > limit {
        true => Err(io::Error::other("it holds more")),
        false => Ok(text),
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Stamp;
    use super::*;
    use crate::ItemId;

    fn object() -> PersonObject {
        let change = |at: i64| PersonChange {
            set: vec![("a".into(), format!("{at}"))],
            ..PersonChange::new(Stamp { at, item: ItemId::of_bytes(&at.to_le_bytes()) }, "ann".parse().unwrap())
        };
        PersonObject { project: ProjectId(7), changes: (0..20).map(change).collect() }
    }

    #[test]
    fn an_object_reads_back() {
        let object = object();
        assert_eq!(PersonObject::decode(&object.encode()).unwrap(), object);
        assert_eq!(object.encode(), object.encode());
    }

    #[test]
    fn the_object_in_the_document_is_what_is_written() {
        let document = include_str!("../../../../docs/format/persons.md");
        let (_, rest) = document.split_once("```ndjson persons\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let read = PersonObject::decode(&zstd::bulk::compress(example.as_bytes(), 1).unwrap()).unwrap();
        assert_eq!(read.changes.len(), 2);
        assert_eq!(String::from_utf8(zstd::decode_all(&*read.encode()).unwrap()).unwrap(), example);
    }

    #[test]
    fn a_torn_or_changed_object_does_not_read() {
        let bytes = object().encode();
        for length in [0, 1, 20, bytes.len() - 1] {
            assert!(PersonObject::decode(&bytes[..length]).is_err(), "{length}");
        }
        let text = zstd::bulk::decompress(&bytes, 1 << 20).unwrap();
        let changed = String::from_utf8(text).unwrap().replace("\"a\":3", "\"a\":4");
        let error = PersonObject::decode(&zstd::bulk::compress(changed.as_bytes(), 1).unwrap()).unwrap_err();
        assert!(matches!(error, PersonObjectError::Digest { .. }), "{error}");
        let other = zstd::bulk::compress(b"{\"format\":\"persons/2\"}\n", 1).unwrap();
        assert!(matches!(PersonObject::decode(&other), Err(PersonObjectError::Head { .. })));
    }
}
