//! What the query of a snapshots request asks for.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::api_error::ApiError;
use crate::auth::By;
use crate::playback::{GENERATION, LIVE_GENERATION};

/// Keys that a program may ask for at a time, and a browser. PostHog's numbers; as there, a range may hold one more.
const MOST_BY_KEY: u64 = 20;
const MOST_BY_BROWSER: u64 = 100;

/// The parameters, as texts: what they must be is said by [`Query::read`].
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Query {
    /// Absent: the list of sources. `blob_v2`: events.
    source: Option<String>,
    /// The first key of a range.
    start_blob_key: Option<String>,
    /// The last key of a range, inclusive.
    end_blob_key: Option<String>,
    /// A single key, in place of a range.
    blob_key: Option<String>,
    /// `false`: each block as raw snappy behind its length, four bytes, the highest first. `true` (unless told): JSONL.
    decompress: Option<String>,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The list.
    Sources,
    /// Events.
    Blocks(Keys, Form),
}

/// In which form events go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines `["window", event]`.
    Jsonl,
    /// The same lines of each block, compressed.
    Snappy,
}

/// A range of keys, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) first: Key,
    pub(super) last: Key,
    /// Blocks that the caller may ask for at a time, less one.
    pub(super) limit: u64,
}

/// A block of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) generation: u64,
    pub(super) index: u64,
}

impl Key {
    pub(super) fn is_live(self) -> bool {
        self.generation == LIVE_GENERATION
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Self { generation: number / GENERATION, index: number % GENERATION }
    }
}

impl Query {
    pub(super) fn read(&self, by: &By) -> Result<Asked, ApiError> {
        match given(self.source.as_ref()) {
            None => Ok(Asked::Sources),
            Some("blob_v2") => Ok(Asked::Blocks(self.keys(by)?, self.form()?)),
            // There are no such copies, so no key is that of one.
            Some("blob_v2_lts") if given(self.blob_key.as_ref()).is_some() => Err(ApiError::NotFound),
            Some("blob_v2_lts") => Err(ApiError::Required { attr: "blob_key" }),
            Some(other) => Err(invalid(
                "source",
                format!("Invalid source: expected blob_v2, or none for the list, got {other:?}."),
            )),
        }
    }

    fn keys(&self, by: &By) -> Result<Keys, ApiError> {
        let limit = match by {
            By::Key(_) => MOST_BY_KEY,
            By::Browser => MOST_BY_BROWSER,
        };
        let range = (given(self.start_blob_key.as_ref()), given(self.end_blob_key.as_ref()));
        let (first, last) = match (given(self.blob_key.as_ref()), range) {
            (None, (Some(first), Some(last))) => (number("start_blob_key", first)?, number("end_blob_key", last)?),
            (Some(key), (None, None)) => {
                let key = number("blob_key", key)?;
                (key, key)
            }
            (Some(_), _) => {
                let detail = "Must provide a single blob key or start and end blob keys, not both";
                return Err(invalid("blob_key", detail.into()));
            }
            (None, (None, None)) => {
                let detail = "Must provide one of blob key or start and end blob keys";
                return Err(invalid("start_blob_key", detail.into()));
            }
            (None, (None, Some(_))) => return Err(invalid("start_blob_key", BOTH.into())),
            (None, (Some(_), None)) => return Err(invalid("end_blob_key", BOTH.into())),
        };
        let keys = Keys { first: first.into(), last: last.into(), limit };
        let (of_first, of_last) = (keys.first.generation, keys.last.generation);
        if of_first == of_last {
            if last < first {
                return Err(invalid("end_blob_key", "Expected a key that is not before start_blob_key.".into()));
            }
            keys.refuse_more_than_the_limit(last - first)?;
        } else if of_first != LIVE_GENERATION && of_last != LIVE_GENERATION {
            // Two files of one recording hold the same events.
            return Err(invalid("end_blob_key", "Expected keys of one list of sources.".into()));
        }
        Ok(keys)
    }

