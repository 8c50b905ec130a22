//! Finding and checking JSON without building a tree.
//!
//! An rrweb event is not ours to rewrite: through a tree, a deep page, half an emoji or a large integer is lost (see
//! ADR 0002). So values are found as spans of the text they came in. What is skipped is checked against the grammar of
//! RFC 8259; a span that was returned is valid JSON.
//!
//! ## Invariants
//! 1. No recursion: depth costs one bit a level, bounded by [`limits::JSON_DEPTH`].
//! 2. Input is `&str`, so spans are valid UTF-8 and offsets fall between characters.
//! 3. Unpaired surrogates in `\u` escapes are accepted: browsers write them.
//! 4. Of keys that stand twice the caller sees both, in order; whoever assigns keeps the last, as JavaScript does.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use crate::limits;

/// Where a text stops being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at}")]
pub struct JsonError {
    /// Byte offset in the text that was given.
    pub at: usize,
    /// What the grammar wants there.
    pub expected: &'static str,
}

/// Checks that the text is one JSON value, with white space around it at the most; returns the value's span.
pub fn one_value(text: &str) -> Result<&str, JsonError> {
    let start = skip_whitespace(text.as_bytes(), 0);
    let end = skip_value(text, start)?;
    let rest = skip_whitespace(text.as_bytes(), end);
    if rest < text.len() {
        return Err(JsonError { at: rest, expected: "the end of the text" });
    }
    Ok(&text[start..end])
}

/// The first position from `at` on that is not JSON white space.
#[inline(always)]
pub fn skip_whitespace(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(..=b' ') => skip_whitespace_run(bytes, at),
        _ => at,
    }
}

