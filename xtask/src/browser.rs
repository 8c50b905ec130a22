//! The tests in a real browser: a `cassette serve` of its own, the unmodified SDK, Chromium. See `tests/browser/`.

use anyhow::{Context, Result};

use crate::{
    rust,
    shell::{self, Run, target},
    system,
};

pub(crate) fn tests() -> Result<()> {
    let chromium = system::chromium_program().context("chromium is not on the PATH")?;
    shell::command("node")
        .arg("tests/browser/run.mjs")
        .arg("--binary")
        .arg(rust::binary())
        .arg("--chromium")
        .arg(chromium)
        .arg("--artefacts")
        .arg(target().join("browser-tests"))
        .run()
}
