//! A request body to JSON text.
//!
//! The encoding is decided by content alone: posthog-js sends gzip as `text/plain` without a `Content-Encoding`, mobile
//! SDKs send the same bytes with one, and the `compression` parameter has come and gone. Bytes that begin with `1f 8b` are
//! gzip; `data=` is a form holding base64, perhaps of gzip; all else is JSON.

use cassette_recording::limits;

use super::budget::Budget;
use super::gunzip::{self, Gunzip, GunzipError};
use super::{envelope, form};

/// Memory that is kept between requests. Larger bodies are rare; their buffers are given back.
const KEPT_BYTES: usize = 16 << 20;

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// How a body came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEncoding {
    /// JSON as it is.
    Json,
    /// gzip.
    Gzip,
    /// `data=` and base64, perhaps of gzip.
    Form,
}

/// The JSON text of a body. That it is JSON is not checked yet.
#[derive(Debug, Clone, Copy)]
pub struct BodyText<'a> {
    /// The text.
    pub json: &'a str,
    /// The gzip stream was cut off or damaged; the text is what came before that. [`super::Envelope::read`] then keeps
    /// the items that are complete.
    pub truncated: bool,
    /// How it came.
    pub encoding: BodyEncoding,
}

/// Why a body has no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Nothing was sent.
    #[error("expected a body, there is none")]
    Empty,
    /// It decodes to more than the budget: a bomb.
    #[error("expected a body of at most {limit} bytes once decoded, this one has more")]
    OverBudget {
        /// What was left of the budget.
        limit: usize,
    },
    /// It begins like gzip, and not one byte can be decoded.
    #[error("expected gzip as the first two bytes say, nothing of it can be decoded")]
    Gzip,
    /// It begins with `data=`, and what follows is neither base64 nor JSON.
    #[error("expected base64 behind data=, found something else")]
    Form,
    /// The decoded bytes are no UTF-8.
    #[error("expected UTF-8, found something else at byte {at}")]
    NotUtf8 {
        /// Where it stops being UTF-8.
        at: usize,
        /// The project token that stands in it all the same.
        token: Option<String>,
    },
}

impl BodyError {
    /// The project token of the body, where one could be found: with a known one the body belongs in quarantine.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::NotUtf8 { token, .. } => token.as_deref(),
            Self::Empty | Self::OverBudget { .. } | Self::Gzip | Self::Form => None,
        }
    }

    /// A short, stable word for counters.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Empty => "empty_body",
            Self::OverBudget { .. } => "over_budget",
            Self::Gzip => "bad_gzip",
            Self::Form => "bad_form",
            Self::NotUtf8 { .. } => "not_utf8",
        }
    }
}

/// Turns bodies into text. Keep one per thread: it owns the tables and buffers.
pub struct Inflater {
    gunzip: Gunzip,
    inflated: Vec<u8>,
    form: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl Inflater {
    /// An inflater with empty buffers.
    pub fn new() -> Self {
        Self { gunzip: Gunzip::new(), inflated: Vec::new(), form: Vec::new() }
    }

    /// The text of a body.
    pub fn text<'a>(&'a mut self, body: &'a [u8], budget: &mut Budget) -> Result<BodyText<'a>, BodyError> {
        if self.inflated.len() > KEPT_BYTES {
            self.inflated = Vec::new();
        }
        let body = without_mark(body);
        let (bytes, encoding) = match body {
            [] => return Err(BodyError::Empty),
            form if form.starts_with(form::PREFIX) => {
                self.form = form::data_of(form).ok_or(BodyError::Form)?;
                (without_mark(&self.form), BodyEncoding::Form)
            }
            gzip if gzip.starts_with(&gunzip::MAGIC) => (gzip, BodyEncoding::Gzip),
            json => (json, BodyEncoding::Json),
        };
        let limit = budget.left();
        let over = BodyError::OverBudget { limit };
        let (bytes, truncated) = if bytes.starts_with(&gunzip::MAGIC) {
            let done = self.gunzip.run(bytes, &mut self.inflated, 0, budget).map_err(|error| match error {
                GunzipError::OverBudget => over,
                GunzipError::Damaged => BodyError::Gzip,
            })?;
            (without_mark(&self.inflated[..done.length]), done.damaged)
        } else if bytes.len() <= limit {
            budget.spend(bytes.len());
            (bytes, false)
        } else {
            return Err(over);
        };
        let json = utf8(bytes, truncated)?;
        Ok(BodyText { json, truncated, encoding })
    }
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater").field("kept", &self.inflated.len()).finish_non_exhaustive()
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// The bytes as text. A cut may fall inside a character, whose beginning then goes.
fn utf8(bytes: &[u8], truncated: bool) -> Result<&str, BodyError> {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return Ok(text);
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    if truncated && error.error_len().is_none() {
        return Ok(std::str::from_utf8(&bytes[..at]).expect("checked up to here"));
    }
    let token = envelope::find_token(&String::from_utf8_lossy(bytes));
    Err(BodyError::NotUtf8 { at, token })
}

const _: () = assert!(limits::BODY_BYTES <= limits::DECODED_BYTES_PER_REQUEST);

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};

