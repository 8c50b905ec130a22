//! Tags and ranges of a stored file, as HTTP says (RFC 9110, sections 13 and 14).

use axum::http::{HeaderMap, HeaderName, header};
use cassette_store::{Bucket, BucketError};
use sha2::{Digest as _, Sha256};

use crate::hex;

/// Of the file's end: it holds the index, which names the digest of each frame.
const TAIL_BYTES: u64 = 64 << 10;

/// A tag of an object's bytes, and their number.
///
/// Strong: the end of a recording file holds (a checksum over) the digests of all its frames, and a name keeps its bytes.
pub(super) async fn tag(bucket: &Bucket, object: &str) -> Result<(String, u64), BucketError> {
    let (tail, size) = bucket.get_tail(object, TAIL_BYTES).await?;
    let mut hasher = Sha256::new();
    hasher.update(object);
    hasher.update(size.to_le_bytes());
    hasher.update(&tail);
    Ok((hex::etag(hasher), size))
}

/// What a request wants of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Nothing: it has it.
    Nothing,
    /// All of it.
    Whole,
    /// From one byte to another, both included.
    Range(u64, u64),
    /// A range that the file does not have.
    Beyond,
}

impl Wanted {
    /// What the headers of a request want of a file with this tag and size.
    pub(super) fn of(headers: &HeaderMap, tag: &str, size: u64) -> Self {
        if has(headers, tag) {
            return Self::Nothing;
        }
        // A range of another version would be worse than none. A date in the place of the tag is never ours: none is sent.
        if text(headers, header::IF_RANGE).is_some_and(|known| known.trim() != tag) {
            return Self::Whole;
        }
        match text(headers, header::RANGE).and_then(|range| byte_range(range, size)) {
            None => Self::Whole,
            Some(Ok((first, last))) => Self::Range(first, last),
            Some(Err(())) => Self::Beyond,
        }
    }
}

/// Whether the one who asks has the answer of this tag already.
pub(crate) fn has(headers: &HeaderMap, tag: &str) -> bool {
    text(headers, header::IF_NONE_MATCH).is_some_and(|tags| names(tags, tag))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a list of tags holds `tag`; for this question weak and strong ones are alike.
fn names(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// The one range of a `Range` header, inclusive; `None` where the header is to be ignored, `Err` where nothing of the
/// object is in it.
fn byte_range(text: &str, size: u64) -> Option<Result<(u64, u64), ()>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let last_byte = size.checked_sub(1);
    let range = match (first, last) {
        ("", suffix) => {
            let length: u64 = suffix.parse().ok()?;
            last_byte.filter(|_| length > 0).map(|last| (size.saturating_sub(length), last))
        }
        (first, last) => {
            let first: u64 = first.parse().ok()?;
            let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
            last_byte.filter(|&end| first <= end && first <= last).map(|end| (first, last.min(end)))
        }
    };
    Some(range.ok_or(()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        assert_eq!(byte_range("bytes=0-9", 100), Some(Ok((0, 9))));
        assert_eq!(byte_range("bytes=90-", 100), Some(Ok((90, 99))));
        assert_eq!(byte_range("bytes=-10", 100), Some(Ok((90, 99))));
        assert_eq!(byte_range("bytes=-1000", 100), Some(Ok((0, 99))));
        assert_eq!(byte_range("bytes=50-1000", 100), Some(Ok((50, 99))));
        for unsatisfiable in ["bytes=100-", "bytes=-0", "bytes=9-3"] {
            assert_eq!(byte_range(unsatisfiable, 100), Some(Err(())), "{unsatisfiable}");
        }
        assert_eq!(byte_range("bytes=0-", 0), Some(Err(())));
        for ignored in ["items=0-1", "bytes=a-b", "bytes=0-1,3-4", "bytes"] {
            assert_eq!(byte_range(ignored, 100), None, "{ignored}");
        }
    }

    fn wanted(headers: &[(&'static str, &'static str)]) -> Wanted {
        let headers =
            headers.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Wanted::of(&headers.collect(), "\"a\"", 100)
    }

    #[test]
    fn who_has_the_file_gets_nothing_and_who_has_another_gets_all() {
        for known in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert_eq!(wanted(&[("if-none-match", known), ("range", "bytes=0-1")]), Wanted::Nothing, "{known}");
        }
        assert_eq!(wanted(&[("if-none-match", "\"b\"")]), Wanted::Whole);
        assert_eq!(wanted(&[("range", "bytes=0-1"), ("if-range", "\"a\"")]), Wanted::Range(0, 1));
        for other in ["\"b\"", "W/\"a\"", "Sat, 21 Nov 2026 07:15:10 GMT"] {
            assert_eq!(wanted(&[("range", "bytes=0-1"), ("if-range", other)]), Wanted::Whole, "{other}");
        }
        assert_eq!(wanted(&[("range", "bytes=100-")]), Wanted::Beyond);
        assert_eq!(wanted(&[]), Wanted::Whole);
    }
}
