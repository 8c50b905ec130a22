//! The forms that a recording leaves in.

/// The names are those of `--format` and `?format=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The stored file, byte for byte.
    NdjsonZst,
    /// Its lines.
    Ndjson,
    /// Length-delimited messages of `docs/format/recording.proto`.
    Protobuf,
    /// What PostHog's player imports, version `2023-04-28`.
    PosthogJson,
    /// The rrweb events alone, one JSON array.
    Rrweb,
    /// One page that plays without a server.
    Html,
}

/// What can be put around a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

/// A format and what is put around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Form {
    /// The format.
    pub format: Format,
    /// `None` for [`Format::NdjsonZst`], which is compressed by itself, and for [`Format::Html`], which a browser opens.
    pub compression: Option<Compression>,
}

impl Format {
    /// Every format, the stored one first.
    pub const ALL: [Self; 6] =
        [Self::NdjsonZst, Self::Ndjson, Self::Protobuf, Self::PosthogJson, Self::Rrweb, Self::Html];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NdjsonZst => "ndjson.zst",
            Self::Ndjson => "ndjson",
            Self::Protobuf => "protobuf",
            Self::PosthogJson => "posthog-json",
            Self::Rrweb => "rrweb",
            Self::Html => "html",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What stands behind the dot of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::NdjsonZst => "ndjson.zst",
            Self::Ndjson => "ndjson",
            Self::Protobuf => "cassette.pb",
            Self::PosthogJson => "posthog.json",
            Self::Rrweb => "rrweb.json",
            Self::Html => "html",
        }
    }

    /// What a server calls it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::NdjsonZst => Compression::Zstd.media_type(),
            Self::Ndjson => "application/x-ndjson",
            Self::Protobuf => "application/protobuf",
            Self::PosthogJson | Self::Rrweb => "application/json",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// The form that a file's name asks for, if its ending asks for one. `.json` alone does not: more than one form is JSON,
    /// and a script must not get another one with the next version.
    pub fn by_ending(name: &str) -> Option<Form> {
        const ENDINGS: [(&str, Format); 9] = [
            (".ndjson", Format::Ndjson),
            (".jsonl", Format::Ndjson),
            (".cassette.pb", Format::Protobuf),
            (".pb", Format::Protobuf),
            (".posthog.json", Format::PosthogJson),
            (".rrweb.json", Format::Rrweb),
            (".rrweb", Format::Rrweb),
            (".html", Format::Html),
            (".htm", Format::Html),
        ];
        let plain = |name: &str| ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|&(_, format)| format);
        let name = name.to_lowercase();
        for compression in Compression::ALL {
            let Some(inner) = name.strip_suffix(compression.ending()).and_then(|name| name.strip_suffix('.')) else {
                continue;
            };
            return match (plain(inner), compression) {
                (Some(Self::Html), _) => None,
                (Some(Self::Ndjson), Compression::Zstd) => Some(Self::NdjsonZst.plain()),
                (Some(format), compression) => Some(Form { format, compression: Some(compression) }),
                // What has been compressed with zstd and says no more is a stored file.
                (None, Compression::Zstd) => Some(Self::NdjsonZst.plain()),
                (None, Compression::Gzip) => None,
            };
        }
        plain(&name).map(Self::plain)
    }

    /// The format with nothing around it.
    pub fn plain(self) -> Form {
        Form { format: self, compression: None }
    }
}

impl Compression {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    /// Its name, as in `?compression=`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The compression of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|compression| compression.name() == name)
    }

    /// What stands behind the last dot of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
        }
    }

    /// What a server calls it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Gzip => "application/gzip",
            Self::Zstd => "application/zstd",
        }
    }
}

impl Form {
    /// What stands behind the dot of a file's name.
    pub fn ending(self) -> String {
        match self.compression {
            None => self.format.ending().to_owned(),
            Some(compression) => format!("{}.{}", self.format.ending(), compression.ending()),
        }
    }

    /// What a server calls it.
    pub fn media_type(self) -> &'static str {
        self.compression.map_or(self.format.media_type(), Compression::media_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_their_text() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
        }
        for compression in Compression::ALL {
            assert_eq!(Compression::from_name(compression.name()), Some(compression));
        }
        assert_eq!(Format::from_name("json"), None);
    }

    #[test]
    fn what_is_written_under_an_ending_is_read_as_that() {
        for format in Format::ALL {
            let mut forms = vec![format.plain()];
            if !matches!(format, Format::NdjsonZst | Format::Ndjson | Format::Html) {
                forms.extend(Compression::ALL.map(|compression| Form { format, compression: Some(compression) }));
            }
            for form in forms {
                assert_eq!(Format::by_ending(&format!("a.{}", form.ending())), Some(form));
            }
        }
    }

    #[test]
    fn other_endings_are_understood_or_refused() {
        for (name, expected) in [
            ("/x/a.ZST", Some(Format::NdjsonZst.plain())),
            ("a.jsonl.zst", Some(Format::NdjsonZst.plain())),
            ("a.jsonl", Some(Format::Ndjson.plain())),
            ("a.ndjson.gz", Some(Form { format: Format::Ndjson, compression: Some(Compression::Gzip) })),
            ("a.rrweb", Some(Format::Rrweb.plain())),
            ("a.pb", Some(Format::Protobuf.plain())),
            ("a", None),
            ("a.json", None),
            ("a.gz", None),
            ("a.html.gz", None),
            ("a.html.zst", None),
        ] {
            assert_eq!(Format::by_ending(name), expected, "{name}");
        }
    }
}
