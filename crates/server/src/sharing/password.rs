//! Passwords of links: argon2id, 19 MiB and two passes (OWASP's first choice), a salt each.
//!
//! A hash takes tens of milliseconds and its memory on purpose, so two at a time and the others wait.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::api_error::ApiError;

/// Characters of a password at least.
pub(super) const SHORTEST: usize = 8;

/// Bytes at most.
pub(super) const LONGEST: usize = 1000;

/// Hashes and checks.
#[derive(Debug)]
pub(super) struct Hasher {
    at_once: Semaphore,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { at_once: Semaphore::new(2) }
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are in their ranges");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl Hasher {
    /// What is kept of a password.
    pub(super) async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.apart(move || argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|_| ApiError::Internal)
    }

    /// Which of these hashes is the password's, by its place.
    pub(super) async fn find(&self, password: String, hashes: Vec<String>) -> Result<Option<usize>, ApiError> {
        self.apart(move || hashes.iter().position(|hash| is_of(hash, &password))).await
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let _turn = self.at_once.acquire().await.map_err(|_| ApiError::Internal)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| ApiError::Internal)
    }
}

fn is_of(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_found_among_hashes_that_do_not_show_it() {
        let hasher = Hasher::default();
        let one = hasher.hash("first password".into()).await.unwrap();
        let two = hasher.hash("second password".into()).await.unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !one.contains("first"), "{one}");
        assert_ne!(one, hasher.hash("first password".into()).await.unwrap(), "each has a salt of its own");
        let hashes = vec!["broken".to_owned(), one, two];
        assert_eq!(hasher.find("second password".into(), hashes.clone()).await, Ok(Some(2)));
        assert_eq!(hasher.find("third password".into(), hashes).await, Ok(None));
    }
}
