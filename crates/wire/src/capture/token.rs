//! Finding a project token without reading the body.
//!
//! Before the answer only one question matters: does the body name a project of ours? A token stands between unescaped
//! quotes behind its key, and a JSON string cannot contain unescaped quotes; so the text `"token":"phc_…"` is a member
//! wherever it is found. Searching from the end, where SDKs put it, reads a few hundred bytes of a body of megabytes.
//!
//! That the member is an item's own token, and which item's, is found out when the items are read. A body that answers
//! the question wrongly is quarantined then; one in which nothing is found is read at once, to say what is wrong with it.

use std::borrow::Cow;

use cassette_recording::json;
use memchr::memmem::FinderRev;

/// The keys that tokens stand behind.
const KEYS: [&str; 2] = ["\"token\"", "\"api_key\""];

/// Whether a token that stands anywhere in `text` is one that `known` knows.
pub fn names_known_token(text: &str, known: impl Fn(&str) -> bool) -> bool {
    KEYS.iter().any(|key| {
        let finder = FinderRev::new(key);
        let mut found = finder.rfind_iter(text.as_bytes());
        found.any(|at| value_behind(text, at + key.len()).is_some_and(|token| known(&token)))
    })
}

/// The string behind a key that ends at `at`.
fn value_behind(text: &str, at: usize) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    let colon = json::skip_whitespace(bytes, at);
    let start = json::skip_whitespace(bytes, colon + usize::from(bytes.get(colon) == Some(&b':')));
    let end = json::skip_string(bytes, start).ok().filter(|_| start > colon)?;
    json::string_value(&text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> bool {
        names_known_token(text, |token| token == "phc_a")
    }

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        assert!(names(r#"[{"properties":{"token":"phc_a"}}]"#));
        assert!(names("{\"api_key\" :\n \"phc_a\", \"batch\": []}"));
        assert!(names(r#"[{"properties":{"token":"phc_a"}},{"properties":{"token":"phc_b"}}]"#));
        assert!(names(r#"{"token":"phc_a","cut off"#));
    }

    #[test]
    fn text_inside_a_string_is_no_token() {
        assert!(!names(r#"{"message":"\"token\":\"phc_a\""}"#));
        assert!(!names(r#"{"token":"phc_b"}"#));
        assert!(!names(r#"{"token"}"#));
        assert!(!names(r#"{"token":5}"#));
        assert!(!names(r#""token":"#));
        assert!(!names(r#""token""phc_a""#));
        assert!(!names(""));
    }
}
