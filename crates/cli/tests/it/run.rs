//! Running the binary as somebody on a command line does.

use std::{
    ffi::OsStr,
    io::Write as _,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use crate::binary;

/// Runs the binary with these words, and nothing of the developer's own settings.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"CASSETTE_") {
            command.env_remove(name);
        }
    }
    command.args(words.iter().map(OsStr::new));
    command
}

/// Starts it, and says nothing of what it says.
pub(crate) fn started(words: &[&str]) -> Child {
    let mut command = command(words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the binary runs")
}

pub(crate) fn cassette(words: &[&str]) -> Output {
    command(words).output().expect("the binary runs")
}

/// With something on standard input.
pub(crate) fn cassette_with(words: &[&str], input: &[u8]) -> Output {
    let mut command = command(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut stdin = child.stdin.take().expect("piped above");
    stdin.write_all(input).expect("it reads its input");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// Runs it, and it must end with 0.
pub(crate) fn done(words: &[&str]) -> Output {
    let output = cassette(words);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {}", all(&output));
    output
}

/// What it printed on standard output.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it said on standard error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it printed, on either stream, and how it ended: for messages.
pub(crate) fn all(output: &Output) -> String {
    format!("{}\n{}{}", output.status, out(output), said(output))
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}
