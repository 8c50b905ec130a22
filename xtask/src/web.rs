//! Steps of the web package. Packages come by `npm ci --ignore-scripts` only: exactly what the lock file names, and no
//! package may run code at install time.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::shell::{self, Run, root, target};

fn npm() -> Command {
    let mut npm = shell::command("npm");
    npm.current_dir(root().join("web"));
    npm
}

pub(crate) fn install() -> Result<()> {
    npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).run()
}

pub(crate) fn check() -> Result<()> {
    npm().args(["run", "check"]).run()
}

pub(crate) fn tests() -> Result<()> {
    npm().arg("test").run()
}

/// The pages in a browser, against a server that is made up; with the recordings that the repository holds.
pub(crate) fn browser_tests(chromium: &Path) -> Result<()> {
    npm()
        .args(["run", "test:browser"])
        .env("CASSETTE_CHROMIUM", chromium)
        .env("CASSETTE_CORPUS", root().join("fixtures/capture"))
        .env("CASSETTE_KEYFRAMES", target().join("debug/examples/keyframes"))
        .run()
}

/// Every page in every state, light and dark, in three widths: to be looked at, in `target/screenshots`.
pub(crate) fn screenshots(chromium: &Path) -> Result<()> {
    let out = target().join("screenshots");
    npm().args(["run", "screenshots", "--", "--out"]).arg(out).env("CASSETTE_CHROMIUM", chromium).run()
}

pub(crate) fn build() -> Result<()> {
    let web = root().join("web");
    shell::command("node").current_dir(&web).args(["build.mjs", "--out", "dist"]).run()
}
