//! Bytes that were put into a JSON string, one character per byte.
//!
//! The SDK writes a gzip member as a JavaScript string whose code points are the bytes. `JSON.stringify` then escapes
//! control characters, quotes and backslashes, and UTF-8 makes two bytes of each byte from 0x80 on. Taking the UTF-8 of
//! that string for its bytes is the classic mistake here.

/// How such a string begins, if gzip is in it: U+001F can only be written as an escape.
pub(crate) fn may_be_gzip(inner: &str) -> bool {
    inner.starts_with("\\u001f") || inner.starts_with("\\u001F")
}

/// Writes the bytes of a JSON string's inside (checked before) to `out` and returns their number; `None` if a character
/// is no byte.
///
/// `out` is scratch memory: its length is what it owns.
pub(crate) fn bytes_of(inner: &str, out: &mut Vec<u8>) -> Option<usize> {
    let text = inner.as_bytes();
    if out.len() < text.len() {
        out.resize(text.len(), 0);
    }
    let out = &mut out[..text.len()];
    let mut at = 0;
    let mut length = 0;
    // Whether a byte of gzip is below 0x80 is as good as random, so a branch on it would be guessed wrong half the time.
    // Both cases are computed instead, and what was no byte is remembered until the end.
    let mut wrong = 0;
    while let Some(&[first, second]) = text.get(at..at + 2).and_then(|pair| pair.first_chunk()) {
        if first == b'\\' {
            let (byte, taken) = escape(&text[at..])?;
            out[length] = byte;
            at += taken;
        } else {
            // U+0080 to U+00FF are C2 80 to C3 BF.
            let wide = first >> 7;
            wrong |= wide & u8::from(first & 0xFE != 0xC2);
            out[length] = if wide == 1 { first << 6 | (second & 0x3F) } else { first };
            at += 1 + usize::from(wide);
        }
        length += 1;
    }
    if let Some(&last) = text.get(at) {
        wrong |= u8::from(!last.is_ascii());
        out[length] = last;
        length += 1;
    }
    (wrong == 0).then_some(length)
}

fn escape(text: &[u8]) -> Option<(u8, usize)> {
    Some(match text.get(1)? {
        b'u' => {
            let digits = text.get(2..6)?;
            let (&[b'0', b'0'], low) = digits.split_at_checked(2)? else { return None };
            (hex(low[0])? << 4 | hex(low[1])?, 6)
        }
        b'b' => (0x08, 2),
        b'f' => (0x0C, 2),
        b'n' => (b'\n', 2),
        b'r' => (b'\r', 2),
        b't' => (b'\t', 2),
        &other => (other, 2),
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
pub(crate) mod tests {
    use cassette_recording::json;
    use proptest::prelude::*;

    use super::*;

    /// A JSON string (with its quotes) that carries bytes as the SDK does.
    pub(crate) fn string_of(bytes: &[u8]) -> String {
        let text: String = bytes.iter().copied().map(char::from).collect();
        let mut out = Vec::new();
        json::write_string(&mut out, &text);
        String::from_utf8(out).unwrap()
    }

    fn bytes(inner: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        bytes_of(inner, &mut out).map(|length| out[..length].to_vec())
    }

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let json = string_of(&all);
        assert_eq!(bytes(&json[1..json.len() - 1]).unwrap(), all);
        assert_eq!(bytes("\\u00fF\\u00e9é\\/\\b\\f\\n\\r\\t\\\"\\\\").unwrap(), b"\xFF\xE9\xE9/\x08\x0C\n\r\t\"\\");
    }

    #[test]
    fn a_character_that_is_no_byte_is_refused() {
        for inner in ["\u{100}", "\\u0100", "\u{fffd}", "🦔", "\\ud83d"] {
            assert_eq!(bytes(&format!("a{inner}b")), None, "{inner}");
        }
    }

    #[test]
    fn gzip_is_recognised_by_its_first_character() {
        assert!(may_be_gzip("\\u001f\u{8b}") && may_be_gzip("\\u001F"));
        assert!(!may_be_gzip("") && !may_be_gzip("\\u001e"));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(all in proptest::collection::vec(any::<u8>(), 0..200)) {
            let json = string_of(&all);
            prop_assert_eq!(bytes(&json[1..json.len() - 1]).unwrap(), all);
        }
    }
}
