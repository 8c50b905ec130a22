//! Personal API keys: `phx_` and 32 random letters and digits.

use std::fmt;
use std::str::FromStr;

use super::SecretHash;
use crate::random;

const PREFIX: &str = "phx_";

/// Keys may be given from outside (`--api-key`); longer ones are not keys.
const MAX_BYTES: usize = 200;

/// Of one that was made here.
const GENERATED_BYTES: usize = 36;

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

    /// By what its owner knows it again: as PostHog shows it, `phx_...` and the last four characters. Of a short one they
    /// would tell too much.
    pub fn mask(&self) -> String {
        let last = &self.0[self.0.len() - self.0.len().min(4)..];
        format!("{PREFIX}...{}", if self.0.len() >= GENERATED_BYTES { last } else { "" })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_is_a_key() {
        let key = ApiKey::generate();
        assert_eq!(key.reveal().len(), 36);
        let same: ApiKey = key.reveal().parse().unwrap();
        assert!(same.hash().matches(&key.hash()));
        assert_eq!(key.mask().len(), 11);
        assert!(key.mask().starts_with("phx_...") && key.reveal().ends_with(&key.mask()[7..]));
        assert_eq!("phx_short".parse::<ApiKey>().unwrap().mask(), "phx_...");
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
