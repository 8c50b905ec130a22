//! By which names the server may be addressed.
//!
//! A page from `evil.example` can make its own name point at 127.0.0.1 after it has loaded (DNS rebinding), and then counts
//! as same-origin with this server; only the `Host` header still tells. So names must be known. Addresses need not be:
//! nobody can make an address point elsewhere.

use std::net::IpAddr;

use http::{HeaderMap, Uri, header};

/// Names that the server answers to, besides `localhost` and every IP address.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts {
    names: Vec<String>,
}

impl AllowedHosts {
    /// With the names that the operator configured, without ports.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().map(|name| normal(&name)).collect() }
    }

    /// Whether `authority`, a host with or without a port, is one of ours.
    pub fn allow(&self, authority: &str) -> bool {
        let Some(host) = host_of(authority) else { return false };
        let host = normal(host);
        host == "localhost"
            || host.ends_with(".localhost")
            || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
            || self.names.contains(&host)
    }
}

/// To whom the request is addressed: the authority in its first line if there is one, else `Host`.
pub(super) fn addressed<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST)?.to_str().ok(),
    }
}

/// Whether a request comes from a page of this server: `Origin` names the host that it is addressed to.
pub(super) fn is_same_origin(uri: &Uri, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let Some((scheme, origin)) = origin.and_then(|origin| origin.split_once("://")) else { return false };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |authority: &str| {
        let authority = authority.to_ascii_lowercase();
        authority.strip_suffix(default_port).map(str::to_owned).unwrap_or(authority)
    };
    addressed(uri, headers).is_some_and(|addressed| bare(addressed) == bare(origin))
}

/// Without the port. None: there is no host, or something else is in it.
fn host_of(authority: &str) -> Option<&str> {
    if authority.contains('@') {
        return None;
    }
    let end = match authority.rfind(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    let port_fits = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (!host.is_empty() && port_fits).then_some(host)
}

fn normal(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_and_configured_names_are_ours() {
        let hosts = AllowedHosts::new(["Replay.Example.com".into()]);
        for ours in [
            "localhost",
            "LOCALHOST:8000",
            "shop.localhost:1",
            "127.0.0.1:8000",
            "[::1]:8000",
            "192.168.1.5",
            "replay.example.com",
            "replay.example.com.:443",
        ] {
            assert!(hosts.allow(ours), "{ours}");
        }
    }

    #[test]
    fn other_names_are_not_ours() {
        let hosts = AllowedHosts::new(["replay.example.com".into()]);
        for other in [
            "evil.example",
            "evil.example:8000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "",
            ":8000",
            "localhost:x",
            "localhost@evil.example",
            "[::1]evil:80",
            "example.com",
        ] {
            assert!(!hosts.allow(other), "{other}");
        }
    }

    #[test]
    fn an_origin_is_the_same_if_host_and_port_are() {
        let same = |host: &str, origin: &str| {
            let headers = HeaderMap::from_iter([
                (header::HOST, host.parse().unwrap()),
                (header::ORIGIN, origin.parse().unwrap()),
            ]);
            is_same_origin(&Uri::from_static("/api/login"), &headers)
        };
        assert!(same("localhost:8000", "http://localhost:8000"));
        assert!(same("Replay.example", "https://replay.example:443"));
        assert!(same("replay.example:80", "http://replay.example"));
        assert!(!same("localhost:8000", "http://localhost:3000"));
        assert!(!same("localhost:8000", "http://localhost"));
        assert!(!same("localhost:8000", "null"));
        assert!(!same("localhost:8000", "ftp://localhost:8000"));
        assert!(!is_same_origin(&Uri::from_static("/"), &HeaderMap::new()));
    }
}
