//! Personal API keys: `phx_` and 32 random letters and digits.

use std::fmt;
use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

use super::SecretHash;
use crate::random;

const PREFIX: &str = "phx_";

/// Keys may be given from outside (`--api-key`); longer ones are not keys.
const MAX_BYTES: usize = 200;

/// A key as it is shown once and sent with each request. Secret: it cannot be printed by accident.
#[derive(Clone)]
pub struct ApiKey(String);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an API key is '{PREFIX}' and at most {} visible ASCII characters", MAX_BYTES - PREFIX.len())]
pub struct ApiKeyError;

impl ApiKey {
    /// A new key.
    pub fn generate() -> Self {
        Self(random::token(PREFIX))
    }

    /// The key itself, to be shown to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl FromStr for ApiKey {
    type Err = ApiKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = text.len() <= MAX_BYTES
            && text.strip_prefix(PREFIX).is_some_and(|rest| !rest.is_empty())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if valid { Ok(Self(text.to_owned())) } else { Err(ApiKeyError) }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// The keys that are valid.
#[derive(Debug, Default)]
pub struct KeyStore {
    hashes: RwLock<Vec<SecretHash>>,
}

impl KeyStore {
    /// A store that knows these.
    pub fn new(hashes: impl IntoIterator<Item = SecretHash>) -> Self {
        Self { hashes: RwLock::new(hashes.into_iter().collect()) }
    }

    /// Makes a key valid.
    pub fn add(&self, hash: SecretHash) {
        let mut hashes = self.hashes.write().unwrap_or_else(PoisonError::into_inner);
        hashes.push(hash);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.hashes.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether this key is valid. All are looked at, so that the time does not tell which one fits.
    pub fn knows(&self, key: &ApiKey) -> bool {
        let asked = key.hash();
        let hashes = self.hashes.read().unwrap_or_else(PoisonError::into_inner);
        hashes.iter().fold(false, |known, hash| known | hash.matches(&asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_is_a_key_and_known_once_added() {
        let key = ApiKey::generate();
        assert_eq!(key.reveal().len(), 36);
        let same: ApiKey = key.reveal().parse().unwrap();
        let store = KeyStore::default();
        assert!(!store.knows(&same));
        store.add(key.hash());
        store.add(ApiKey::generate().hash());
        assert!(store.knows(&same));
        assert!(!store.knows(&ApiKey::generate()));
    }

    #[test]
    fn api_key_refuses_what_cannot_be_one() {
        for text in ["", "phx_", "phc_abc", "phx_a b", "phx_ä", "phx_a\n"] {
            assert_eq!(text.parse::<ApiKey>().unwrap_err(), ApiKeyError, "{text:?}");
        }
        assert!(format!("phx_{}", "a".repeat(197)).parse::<ApiKey>().is_err());
        assert!("phx_test".parse::<ApiKey>().is_ok());
    }

    #[test]
    fn a_key_does_not_print() {
        assert_eq!(format!("{:?}", "phx_secret".parse::<ApiKey>()), "Ok(ApiKey(***))");
    }
}