#[inline(never)]
fn skip_whitespace_run(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// Checks the value that begins at `at` and returns the position after it.
pub fn skip_value(text: &str, at: usize) -> Result<usize, JsonError> {
    match text.as_bytes().get(at) {
        Some(b'{' | b'[') => skip_container(text, at),
        _ => skip_scalar(text.as_bytes(), at),
    }
}

/// Checks the string that begins at `at` (with its quote) and returns the position after its closing quote.
#[inline(always)]
pub fn skip_string(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    if bytes.get(at) != Some(&b'"') {
        return Err(JsonError { at, expected: "a string" });
    }
    skip_string_rest(bytes, at + 1)
}

/// As [`skip_string`], from behind the opening quote.
#[inline(always)]
fn skip_string_rest(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    match short_string(bytes, at) {
        Some(end) => Ok(end.get()),
        None => skip_long_string(bytes, at),
    }
}

/// Where a string ends that has less than sixteen bytes and no escapes, as nearly all of a recording: names and class lists.
/// One step, because what costs time is guessing wrong how long a string is.
#[inline(always)]
fn short_string(bytes: &[u8], at: usize) -> Option<NonZeroUsize> {
    let words = bytes.get(at..at + 16)?;
    let (low, high) = (stops(&words[..8]), stops(&words[8..]));
    // A branch, although it can be guessed wrong: guessed right, it lets the next token begin before this one is measured.
    let bits = if low != 0 { low.trailing_zeros() } else { 64 + high.trailing_zeros() };
    let end = at + bits as usize / 8;
    match bytes.get(end) == Some(&b'"') && low | high != 0 {
        true => NonZeroUsize::new(end + 1),
        false => None,
    }
}

#[inline(never)]
fn skip_long_string(bytes: &[u8], mut at: usize) -> Result<usize, JsonError> {
    loop {
        at = plain_run(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at = skip_escape(bytes, at)?,
            Some(_) => return Err(JsonError { at, expected: "no control character in a string" }),
            None => return Err(JsonError { at, expected: "the end of a string" }),
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Where in eight bytes a string might stop: the lowest bit that is set is the high bit of the first byte that is a quote,
/// a backslash or a control character. (A borrow can set bits above a true hit only.)
#[inline(always)]
fn stops(eight: &[u8]) -> u64 {
    let word = u64::from_le_bytes(eight.try_into().expect("the slice has eight bytes"));
    // With bit 1 flipped, the quote (0x22) comes next to the control characters, and these stay among themselves.
    let low = word ^ (ONES * 2);
    let slash = word ^ (ONES * b'\\' as u64);
    ((low.wrapping_sub(ONES * 0x21) & !low) | (slash.wrapping_sub(ONES) & !slash)) & HIGHS
}

/// The first position from `at` on that holds a quote, a backslash or a control character.
fn plain_run(bytes: &[u8], mut at: usize) -> usize {
    while let Some(eight) = bytes.get(at..at + 8) {
        let stop = stops(eight);
        if stop != 0 {
            return at + stop.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
        at += 1;
    }
    at
}

fn skip_escape(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') if bytes.get(at + 2..at + 6).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)) => Ok(at + 6),
        _ => Err(JsonError { at, expected: "an escape sequence" }),
    }
}

#[inline(always)]
fn skip_scalar(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    match bytes.get(at) {
        Some(b'"') => skip_string_rest(bytes, at + 1),
        Some(b'-' | b'0'..=b'9') => match short_number(bytes, at) {
            Some(end) => Ok(end.get()),
            None => skip_long_number(bytes, at),
        },
        _ => skip_literal(bytes, at),
    }
}

#[inline(never)]
fn skip_literal(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    let words: [&[u8]; 3] = [b"true", b"false", b"null"];
    let rest = bytes.get(at..).unwrap_or_default();
    let word = words.into_iter().find(|word| rest.starts_with(word));
    word.map(|word| at + word.len()).ok_or(JsonError { at, expected: "a JSON value" })
}

/// Where a whole number ends that has less than eight digits, as the ids of nodes.
#[inline(always)]
fn short_number(bytes: &[u8], start: usize) -> Option<NonZeroUsize> {
    let eight = bytes.get(start..start + 8)?;
    let word = u64::from_le_bytes(eight.try_into().expect("the slice has eight bytes")) ^ (ONES * b'0' as u64);
    // What is no digit. A carry can spoil bytes above such a byte only.
    let other = (word.wrapping_add(ONES * 0x76) | word) & HIGHS;
    let end = start + other.trailing_zeros() as usize / 8;
    let whole = other != 0 && end > start && eight[0] != b'0' && !matches!(bytes.get(end), Some(b'.' | b'e' | b'E'));
    if whole { NonZeroUsize::new(end) } else { None }
}

#[inline(never)]
fn skip_long_number(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let digits = |mut at: usize| {
        while matches!(bytes.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        at
    };
    let some_digits = |at: usize| match digits(at) {
        end if end > at => Ok(end),
        _ => Err(JsonError { at, expected: "a digit" }),
    };
    let mut at = start + usize::from(bytes[start] == b'-');
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        _ => some_digits(at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = some_digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = some_digits(at + 1 + sign)?;
    }
    Ok(at)
}

/// Which containers are open: a bit each, set for an object.
struct Nesting {
    words: Vec<u64>,
    /// The word on top, kept out of the vector because nearly all JSON is less than 64 deep.
    top: u64,
    depth: usize,
}

impl Nesting {
    fn new() -> Self {
        Self { words: Vec::new(), top: 0, depth: 0 }
    }

    fn open(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.words.push(self.top);
        }
        self.top = self.top << 1 | u64::from(object);
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.top >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.top = self.words.pop().expect("a word was pushed when this depth was passed");
        }
    }

    fn in_object(&self) -> bool {
        self.top & 1 == 1
    }
}

fn skip_container(text: &str, start: usize) -> Result<usize, JsonError> {
    let bytes = text.as_bytes();
    let mut nesting = Nesting::new();
    let mut at = start;
    loop {
        // Here a value begins at `at`.
        match bytes.get(at) {
            Some(b'{') => {
                nesting.open(true);
                at = skip_whitespace(bytes, at + 1);
                if bytes.get(at) != Some(&b'}') {
                    at = skip_key(bytes, at)?;
                    check_depth(&nesting, at)?;
                    continue;
                }
            }
            Some(b'[') => {
                nesting.open(false);
                at = skip_whitespace(bytes, at + 1);
                if bytes.get(at) != Some(&b']') {
                    check_depth(&nesting, at)?;
                    continue;
                }
            }
            _ => at = skip_whitespace(bytes, skip_scalar(bytes, at)?),
        }
        // Here a value has ended, or a container is about to: close what closes, then go on to the next value.
        loop {
            let object = nesting.in_object();
            match (bytes.get(at), object) {
                (Some(b'}'), true) | (Some(b']'), false) => {
                    nesting.close();
                    at += 1;
                    if nesting.depth == 0 {
                        return Ok(at);
                    }
                    at = skip_whitespace(bytes, at);
                }
                (Some(b','), true) => {
                    at = skip_key(bytes, skip_whitespace(bytes, at + 1))?;
                    break;
                }
                (Some(b','), false) => {
                    at = skip_whitespace(bytes, at + 1);
                    break;
                }
                (_, true) => return Err(JsonError { at, expected: "',' or '}'" }),
                (_, false) => return Err(JsonError { at, expected: "',' or ']'" }),
            }
        }
    }
}

fn check_depth(nesting: &Nesting, at: usize) -> Result<(), JsonError> {
    match nesting.depth <= limits::JSON_DEPTH {
        true => Ok(()),
        false => Err(JsonError { at, expected: "less nesting" }),
    }
}

/// Passes a key and its colon; returns where the value begins.
#[inline(always)]
fn skip_key(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    let at = skip_whitespace(bytes, skip_string(bytes, at)?);
    match bytes.get(at) {
        Some(b':') => Ok(skip_whitespace(bytes, at + 1)),
        _ => Err(JsonError { at, expected: "':'" }),
    }
}

/// Walks the members of an object.
///
/// For each key that [`Object::next_key`] returns, either take the value ([`Object::value`]) or walk it with a reader of
/// its own and hand its end back ([`Object::resume`]). A key nobody takes is skipped, and checked.
#[derive(Debug)]
pub struct Object<'a> {
    text: &'a str,
    /// Where the value of the current key begins, or where the next member is expected.
    at: usize,
    state: WalkState,
}

/// Walks the elements of an array, in the way of [`Object`].
#[derive(Debug)]
pub struct Array<'a> {
    text: &'a str,
    at: usize,
    state: WalkState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WalkState {
    /// Nothing was read yet.
    Opened,
    /// `at` is where a value begins that was not taken yet.
    AtValue,
    /// `at` is behind a value.
    BehindValue,
    /// `at` is behind the container.
    Ended,
}

impl<'a> Object<'a> {
    /// Opens the object that begins at `at`.
    pub fn open(text: &'a str, at: usize) -> Result<Self, JsonError> {
        match text.as_bytes().get(at) {
            Some(b'{') => Ok(Self { text, at: at + 1, state: WalkState::Opened }),
            _ => Err(JsonError { at, expected: "an object" }),
        }
    }

    /// The next key, as it is written between its quotes; `None` at the object's end.
    pub fn next_key(&mut self) -> Result<Option<&'a str>, JsonError> {
        if self.state == WalkState::AtValue {
            self.value()?;
        }
        let bytes = self.text.as_bytes();
        let mut at = skip_whitespace(bytes, self.at);
        match (self.state, bytes.get(at)) {
            (WalkState::Ended, _) => return Ok(None),
            (_, Some(b'}')) => {
                (self.at, self.state) = (at + 1, WalkState::Ended);
                return Ok(None);
            }
            (WalkState::BehindValue, Some(b',')) => at = skip_whitespace(bytes, at + 1),
            (WalkState::BehindValue, _) => return Err(JsonError { at, expected: "',' or '}'" }),
            _ => {}
        }
        let end = skip_string(bytes, at)?;
        let key = &self.text[at + 1..end - 1];
        self.at = skip_key(bytes, at)?;
        self.state = WalkState::AtValue;
        Ok(Some(key))
    }

    /// Where the current key's value begins.
    pub fn value_at(&self) -> usize {
        self.at
    }

    /// The current key's value.
    pub fn value(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.resume(skip_value(self.text, start)?);
        Ok(&self.text[start..self.at])
    }

    /// Goes on behind the current value, whose end another reader found.
    pub fn resume(&mut self, end: usize) {
        (self.at, self.state) = (end, WalkState::BehindValue);
    }

    /// Skips what is left; returns the position behind the object.
    pub fn end(mut self) -> Result<usize, JsonError> {
        while self.next_key()?.is_some() {}
        Ok(self.at)
    }
}

impl<'a> Array<'a> {
    /// Opens the array that begins at `at`.
    pub fn open(text: &'a str, at: usize) -> Result<Self, JsonError> {
        match text.as_bytes().get(at) {
            Some(b'[') => Ok(Self { text, at: at + 1, state: WalkState::Opened }),
            _ => Err(JsonError { at, expected: "an array" }),
        }
    }

    /// Where the next element begins; `None` at the array's end.
    pub fn next_at(&mut self) -> Result<Option<usize>, JsonError> {
        if self.state == WalkState::AtValue {
            self.value()?;
        }
        let bytes = self.text.as_bytes();
        let mut at = skip_whitespace(bytes, self.at);
        match (self.state, bytes.get(at)) {
            (WalkState::Ended, _) => return Ok(None),
            (WalkState::Opened | WalkState::BehindValue, Some(b']')) => {
                (self.at, self.state) = (at + 1, WalkState::Ended);
                return Ok(None);
            }
            (WalkState::BehindValue, Some(b',')) => at = skip_whitespace(bytes, at + 1),
            (WalkState::BehindValue, _) => return Err(JsonError { at, expected: "',' or ']'" }),
            _ => {}
        }
        (self.at, self.state) = (at, WalkState::AtValue);
        Ok(Some(at))
    }

    /// The current element.
    pub fn value(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.resume(skip_value(self.text, start)?);
        Ok(&self.text[start..self.at])
    }

    /// The next element; `None` at the array's end.
    pub fn next_value(&mut self) -> Result<Option<&'a str>, JsonError> {
        match self.next_at()? {
            Some(_) => self.value().map(Some),
            None => Ok(None),
        }
    }

    /// Goes on behind the current element, whose end another reader found.
    pub fn resume(&mut self, end: usize) {
        (self.at, self.state) = (end, WalkState::BehindValue);
    }

    /// Skips what is left; returns the position behind the array.
    pub fn end(mut self) -> Result<usize, JsonError> {
        while self.next_at()?.is_some() {}
        Ok(self.at)
    }
}

