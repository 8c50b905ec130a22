//! The words of the command line. Scripts rely on them: rename nothing without saying so in the changelog.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;

use cassette_interchange::{Compression, Format};
use cassette_recording::{DistinctId, ProjectId, RecordingId};
use cassette_server::config::Secret;
use cassette_server::users::Role;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

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
    /// A recording, or many of them, as files
    Export(Export),
    /// Recordings of any form into a store
    Import(Import),
    /// Recordings out of another system, through its API
    Pull(Pull),
    /// A recording from one form to another, without a store
    Convert(Convert),
    /// What is in a recording file: times, windows, pages, counts, sizes, gaps
    Inspect(Inspect),
    /// Whether recordings are whole: order, checksums, completeness
    Verify(Verify),
    /// A recording file in the player, without a store
    Play(Play),
    /// Recordings for good: their bytes go, and nothing brings them back
    Erase(Erase),
    /// The catalog again, from the stored objects alone
    Rebuild(Rebuild),
    /// Who may log in
    #[command(subcommand)]
    User(User),
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

/// Which of several projects.
#[derive(Debug, Args)]
pub(crate) struct InProject {
    /// The project, by its number [default: 1; of a server, the first that the key opens]
    #[arg(long = "project", value_name = "N", value_parser = project)]
    pub(crate) id: Option<ProjectId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make a user; the password is in $CASSETTE_USER_PASSWORD, or asked for on a terminal
    Add(UserAdd),
    /// The users
    List(UserList),
    /// Remove a user and its keys
    Remove(UserRemove),
}

#[derive(Debug, Args)]
pub(crate) struct UserAdd {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The address to log in with
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: String,
    /// For people
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) name: String,
    /// What the user may do
    #[arg(long, value_name = "ROLE", value_parser = role_parser())]
    pub(crate) role: Role,
    /// A project that the user sees; may be given many times [default: all]
    #[arg(long = "project", value_name = "N", value_parser = project)]
    pub(crate) projects: Vec<ProjectId>,
    /// The user does not see which recordings there are
    #[arg(long)]
    pub(crate) no_list: bool,
    /// The user does not see what is in recordings
    #[arg(long)]
    pub(crate) no_watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserList {
    #[command(flatten)]
    pub(crate) place: Place,
    /// A JSON array, with the members of the HTTP API
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserRemove {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The address that the user logs in with
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: String,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) project: InProject,
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
    #[command(flatten)]
    pub(crate) project: InProject,
    /// The recording
    #[arg(value_name = "SESSION_ID", required_unless_present_any = ["all", "since", "distinct_id", "sessions"])]
    pub(crate) session: Option<RecordingId>,
    /// All finished recordings, one file each; those that are there already are not written again
    #[arg(long, conflicts_with = "session")]
    pub(crate) all: bool,
    /// Those begun since: 30m, 24h, 3d, 2w, or a UTC date or time such as 2026-11-21 or 2026-11-21T07:15:10Z
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, conflicts_with = "session")]
    pub(crate) since: Option<Since>,
    /// Those of this person, by an id that the SDK sent
    #[arg(long, value_name = "ID", value_parser = distinct_id, conflicts_with = "session")]
    pub(crate) distinct_id: Option<DistinctId>,
    /// These; may be given many times
    #[arg(long = "session", value_name = "SESSION_ID", conflicts_with_all = ["session", "all", "since", "distinct_id"])]
    pub(crate) sessions: Vec<RecordingId>,
    /// The file to write, or - for standard output; where there may be many recordings, the folder
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
    /// Overwrite what is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// The form of what is written.
#[derive(Debug, Args)]
pub(crate) struct Form {
    /// The form [default: by the ending of FILE; otherwise ndjson.zst]
    #[arg(long, value_name = "F", value_parser = format_parser())]
    pub(crate) format: Option<Format>,
    /// What to put around it [default: by the ending of FILE, .gz or .zst]
    #[arg(long, value_name = "C", value_parser = compression_parser())]
    pub(crate) compression: Option<Compression>,
    /// Replace half emojis (unpaired surrogates) by U+FFFD, for parsers that refuse them
    #[arg(long)]
    pub(crate) well_formed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) project: InProject,
    /// Files of any form, folders of such, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The recording's id, instead of the one that the file names; for one file only
    #[arg(long, value_name = "ID")]
    pub(crate) session_id: Option<RecordingId>,
    /// A JSON array, one file a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Pull {
    #[command(subcommand)]
    pub(crate) from: PullFrom,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PullFrom {
    /// Out of a PostHog, or a second Cassette, through PostHog's API: what is new there, or grew
    Posthog(PullPosthog),
}

