//! The words of the command line. Scripts rely on them: rename nothing without saying so in the changelog.

use std::convert::Infallible;
use std::path::PathBuf;

use cassette_recording::{DistinctId, RecordingId};
use cassette_server::config::Secret;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::since::Since;

/// Portable session replay: one binary, one folder.
#[derive(Debug, Parser)]
#[command(name = "cassette", version, arg_required_else_help = true)]
pub(crate) struct Words {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Record and play: the server
    Serve(Serve),
    /// The recordings, newest first
    List(List),
    /// A recording, or all of them, as files
    Export(Export),
    /// What is in a recording file: times, windows, pages, counts, sizes, gaps
    Inspect(Inspect),
    /// Whether recordings are whole: order, checksums, completeness
    Verify(Verify),
    /// The catalog again, from the stored objects alone
    Rebuild(Rebuild),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The folder that everything lies in [default: cassette-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Configuration file [default: cassette.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Add a small shop at /demo/ that is recorded
    #[arg(long)]
    pub(crate) demo: bool,
    /// The project's token, at the first start (phc_…)
    #[arg(long, value_name = "TOKEN")]
    pub(crate) project_token: Option<String>,
    /// The first personal API key, at the first start (phx_…)
    #[arg(long, value_name = "KEY")]
    pub(crate) api_key: Option<String>,
}

/// Where the recordings are: in a folder, or behind a running server.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The folder that everything lies in [default: $CASSETTE_DATA, or cassette-data]
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub(crate) data: Option<PathBuf>,
    /// The address of a running server, to work through instead
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A personal API key of that server (phx_…)
    #[arg(long, value_name = "KEY", env = "CASSETTE_API_KEY", hide_env_values = true, value_parser = secret)]
    pub(crate) api_key: Option<Secret>,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Only those begun since: 30m, 24h, 3d, 2w, or a UTC date or time such as 2026-11-21 or 2026-11-21T07:15:10Z
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) since: Option<Since>,
    /// Only those of this person, by an id that the SDK sent
    #[arg(long, value_name = "ID", value_parser = distinct_id)]
    pub(crate) distinct_id: Option<DistinctId>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// A JSON array, one recording a line, with the members of the HTTP API
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The recording
    #[arg(value_name = "SESSION_ID", required_unless_present = "all")]
    pub(crate) session: Option<RecordingId>,
    /// All finished recordings, one file each; those that are there already are not written again
    #[arg(long, conflicts_with = "session")]
    pub(crate) all: bool,
    /// The file to write, or - for standard output; with --all, the folder
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    /// The form [default: by the ending of FILE; otherwise ndjson.zst]
    #[arg(long, value_name = "F")]
    pub(crate) format: Option<Format>,
    /// Replace half emojis (unpaired surrogates) by U+FFFD, for parsers that refuse them
    #[arg(long)]
    pub(crate) well_formed: bool,
    /// Overwrite what is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// A form that a recording leaves in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The stored file, byte for byte
    #[value(name = "ndjson.zst")]
    Stored,
    /// Its lines, decompressed
    #[value(name = "ndjson")]
    Ndjson,
    /// The rrweb events alone, as one JSON array
    #[value(name = "rrweb")]
    Rrweb,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// A recording file, compressed or not; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Recording files, compressed or not; - for standard input
    #[arg(value_name = "FILE", required_unless_present = "data")]
    pub(crate) files: Vec<PathBuf>,
    /// Everything that lies in this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    pub(crate) data: Option<PathBuf>,
    /// Name the files that are all right too
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// The folder that everything lies in [default: $CASSETTE_DATA, or cassette-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret(text.to_owned()))
}

fn distinct_id(text: &str) -> Result<DistinctId, String> {
    text.parse::<DistinctId>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_words_fit_together() {
        Words::command().debug_assert();
    }

    #[test]
    fn a_key_is_not_printed() {
        let words = Words::parse_from(["cassette", "list", "--server", "http://x", "--api-key", "phx_secret"]);
        assert!(!format!("{words:?}").contains("phx_secret"));
    }

    #[test]
    fn words_that_exclude_each_other_are_refused() {
        for words in [
            &["list", "--data", "a", "--server", "http://x"][..],
            &["export", "--to", "x"],
            &["export", "a", "--all", "--to", "x"],
            &["export", "a/b", "--to", "x"],
            &["export", "a"],
            &["verify"],
            &["verify", "x", "--data", "a"],
            &["list", "--since", "soon"],
        ] {
            let words = [&["cassette"], words].concat();
            assert_eq!(Words::try_parse_from(&words).map_err(|error| error.exit_code()).unwrap_err(), 2, "{words:?}");
        }
    }
}
