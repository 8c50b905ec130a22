//! Formats and the endings of their files.

use std::path::Path;

use anyhow::bail;

use crate::words::Format;

/// What the file's name says. A name without any ending says nothing, and gets the stored form.
pub(super) fn by_ending(path: &Path) -> anyhow::Result<Format> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let known = [
        (".zst", Format::Stored),
        (".ndjson", Format::Ndjson),
        (".jsonl", Format::Ndjson),
        (".rrweb", Format::Rrweb),
        (".rrweb.json", Format::Rrweb),
    ];
    if let Some((_, format)) = known.iter().find(|(ending, _)| name.ends_with(ending)) {
        return Ok(*format);
    }
    // `.json` is none: more than one form is JSON, and a script must not get another one with the next version.
    match path.extension() {
        None => Ok(Format::Stored),
        Some(_) => bail!("the ending of {} is no format's: add --format ndjson.zst, ndjson or rrweb", path.display()),
    }
}

/// What a file of that format is called behind the session id.
pub(super) fn ending(format: Format) -> &'static str {
    match format {
        Format::Stored => "ndjson.zst",
        Format::Ndjson => "ndjson",
        Format::Rrweb => "rrweb.json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        for (name, expected) in [
            ("a.ndjson.zst", Format::Stored),
            ("/x/a.ZST", Format::Stored),
            ("a.ndjson", Format::Ndjson),
            ("a.jsonl", Format::Ndjson),
            ("a.rrweb", Format::Rrweb),
            ("a.rrweb.json", Format::Rrweb),
            ("a", Format::Stored),
        ] {
            assert_eq!(by_ending(Path::new(name)).unwrap(), expected, "{name}");
        }
        for name in ["a.json", "a.html", "a.gz"] {
            assert!(by_ending(Path::new(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_written_under_an_ending_is_read_as_that() {
        for format in [Format::Stored, Format::Ndjson, Format::Rrweb] {
            assert_eq!(by_ending(Path::new(&format!("a.{}", ending(format)))).unwrap(), format);
        }
    }
}
