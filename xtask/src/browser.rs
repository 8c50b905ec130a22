//! The tests in real browsers: the pages alone against a made-up server (`web/tests/browser.mjs`) and pictures of all of
//! them (`web/tests/screenshots.mjs`), then a `cassette serve` of its own with the unmodified SDK, Chromium and Firefox
//! (`tests/browser/`).

use anyhow::{Context, Result};

use crate::{
    rust,
    shell::{self, Run, target},
    system, web,
};

pub(crate) fn tests() -> Result<()> {
    let chromium = system::chromium_program().context("chromium is not on the PATH")?;
    let firefox = system::firefox()?;
    web::browser_tests(&chromium)?;
    web::screenshots(&chromium)?;
    shell::command("node")
        .arg("tests/browser/run.mjs")
        .arg("--binary")
        .arg(rust::binary())
        .arg("--chromium")
        .arg(chromium)
        .arg("--firefox")
        .arg(firefox)
        .arg("--artefacts")
        .arg(target().join("browser-tests"))
        .run()
}
