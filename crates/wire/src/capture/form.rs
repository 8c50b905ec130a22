//! `data=<percent-encoded base64>`: how a page posts without gzip, and how an unload beacon posts with compression off.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What a form body begins with.
pub(crate) const PREFIX: &[u8] = b"data=";

/// Takes base64 with and without padding: some senders leave it away.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes that a form body carries; `None` if they are neither base64 nor JSON.
///
/// A `+` that was not percent-encoded arrives as itself or, from whoever decoded the form once already, as a space. Base64
/// has no spaces, so both mean `+`; `-` and `_` are the URL alphabet's `+` and `/`.
pub(crate) fn data_of(form: &[u8]) -> Option<Vec<u8>> {
    let value = form.strip_prefix(PREFIX)?;
    let value = &value[..memchr::memchr(b'&', value).unwrap_or(value.len())];
    let mut plain: Vec<u8> = percent_encoding::percent_decode(value).collect();
    if matches!(plain.first(), Some(b'{' | b'[')) {
        return Some(plain);
    }
    plain.retain(|byte| !matches!(byte, b'\n' | b'\r'));
    for byte in &mut plain {
        match *byte {
            b' ' | b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    BASE64.decode(&plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_in_every_dress() {
        for form in ["data=e%22%3A+%7D", "data=", "data=%"] {
            assert!(data_of(form.as_bytes()).is_none_or(|data| data.is_empty()), "{form}");
        }
        // The bytes fb ef ff hold both characters that the alphabets write differently.
        for form in ["data=%2B%2B%2F%2F", "data=++//", "data=  //", "data=--__", "data=--__&compression=base64"] {
            assert_eq!(data_of(form.as_bytes()).unwrap(), [0xFB, 0xEF, 0xFF], "{form}");
        }
        for form in ["data=eyJ9", "data=eyI=", "data=eyI%3D", "data=eyI"] {
            assert!(data_of(form.as_bytes()).unwrap().starts_with(b"{\""), "{form}");
        }
    }

    #[test]
    fn json_that_was_only_percent_encoded_is_taken() {
        assert_eq!(data_of(b"data=%7B%22a%22:1%7D").unwrap(), b"{\"a\":1}");
    }
}
