//! The words of the command line. Scripts rely on them: rename nothing without saying so in the changelog.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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