    fn form(&self) -> Result<Form, ApiError> {
        match given(self.decompress.as_ref()) {
            None | Some("true" | "True" | "1") => Ok(Form::Jsonl),
            Some("false" | "False" | "0") => Ok(Form::Snappy),
            Some(_) => Err(invalid("decompress", "Must be a valid boolean.".into())),
        }
    }
}

const BOTH: &str = "Must provide both start_blob_key and end_blob_key";

impl Keys {
    /// `beyond` is the number of blocks behind the first one.
    pub(super) fn refuse_more_than_the_limit(&self, beyond: u64) -> Result<(), ApiError> {
        match beyond <= self.limit {
            true => Ok(()),
            false => Err(invalid("end_blob_key", format!("Cannot request more than {} blob keys at once", self.limit))),
        }
    }
}

/// A parameter without a value is none.
fn given(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|value| !value.is_empty())
}

fn number(attr: &'static str, text: &str) -> Result<u64, ApiError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| invalid(attr, "Blob key must be an integer".into()))
}

fn invalid(attr: &'static str, detail: String) -> ApiError {
    ApiError::Invalid { attr, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str, by: &By) -> Result<Asked, ApiError> {
        let mut parameters = Query::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = Some(value.to_owned());
            match name {
                "source" => parameters.source = value,
                "start_blob_key" => parameters.start_blob_key = value,
                "end_blob_key" => parameters.end_blob_key = value,
                "blob_key" => parameters.blob_key = value,
                _ => parameters.decompress = value,
            }
        }
        parameters.read(by)
    }

    fn keys(first: u64, last: u64, limit: u64) -> Keys {
        Keys { first: first.into(), last: last.into(), limit }
    }

    #[test]
    fn both_steps_are_read() {
        let program = By::Key("k".into());
        for (query, expected) in [
            ("", Asked::Sources),
            ("source=&blob_key=3", Asked::Sources),
            ("source=blob_v2&start_blob_key=0&end_blob_key=20", Asked::Blocks(keys(0, 20, 20), Form::Jsonl)),
            ("source=blob_v2&blob_key=1000003&decompress=false", {
                Asked::Blocks(keys(1_000_003, 1_000_003, 20), Form::Snappy)
            }),
            (
                "source=blob_v2&start_blob_key=14&end_blob_key=1000003",
                Asked::Blocks(keys(14, 1_000_003, 20), Form::Jsonl),
            ),
        ] {
            assert_eq!(asked(query, &program), Ok(expected), "{query}");
        }
        let wide = "source=blob_v2&start_blob_key=0&end_blob_key=100";
        assert_eq!(asked(wide, &By::Browser), Ok(Asked::Blocks(keys(0, 100, 100), Form::Jsonl)));
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (query, expected) in [
            ("source=realtime", "source"),
            ("source=blob&blob_key=1", "source"),
            ("source=blob_v2", "start_blob_key"),
            ("source=blob_v2&start_blob_key=1", "end_blob_key"),
            ("source=blob_v2&end_blob_key=1", "start_blob_key"),
            ("source=blob_v2&blob_key=1&start_blob_key=1", "blob_key"),
            ("source=blob_v2&blob_key=-1", "blob_key"),
            ("source=blob_v2&blob_key=99999999999999999999999", "blob_key"),
            ("source=blob_v2&start_blob_key=2&end_blob_key=1", "end_blob_key"),
            ("source=blob_v2&start_blob_key=0&end_blob_key=21", "end_blob_key"),
            ("source=blob_v2&start_blob_key=1000000&end_blob_key=2000000", "end_blob_key"),
            ("source=blob_v2&blob_key=1&decompress=perhaps", "decompress"),
        ] {
            let refused = asked(query, &By::Key(String::new()));
            assert!(matches!(refused, Err(ApiError::Invalid { attr, .. }) if attr == expected), "{query}: {refused:?}");
        }
        assert_eq!(asked("source=blob_v2_lts&blob_key=a/b", &By::Browser), Err(ApiError::NotFound));
        assert_eq!(asked("source=blob_v2_lts", &By::Browser), Err(ApiError::Required { attr: "blob_key" }));
    }
}
