//! A path of this server, for after a login: whoever made the link to the login could have written another server's.

/// Longer ones are no page of ours.
const LONGEST: usize = 2000;

/// The path that was asked for, with what follows it; `/` where it does not lead to this server or is none.
pub(super) fn local_path(asked: Option<&str>) -> &str {
    // Two slashes name a server, browsers take a backslash for a slash, and leave out tabs and line breaks.
    let fits = |path: &&str| {
        path.starts_with('/')
            && !path[1..].starts_with(['/', '\\'])
            && path.len() <= LONGEST
            && path.bytes().all(|byte| byte.is_ascii_graphic())
    };
    asked.filter(fits).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_another_server_leads_to_the_first_page() {
        for local in ["/", "/recordings/a-1", "/recordings/a-1?x=//y#t=3.5"] {
            assert_eq!(local_path(Some(local)), local);
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        for foreign in [
            "",
            "recordings",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/é",
            long.as_str(),
        ] {
            assert_eq!(local_path(Some(foreign)), "/", "{foreign:?}");
        }
        assert_eq!(local_path(None), "/");
    }
}
