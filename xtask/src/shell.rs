//! Running other programs: each command is printed before it runs, and its failure names it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// The root of the checkout. Cargo names the folder of this package when it runs it.
pub(crate) fn root() -> PathBuf {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().expect("xtask lies in the root of the checkout").to_owned()
}

/// Where Cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A command that runs in the root of the checkout.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The Cargo that started us, without what it told us alone.
pub(crate) fn cargo() -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| OsStr::new("cargo").to_owned()));
    command.env_remove("CARGO_MANIFEST_DIR");
    command
}

pub(crate) trait Run {
    /// Runs it to its end, output to the terminal.
    fn run(&mut self) -> Result<()>;
    /// Runs it and returns its standard output.
    fn output_text(&mut self) -> Result<String>;
}

impl Run for Command {
    fn run(&mut self) -> Result<()> {
        let words = words(self);
        println!("$ {words}");
        let status = self.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{words}`"))?;
        ensure!(status.success(), "`{words}` ended with {status}");
        Ok(())
    }

    fn output_text(&mut self) -> Result<String> {
        let words = words(self);
        let output = self.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{words}`"))?;
        ensure!(
            output.status.success(),
            "`{words}` ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        String::from_utf8(output.stdout).with_context(|| format!("`{words}` did not print UTF-8"))
    }
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// The first of these programs that is on the PATH.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}
