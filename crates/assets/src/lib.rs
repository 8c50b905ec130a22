//! The built web app, the demo shop and posthog-js's own scripts, embedded in the binary.
//!
//! `build.rs` builds them from `web/` with Node and writes the table that [`find`] searches. What a server says of a file
//! (its type, its tag, its compressed form) is part of the table: nothing is computed when the program starts or asks.
//!
//! Paths are looked up exactly as `web/build.mjs` wrote them, and never touch a file system: `..`, a doubled slash or a
//! folder's name are simply not in the table.
//!
//! | path | what |
//! | --- | --- |
//! | `index.html`, `recording.html`, … | the pages of the app |
//! | `shared.html`, `shared-gone.html` | the page of a link, and what it is where there is none |
//! | `offline.html` | the page that a recording is put into, at its line `<!-- recording -->`: needs nothing else |
//! | `app/…` | what they load; the names change with the content |
//! | `demo/…` | the demo shop; `demo/index.html` serves every route of it |
//! | `static/…` | posthog-js's scripts, `LICENSE.txt` and `version.txt` |
//! | `licenses.txt` | licences of what is bundled |
//! | `script-digests.txt` | of the scripts that stand in the pages themselves, as a content policy names them |

/// A file that can be served as it is.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    pub bytes: &'static [u8],
    /// The same, compressed at build time; absent where that saves nothing.
    pub gzip: Option<&'static [u8]>,
    pub content_type: &'static str,
    /// Quoted and strong, from the SHA-256 of [`Asset::bytes`]. A compressed answer must weaken it (`W/` before it): the
    /// strong form promises these bytes.
    pub etag: &'static str,
    /// The name contains a digest of the content, so whoever has it need never ask again.
    pub immutable: bool,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file at `path` (`demo/index.html`: no slash before it).
pub fn find(path: &str) -> Option<Asset> {
    let index = FILES.binary_search_by(|(known, _)| (*known).cmp(path)).ok()?;
    Some(FILES[index].1)
}

/// Every path that [`find`] knows, in order.
pub fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, _)| *path)
}

/// The version of the embedded posthog-js scripts, such as `1.449.2`.
pub fn posthog_js_version() -> &'static str {
    let version = find("static/version.txt").expect("web/build.mjs writes static/version.txt").bytes;
    str::from_utf8(version).expect("a version is text").trim()
}

