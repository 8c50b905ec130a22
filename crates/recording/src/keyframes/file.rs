//! The object that holds the keyframes of one recording: `keyframes/1`.
//!
//! ```text
//! zstd frame        the lines of one keyframe
//! …
//! skippable frame   index: which there are, and where; as that of a recording (`crate::trailer`)
//! ```

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::Keyframe;
use crate::file::{DecodeBlockError, Digest, MetaEntry, decode_meta};
use crate::ids::WindowId;
use crate::trailer::{self, TrailerError};

/// The format and its version. Objects of another one are made again.
pub const FORMAT: &str = "keyframes/1";

/// As that of live blocks: made once, read rarely, gone with the recording.
const LEVEL: i32 = 3;

/// One keyframe of the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which window.
    pub window_id: WindowId,
    /// Milliseconds since the recording's `started_at`.
    pub timestamp: i64,
    /// Where the frame begins.
    pub offset: u64,
    /// Bytes of the frame.
    pub length: u32,
    /// Bytes of its lines.
    pub raw_length: u32,
    /// Digest of the frame as it stands in the object.
    pub sha256: Digest,
}

/// A window of which there are no keyframes from a time on, until its next full snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Which window.
    pub window_id: WindowId,
    /// Milliseconds since the recording's `started_at`.
    pub timestamp: i64,
    /// [`crate::page::Trouble::name`].
    pub reason: String,
}

/// What is in the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// [`FORMAT`].
    pub format: String,
    /// `started_at` of the recording's file, which all times count from: milliseconds since the epoch.
    pub started_at: i64,
    /// The keyframes, in the order of their times.
    pub keyframes: Vec<Entry>,
    /// Where there are none, and why.
    pub left_out: Vec<LeftOut>,
}

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyframesError {
    /// More of its end is needed.
    #[error("the last {0} bytes are needed")]
    NeedMore(usize),
    /// Its end is no index.
    #[error("the end is no index")]
    Trailer(#[source] TrailerError),
    /// The index is not one.
    #[error("the index is none")]
    Index(#[source] serde_json::Error),
    /// It is of another version.
    #[error("expected the format {FORMAT}, found {0:?}")]
    Format(String),
    /// A keyframe is damaged.
    #[error("a keyframe is damaged")]
    Damaged(#[from] DecodeBlockError),
}

/// Writes the object.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    started_at: i64,
    offset: u64,
    keyframes: Vec<Entry>,
}

impl<W: Write> Writer<W> {
    /// Begins the object of a recording that begins at this time, epoch milliseconds.
    pub fn new(out: W, started_at: i64) -> Self {
        Self { out, started_at, offset: 0, keyframes: Vec::new() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.keyframes.len()
    }

    /// Adds a keyframe. They come in the order of the recording's lines.
    ///
    /// # Errors
    /// When it cannot be written, or is larger than an object can hold.
    pub fn push(&mut self, keyframe: &Keyframe) -> io::Result<()> {
        let raw_length = u32::try_from(keyframe.lines.len()).map_err(io::Error::other)?;
        let frame = zstd::bulk::compress(&keyframe.lines, LEVEL)?;
        let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
        self.out.write_all(&frame)?;
        self.keyframes.push(Entry {
            window_id: keyframe.window_id.clone(),
            timestamp: keyframe.timestamp,
            offset: self.offset,
            length,
            raw_length,
            sha256: Digest::of(&frame),
        });
        self.offset += u64::from(length);
        Ok(())
    }

    /// Ends the object.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self, left_out: Vec<LeftOut>) -> io::Result<W> {
        let mut keyframes = self.keyframes;
        keyframes.sort_by_key(|entry| entry.timestamp);
        let index = Index { format: FORMAT.to_owned(), started_at: self.started_at, keyframes, left_out };
        let json = serde_json::to_vec(&index).map_err(io::Error::other)?;
        self.out.write_all(&trailer::index_frame(&json))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads what is in the object, given its end.
///
/// # Errors
/// When that is no end of one, or more of it is needed.
pub fn read_index(tail: &[u8]) -> Result<Index, KeyframesError> {
    let (json, _) = trailer::read_index_frame(tail).map_err(|error| match error {
        TrailerError::NeedMore(bytes) => KeyframesError::NeedMore(bytes),
        error => KeyframesError::Trailer(error),
    })?;
    /// Read first: what another version says beside it is not ours to judge.
    #[derive(Deserialize)]
    struct Head {
        format: String,
    }
    let head: Head = serde_json::from_slice(&json).map_err(KeyframesError::Index)?;
    if head.format != FORMAT {
        return Err(KeyframesError::Format(head.format));
    }
    serde_json::from_slice(&json).map_err(KeyframesError::Index)
}

/// The lines of a keyframe, given its frame.
///
/// # Errors
/// When the frame is damaged.
pub fn decode(frame: &[u8], entry: &Entry) -> Result<Vec<u8>, KeyframesError> {
    let Entry { offset, length, raw_length, sha256, .. } = *entry;
    Ok(decode_meta(frame, &MetaEntry { offset, length, raw_length, sha256 })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyframe(timestamp: i64, lines: &str) -> Keyframe {
        Keyframe { window_id: "w".parse().unwrap(), timestamp, lines: lines.into() }
    }

    fn object() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), 1000);
        writer.push(&keyframe(20, "later\n")).unwrap();
        writer.push(&keyframe(10, "earlier\n")).unwrap();
        assert_eq!(writer.count(), 2);
        let left_out = LeftOut { window_id: "v".parse().unwrap(), timestamp: 5, reason: "unclear".into() };
        writer.finish(vec![left_out]).unwrap()
    }

    #[test]
    fn an_object_is_read_from_its_end_and_its_keyframes_are_in_the_order_of_their_times() {
        let object = object();
        let index = read_index(&object).unwrap();
        assert_eq!((index.format.as_str(), index.started_at, index.left_out.len()), (FORMAT, 1000, 1));
        let lines: Vec<Vec<u8>> = index
            .keyframes
            .iter()
            .map(|entry| {
                let from = usize::try_from(entry.offset).unwrap();
                decode(&object[from..from + entry.length as usize], entry).unwrap()
            })
            .collect();
        assert_eq!(lines, [b"earlier\n".to_vec(), b"later\n".to_vec()]);
        assert!(
            matches!(read_index(&object[object.len() - 9..]), Err(KeyframesError::NeedMore(more)) if more < object.len())
        );
        // Any zstd prints the lines.
        assert_eq!(zstd::decode_all(object.as_slice()).unwrap(), b"later\nearlier\n");
    }

    #[test]
    fn damage_and_other_versions_are_noticed() {
        let object = object();
        let index = read_index(&object).unwrap();
        let entry = &index.keyframes[1];
        let mut frame = object[..entry.length as usize].to_vec();
        frame[5] ^= 1;
        assert!(matches!(decode(&frame, entry), Err(KeyframesError::Damaged(_))));
        assert!(matches!(read_index(b"nothing of the sort"), Err(KeyframesError::Trailer(_))));
        let newer = trailer::index_frame(br#"{"format":"keyframes/2","keyframes":7}"#);
        assert!(matches!(read_index(&newer), Err(KeyframesError::Format(found)) if found == "keyframes/2"));
    }
}
