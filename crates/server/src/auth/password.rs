//! Passwords: Argon2id with 19 MiB, two passes and one lane, which is what OWASP asks for at least. What is stored is
//! the PHC string, so that passwords hashed with other parameters go on working when these are raised.

use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::random;

/// KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Characters.
const SHORTEST: usize = 8;

/// Bytes: what is longer is a mistake.
const LONGEST_BYTES: usize = 1024;

/// Passwords that are hashed at a time: each takes memory and a processor.
static TURNS: Semaphore = Semaphore::const_new(2);

/// A password, on its way in. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text is no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Expected a password of at least {SHORTEST} characters and at most {LONGEST_BYTES} bytes.")]
pub struct PasswordError;

impl Password {
    /// A password that somebody chose.
    ///
    /// # Errors
    /// When it is too short or too long.
    pub fn chosen(text: &str) -> Result<Self, PasswordError> {
        let fits = text.chars().count() >= SHORTEST && text.len() <= LONGEST_BYTES;
        fits.then(|| Self(text.to_owned())).ok_or(PasswordError)
    }

    /// A password that is to be compared.
    pub fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What is kept of it.
    pub async fn hash(self) -> String {
        worked(move || {
            let salt = random::bytes::<16>();
            let hash = hasher().hash_password_with_salt(self.0.as_bytes(), &salt);
            hash.expect("a password of this length can be hashed").to_string()
        })
        .await
    }

    /// Whether it is the one that was hashed. Where there is none to compare with, it takes as long and is not.
    pub async fn matches(self, hash: Option<String>) -> bool {
        static NOBODYS: LazyLock<String> = LazyLock::new(|| {
            let hash = hasher().hash_password_with_salt(&random::bytes::<16>(), &random::bytes::<16>());
            hash.expect("random bytes can be hashed").to_string()
        });
        worked(move || {
            let is_somebodys = hash.is_some();
            let hash = hash.as_deref().unwrap_or(&NOBODYS);
            // Longer ones were never taken, and would only cost time.
            let fits = self.0.len() <= LONGEST_BYTES;
            let password = if fits { self.0.as_bytes() } else { b"" };
            let same = PasswordHash::new(hash).is_ok_and(|hash| hasher().verify_password(password, &hash).is_ok());
            same && fits && is_somebodys
        })
        .await
    }
}

fn hasher() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("the cost is one that Argon2 knows");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// On a thread of its own, when its turn has come.
async fn worked<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let turn = TURNS.acquire().await.expect("the semaphore is never closed");
    let worked = tokio::task::spawn_blocking(move || {
        // Held to the end of the work, also where nobody waits for it any more.
        let _turn = turn;
        work()
    });
    worked.await.expect("hashing does not panic")
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_hash_alone() {
        let hash = Password::chosen("correct horse").unwrap().hash().await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(Password::given("correct horse").matches(Some(hash.clone())).await);
        assert!(!Password::given("wrong horse").matches(Some(hash.clone())).await);
        assert_ne!(Password::given("correct horse").hash().await, hash, "each hash has a salt of its own");
        assert!(!Password::given("").matches(None).await);
        assert!(!Password::given("x").matches(Some("no hash".into())).await);
    }

    #[test]
    fn a_password_is_neither_short_nor_endless_and_does_not_print() {
        assert!(Password::chosen("1234567").is_err());
        assert!(Password::chosen(&"a".repeat(LONGEST_BYTES + 1)).is_err());
        assert_eq!(format!("{:?}", Password::chosen("pässwörd")), "Ok(Password(***))");
    }
}