    use super::super::gunzip::tests::gzip;
    use super::*;

    fn text(body: &[u8]) -> Result<(String, bool, BodyEncoding), BodyError> {
        let mut budget = Budget::of(1 << 20);
        let mut inflater = Inflater::new();
        inflater.text(body, &mut budget).map(|text| (text.json.to_owned(), text.truncated, text.encoding))
    }

    #[test]
    fn the_encoding_is_known_by_content() {
        let json = "[{\"event\":\"é\"}]";
        let form = |bytes: &[u8]| format!("data={}", BASE64_STANDARD.encode(bytes).replace('+', "%2B")).into_bytes();
        let marked = format!("\u{feff}{json}").into_bytes();
        for (body, encoding) in [
            (json.as_bytes().to_vec(), BodyEncoding::Json),
            (marked.clone(), BodyEncoding::Json),
            (gzip(json.as_bytes()), BodyEncoding::Gzip),
            (gzip(&marked), BodyEncoding::Gzip),
            (form(json.as_bytes()), BodyEncoding::Form),
            (form(&gzip(json.as_bytes())), BodyEncoding::Form),
            (form(&gzip(&marked)), BodyEncoding::Form),
        ] {
            assert_eq!(text(&body), Ok((json.to_owned(), false, encoding)));
        }
    }

    #[test]
    fn refusals_have_reasons() {
        assert_eq!(text(b""), Err(BodyError::Empty));
        assert_eq!(text(&[0x1F, 0x8B, 8, 0]), Err(BodyError::Gzip));
        assert_eq!(text(b"data=!"), Err(BodyError::Form));
        assert_eq!(text(&gzip(&vec![b'['; 2 << 20])), Err(BodyError::OverBudget { limit: 1 << 20 }));
        assert_eq!(text(&vec![b'['; 2 << 20]), Err(BodyError::OverBudget { limit: 1 << 20 }));
    }

    #[test]
    fn bytes_that_are_no_utf8_still_say_whose_they_are() {
        let body = b"[{\"event\":\"\xFF\",\"properties\":{\"token\":\"phc_a\"}}]";
        let error = text(&gzip(body)).unwrap_err();
        assert_eq!(error, BodyError::NotUtf8 { at: 11, token: Some("phc_a".to_owned()) });
        assert_eq!(error.token(), Some("phc_a"));
        // Half a surrogate pair written as bytes is none either.
        assert!(matches!(text(b"\"\xED\xA0\xBD\""), Err(BodyError::NotUtf8 { at: 1, .. })));
    }

    #[test]
    fn a_cut_inside_a_character_costs_that_character_only() {
        assert_eq!(utf8("aé".as_bytes().split_last().unwrap().1, true), Ok("a"));
        assert!(utf8("aé".as_bytes().split_last().unwrap().1, false).is_err());
        assert!(utf8(b"a\xFFb", true).is_err());
    }

    #[test]
    fn the_budget_is_spent() {
        let mut budget = Budget::of(100);
        Inflater::new().text(b"[1]", &mut budget).unwrap();
        assert_eq!(budget.left(), 97);
    }
}
