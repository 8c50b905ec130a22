//! The cookie of a browser that has logged in: `v2.<expiry, epoch seconds>.<who>.<id>.<generation>.<random>.<HMAC-SHA256>`.
//!
//! The server keeps no list of sessions. Logging out removes the cookie from the browser; a new secret ends all sessions; a
//! new generation, which a user gets with each new password and a key with each new secret, ends those of that one.

use std::fmt;

use http::{HeaderMap, HeaderValue, header};

use crate::random;
use crate::signer::Signer;

/// The cookie's name.
pub const COOKIE: &str = "cassette_session";

/// How long a login lasts.
const LIFE_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Makes cookies and knows its own again.
pub struct CookieSigner {
    signer: Signer,
    secure: bool,
}

/// As whom a browser has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A user, by the id of its document; the administrator as `admin`.
    User(String),
    /// Whoever has this key: the session may do what the key may, and ends with it.
    Key(String),
}

/// What a cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// As whom.
    pub who: Who,
    /// Which of their sessions are good.
    pub generation: String,
}

impl fmt::Debug for CookieSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieSigner(***)")
    }
}

impl CookieSigner {
    /// `secure`: browsers reach the server by https, and shall send the cookie by nothing else.
    pub fn new(secret: [u8; 32], secure: bool) -> Self {
        Self { signer: Signer::new(secret), secure }
    }

    /// The `Set-Cookie` value that logs a browser in.
    pub fn log_in(&self, session: &Session, now: i64) -> HeaderValue {
        let expires_at = now / 1000 + LIFE_SECONDS;
        let (who, id) = match &session.who {
            Who::User(id) => ("user", id),
            Who::Key(id) => ("key", id),
        };
        let nonce = random::id();
        let signed = format!("v2.{expires_at}.{who}.{id}.{}.{nonce}", session.generation);
        let mac = self.signer.sign(COOKIE, &signed);
        self.set(&format!("{signed}.{mac}"), LIFE_SECONDS)
    }

    /// The `Set-Cookie` value that logs a browser out.
    pub fn log_out(&self) -> HeaderValue {
        self.set("", 0)
    }

    /// The session of a cookie of ours that has not run out.
    pub fn session(&self, headers: &HeaderMap, now: i64) -> Option<Session> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| *name == COOKIE).find_map(|(_, value)| self.read(value, now))
    }

    /// A generation that follows from a secret and tells nothing of it.
    pub fn generation_of(&self, secret: &str) -> String {
        self.signer.sign(COOKIE, &format!("generation.{secret}"))[..16].to_owned()
    }

    fn read(&self, value: &str, now: i64) -> Option<Session> {
        let (signed, mac) = value.rsplit_once('.')?;
        let ours = self.signer.signed(COOKIE, signed, mac).then_some(signed)?;
        let mut parts = ours.strip_prefix("v2.")?.split('.');
        let expires_at: i64 = parts.next()?.parse().ok()?;
        let who = match (parts.next()?, parts.next()?) {
            ("user", id) => Who::User(id.to_owned()),
            ("key", id) => Who::Key(id.to_owned()),
            _ => return None,
        };
        let generation = parts.next()?.to_owned();
        (now / 1000 < expires_at).then_some(Session { who, generation })
    }

    fn set(&self, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut value = HeaderValue::try_from(text).expect("a cookie is letters, digits and punctuation");
        value.set_sensitive(true);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_245_310_102;

    fn sent(set_cookie: &HeaderValue) -> String {
        set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    fn logged_in(signer: &CookieSigner, cookie: &str, now: i64) -> bool {
        let headers = HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
        signer.session(&headers, now).is_some_and(|found| found == session())
    }

    fn session() -> Session {
        Session { who: Who::Key("0a1b".into()), generation: "7".into() }
    }

    #[test]
    fn a_cookie_is_good_for_thirty_days() {
        let signer = CookieSigner::new([1; 32], false);
        let cookie = sent(&signer.log_in(&session(), NOW));
        let days = |days: i64| NOW + days * 24 * 60 * 60 * 1000;
        assert!(logged_in(&signer, &cookie, NOW));
        assert!(logged_in(&signer, &format!("a=b; {cookie}; c=d"), days(29)));
        assert!(logged_in(&signer, &format!("{COOKIE}=forged; {cookie}"), NOW));
        assert!(!logged_in(&signer, &cookie, days(30)));
    }

    #[test]
    fn a_cookie_that_was_changed_or_signed_elsewhere_is_refused() {
        let signer = CookieSigner::new([1; 32], false);
        let cookie = sent(&signer.log_in(&session(), NOW));
        let expiry: Vec<&str> = cookie.split('.').collect();
        let longer = cookie.replace(expiry[1], "9999999999");
        assert!(!logged_in(&signer, &longer, NOW));
        assert!(!logged_in(&CookieSigner::new([2; 32], false), &cookie, NOW));
        for broken in [
            "",
            "x",
            "v2.9999999999.user.admin.0.aa.",
            "v2.9999999999.user.admin.0.aa.00",
            "v2.9999999999.user.admin.0.aa.é0",
        ] {
            let headers = HeaderMap::from_iter([(
                header::COOKIE,
                HeaderValue::from_bytes(format!("{COOKIE}={broken}").as_bytes()).unwrap(),
            )]);
            assert_eq!(signer.session(&headers, NOW), None, "{broken}");
        }
        assert!(!logged_in(&signer, &sent(&signer.log_out()), NOW));
    }

    #[test]
    fn a_cookie_is_kept_from_scripts_and_other_sites() {
        let text = |signer: CookieSigner| signer.log_in(&session(), NOW).to_str().unwrap().to_owned();
        let plain = text(CookieSigner::new([1; 32], false));
        assert!(plain.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"), "{plain}");
        assert!(text(CookieSigner::new([1; 32], true)).ends_with("; SameSite=Lax; Secure"));
    }
}
