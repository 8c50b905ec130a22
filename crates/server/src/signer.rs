//! Signatures of this server: HMAC-SHA256 over a purpose and a text.
//!
//! One secret signs several sorts of things. What is signed for one purpose is worth nothing for another, because each
//! purpose is part of what is signed.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::hex;

/// Signs texts, and knows its own signatures again.
#[derive(Clone)]
pub(crate) struct Signer {
    secret: [u8; 32],
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(***)")
    }
}

impl Signer {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// 64 hexadecimal digits.
    pub(crate) fn sign(&self, purpose: &str, text: &str) -> String {
        hex::of(&self.mac(purpose, text).finalize().into_bytes())
    }

    /// Whether it is [`Signer::sign`] of the two; takes a time that does not tell where it differs.
    pub(crate) fn signed(&self, purpose: &str, text: &str, signature: &str) -> bool {
        hex::bytes::<32>(signature).is_some_and(|bytes| self.mac(purpose, text).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(b"=");
        mac.update(text.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_purpose_text_and_secret_alone() {
        let signer = Signer::new([1; 32]);
        let signature = signer.sign("pass", "a.b");
        assert!(signer.signed("pass", "a.b", &signature));
        assert!(!signer.signed("cookie", "a.b", &signature));
        assert!(!signer.signed("pass", "a.c", &signature));
        assert!(!Signer::new([2; 32]).signed("pass", "a.b", &signature));
        for broken in ["", "00", "é0", &signature[1..], &format!("{signature}00")] {
            assert!(!signer.signed("pass", "a.b", broken), "{broken}");
        }
    }
}
