//! The names of things. Each type has one constructor, so a value that exists is a value that was checked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits;

/// One project: what a project token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProjectId(pub u32);

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one recording within its project. The SDK sends it as `$session_id`.
///
/// Invariant: an ASCII letter or digit, then up to 69 letters, digits or `-`. Object names and log lines are built from
/// it without escaping, so nothing wider may ever be constructed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordingId(Box<str>);

/// Why a text cannot name a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingIdError {
    /// The text is empty.
    #[error("a session id has 1 to {} characters, this one is empty", limits::RECORDING_ID_CHARS)]
    Empty,
    /// The text is longer than [`limits::RECORDING_ID_CHARS`].
    #[error("a session id has at most {} characters, this one has {length} bytes", limits::RECORDING_ID_CHARS)]
    TooLong {
        /// Bytes of the refused text.
        length: usize,
    },
    /// A character that may not stand there.
    #[error("a session id holds ASCII letters, digits and '-' (not first), this one has {found:?} at byte {at}")]
    Character {
        /// Byte offset of the character.
        at: usize,
        /// The character.
        found: char,
    },
}

impl RecordingId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecordingId {
    type Err = RecordingIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(RecordingIdError::Empty);
        }
        if text.len() > limits::RECORDING_ID_CHARS {
            return Err(RecordingIdError::TooLong { length: text.len() });
        }
        let allowed = |at: usize, found: char| found.is_ascii_alphanumeric() || (found == '-' && at > 0);
        match text.char_indices().find(|&(at, found)| !allowed(at, found)) {
            Some((at, found)) => Err(RecordingIdError::Character { at, found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl TryFrom<String> for RecordingId {
    type Error = RecordingIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RecordingId> for String {
    fn from(id: RecordingId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One browser tab. The SDK sends it as `$window_id`; empty where it sends none.
///
/// Invariant: at most [`limits::WINDOW_ID_BYTES`] bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WindowId(Box<str>);

/// Why a text cannot name a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a window id has at most {} bytes and no control characters, this one has {length} bytes",
    limits::WINDOW_ID_BYTES
)]
pub struct WindowIdError {
    /// Bytes of the refused text.
    pub length: usize,
}

impl WindowId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WindowId {
    type Err = WindowIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > limits::WINDOW_ID_BYTES || text.chars().any(char::is_control) {
            return Err(WindowIdError { length: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for WindowId {
    type Error = WindowIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<WindowId> for String {
    fn from(id: WindowId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The analytics identity of a person. Personal data: `Debug` hides it, and there is no `Display`, so it cannot reach a
/// log line by accident.
///
/// Invariant: at most [`limits::DISTINCT_ID_BYTES`] bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DistinctId(Box<str>);

/// Why a text cannot be a distinct id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a distinct id has 1 to {} bytes, this one has {length}", limits::DISTINCT_ID_BYTES)]
pub struct DistinctIdError {
    /// Bytes of the refused text.
    pub length: usize,
}

impl DistinctId {
    /// The id as text. Do not log it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DistinctId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DistinctId(***)")
    }
}

impl FromStr for DistinctId {
    type Err = DistinctIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.len() > limits::DISTINCT_ID_BYTES {
            return Err(DistinctIdError { length: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for DistinctId {
    type Error = DistinctIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DistinctId> for String {
    fn from(id: DistinctId) -> Self {
        id.0.into()
    }
}

/// Names one item of a request: what a retry repeats, and so what makes a repetition known.
///
/// Ordered: UUIDs first, and these by their bytes, so that version-7 UUIDs sort by their creation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ItemId {
    /// The item's `uuid`.
    Uuid([u8; 16]),
    /// The first half of the SHA-256 of the item's bytes, for items without a UUID (mobile, import).
    Digest([u8; 16]),
}

/// Why a text is no item id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an item id is a UUID or 'sha256-' and 32 hexadecimal digits")]
pub struct ItemIdError;

const DIGEST_PREFIX: &str = "sha256-";

impl ItemId {
    /// The id of an item that carries no UUID: equal bytes are the same item.
    pub fn of_bytes(item: &[u8]) -> Self {
        let digest = Sha256::digest(item);
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self::Digest(half)
    }
}

impl FromStr for ItemId {
    type Err = ItemIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix(DIGEST_PREFIX) {
            Some(digits) => hex16(digits.as_bytes()).map(Self::Digest).ok_or(ItemIdError),
            None => uuid_bytes(text.as_bytes()).map(Self::Uuid).ok_or(ItemIdError),
        }
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(bytes) => {
                for (at, byte) in bytes.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
            Self::Digest(bytes) => {
                f.write_str(DIGEST_PREFIX)?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemId({self})")
    }
}

impl TryFrom<String> for ItemId {
    type Error = ItemIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ItemId> for String {
    fn from(id: ItemId) -> Self {
        id.to_string()
    }
}

fn uuid_bytes(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 || [8, 13, 18, 23].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut digits = [0; 32];
    let all = text.iter().enumerate().filter(|(at, _)| !matches!(at, 8 | 13 | 18 | 23));
    for (slot, (_, &digit)) in digits.iter_mut().zip(all) {
        *slot = digit;
    }
    hex16(&digits)
}

fn hex16(digits: &[u8]) -> Option<[u8; 16]> {
    if digits.len() != 32 {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).expect("two hexadecimal digits make a byte");
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_id_refuses_a_path_separator() {
        let error = "a/b".parse::<RecordingId>().unwrap_err();
        assert_eq!(error, RecordingIdError::Character { at: 1, found: '/' });
    }

    #[test]
    fn recording_id_refuses_dots_emptiness_a_leading_dash_and_length() {
        for text in ["..", "", "-a", "a b", "é", "a\n", "a\0"] {
            assert!(text.parse::<RecordingId>().is_err(), "{text:?}");
        }
        assert!("a".repeat(70).parse::<RecordingId>().is_ok());
        assert_eq!("a".repeat(71).parse::<RecordingId>(), Err(RecordingIdError::TooLong { length: 71 }));
    }

    #[test]
    fn distinct_id_does_not_print() {
        let id: DistinctId = "ann@example.com".parse().unwrap();
        assert_eq!(format!("{id:?}"), "DistinctId(***)");
    }

    #[test]
    fn item_id_survives_its_text() {
        for text in ["01a1fcf5-801b-7281-b87f-8084dfc6a672", "sha256-00112233445566778899aabbccddeeff"] {
            assert_eq!(text.parse::<ItemId>().unwrap().to_string(), text);
        }
        assert!("01a1fcf5801b7281b87f8084dfc6a672".parse::<ItemId>().is_err());
        assert!("01a1fcf5-801b-7281-b87f-8084dfc6a67g".parse::<ItemId>().is_err());
    }

    #[test]
    fn item_id_of_bytes_depends_on_every_byte() {
        assert_eq!(ItemId::of_bytes(b"a"), ItemId::of_bytes(b"a"));
        assert_ne!(ItemId::of_bytes(b"a"), ItemId::of_bytes(b"b"));
    }
}
