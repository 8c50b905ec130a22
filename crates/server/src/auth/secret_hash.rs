//! What is kept of a secret: its SHA-256. The secrets are random and long, so a fast hash is enough.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::hex;

/// The hash of a key or a token.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Of a secret.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Whether two are equal, in a time that does not tell where they differ. There is no `==` for this reason.
    pub fn matches(&self, other: &Self) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |difference, (a, b)| difference | (a ^ b));
        std::hint::black_box(difference) == 0
    }

    /// As it is stored.
    pub fn to_hex(self) -> String {
        hex::of(&self.0)
    }

    /// As it was stored.
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::bytes(text).map(Self)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_match_only_if_every_byte_does() {
        let mut other = SecretHash([7; 32]);
        assert!(SecretHash([7; 32]).matches(&other));
        other.0[31] = 6;
        assert!(!SecretHash([7; 32]).matches(&other));
    }

    #[test]
    fn a_hash_survives_its_text() {
        let hash = SecretHash::of("phx_a");
        assert!(SecretHash::from_hex(&hash.to_hex()).unwrap().matches(&hash));
        assert!(SecretHash::from_hex("00").is_none());
        assert!(SecretHash::from_hex(&"g".repeat(64)).is_none());
        assert_eq!(format!("{hash:?}"), "SecretHash(***)");
    }
}
