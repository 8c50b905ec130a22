//! Which form a command writes: by its words, or by the ending of the file.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use cassette_interchange::read::Reading;
use cassette_interchange::write::{Writing, write};
use cassette_interchange::{Compression, Converted, Form, Format, LeftOut, convert};

use crate::words;

/// The page that an offline file is made of.
const OFFLINE_PAGE: &str = "offline.html";

/// How recordings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) form: Form,
    pub(crate) well_formed: bool,
}

impl Chosen {
    /// What the words say of a file of this name; `None` where there is no such name: standard output, or a folder.
    pub(crate) fn by(words: &words::Form, file: Option<&Path>) -> anyhow::Result<Self> {
        let name = file.map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let by_ending = name.as_deref().and_then(Format::by_ending);
        let mut form = match (words.format, by_ending) {
            (Some(format), _) => Form { format, compression: name.as_deref().and_then(|name| around(name, format)) },
            (None, Some(form)) => form,
            // `.json` is no format's: more than one form is JSON, and a script must not get another one with the next version.
            (None, None) => match name.as_deref() {
                Some(name) if Path::new(name).extension().is_some() => {
                    bail!("the ending of {name} is no format's: add --format {}", names());
                }
                Some(_) | None => Format::NdjsonZst.plain(),
            },
        };
        form.compression = words.compression.or(form.compression);
        let format = form.format;
        ensure!(
            form.compression.is_none() || !matches!(format, Format::NdjsonZst | Format::Html),
            "{} is compressed by itself: nothing is put around it",
            format.name()
        );
        ensure!(
            !words.well_formed || format != Format::NdjsonZst,
            "--well-formed changes bytes, and ndjson.zst is the stored file byte for byte: add --format ndjson or another"
        );
        Ok(Self { form, well_formed: words.well_formed })
    }

    /// The stored file as it is.
    pub(crate) fn is_the_stored_file(self) -> bool {
        self.form.format == Format::NdjsonZst
    }

    /// Not for a terminal.
    pub(crate) fn is_binary(self) -> bool {
        self.form.compression.is_some() || matches!(self.form.format, Format::NdjsonZst | Format::Protobuf)
    }

    /// What a file of that form is called behind the session id.
    pub(crate) fn ending(self) -> String {
        self.form.ending()
    }

    /// Writes a recording, plain or compressed, in this form. Returns what could not be carried.
    pub(crate) fn write(self, recording: impl std::io::Read, out: impl Write) -> anyhow::Result<Vec<LeftOut>> {
        Ok(write(recording, &self.writing()?, out)?.left_out)
    }

    /// Writes a file of any form in this one.
    pub(crate) fn convert(self, input: File, reading: &Reading<'_>, out: impl Write) -> anyhow::Result<Converted> {
        Ok(convert(input, reading, &self.writing()?, out)?)
    }

    fn writing(self) -> anyhow::Result<Writing<'static>> {
        let page = match self.form.format {
            Format::Html => Some(offline_page()?),
            _ => None,
        };
        Ok(Writing { form: self.form, well_formed: self.well_formed, page })
    }
}

fn offline_page() -> anyhow::Result<&'static str> {
    let page = cassette_assets::find(OFFLINE_PAGE).context("this binary was built without the offline page")?;
    std::str::from_utf8(page.bytes).context("the offline page is no text")
}

/// What the outermost ending says, where the format was named.
fn around(name: &str, format: Format) -> Option<Compression> {
    let ending = Path::new(name).extension()?.to_str()?.to_lowercase();
    let named = Compression::ALL.into_iter().find(|compression| compression.ending() == ending);
    named.filter(|_| format != Format::NdjsonZst)
}

fn names() -> String {
    let [first @ .., last] = Format::ALL.map(Format::name);
    format!("{} or {last}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, format: Option<Format>) -> anyhow::Result<(Format, Option<Compression>)> {
        let words = words::Form { format, compression: None, well_formed: false };
        Chosen::by(&words, Some(Path::new(name))).map(|chosen| (chosen.form.format, chosen.form.compression))
    }

    #[test]
    fn the_ending_says_the_form() {
        for (name, expected) in [
            ("a.ndjson.zst", (Format::NdjsonZst, None)),
            ("/x/a.ndjson", (Format::Ndjson, None)),
            ("a.ndjson.gz", (Format::Ndjson, Some(Compression::Gzip))),
            ("a.cassette.pb", (Format::Protobuf, None)),
            ("a.posthog.json", (Format::PosthogJson, None)),
            ("a.posthog.json.zst", (Format::PosthogJson, Some(Compression::Zstd))),
            ("a.rrweb.json", (Format::Rrweb, None)),
            ("a.html", (Format::Html, None)),
            ("a", (Format::NdjsonZst, None)),
        ] {
            assert_eq!(chosen(name, None).unwrap(), expected, "{name}");
        }
        for name in ["a.json", "a.mp4", "a.gz"] {
            assert!(chosen(name, None).is_err(), "{name}");
        }
    }

    #[test]
    fn a_named_format_wins_over_the_ending_but_not_over_what_is_around_it() {
        assert_eq!(chosen("a.txt", Some(Format::Rrweb)).unwrap(), (Format::Rrweb, None));
        assert_eq!(chosen("a.ndjson.zst", Some(Format::Ndjson)).unwrap(), (Format::Ndjson, Some(Compression::Zstd)));
        assert_eq!(chosen("a.ndjson.zst", Some(Format::NdjsonZst)).unwrap(), (Format::NdjsonZst, None));
        assert_eq!(chosen("a.json.gz", Some(Format::Rrweb)).unwrap(), (Format::Rrweb, Some(Compression::Gzip)));
        assert!(chosen("a.html.gz", Some(Format::Html)).is_err());
    }

    #[test]
    fn what_is_written_under_an_ending_is_read_as_that() {
        for format in Format::ALL {
            assert_eq!(chosen(&format!("a.{}", format.ending()), None).unwrap(), (format, None));
        }
    }
}
