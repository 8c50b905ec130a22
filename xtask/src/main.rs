//! `cargo xtask`: everything that is done to this repository besides `cargo build`.
//!
//! Rules: it compiles in seconds (standard library and `anyhow` only); each step says its name before and its time
//! after; nothing is skipped silently, so what cannot run is a failed step with a sentence that says why; the last line
//! counts the steps.
#![expect(clippy::print_stdout, reason = "a command line tool talks on standard output")]

mod browser;
mod fuzz;
mod licences;
mod python;
mod rust;
mod shell;
mod steps;
mod system;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};
use steps::Steps;

const USAGE: &str = "\
cargo xtask test [--kill-rounds N] [--fuzz-seconds N]   everything that proves the product; installs what it needs on Debian
cargo xtask ci                                           what a pull request runs: format, lints, licences, then `test`
cargo xtask fmt                                          formats the Rust code
cargo xtask lint                                         format check and clippy with warnings as errors
cargo xtask licences                                     licences of all dependencies against deny.toml
cargo xtask python                                       the tests that are written in Python, after a build
cargo xtask web                                          builds the web app into web/dist
cargo xtask bench [--heavy DIR] [--write] [--quick] [--only S]    product and floor in one run; --write keeps the table in docs/performance.md
cargo xtask fuzz [--seconds N] [--target NAME]           fuzzes the decoders (60 seconds a target unless told)";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let mut options = Options::default();
    while let Some(word) = words.next() {
        options.take(&word, &mut words)?;
    }
    let mut steps = Steps::begin();
    match command.as_str() {
        "test" => test(&mut steps, &options),
        "ci" => {
            lint(&mut steps);
            licences(&mut steps);
            test(&mut steps, &options);
        }
        "fmt" => {
            steps.step("format", rust::format);
        }
        "lint" => lint(&mut steps),
        "licences" => licences(&mut steps),
        "python" => {
            let built = steps.step("build", rust::build);
            python_tests(&mut steps, built);
        }
        "web" => {
            steps.step("node", system::node);
            steps.step("web packages", web::install);
            steps.step("web build", web::build);
        }
        "bench" => {
            steps.step("bench", || rust::bench(&options));
        }
        "fuzz" => fuzz::all(&mut steps, options.seconds.unwrap_or(60), options.target.as_deref()),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return Ok(ExitCode::SUCCESS);
        }
        other => bail!("unknown command {other:?}\n{USAGE}"),
    }
    Ok(steps.finish())
}

fn lint(steps: &mut Steps) {
    steps.step("format check", rust::format_check);
    steps.step("clippy", rust::clippy);
}

fn licences(steps: &mut Steps) {
    steps.step("licences", licences::check);
    steps.step("cargo deny", licences::deny);
}

fn test(steps: &mut Steps, options: &Options) {
    let node = steps.step("node", system::node);
    let chromium = steps.step("chromium", system::chromium);
    steps.step("python, zstd and jq", system::sample_readers);
    let built = steps.step("build", rust::build);
    steps.step("rust tests", rust::tests);
    steps.step("oidc", rust::oidc);
    let rounds = options.kill_rounds.unwrap_or(10);
    steps.step_after(built, "build", &format!("kill -9, {rounds} rounds"), || rust::kill_rounds(rounds));
    let packages = steps.step_after(node, "node", "web packages", web::install);
    steps.step_after(packages, "web packages", "web types", web::check);
    steps.step_after(packages, "web packages", "web tests", web::tests);
    browser::tests(steps, built && chromium && packages);
    python_tests(steps, built);
    fuzz::all(steps, options.seconds.unwrap_or(10), None);
}

fn python_tests(steps: &mut Steps, built: bool) {
    let ready = steps.step("python packages", python::install) && built;
    steps.step_after(ready, "build or python packages", "python client", python::client);
    steps.step_after(ready, "build or python packages", "posthog script", python::posthog_script);
    steps.step_after(ready, "build or python packages", "schema", python::schema);
}

/// What may stand after a command.
#[derive(Default)]
pub(crate) struct Options {
    kill_rounds: Option<u32>,
    seconds: Option<u32>,
    target: Option<String>,
    heavy: Option<String>,
    write: bool,
    quick: bool,
    only: Option<String>,
}

impl Options {
    fn take(&mut self, word: &str, rest: &mut impl Iterator<Item = String>) -> Result<()> {
        let mut value = || match rest.next() {
            Some(value) => Ok(value),
            None => bail!("{word} needs a value\n{USAGE}"),
        };
        match word {
            "--kill-rounds" => self.kill_rounds = Some(value()?.parse()?),
            "--seconds" | "--fuzz-seconds" => self.seconds = Some(value()?.parse()?),
            "--target" => self.target = Some(value()?),
            "--heavy" => self.heavy = Some(value()?),
            "--write" => self.write = true,
            "--quick" => self.quick = true,
            "--only" => self.only = Some(value()?),
            other => bail!("unknown option {other:?}\n{USAGE}"),
        }
        Ok(())
    }
}
