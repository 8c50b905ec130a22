//! What the machine must have, and how it gets it. On Debian missing packages are installed with apt-get, as root or
//! through sudo, after saying so; elsewhere the step fails with the names of what is missing.

use std::{fs, path::Path, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{self, Run, find_program};

/// The oldest Node that the web build and the browser tests run on.
const NODE_MAJOR: u32 = 20;

pub(crate) fn node() -> Result<()> {
    ensure!(find_program(&["node"]).is_some(), "Node is not on the PATH: install Node {NODE_MAJOR} or newer, with npm");
    ensure!(find_program(&["npm"]).is_some(), "npm is not on the PATH: install Node {NODE_MAJOR} or newer, with npm");
    let version = shell::command("node").arg("--version").output_text()?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok())
        .with_context(|| format!("`node --version` printed {version:?}"))?;
    ensure!(major >= NODE_MAJOR, "Node {major} is too old: version {NODE_MAJOR} or newer is needed");
    println!("Node {}", version.trim());
    Ok(())
}

/// Finds Chromium, or installs it together with a font: without any font text has no width and pages look empty.
pub(crate) fn chromium() -> Result<()> {
    let mut missing = Vec::new();
    if chromium_program().is_none() {
        missing.push("chromium");
    }
    if !Path::new("/usr/share/fonts/truetype").is_dir() {
        missing.push("fonts-dejavu-core");
    }
    install(&missing)?;
    let program = chromium_program().context("chromium is not on the PATH after installing it")?;
    println!("{}", program.display());
    Ok(())
}

pub(crate) fn chromium_program() -> Option<PathBuf> {
    find_program(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"])
}

/// What the tests of the sample readers run: Python with its one package, zstd, jq. (Node is a step of its own.)
pub(crate) fn sample_readers() -> Result<()> {
    let has_package = |program: &&str| {
        find_program(&[program]).is_some()
            && shell::command(program).args(["-c", "import zstandard"]).output_text().is_ok()
    };
    let mut missing = Vec::new();
    if !["python3", "/usr/bin/python3"].iter().any(has_package) {
        missing.extend(["python3", "python3-zstandard"]);
    }
    missing.extend(["zstd", "jq"].into_iter().filter(|program| find_program(&[program]).is_none()));
    install(&missing)
}

/// Finds a Python that can make virtual environments, or installs it. Debian keeps that part in a package of its own.
pub(crate) fn python() -> Result<PathBuf> {
    if python_program().is_none() {
        install(&["python3", "python3-venv"])?;
    }
    python_program().context("no python3 of version 3.11 or newer with the modules venv and ensurepip")
}

fn python_program() -> Option<PathBuf> {
    let fits = "import ensurepip, sys, venv; assert sys.version_info >= (3, 11)";
    find_program(&["python3"])
        .into_iter()
        .chain([PathBuf::from("/usr/bin/python3")])
        .find(|program| shell::command(program).args(["-c", fits]).output_text().is_ok())
}

/// Finds Firefox, or installs it: the release with extended support, which is the one that Debian has.
pub(crate) fn firefox() -> Result<PathBuf> {
    if firefox_program().is_none() {
        install(&["firefox-esr"])?;
    }
    firefox_program().context("firefox is not on the PATH after installing it")
}

fn firefox_program() -> Option<PathBuf> {
    find_program(&["firefox-esr", "firefox"])
}

/// The compiler that links the fuzzing engine.
pub(crate) fn cpp_compiler() -> Result<()> {
    if find_program(&["c++", "g++", "clang++"]).is_none() {
        install(&["g++"])?;
    }
    Ok(())
}

fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if find_program(&["apt-get"]).is_none() {
        bail!("missing: {names}; this is not Debian, so install it by hand");
    }
    println!("installing with apt-get: {names}");
    apt_get(&["update", "-q"])?;
    let mut words = vec!["install", "-q", "-y", "--no-install-recommends"];
    words.extend(packages);
    apt_get(&words)
}

fn apt_get(words: &[&str]) -> Result<()> {
    let mut command = if is_root()? {
        shell::command("apt-get")
    } else {
        ensure!(find_program(&["sudo"]).is_some(), "not root and no sudo: run as root `apt-get {}`", words.join(" "));
        let mut sudo = shell::command("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    non_interactive(&mut command).args(words).run()
}

fn non_interactive(command: &mut Command) -> &mut Command {
    command.env("DEBIAN_FRONTEND", "noninteractive")
}

fn is_root() -> Result<bool> {
    let status = fs::read_to_string("/proc/self/status").context("cannot tell who we are: no /proc/self/status")?;
    Ok(status.lines().any(|line| line.strip_prefix("Uid:").and_then(|ids| ids.split_whitespace().nth(1)) == Some("0")))
}
