//! Steps that Python does: the client's own tests, the script against PostHog's API, the walk over the schema.
//!
//! Packages come from PyPI with pinned versions, into a virtual environment beside what Cargo builds. It is kept until
//! the list of packages changes; the client itself is built and installed anew each time, as a user would install it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    rust,
    shell::{self, Run, root, target},
    system,
};

/// How long schemathesis may make up calls. It repeats itself until then, so more time finds more.
const SCHEMA_SECONDS: &str = "75";

/// The virtual environment, with the packages of the list and the client.
pub(crate) fn install() -> Result<()> {
    let list = root().join("clients/python/requirements-test.txt");
    let wanted = fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let home = home();
    let marker = home.join("installed.txt");
    let usable = fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted)
        && shell::command(program(&home)).args(["-c", "import pip"]).output_text().is_ok();
    if !usable {
        println!("installing from PyPI into {}", home.display());
        let system = system::python()?;
        shell::command(system).args(["-m", "venv", "--clear"]).arg(&home).run()?;
        pip(&home).arg("--requirement").arg(&list).run()?;
        fs::write(&marker, wanted).with_context(|| format!("{} cannot be written", marker.display()))?;
    }
    pip(&home).args(["--no-deps", "--no-build-isolation", "--force-reinstall", "./clients/python"]).run()
}

/// Types, then behaviour against the real binary.
pub(crate) fn client() -> Result<()> {
    let package = root().join("clients/python");
    python().current_dir(&package).args(["-m", "mypy", "--cache-dir"]).arg(home().join("mypy")).run()?;
    python().args(["-m", "pytest", "-q", "clients/python"]).env("CASSETTE_BIN", rust::binary()).run()
}

pub(crate) fn posthog_script() -> Result<()> {
    python().arg("tests/posthog-compat/run.py").arg(rust::binary()).run()
}

pub(crate) fn schema() -> Result<()> {
    python().arg("tests/schema/run.py").arg(rust::binary()).args(["--seconds", SCHEMA_SECONDS]).run()
}

fn home() -> PathBuf {
    root().join(target()).join("python")
}

fn program(home: &Path) -> PathBuf {
    home.join("bin/python")
}

/// The Python of the environment; it leaves nothing in the clone.
fn python() -> Command {
    let mut python = shell::command(program(&home()));
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

fn pip(home: &Path) -> Command {
    let mut pip = shell::command(program(home));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip
}
