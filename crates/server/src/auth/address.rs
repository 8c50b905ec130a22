//! From where a request comes, as a name for limits.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};

/// The caller's address. `X-Forwarded-For` counts where one of our own proxies wrote it: its last entry is what that
/// proxy saw, whatever the caller put before it. Of an IPv6 address the network counts: who has one has 2^64.
pub(crate) fn address(extensions: &Extensions, headers: &HeaderMap, proxies: &[IpAddr]) -> String {
    let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else {
        return "unknown".into();
    };
    let peer = peer.ip().to_canonical();
    let forwarded = || {
        let lines = headers.get_all("x-forwarded-for").iter();
        let last = lines.filter_map(|line| line.to_str().ok()).next_back()?.rsplit(',').next()?;
        last.trim().parse::<IpAddr>().ok()
    };
    let address = if proxies.contains(&peer) { forwarded().unwrap_or(peer) } else { peer };
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX));
            format!("{network}/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str], proxies: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        address(&extensions, &headers, &proxies)
    }

    #[test]
    fn what_a_stranger_says_of_its_address_does_not_count() {
        assert_eq!(seen("192.0.2.1:9", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1:9", &["198.51.100.7"], &["10.0.0.1"]), "192.0.2.1");
        assert_eq!(address(&Extensions::new(), &HeaderMap::new(), &[]), "unknown");
    }

    #[test]
    fn what_a_proxy_of_ours_saw_counts() {
        assert_eq!(seen("10.0.0.1:9", &["1.1.1.1, 198.51.100.7"], &["10.0.0.1"]), "198.51.100.7");
        assert_eq!(seen("[::ffff:10.0.0.1]:9", &["1.1.1.1", "198.51.100.7"], &["10.0.0.1"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1:9", &["nonsense"], &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1:9", &[], &["10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn an_ipv6_network_is_one_caller() {
        assert_eq!(seen("[2001:db8:1:2:3::4]:9", &[], &[]), "2001:db8:1:2::/64");
    }
}
