//! Who may ask: API keys, users, the login link, the cookie, and by which name the server is addressed.
//!
//! ## Invariants
//!
//! 1. Keys, passwords, login tokens and cookies are never logged: their types have no `Display`, and `Debug` hides them.
//! 2. A key is stored as its SHA-256 only: it holds 190 random bits, so a fast hash is enough. Passwords are Argon2id.
//! 3. Secrets are compared in a time that does not depend on how much of them is right.
//! 4. What a browser does on its own accord changes nothing: a write by cookie needs an `Origin` that is this server.
//! 5. A page elsewhere cannot address this server by a name of its own (DNS rebinding): see [`hosts`].
//! 6. Who asks is looked up with each request: a key, a role, a session that was taken away ends at once. A catalog that
//!    is down is 503, never 401.
//! 7. A session that a key began may do what the key may, and ends with it.
//!
//! Capture, config and static routes are outside of all this: they never read cookies and are open to every origin.

mod address;
mod api_key;
mod caller;
mod cookie;
mod guard;
pub mod hosts;
mod login_tokens;
mod me;
#[cfg(feature = "oidc")]
mod oidc;
mod password;
mod routes;
pub(crate) mod scope;
mod secret_hash;

use std::net::IpAddr;
use std::sync::Arc;

pub(crate) use address::address;
pub use api_key::{ApiKey, ApiKeyError};
pub use caller::{By, Caller, Reach, Right, Rights};
pub use cookie::{COOKIE, CookieSigner, Session, Who};
pub use guard::{follow_login_link, require_known_host, require_login};
pub use hosts::AllowedHosts;
pub use login_tokens::{LoginToken, LoginTokens};
pub(crate) use me::routes as me_routes;
#[cfg(feature = "oidc")]
pub use oidc::OidcError;
#[cfg(feature = "oidc")]
pub(crate) use oidc::{Oidc, routes as oidc_routes};
pub use password::{Password, PasswordError};
pub(crate) use routes::routes;
pub use scope::{Scope, ScopeError};
pub use secret_hash::SecretHash;

use crate::audit::Audit;
use crate::clock::Clock;
use crate::keys::Keys;
use crate::throttle::{Buckets, Guesses};
use crate::users::Users;

/// Mistyped passwords that cost nothing.
const FREE_OF_ACCOUNT: u32 = 5;

/// The same for all accounts at one address, behind which there may be many people.
const FREE_OF_ADDRESS: u32 = 30;

/// All that is needed to tell who asks.
#[derive(Debug)]
pub struct Auth {
    /// Keys.
    pub(crate) keys: Keys,
    /// Users.
    pub(crate) users: Users,
    /// The administrator's password, where the operator set one. Held as a hash in memory only, never stored.
    pub(crate) password: Option<SecretHash>,
    /// What the login provider is called, where there is one.
    pub(crate) provider_name: Option<String>,
    /// The login provider.
    #[cfg(feature = "oidc")]
    pub(crate) oidc: Option<Oidc>,
    /// Login links that are out.
    pub(crate) login_tokens: LoginTokens,
    /// Makes and checks cookies.
    pub(crate) cookies: CookieSigner,
    /// Names of this server.
    pub(crate) hosts: AllowedHosts,
    /// Whose word on a caller's address counts.
    pub(crate) proxies: Vec<IpAddr>,
    /// Guesses at passwords, by account.
    pub(crate) accounts: Guesses,
    /// The same by address.
    pub(crate) addresses: Guesses,
    /// Requests of the API.
    pub(crate) requests: Buckets,
    /// Where logins are written down.
    pub(crate) audit: Arc<Audit>,
    /// Now.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Auth {
    /// Counts guesses at passwords, by account and by address.
    pub(crate) fn guesses() -> (Guesses, Guesses) {
        (Guesses::new(FREE_OF_ACCOUNT), Guesses::new(FREE_OF_ADDRESS))
    }
}