/// The text of a JSON string value (given with its quotes); `None` if the value is no string. Half a surrogate pair
/// becomes U+FFFD, since a Rust string cannot hold it.
pub fn string_value(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    Some(unescape(inner))
}

/// The number that a JSON value is; `None` if it is no number, or none that 64 bits hold.
pub fn number_value(value: &str) -> Option<f64> {
    match value.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => value.parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// Undoes the escapes of the inside of a JSON string that was checked before.
pub fn unescape(inner: &str) -> Cow<'_, str> {
    if !inner.as_bytes().contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest.as_bytes()[at..];
        let simple = |character: char| (character, 2);
        let (character, length) = match escape.get(1) {
            Some(b'n') => simple('\n'),
            Some(b'r') => simple('\r'),
            Some(b't') => simple('\t'),
            Some(b'b') => simple('\u{8}'),
            Some(b'f') => simple('\u{c}'),
            Some(b'u') => unescape_unicode(escape),
            Some(&other) => simple(char::from(other)),
            None => (char::REPLACEMENT_CHARACTER, 1),
        };
        text.push(character);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of the `\uXXXX` (or pair of them) at the start of `escape`, and how many bytes it takes.
fn unescape_unicode(escape: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = escape.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, escape.len().min(2)) };
    match (first, unit(6)) {
        (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
    }
}