#[derive(Debug, Args)]
pub(crate) struct PullPosthog {
    /// The address of its API, such as https://us.posthog.com or https://eu.posthog.com
    #[arg(long, value_name = "URL")]
    pub(crate) host: String,
    /// The project's number there
    #[arg(long, value_name = "ID")]
    pub(crate) project: u64,
    /// A personal API key there (phx_…) with the scope session_recording:read
    #[arg(long, value_name = "KEY", env = "POSTHOG_PERSONAL_API_KEY", hide_env_values = true, value_parser = secret)]
    pub(crate) api_key: Secret,
    /// The folder to copy to [default: $CASSETTE_DATA, or cassette-data]
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub(crate) data: Option<PathBuf>,
    /// The address of a running Cassette, to copy to instead
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A personal API key of that server (phx_…)
    #[arg(long, value_name = "KEY", env = "CASSETTE_API_KEY", hide_env_values = true, value_parser = secret)]
    pub(crate) server_api_key: Option<Secret>,
    /// Only those begun since: 24h, 3d, 2w, or a UTC date or time such as 2026-11-21 [default: five years ago]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) since: Option<Since>,
    /// Only those begun before then
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) until: Option<Since>,
    /// Leave what may still run for a later call: all that began less than 24 hours ago
    #[arg(long)]
    pub(crate) finished_only: bool,
    /// Take what is there of recordings that PostHog cannot give whole
    #[arg(long)]
    pub(crate) partial: bool,
    /// Fetch also what earlier calls fetched; nothing is stored twice
    #[arg(long)]
    pub(crate) again: bool,
    /// Calls a minute, at most
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) per_minute: u32,
    /// The folder of what was fetched already [default: pull in DIR; for a server, cassette/pull in the user's state]
    #[arg(long, value_name = "DIR")]
    pub(crate) notes: Option<PathBuf>,
    /// The report as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// A file of any form, or - for standard input
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// The file to write, or - for standard output
    #[arg(value_name = "OUT")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
    /// The recording's id, instead of the one that the file names
    #[arg(long, value_name = "ID")]
    pub(crate) session_id: Option<RecordingId>,
    /// Overwrite what is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Play {
    /// A file of any form, or - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Address and port to serve it on; of this machine only
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Print the link and open no browser
    #[arg(long)]
    pub(crate) no_open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// A recording in any form, compressed or not; - for standard input
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
    /// Write what is intact of the one FILE to this one
    #[arg(long, value_name = "OUT", conflicts_with = "data")]
    pub(crate) repair: Option<PathBuf>,
    /// Overwrite OUT where it is there
    #[arg(long, requires = "repair")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) project: InProject,
    /// The recordings
    #[arg(long = "session", value_name = "SESSION_ID", required = true, num_args = 1..)]
    pub(crate) sessions: Vec<RecordingId>,
    /// Only say what would go
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// The folder that everything lies in [default: $CASSETTE_DATA, or cassette-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .map(|name| Format::from_name(&name).expect("only names of formats are taken"))
}

fn compression_parser() -> impl TypedValueParser<Value = Compression> {
    PossibleValuesParser::new(Compression::ALL.map(Compression::name))
        .map(|name| Compression::from_name(&name).expect("only names of compressions are taken"))
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret(text.to_owned()))
}

fn project(text: &str) -> Result<ProjectId, String> {
    let id = text.parse().ok().filter(|id| *id > 0).map(ProjectId);
    id.ok_or_else(|| format!("expected the number of a project, such as 1, got {text}"))
}

fn role_parser() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["admin", "member", "viewer"])
        .map(|name| Role::from_name(&name).expect("only names of roles are taken"))
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
    fn neither_key_of_a_pull_is_printed() {
        let words = ["cassette", "pull", "posthog", "--host", "http://x", "--project", "1", "--api-key", "phx_secret"];
        let words =
            Words::parse_from([&words[..], &["--server", "http://y", "--server-api-key", "phx_secret"]].concat());
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
            &["export", "a", "--since", "3d", "--to", "x"],
            &["export", "--session", "a", "--since", "3d", "--to", "x"],
            &["export", "a", "--to", "x", "--format", "mp4"],
            &["import"],
            &["convert", "a"],
            &["verify", "--data", "x", "--repair", "y"],
            &["play"],
            &["verify"],
            &["erase"],
            &["erase", "a"],
            &["erase", "--session", "a/b"],
            &["verify", "x", "--data", "a"],
            &["list", "--since", "soon"],
            &["list", "--project", "0"],
            &["user"],
            &["user", "add", "--role", "admin"],
            &["user", "add", "--email", "a@b", "--role", "owner"],
            &["pull"],
            &["pull", "posthog", "--host", "https://x", "--project", "1"],
            &["pull", "posthog", "--host", "https://x", "--project", "a", "--api-key", "k"],
            &["pull", "posthog", "--host", "https://x", "--project", "1", "--api-key", "k", "--per-minute", "0"],
        ] {
            let words = [&["cassette"], words].concat();
            assert_eq!(Words::try_parse_from(&words).map_err(|error| error.exit_code()).unwrap_err(), 2, "{words:?}");
        }
    }
}
