//! Who opens a link, as far as it is kept: where about, with what, from which site. Enough to notice that a link went
//! further than it was meant to, too little to tell who it was.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use http::{HeaderMap, header};

use crate::api_error::ApiError;

/// One who opens a link.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    address: Option<IpAddr>,
    /// What the browser calls itself, roughly.
    pub(super) agent: &'static str,
    /// The site that led here, as the request says.
    pub(super) referrer: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::of(parts))
    }
}

impl Visitor {
    /// Who sent a request.
    pub(super) fn of(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let text = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        Self {
            address: address(peer, &parts.headers),
            agent: family(text(header::USER_AGENT).unwrap_or_default()),
            referrer: text(header::REFERER).and_then(origin),
        }
    }

    /// Tells guessers apart.
    pub(super) fn key(&self) -> String {
        self.address.map(network).unwrap_or_default()
    }

    /// The address without what tells one household from another.
    pub(super) fn shortened(&self) -> Option<String> {
        self.address.map(network)
    }
}

/// The last address that a proxy on this machine names, or the peer's own.
fn address(peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer?.to_canonical();
    if !peer.is_loopback() {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse::<IpAddr>().ok());
    Some(last.map_or(peer, |last| last.to_canonical()))
}

fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
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
    fn addresses_are_shortened_and_only_a_proxy_on_this_machine_is_believed() {
        let headers = HeaderMap::from_iter([(
            header::HeaderName::from_static("x-forwarded-for"),
            header::HeaderValue::from_static("1.1.1.1, 203.0.113.7"),
        )]);
        let seen = |peer: &str| address(peer.parse().ok(), &headers).map(network).unwrap();
        assert_eq!(seen("127.0.0.1"), "203.0.113.0/24");
        assert_eq!(seen("::ffff:127.0.0.1"), "203.0.113.0/24");
        assert_eq!(seen("198.51.100.9"), "198.51.100.0/24");
        assert_eq!(seen("2001:db8:1:2:3::4"), "2001:db8:1::/48");
        assert_eq!(address("127.0.0.1".parse().ok(), &HeaderMap::new()), "127.0.0.1".parse().ok());
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
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", "Chrome"),
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