/// Appends `text` as a JSON string, quotes included.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1F => b"",
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[from..at]);
        match escape {
            [] => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            escape => out.extend_from_slice(escape),
        }
        from = at + 1;
    }
    out.extend_from_slice(&text.as_bytes()[from..]);
    out.push(b'"');
}

/// The text of a JSON value on one line: line breaks between tokens become spaces, which changes no value (inside a
/// string a line break is never legal).
///
/// The value must have been checked before.
pub fn on_one_line(value: &str) -> Cow<'_, str> {
    match memchr::memchr2(b'\n', b'\r', value.as_bytes()) {
        None => Cow::Borrowed(value),
        Some(_) => Cow::Owned(value.replace(['\n', '\r'], " ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_what_the_grammar_allows() {
        for text in [
            "0",
            "-0",
            "-1.5e+10",
            "1E5",
            "1e400",
            "123456789012345678901234567890",
            "\"\"",
            "\"\\ud83d\"",
            "[]",
            "{}",
            "[[],{}]",
            "{\"a\":[1,2,{\"b\":null}],\"c\":true}",
            " \n[ 1 , \"\\u00e9\" ]\t",
            "\"é🦔\"",
            "false",
        ] {
            assert!(one_value(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_the_grammar_does_not_allow() {
        for text in [
            "",
            " ",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "tru",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"a\nb\"",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[1",
            "{\"a\":1",
            "[1}",
            "{\"a\":1]",
            "1 2",
            "[1] [2]",
            "'a'",
            "\u{feff}1",
            "[1 2]",
            "{\"a\" 1}",
            "NaN",
        ] {
            assert!(one_value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn says_where_and_what() {
        assert_eq!(one_value("{\"a\":1 \"b\":2}"), Err(JsonError { at: 7, expected: "',' or '}'" }));
    }

    #[test]
    fn nesting_a_hundred_thousand_deep_is_read() {
        let deep = format!("{}1{}", "[{\"a\":".repeat(100_000), "}]".repeat(100_000));
        assert_eq!(one_value(&deep).unwrap().len(), deep.len());
        assert!(one_value(&deep[..deep.len() - 1]).is_err());
        let crossed = format!("{}1{}", "[{\"a\":".repeat(100), "]}".repeat(100));
        assert!(one_value(&crossed).is_err());
    }

    #[test]
    fn an_object_is_walked_member_by_member() {
        let text = "{ \"a\" : 1 , \"b\":{\"c\":[2]} ,\"a\":\"x\" }";
        let mut object = Object::open(text, 0).unwrap();
        let mut seen = Vec::new();
        while let Some(key) = object.next_key().unwrap() {
            if key == "b" {
                let mut inner = Object::open(text, object.value_at()).unwrap();
                assert_eq!(inner.next_key().unwrap(), Some("c"));
                object.resume(inner.end().unwrap());
            } else {
                seen.push((key, object.value().unwrap()));
            }
        }
        assert_eq!(seen, [("a", "1"), ("a", "\"x\"")]);
    }

    #[test]
    fn an_array_is_walked_element_by_element() {
        let mut array = Array::open("[1, [2,3] ,{}]", 0).unwrap();
        let mut seen = Vec::new();
        while let Some(value) = array.next_value().unwrap() {
            seen.push(value);
        }
        assert_eq!(seen, ["1", "[2,3]", "{}"]);
        assert_eq!(array.end().unwrap(), 14);
        assert!(Array::open("[1,]", 0).unwrap().end().is_err());
    }

    #[test]
    fn half_an_emoji_becomes_a_replacement_character_only_when_text_is_wanted() {
        assert_eq!(string_value("\"a\\ud83d\"").unwrap(), "a\u{fffd}");
        assert_eq!(string_value("\"\\ud83e\\udd94\"").unwrap(), "🦔");
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_any_text(text in "[\\[\\]{}\":,0-9a-z\\\\ .eE+-]{0,40}") {
            let serde = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(one_value(&text).is_ok(), serde);
        }

        #[test]
        fn a_written_string_reads_back(text in "\\PC*|[\\x00-\\x7f]*") {
            let mut out = Vec::new();
            write_string(&mut out, &text);
            let json = String::from_utf8(out).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.clone());
            prop_assert_eq!(string_value(one_value(&json).unwrap()).unwrap(), text);
        }
    }
}
