//! Steps that Cargo does.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    Options,
    shell::{Run, cargo, root, target},
};

pub(crate) fn format() -> Result<()> {
    cargo().args(["fmt", "--all"]).run()?;
    cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml"]).run()
}

pub(crate) fn format_check() -> Result<()> {
    cargo().args(["fmt", "--all", "--check"]).run()?;
    cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]).run()
}

pub(crate) fn clippy() -> Result<()> {
    cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]).run()
}

/// All tests and the binary that process and browser tests start. One command with the features of the whole workspace,
/// so that no dependency is compiled twice with different ones.
pub(crate) fn build() -> Result<()> {
    cargo().args(["test", "--locked", "--workspace", "--no-run"]).run()
}

pub(crate) fn binary() -> PathBuf {
    target().join("debug").join("cassette")
}

/// Unit, integration and documentation tests of every crate.
pub(crate) fn tests() -> Result<()> {
    cargo().args(["test", "--locked", "--workspace", "--no-fail-fast"]).run()
}

/// Logging in by a provider, in a build that has it: the server anew and some 80 crates of cryptography, two minutes the
/// first time.
pub(crate) fn oidc() -> Result<()> {
    cargo().args(["test", "--locked", "--package", "cassette-server", "--features", "oidc", "oidc"]).run()
}

/// The kill test again, alone and with as many rounds as asked for.
pub(crate) fn kill_rounds(rounds: u32) -> Result<()> {
    cargo()
        .args(["test", "--locked", "--workspace"])
        .args(["--test", "it", "--", "kill::", "--nocapture"])
        .env("CASSETTE_TEST_KILL_ROUNDS", rounds.to_string())
        .run()
}

pub(crate) fn bench(options: &Options) -> Result<()> {
    cargo()
        .args(["build", "--release", "--locked", "--package", "cassette-cli", "--package", "cassette-bench"])
        .run()?;
    let release = target().join("release");
    let mut bench = crate::shell::command(release.join("cassette-bench"));
    bench.arg("--binary").arg(release.join("cassette")).arg("--web").arg(root().join("web"));
    let beside = root().join("../shared/corpus/heavy");
    match &options.heavy {
        Some(folder) => {
            bench.args(["--heavy", folder]);
        }
        None if beside.is_dir() => {
            bench.arg("--heavy").arg(beside);
        }
        None => println!("no --heavy DIR: the bodies are generated"),
    }
    if options.write {
        bench.arg("--write").arg(root().join("docs/performance.md"));
    }
    if options.quick {
        bench.arg("--quick");
    }
    if let Some(section) = &options.only {
        bench.args(["--only", section]);
    }
    bench.run()
}
