//! A login that is under way: a cookie `v1.<expiry, epoch seconds>.<id>.<path afterwards>.<HMAC-SHA256>`.
//!
//! State, nonce and PKCE verifier are not in it: they follow from the id and the server's secret, so that who sees the
//! cookie or the address knows no verifier, and no node has to remember what it sent a browser away with.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};

use super::local_path::local_path;
use crate::auth::SecretHash;
use crate::random;
use crate::signer::Signer;

const COOKIE: &str = "cassette_login";

/// What is made of the same text by the same secret, kept apart.
const FOR_COOKIE: &str = "login cookie";
const FOR_STATE: &str = "login state";
const FOR_NONCE: &str = "login nonce";
const FOR_VERIFIER: &str = "login verifier";

/// Below which addresses browsers send it.
const PATH: &str = "/api/login/oidc";

/// How long somebody may take to log in at the provider.
const LIFE_SECONDS: i64 = 10 * 60;

/// Answers that are remembered; the oldest is forgotten first.
const MOST: usize = 10_000;

/// A login that a browser began and did not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnderWay {
    id: String,
    expires_at: i64,
    /// A path of this server.
    next: String,
}

impl UnderWay {
    /// `next`: where the browser wants to go afterwards.
    pub(super) fn begin(next: Option<&str>, now: i64) -> Self {
        Self { id: random::id(), expires_at: now / 1000 + LIFE_SECONDS, next: local_path(next).to_owned() }
    }

    /// The one of the request's cookie that has not run out.
    pub(super) fn of(headers: &HeaderMap, signer: &Signer, now: i64) -> Option<Self> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let found = pairs.filter(|(name, _)| *name == COOKIE).find_map(|(_, value)| Self::read(value, signer));
        found.filter(|login| now / 1000 < login.expires_at)
    }

    fn read(value: &str, signer: &Signer) -> Option<Self> {
        let (signed, mac) = value.rsplit_once('.')?;
        let ours = signer.signed(FOR_COOKIE, signed, mac).then_some(signed)?;
        let mut parts = ours.strip_prefix("v1.")?.split('.');
        let (expires_at, id) = (parts.next()?.parse().ok()?, parts.next()?.to_owned());
        let next = String::from_utf8(URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()?;
        Some(Self { id, expires_at, next })
    }

    /// The `Set-Cookie` value that keeps it in the browser.
    pub(super) fn cookie(&self, signer: &Signer, secure: bool) -> HeaderValue {
        let signed = format!("v1.{}.{}.{}", self.expires_at, self.id, URL_SAFE_NO_PAD.encode(&self.next));
        let mac = signer.sign(FOR_COOKIE, &signed);
        set(&format!("{signed}.{mac}"), LIFE_SECONDS, secure)
    }

    /// What the provider hands back to the browser.
    pub(super) fn state(&self, signer: &Signer) -> String {
        signer.sign(FOR_STATE, &self.id)
    }

    /// Whether the provider's answer is to this login.
    pub(super) fn has_state(&self, signer: &Signer, given: &str) -> bool {
        SecretHash::of(given).matches(&SecretHash::of(&self.state(signer)))
    }

    /// What the provider puts into the ID token.
    pub(super) fn nonce(&self, signer: &Signer) -> String {
        signer.sign(FOR_NONCE, &self.id)
    }

    /// What proves to the provider that who brings the code is who asked for it: 64 digits, of the 43 to 128 letters that
    /// PKCE wants.
    pub(super) fn verifier(&self, signer: &Signer) -> String {
        signer.sign(FOR_VERIFIER, &self.id)
    }

    /// Where the browser goes afterwards.
    pub(super) fn next(&self) -> &str {
        &self.next
    }
}

/// The `Set-Cookie` value that ends it.
pub(super) fn removed() -> HeaderValue {
    set("", 0, false)
}

fn set(value: &str, seconds: i64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::try_from(text).expect("a cookie is letters, digits and punctuation");
    value.set_sensitive(true);
    value
}

/// Logins that were answered and have not run out: each is answered once. Another node does not know of them; there the
/// provider refuses the code that was used.
#[derive(Debug, Default)]
pub(super) struct Answered(Mutex<Vec<(String, i64)>>);

