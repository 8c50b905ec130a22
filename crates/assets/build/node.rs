//! Node and npm: are they there, what they are told to do, and what to say when they fail.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

const OLDEST_NODE: u32 = 20;
const INSTALL: &str = "Building Cassette from source needs Node.js 20 or newer with npm: https://nodejs.org or your \
                       system's package manager. The finished binary needs neither.";

#[cfg(windows)]
const NPM: &str = "npm.cmd";
#[cfg(not(windows))]
const NPM: &str = "npm";

pub(crate) fn check() -> Result<(), String> {
    let version = output(Command::new("node").arg("--version"), "node")?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => {}
        _ => return Err(format!("Node.js is {}, which is too old. {INSTALL}", version.trim())),
    }
    output(Command::new(NPM).arg("--version"), "npm").map(drop)
}

/// Runs `npm ci`, unless it succeeded here before with the same lock file. No install script of a package is run.
pub(crate) fn install(web: &Path, stamp: &Path) -> Result<(), String> {
    let mut hash = Sha256::new();
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        hash.update(fs::read(web.join(name)).unwrap_or_default());
        hash.update([0]);
    }
    let wanted = hex(&hash.finalize());
    if web.join("node_modules").is_dir() && fs::read_to_string(stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    super::sources::remove(stamp)?;
    let mut npm = Command::new(NPM);
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(web);
    output(&mut npm, "npm ci")?;
    fs::write(stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

pub(crate) fn bundle(web: &Path, dist: &Path) -> Result<(), String> {
    let mut node = Command::new("node");
    node.arg("build.mjs").arg("--out").arg(dist).current_dir(web);
    output(&mut node, "node build.mjs").map(drop)
}

/// What the command printed. The end of a long complaint says most.
fn output(command: &mut Command, name: &str) -> Result<String, String> {
    let done = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{name} is not installed. {INSTALL}"),
        _ => format!("{name} cannot be started: {error}"),
    })?;
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(printed);
    }
    let complaint = printed + &String::from_utf8_lossy(&done.stderr);
    let lines: Vec<&str> = complaint.lines().collect();
    Err(format!("{name} failed ({}):\n{}", done.status, lines[lines.len().saturating_sub(40)..].join("\n")))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
