//! Bytes as hexadecimal digits, two for each.

use sha2::{Digest as _, Sha256};

/// In small letters.
pub(crate) fn of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that exactly these digits stand for, in letters of any size.
pub(crate) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// A strong tag (RFC 9110, section 8.8.3) for whatever was hashed.
pub(crate) fn etag(hasher: Sha256) -> String {
    format!("\"{}\"", of(&hasher.finalize()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_and_what_is_no_hex_is_none() {
        assert_eq!(bytes(&of(&[0, 15, 255])), Some([0, 15, 255]));
        assert_eq!(bytes("0AfF"), Some([10, 255]));
        for broken in ["", "0", "000", "00000", "0g", "+1", "é"] {
            assert_eq!(bytes::<2>(broken), None, "{broken}");
        }
    }
}