impl Answered {
    /// Whether this is the first answer.
    pub(super) fn is_first(&self, login: &UnderWay, now: i64) -> bool {
        let mut answered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answered.retain(|(_, expires_at)| now / 1000 < *expires_at);
        if answered.iter().any(|(id, _)| *id == login.id) {
            return false;
        }
        if answered.len() == MOST {
            answered.remove(0);
        }
        answered.push((login.id.clone(), login.expires_at));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_245_310_102;

    fn back(set_cookie: &HeaderValue) -> HeaderMap {
        let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, pair.parse().unwrap())])
    }

    #[test]
    fn a_login_is_under_way_for_ten_minutes_in_the_browser_that_began_it() {
        let signer = Signer::new([1; 32]);
        let login = UnderWay::begin(Some("/recordings/a-1#t=3.5"), NOW);
        let cookie = login.cookie(&signer, false);
        assert_eq!(UnderWay::of(&back(&cookie), &signer, NOW + 599_000), Some(login.clone()));
        assert_eq!(login.next(), "/recordings/a-1#t=3.5");
        assert_eq!(UnderWay::of(&back(&cookie), &signer, NOW + 600_000), None);
        assert_eq!(UnderWay::of(&back(&cookie), &Signer::new([2; 32]), NOW), None);
        assert_eq!(UnderWay::of(&HeaderMap::new(), &signer, NOW), None);
        assert_eq!(UnderWay::of(&back(&removed()), &signer, NOW), None);
    }

    #[test]
    fn a_cookie_that_was_changed_is_no_login() {
        let signer = Signer::new([1; 32]);
        let login = UnderWay::begin(None, NOW);
        let text = login.cookie(&signer, false).to_str().unwrap().split(';').next().unwrap().to_owned();
        let parts: Vec<&str> = text.split('.').collect();
        for changed in [
            text.replace(parts[1], "9999999999"),
            text.replace(parts[2], "0"),
            text.replace(&format!(".{}.", parts[3]), ".Ly9ldmls."),
            text.replace(parts[4], ""),
            format!("{COOKIE}=v1"),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, changed.parse().unwrap())]);
            assert_eq!(UnderWay::of(&headers, &signer, NOW), None, "{changed}");
        }
    }

    #[test]
    fn what_is_derived_differs_by_purpose_and_login_and_is_not_in_the_cookie() {
        let signer = Signer::new([1; 32]);
        let (one, other) = (UnderWay::begin(None, NOW), UnderWay::begin(None, NOW));
        let derived = [one.state(&signer), one.nonce(&signer), one.verifier(&signer), other.state(&signer)];
        let cookie = one.cookie(&signer, false);
        for (at, text) in derived.iter().enumerate() {
            assert!(text.len() == 64 && !derived[..at].contains(text));
            assert!(!cookie.to_str().unwrap().contains(text.as_str()));
        }
        assert!(
            one.has_state(&signer, &derived[0]) && !one.has_state(&signer, &derived[3]) && !one.has_state(&signer, "")
        );
    }

    #[test]
    fn the_cookie_is_kept_from_scripts_and_from_other_paths() {
        let (signer, login) = (Signer::new([1; 32]), UnderWay::begin(None, NOW));
        let text = login.cookie(&signer, false).to_str().unwrap().to_owned();
        assert!(text.ends_with("; Path=/api/login/oidc; Max-Age=600; HttpOnly; SameSite=Lax"), "{text}");
        assert!(login.cookie(&signer, true).to_str().unwrap().ends_with("; SameSite=Lax; Secure"));
    }

    #[test]
    fn a_login_is_answered_once() {
        let (answered, one, other) = (Answered::default(), UnderWay::begin(None, NOW), UnderWay::begin(None, NOW));
        assert!(answered.is_first(&one, NOW) && answered.is_first(&other, NOW));
        assert!(!answered.is_first(&one, NOW + 1000));
        for _ in 0..MOST {
            assert!(answered.is_first(&UnderWay::begin(None, NOW), NOW));
        }
        assert_eq!(answered.0.lock().unwrap().len(), MOST);
    }
}
