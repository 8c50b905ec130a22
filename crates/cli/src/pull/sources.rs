//! Where the events of a recording are: the blocks that PostHog lists, and the calls by which they are fetched.
//!
//! A block's key is its place in the list, so a block that arrives late moves all that begin after it. What was fetched of
//! a recording is therefore only gone on with where the list begins as it did ([`Sources::digest`]).

use std::fmt;

use cassette_recording::json::{self, Array, JsonError, Object, string_value};
use sha2::{Digest as _, Sha256};

/// Keys asked for in one call: the most that PostHog gives to a personal API key.
const KEYS_A_CALL: usize = 20;

/// What the list of sources says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sources {
    pieces: Vec<Piece>,
    /// Kinds of sources that are unknown here.
    pub(super) unknown: Vec<String>,
}

/// One entry.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    key: Key,
    /// The entry as listed.
    listed: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Key {
    /// `blob_v2`
    Block(u64),
    /// `blob_v2_lts`: all of the recording as one object.
    LongTerm(String),
}

/// A call for some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Range {
    /// Blocks from the first key to the last.
    Blocks { first: u64, last: u64 },
    /// A whole recording.
    LongTerm { key: String },
}

impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocks { first, last } if first == last => write!(out, "key {first}"),
            Self::Blocks { first, last } => write!(out, "keys {first} to {last}"),
            Self::LongTerm { .. } => write!(out, "the long-term copy"),
        }
    }
}

impl Range {
    /// Entries of the list that it is for.
    pub(super) fn pieces(&self) -> usize {
        match self {
            Self::Blocks { first, last } => (last - first) as usize + 1,
            Self::LongTerm { .. } => 1,
        }
    }
}

impl Sources {
    /// Reads an answer.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        match Self::members(text) {
            Ok(Some(sources)) => Ok(sources),
            Ok(None) => Err("expected a list of \"sources\", found something else".to_owned()),
            Err(error) => Err(format!("expected a list of sources, found no JSON: {error}")),
        }
    }

    fn members(text: &str) -> Result<Option<Self>, JsonError> {
        let mut found = None;
        let mut object = Object::open(json::one_value(text)?, 0)?;
        while let Some(key) = object.next_key()? {
            if key == "sources" {
                let mut sources = Self::default();
                let mut array = Array::open(object.value()?, 0)?;
                while let Some(entry) = array.next_value()? {
                    sources.take(entry)?;
                }
                found = Some(sources);
            }
        }
        Ok(found)
    }

    fn take(&mut self, entry: &str) -> Result<(), JsonError> {
        let (mut source, mut key) = (String::new(), String::new());
        let mut object = Object::open(entry, 0)?;
        while let Some(name) = object.next_key()? {
            let value = object.value()?;
            let text = || string_value(value).map_or_else(|| value.to_owned(), |text| text.into_owned());
            match name {
                "source" => source = text(),
                "blob_key" => key = text(),
                _ => {}
            }
        }
        let known = match (source.as_str(), key.parse::<u64>()) {
            ("blob_v2", Ok(key)) => Ok(Key::Block(key)),
            ("blob_v2_lts", _) => Ok(Key::LongTerm(key)),
            ("blob_v2", Err(_)) => Err(format!("blob_v2 with the key {key}")),
            _ => Err(source),
        };
        match known {
            Ok(key) => self.pieces.push(Piece { key, listed: entry.to_owned() }),
            Err(what) if self.unknown.contains(&what) => {}
            Err(what) => self.unknown.push(what),
        }
        Ok(())
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Some of them cannot be told from others by their number.
    pub(super) fn has_long_term(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece.key, Key::LongTerm(_)))
    }

    /// The next call, where the first `done` entries were fetched.
    pub(super) fn range(&self, done: usize) -> Option<Range> {
        let rest = self.pieces.get(done..)?;
        let first = match &rest.first()?.key {
            Key::LongTerm(key) => return Some(Range::LongTerm { key: key.clone() }),
            Key::Block(first) => *first,
        };
        // Only what follows without a gap: nobody promised that there is nothing in between.
        let follows =
            |(at, piece): &(u64, &Piece)| first.checked_add(*at).is_some_and(|key| piece.key == Key::Block(key));
        let keys = (0..).zip(rest).take(KEYS_A_CALL).take_while(follows).count() as u64;
        Some(Range::Blocks { first, last: first + (keys - 1) })
    }

    /// What the first so many entries are.
    pub(super) fn digest(&self, entries: usize) -> String {
        let mut hasher = Sha256::new();
        for piece in self.pieces.iter().take(entries) {
            hasher.update(&piece.listed);
            hasher.update(b"\n");
        }
        hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(keys: impl IntoIterator<Item = u64>) -> Sources {
        let entries: Vec<String> =
            keys.into_iter().map(|key| format!(r#"{{"source":"blob_v2","blob_key":"{key}"}}"#)).collect();
        Sources::read(&format!(r#"{{"sources":[{}]}}"#, entries.join(","))).unwrap()
    }

    fn ranges(sources: &Sources) -> Vec<(u64, u64)> {
        let (mut done, mut ranges) = (0, Vec::new());
        while let Some(range) = sources.range(done) {
            done += range.pieces();
            if let Range::Blocks { first, last } = range {
                ranges.push((first, last));
            }
        }
        assert_eq!(done, sources.len());
        ranges
    }

    #[test]
    fn calls_ask_for_twenty_keys_at_most_and_for_no_key_that_is_not_listed() {
        assert_eq!(ranges(&blocks(0..45)), [(0, 19), (20, 39), (40, 44)]);
        assert_eq!(
            ranges(&blocks([0, 1, 1_000_000, 1_000_001, 1_000_003])),
            [(0, 1), (1_000_000, 1_000_001), (1_000_003, 1_000_003)]
        );
        assert_eq!(ranges(&blocks([3, 2])), [(3, 3), (2, 2)]);
        assert_eq!(ranges(&blocks([u64::MAX])), [(u64::MAX, u64::MAX)]);
        assert_eq!(ranges(&blocks([])), []);
    }

    #[test]
    fn a_long_term_copy_is_one_call_and_what_is_unknown_is_named() {
        let sources = Sources::read(
            r#"{"sources":[{"source":"blob_v2_lts","blob_key":"lts/a","start_timestamp":null},{"source":"realtime"},
            {"source":"blob_v2","blob_key":null},{"source":"realtime"}]}"#,
        );
        let sources = sources.unwrap();
        assert_eq!(sources.range(0), Some(Range::LongTerm { key: "lts/a".to_owned() }));
        assert_eq!((sources.range(1), sources.has_long_term()), (None, true));
        assert_eq!(sources.unknown, ["realtime", "blob_v2 with the key null"]);
    }

    #[test]
    fn a_block_that_arrived_late_is_seen() {
        let (before, after) = (blocks(0..3), blocks(0..5));
        assert_eq!(before.digest(3), after.digest(3));
        assert_ne!(before.digest(3), after.digest(4));
        let late = Sources::read(r#"{"sources":[{"source":"blob_v2","blob_key":"0","start_timestamp":"x"}]}"#).unwrap();
        assert_ne!(late.digest(1), before.digest(1));
        for text in ["", "{}", "[]", r#"{"sources":7}"#] {
            assert!(Sources::read(text).is_err(), "{text}");
        }
    }
}
