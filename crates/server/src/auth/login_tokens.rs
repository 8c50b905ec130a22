//! The tokens of login links: each opens the door once, for an hour, and is forgotten by a restart.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::SecretHash;
use crate::random;

/// How long a link may lie unused.
const LIFE_MS: i64 = 60 * 60 * 1000;

/// Links that are out at a time; the oldest goes first. There is one from the start, and one for each that is asked for.
const MOST: usize = 64;

/// The secret part of a login link. It can be shown, not printed by accident.
pub struct LoginToken(String);

impl LoginToken {
    /// The token itself, to be put into a link.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LoginToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginToken(***)")
    }
}

/// The tokens that are out, as their hashes.
#[derive(Debug, Default)]
pub struct LoginTokens {
    out: Mutex<Vec<Out>>,
}

#[derive(Debug)]
struct Out {
    hash: SecretHash,
    expires_at: i64,
}

impl LoginTokens {
    /// A new token.
    pub fn issue(&self, now: i64) -> LoginToken {
        let token = random::token("");
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.retain(|token| token.expires_at > now);
        if out.len() == MOST {
            out.remove(0);
        }
        out.push(Out { hash: SecretHash::of(&token), expires_at: now + LIFE_MS });
        LoginToken(token)
    }

    /// Whether the token is good. It is not after that.
    pub fn redeem(&self, token: &str, now: i64) -> bool {
        let hash = SecretHash::of(token);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.retain(|token| token.expires_at > now);
        let before = out.len();
        out.retain(|token| !token.hash.matches(&hash));
        out.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_once() {
        let tokens = LoginTokens::default();
        let token = tokens.issue(1000);
        assert!(!tokens.redeem("something else", 1001));
        assert!(tokens.redeem(token.reveal(), 1001));
        assert!(!tokens.redeem(token.reveal(), 1001));
        assert_eq!(format!("{token:?}"), "LoginToken(***)");
    }

    #[test]
    fn a_token_opens_for_an_hour() {
        let tokens = LoginTokens::default();
        let (one, other) = (tokens.issue(1000), tokens.issue(1000));
        assert!(tokens.redeem(one.reveal(), 1000 + LIFE_MS - 1));
        assert!(!tokens.redeem(other.reveal(), 1000 + LIFE_MS));
    }

    #[test]
    fn too_many_tokens_push_out_the_oldest() {
        let tokens = LoginTokens::default();
        let issued: Vec<_> = (0..=MOST).map(|_| tokens.issue(0)).collect();
        assert!(!tokens.redeem(issued[0].reveal(), 1));
        assert!(tokens.redeem(issued[1].reveal(), 1));
    }
}
