//! Randomness of the machine, in the forms that are needed.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the machine has randomness");
    bytes
}

/// A random number.
pub(crate) fn number() -> u32 {
    u32::from_le_bytes(bytes())
}

/// A random id of a document: 32 hexadecimal digits.
pub(crate) fn id() -> String {
    crate::hex::of(&bytes::<16>())
}

/// `prefix` and 32 random letters and digits: 190 bits.
pub(crate) fn token(prefix: &str) -> String {
    let mut token = prefix.to_owned();
    while token.len() < prefix.len() + 32 {
        // Bytes past the last multiple of 62 are thrown away, so that all letters are equally likely.
        let usable = bytes::<64>().into_iter().filter(|&byte| byte < 248);
        let letters = usable.map(|byte| char::from(BASE62[usize::from(byte % 62)]));
        token.extend(letters.take(prefix.len() + 32 - token.len()));
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_form_and_differ() {
        let (one, two) = (token("phc_"), token("phc_"));
        assert_eq!(one.len(), 36);
        assert!(one.starts_with("phc_") && one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        assert_ne!(one, two);
    }
}