/// The script of a snippet install; `/array/<token>/array.js` is this with the project's config before it.
pub fn array_js() -> Asset {
    find("static/array.js").expect("posthog-js contains array.js")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    fn text(path: &str) -> &'static str {
        str::from_utf8(find(path).unwrap_or_else(|| panic!("{path} is embedded")).bytes).unwrap()
    }

    #[test]
    fn what_was_not_built_is_not_found() {
        for path in ["", "/", "missing.js", "static", "static/", "static/lazy-recorder.js.map", "static/toolbar.js"] {
            assert!(find(path).is_none(), "{path:?}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_table() {
        for path in
            ["..", "../Cargo.toml", "static/../index.html", "/index.html", "./index.html", "static//array.js", "app\\x"]
        {
            assert!(find(path).is_none(), "{path:?}");
        }
    }

    #[test]
    fn the_pages_and_the_scripts_of_a_recording_page_are_there() {
        for path in [
            "index.html",
            "recording.html",
            "shared.html",
            "shared-gone.html",
            "licenses.txt",
            "static/LICENSE.txt",
            "demo/index.html",
            "demo/main.js",
        ] {
            assert!(!find(path).unwrap_or_else(|| panic!("{path} is embedded")).bytes.is_empty());
        }
        for name in ["array", "lazy-recorder", "posthog-recorder", "recorder", "exception-autocapture"] {
            let script = find(&format!("static/{name}.js")).unwrap_or_else(|| panic!("{name}.js is embedded"));
            assert_eq!(script.content_type, "text/javascript; charset=utf-8");
            assert!(!script.immutable, "a new posthog-js comes under the same name");
        }
    }

    #[test]
    fn the_scripts_are_of_the_version_that_they_are_said_to_be() {
        let version = posthog_js_version();
        assert!(
            version.split('.').count() == 3 && version.split('.').all(|part| part.parse::<u32>().is_ok()),
            "{version}"
        );
        let array = str::from_utf8(array_js().bytes).unwrap();
        assert!(array.contains(version), "array.js does not name {version}");
        assert!(text("static/lazy-recorder.js").contains("initSessionRecording"));
    }

    #[test]
    fn the_compressed_form_is_the_same_file() {
        for path in paths() {
            let asset = find(path).unwrap();
            let Some(gzip) = asset.gzip else { continue };
            let mut inflated = Vec::new();
            flate2::read::GzDecoder::new(gzip).read_to_end(&mut inflated).unwrap();
            assert_eq!(inflated, asset.bytes, "{path}");
        }
        assert!(array_js().gzip.is_some_and(|gzip| gzip.len() * 2 < array_js().bytes.len()));
    }

    #[test]
    fn the_tag_is_quoted_and_made_from_the_content() {
        for path in paths() {
            let asset = find(path).unwrap();
            let sha256: String = Sha256::digest(asset.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(asset.etag, format!("\"{}\"", &sha256[..32]), "{path}");
        }
    }

    #[test]
    fn what_the_pages_load_is_embedded() {
        for page in ["index.html", "recording.html", "demo/index.html"] {
            let named = text(page).split(['"', '\'']).filter(|value| {
                ["/app/", "/demo/", "/static/"].iter().any(|folder| value.starts_with(folder))
                    && *value != "/demo/config.js"
            });
            let mut count = 0;
            for value in named {
                assert!(find(value.trim_start_matches('/')).is_some(), "{page} names {value}");
                count += 1;
            }
            assert!(count > 1, "{page} loads a style and a script");
        }
    }

    #[test]
    fn pages_hold_no_script_but_those_whose_digests_are_known_and_name_no_other_host() {
        let digests: Vec<&str> = text("script-digests.txt").split_whitespace().collect();
        for (page, own) in [("index.html", 1), ("recording.html", 1), ("shared.html", 1), ("demo/index.html", 0)] {
            let html = text(page);
            assert!(!html.contains("://"), "{page}");
            let mut found = 0;
            for script in html.split("<script").skip(1) {
                let (attributes, rest) = script.split_once('>').unwrap();
                if attributes.contains("src=") {
                    assert!(rest.starts_with("</script>"), "{page}: <script{attributes}>");
                    continue;
                }
                let (script, _) = rest.split_once("</script>").unwrap();
                let digest = format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script)));
                assert!(digests.contains(&&*digest), "{page}: {digest} is not among {digests:?}");
                found += 1;
            }
            assert_eq!(found, own, "{page}");
        }
    }

    /// Everything that is handed on with each recording.
    const OFFLINE_BUDGET_BYTES: usize = 150 * 1024;

    #[test]
    fn the_offline_page_is_alone_and_small_and_has_one_place_for_a_recording() {
        let page = text("offline.html");
        assert_eq!(page.matches("<!-- recording -->").count(), 1);
        let (before, after) = page.split_once("\n<!-- recording -->\n").expect("the place is a line");
        assert!(after.contains("<script>"), "what reads the recording comes behind it");
        // Where an address follows; the word alone stands in the patterns that look for such rules in recorded pages.
        let imports = ["@import ", "@import\"", "@import'", "@import\\\""];
        for reference in [" src=", "<link rel=\"stylesheet", "<a href", "/api/", "/app/"].into_iter().chain(imports) {
            assert!(!before.contains(reference) && !after.contains(reference), "{reference}");
        }
        let size = find("offline.html").and_then(|asset| asset.gzip).expect("it is worth compressing").len();
        assert!(size <= OFFLINE_BUDGET_BYTES, "{size} bytes compressed");
    }

    #[test]
    fn the_offline_page_runs_its_own_three_scripts_and_asks_nobody() {
        let page = text("offline.html");
        let policy = page
            .split_once("http-equiv=\"Content-Security-Policy\" content=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(policy, _)| policy)
            .expect("the page has a policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(!policy.contains("http") && !policy.contains('*') && !policy.contains("'self'"), "{policy}");
        // What has a type is no script. None holds the word in itself: the build sees to that.
        let elements = page.split("<script").skip(1).filter(|rest| !rest.starts_with(" type="));
        let scripts: Vec<&str> = elements
            .map(|rest| {
                rest.split_once('>').and_then(|(_, rest)| rest.split_once("</script>")).expect("a script ends").0
            })
            .collect();
        assert_eq!(scripts.len(), 3, "theme, decoder, app");
        for script in scripts {
            let digest = base64(&Sha256::digest(script.as_bytes()));
            assert!(policy.contains(&format!("'sha256-{digest}'")), "{digest}: {policy}");
        }
    }

    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for three in bytes.chunks(3) {
            let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            for place in 0..=three.len() {
                text.push(char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]));
            }
        }
        text + &"=".repeat((3 - bytes.len() % 3) % 3)
    }

    /// The comment stands on a file's last line; inside, the replayer's style parser knows the word. posthog-js's own files
    /// keep theirs: they are served byte for byte, and the relative `.map` is a 404.
    #[test]
    fn no_source_map_is_fetched_from_another_host() {
        for path in paths().filter(|path| path.ends_with(".js") || path.ends_with(".css")) {
            let last = text(path).trim_end().lines().last().unwrap_or_default();
            let comment =
                last.rsplit_once("//# sourceMappingURL=").or_else(|| last.rsplit_once("/*# sourceMappingURL="));
            if let Some((_, reference)) = comment {
                assert!(path.starts_with("static/"), "{path} of our own refers to a source map");
                assert!(!reference.starts_with("http") && !reference.starts_with("//"), "{path}");
            }
            assert!(!path.ends_with(".map"));
        }
    }

    #[test]
    fn only_names_that_change_with_the_content_may_be_kept_for_good() {
        for path in paths() {
            assert_eq!(find(path).unwrap().immutable, path.starts_with("app/"), "{path}");
        }
    }
}
