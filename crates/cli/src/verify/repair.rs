//! `cassette verify FILE --repair OUT`: what is intact of a damaged file, as a whole one.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use cassette_recording::file::{RepairError, Repaired, repair as salvage, verify_file};
use cassette_server::config::Config;

use super::tell;
use crate::ending::{Ending, say};
use crate::read_in::open;
use crate::target::{Partial, WriteError, must_be_free};
use crate::{shown, words};

/// Says what is wrong, as without `--repair`, and then what was kept. Done is what was asked for: OUT is whole.
pub(super) fn repair(words: &words::Verify, out: &Path) -> anyhow::Result<Ending> {
    let [file] = words.files.as_slice() else {
        anyhow::bail!("--repair writes one recording: name one file, not {}", words.files.len());
    };
    ensure!(out != Path::new("-"), "--repair writes a file that can be read from its end: name one");
    must_be_free(out, words.force)?;
    let name = file.display().to_string();
    let damaged = open(file)?;
    let report = verify_file(&damaged).with_context(|| format!("{name} cannot be read"))?;
    tell(&name, &report, words.verbose)?;
    let level = Config::default().recording.compression_level;
    // Nothing is left under the name where nothing could be kept.
    let written = Partial::write(out, |target| match salvage(&damaged, target, level) {
        Ok(repaired) => Ok(Ok(repaired)),
        Err(error @ (RepairError::Nothing { .. } | RepairError::Format(_))) => Ok(Err(error)),
        Err(error @ (RepairError::Read(_) | RepairError::Write(_))) => Err(error.into()),
    });
    let (partial, repaired) = written.map_err(WriteError::into_anyhow)?;
    match repaired {
        Ok(repaired) => {
            partial.place(words.force).map_err(WriteError::into_anyhow)?;
            told(&name, out, &repaired)?;
            Ok(Ending::Done)
        }
        Err(error) => {
            say(&format!("{name} cannot be repaired: {:#}", anyhow::Error::from(error)));
            Ok(Ending::NotSo)
        }
    }
}

fn told(name: &str, out: &Path, repaired: &Repaired) -> io::Result<()> {
    let mut to = io::stdout().lock();
    let name = shown::clean(name);
    repaired.to_string().lines().try_for_each(|line| writeln!(to, "{name}: {}", shown::clean(line)))?;
    writeln!(to, "{} is written", shown::clean(&out.display().to_string()))
}
