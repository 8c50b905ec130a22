//! Who may ask: API keys, the login link, the cookie, and by which name the server is addressed.
//!
//! ## Invariants
//!
//! 1. Keys, login tokens and cookies are never logged: their types have no `Display`, and `Debug` hides them.
//! 2. A key is stored as its SHA-256 only. It holds 190 random bits, so a fast hash is enough.
//! 3. Secrets are compared in a time that does not depend on how much of them is right.
//! 4. What a browser does on its own accord changes nothing: a write by cookie needs an `Origin` that is this server.
//! 5. A page elsewhere cannot address this server by a name of its own (DNS rebinding): see [`hosts`].
//!
//! Capture, config and static routes are outside of all this: they never read cookies and are open to every origin.

mod api_key;
mod caller;
mod cookie;
mod guard;
pub mod hosts;
mod key_records;
mod login_tokens;
mod routes;
mod secret_hash;

use std::sync::Arc;

use cassette_recording::ProjectId;

pub use api_key::{ApiKey, ApiKeyError, KeyStore};
pub use caller::{By, Caller, Reach, Right, Rights};
pub use cookie::{COOKIE, CookieSigner};
pub use guard::{follow_login_link, require_known_host, require_login};
pub use hosts::AllowedHosts;
pub use key_records::{load_keys, store_key};
pub use login_tokens::{LoginToken, LoginTokens};
pub use routes::{Me, ProjectInfo, routes};
pub use secret_hash::SecretHash;

use crate::clock::Clock;

/// All that is needed to tell who asks.
#[derive(Debug)]
pub struct Auth {
    /// The project that keys and cookies open.
    pub project: ProjectId,
    /// Keys that are valid.
    pub keys: KeyStore,
    /// The administrator's password, where the operator set one. Held as a hash in memory only, never stored.
    pub password: Option<SecretHash>,
    /// Login links that are out.
    pub login_tokens: LoginTokens,
    /// Makes and checks cookies.
    pub cookies: CookieSigner,
    /// Names of this server.
    pub hosts: AllowedHosts,
    /// Now.
    pub clock: Arc<dyn Clock>,
}
