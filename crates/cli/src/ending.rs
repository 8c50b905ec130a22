//! How a command ends, and the exit code that scripts see. The codes are part of the surface: 0 done, 1 the thing asked
//! about is not so, 2 the call's words are off or the environment does not allow it.

use std::io;
use std::process::ExitCode;

/// What a command found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What was asked for is done.
    Done,
    /// It is not so: damaged, not found, not finished. The command has said what.
    NotSo,
}

/// A recording, file or object is not so: code 1.
const NOT_SO: u8 = 1;
/// It could not be found out: code 2, as clap's for words that it does not know.
pub(crate) const CANNOT: u8 = 2;

/// Says what went wrong, on standard error, and turns it into an exit code.
pub(crate) fn exit_code(ending: anyhow::Result<Ending>) -> ExitCode {
    match ending {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::NotSo) => ExitCode::from(NOT_SO),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::from(CANNOT)
        }
    }
}

/// A sentence on standard error, where it does not mix with what scripts read.
pub(crate) fn say(sentence: &str) {
    eprintln!("cassette: {}", crate::shown::clean(sentence));
}

/// Whoever read our output has enough, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_enough_is_no_failure() {
        let broken = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing");
        assert!(is_broken_pipe(&broken));
        assert!(!is_broken_pipe(&anyhow::anyhow!("broken pipe")));
    }
}
