//! Fuzzing of everything that reads bytes from outside, with libFuzzer on the stable toolchain.
//!
//! The targets are a workspace of their own (`fuzz/`), because they are built with coverage instrumentation. The flags
//! below are those of `cargo fuzz` without the address sanitizer: our code forbids `unsafe`, so panics, overflows, hangs
//! and memory beyond the limit are what there is to find, and stable Rust can look for them.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
};

use anyhow::{Context, Result};

use crate::{
    shell::{self, Run, cargo, root, target},
    steps::Steps,
    system,
};

const INSTRUMENT: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks --cfg fuzzing";

/// Longest input that is tried, one input's time, and memory: beyond each is a finding.
const LIMITS: [&str; 3] = ["-max_len=65536", "-timeout=10", "-rss_limit_mb=2048"];

/// Folders of `fixtures/` that targets begin with, besides their own seeds.
const FIXTURES: [(&str, &[&str]); 6] = [
    ("interchange_read", &["recordings/v1", "recordings/damaged", "exports"]),
    ("posthog_json", &["exports"]),
    ("protobuf", &["recordings/v1"]),
    ("recording_file", &["recordings/v1", "recordings/damaged"]),
    ("repair", &["recordings/v1", "recordings/damaged"]),
    ("zip", &["exports"]),
];

/// Builds the targets and runs each (or the one asked for) for so many seconds.
pub(crate) fn all(steps: &mut Steps, seconds: u32, only: Option<&str>) {
    let built = steps.step("fuzz build", build);
    let targets = match targets() {
        Ok(targets) => targets,
        Err(error) => {
            steps.step("fuzz", || Err(error));
            return;
        }
    };
    let chosen: Vec<_> = targets.into_iter().filter(|name| only.is_none_or(|only| only == name)).collect();
    if chosen.is_empty() {
        steps.step("fuzz", || anyhow::bail!("there is no such target in fuzz/targets"));
    }
    for name in chosen {
        steps.step_after(built, "fuzz build", &format!("fuzz {name}, {seconds} s"), || run(&name, seconds));
    }
}

fn build() -> Result<()> {
    system::cpp_compiler()?;
    let host = host()?;
    cargo()
        .args(["build", "--locked", "--release", "--bins"])
        .args(["--manifest-path", "fuzz/Cargo.toml", "--target", &host])
        .arg("--target-dir")
        .arg(folder())
        .env("RUSTFLAGS", INSTRUMENT)
        .run()
}

/// New inputs are kept beside the build, so that a later run goes on from there; what broke is written into the checkout,
/// to be added as a test.
fn run(name: &str, seconds: u32) -> Result<()> {
    let found = folder().join("corpus").join(name);
    fs::create_dir_all(&found).with_context(|| format!("cannot create the folder {}", found.display()))?;
    let seeds = root().join("fuzz/seeds").join(name);
    let mut fuzz = shell::command(folder().join(host()?).join("release").join(name));
    fuzz.arg(&found);
    if seeds.is_dir() {
        fuzz.arg(&seeds);
    }
    let fixtures = FIXTURES.iter().filter(|(target, _)| *target == name).flat_map(|(_, folders)| folders.iter());
    fuzz.args(fixtures.map(|folder| root().join("fixtures").join(folder)));
    fuzz.args(LIMITS)
        .arg(format!("-max_total_time={seconds}"))
        .args(["-print_final_stats=1", "-verbosity=0"])
        .arg(format!("-artifact_prefix={}/", root().join("fuzz").display()));
    // The engine talks a lot: all of it goes to a file, and the end of that to the terminal where something was found.
    let log = folder().join(format!("{name}.log"));
    fuzz.stdout(Stdio::null()).stderr(File::create(&log).context("cannot create the log")?);
    let outcome = fuzz.run();
    let text = fs::read_to_string(&log).unwrap_or_default();
    let shown = if outcome.is_ok() { "stat::number_of_executed_units" } else { "" };
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(shown)).collect();
    lines[lines.len().saturating_sub(40)..].iter().for_each(|line| println!("{line}"));
    outcome.with_context(|| format!("see {}", log.display()))
}

fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/targets")).context("fuzz/targets is not there")? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "rs")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn folder() -> PathBuf {
    target().join("fuzz")
}

/// Named explicitly, so that build scripts and macros are built without the instrumentation.
fn host() -> Result<String> {
    let text = shell::command("rustc").arg("-vV").output_text()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("`rustc -vV` names no host")
}
