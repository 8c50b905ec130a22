//! Where an answer sends us, and whether the key goes along.
//!
//! The key is for the host that it was given for. A server may send us elsewhere for the data, to its object store for
//! instance; nobody there is shown the key.

/// Redirections that are followed in one call.
pub(super) const MOST: usize = 5;

/// An address to go on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Onward {
    pub(super) url: String,
    /// The key may go along.
    pub(super) with_key: bool,
}

/// Where `location` leads from `from`. `with_key` is whether the key went to `from`: once without, always without.
pub(super) fn onward(from: &str, location: &str, with_key: bool) -> Result<Onward, String> {
    let (scheme, authority) = origin(from).ok_or_else(|| format!("expected an address, found {from}"))?;
    let url = match location.starts_with('/') && !location.starts_with("//") {
        true => format!("{scheme}://{authority}{location}"),
        false => location.to_owned(),
    };
    // What follows can be a signature, which is as good as a key.
    let shown = location.split(['?', '#']).next().unwrap_or_default();
    let Some((to_scheme, to_authority)) = origin(&url) else {
        return Err(format!("expected to be sent to an http or https address, got {shown}"));
    };
    if scheme == "https" && to_scheme == "http" {
        return Err(format!("expected to be sent to an https address, got {shown}"));
    }
    let same = to_authority == authority && (to_scheme == scheme || !authority.contains(':'));
    Ok(Onward { url, with_key: with_key && same })
}

/// Scheme and authority, in lower case, without the scheme's own port.
fn origin(url: &str) -> Option<(&'static str, String)> {
    let (scheme, rest) = ["https", "http"]
        .into_iter()
        .find_map(|scheme| Some((scheme, url.strip_prefix(scheme)?.strip_prefix("://")?)))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
    (!authority.is_empty() && !authority.contains(['@', '\\'])).then(|| (scheme, authority.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(from: &str, location: &str) -> Result<(String, bool), String> {
        onward(from, location, true).map(|onward| (onward.url, onward.with_key))
    }

    #[test]
    fn the_key_stays_with_its_host() {
        let from = "https://eu.posthog.com/api/x?y=1";
        let go = |location: &str| to(from, location).unwrap().1;
        assert!(go("/api/x/?y=1"));
        assert!(go("https://EU.posthog.com:443/z"));
        assert!(!go("https://us.posthog.com/api"));
        assert!(!go("https://eu.posthog.com.example.com/"));
        assert!(!go("https://eu.posthog.com:8443/"));
        assert!(to("http://a", "https://a/").unwrap().1, "to https is no loss");
        assert!(!to("http://a:8000", "https://a:8000/").unwrap().1, "something else listens there");
        let elsewhere = onward(from, "https://store.example.com/", true).unwrap();
        assert!(!onward(&elsewhere.url, "https://eu.posthog.com/", elsewhere.with_key).unwrap().with_key);
    }

    #[test]
    fn an_address_that_is_none_or_open_to_all_is_refused() {
        for location in
            ["http://eu.posthog.com/", "ftp://a/", "//a/", "x/y", "", "https://", "https://key@a/", "file:///x"]
        {
            assert!(to("https://eu.posthog.com/", location).is_err(), "{location}");
        }
        let refused = to("https://eu.posthog.com/", "http://store.example.com/a?signature=secret").unwrap_err();
        assert!(refused.contains("store.example.com/a") && !refused.contains("secret"), "{refused}");
        assert_eq!(to("http://a:1/b", "/c").unwrap().0, "http://a:1/c");
    }
}
