//! Who opens a link, as far as it is kept: where about, with what, from which site. Enough to notice that a link went
//! further than it was meant to, too little to tell who it was.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;

use crate::app::App;
use crate::auth::address;

/// One who opens a link.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// Tells guessers apart; is not kept.
    pub(super) address: String,
    /// What the browser calls itself, roughly.
    pub(super) agent: &'static str,
    /// The site that led here, as the request says.
    pub(super) referrer: Option<String>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(app, parts))
    }
}

impl Visitor {
    /// Who sent a request.
    pub(super) fn of(app: &App, parts: &Parts) -> Self {
        let text = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        Self {
            address: address(&parts.extensions, &parts.headers, &app.auth.proxies),
            agent: family(text(header::USER_AGENT).unwrap_or_default()),
            referrer: text(header::REFERER).and_then(origin),
        }
    }

    /// The address without what tells one household from another.
    pub(super) fn shortened(&self) -> Option<String> {
        shortened(&self.address)
    }
}

fn shortened(address: &str) -> Option<String> {
    match address.split('/').next()?.parse().ok()? {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(format!("{a:x}:{b:x}:{c:x}::/48"))
        }
    }
}

/// Scheme, host and port of an address of the web.
pub(super) fn origin(address: &str) -> Option<String> {
    const LONGEST: usize = 300;
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let fits = matches!(scheme, "http" | "https")
        && !host.is_empty()
        && address.len() <= LONGEST * 10
        && host.len() <= LONGEST
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte));
    fits.then(|| format!("{scheme}://{}", host.to_ascii_lowercase()))
}

/// The order matters: nearly all of them call themselves Safari too.
fn family(agent: &str) -> &'static str {
    const FAMILIES: [(&str, &str); 11] = [
        ("bot", "bot"),
        ("spider", "bot"),
        ("crawl", "bot"),
        ("edg", "Edge"),
        ("opr/", "Opera"),
        ("firefox", "Firefox"),
        ("fxios", "Firefox"),
        ("chrome", "Chrome"),
        ("chromium", "Chrome"),
        ("crios", "Chrome"),
        ("safari", "Safari"),
    ];
    let agent = agent.get(..500).unwrap_or(agent).to_ascii_lowercase();
    FAMILIES.iter().find(|(word, _)| agent.contains(word)).map_or("other", |(_, family)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shortened() {
        assert_eq!(shortened("203.0.113.7").as_deref(), Some("203.0.113.0/24"));
        assert_eq!(shortened("2001:db8:1:2::/64").as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(shortened("unknown"), None);
    }

    #[test]
    fn of_a_referrer_only_the_site_is_kept() {
        assert_eq!(origin("https://Wiki.example:8443/page?user=ann#x").as_deref(), Some("https://wiki.example:8443"));
        for none in ["", "about:blank", "ftp://a", "https://", "https://a b/", "https://ann:x@a/", "javascript:1"] {
            assert_eq!(origin(none), None, "{none}");
        }
    }

    #[test]
    fn browsers_are_told_roughly() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                "Chrome",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Edge"),
            ("Mozilla/5.0 (X11; rv:115.0) Gecko/20100101 Firefox/115.0", "Firefox"),
            ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15", "Safari"),
            ("Slackbot-LinkExpanding 1.0", "bot"),
            ("curl/8", "other"),
            ("", "other"),
        ] {
            assert_eq!(family(agent), expected, "{agent}");
        }
    }
}
