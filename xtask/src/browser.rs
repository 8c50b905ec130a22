//! The tests in real browsers: the pages alone against a made-up server (`web/tests/browser.mjs`) and pictures of all of
//! them (`web/tests/screenshots.mjs`), then a `cassette serve` of its own with the unmodified SDK, Chromium and Firefox
//! (`tests/browser/`).

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{
    rust,
    shell::{self, Run, target},
    steps::Steps,
    system, web,
};

/// What all of them need.
const NEEDS: &str = "build, chromium or web packages";

pub(crate) fn tests(steps: &mut Steps, ready: bool) {
    steps.step_after(ready, NEEDS, "web browser tests", || web::browser_tests(&chromium()?));
    steps.step_after(ready, NEEDS, "pictures of all pages", || web::screenshots(&chromium()?));
    steps.step_after(ready, NEEDS, "server browser tests", with_server);
}

fn chromium() -> Result<PathBuf> {
    system::chromium_program().context("chromium is not on the PATH")
}

fn with_server() -> Result<()> {
    shell::command("node")
        .arg("tests/browser/run.mjs")
        .arg("--binary")
        .arg(rust::binary())
        .arg("--chromium")
        .arg(chromium()?)
        .arg("--firefox")
        .arg(system::firefox()?)
        .arg("--artefacts")
        .arg(target().join("browser-tests"))
        .run()
}
