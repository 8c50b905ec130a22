//! `cassette verify`: whether recordings are whole.

mod data;
mod repair;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use cassette_recording::file::{Report, verify as read, verify_file};

use crate::ending::{Ending, say};
use crate::{shown, words};

pub(crate) fn verify(words: &words::Verify) -> anyhow::Result<Ending> {
    match (&words.data, &words.repair) {
        (Some(data), _) => data::verify(data, words.verbose),
        (None, Some(out)) => repair::repair(words, out),
        (None, None) => files(words),
    }
}

/// A file that cannot be read at all does not keep the others from being looked at.
fn files(words: &words::Verify) -> anyhow::Result<Ending> {
    let (mut damaged, mut unread) = (0, 0);
    for path in &words.files {
        let name = path.display().to_string();
        match report(path) {
            Ok(report) => {
                damaged += u64::from(!report.is_good());
                tell(&name, &report, words.verbose)?;
            }
            Err(error) => {
                unread += 1;
                say(&format!("{name} cannot be read: {error}"));
            }
        }
    }
    let read = words.files.len() as u64 - unread;
    summary(&shown::count(read, "file"), damaged)?;
    anyhow::ensure!(unread == 0, "{} could not be read", shown::count(unread, "file"));
    Ok(if damaged == 0 { Ending::Done } else { Ending::NotSo })
}

fn report(path: &Path) -> io::Result<Report> {
    if path == Path::new("-") {
        return Ok(read(io::stdin().lock()));
    }
    if path.is_dir() {
        return Err(io::Error::other("it is a folder; --data verifies a data folder"));
    }
    verify_file(File::open(path)?)
}

/// What is wrong with a file; of one that is right a line only if it is wanted.
fn tell(name: &str, report: &Report, verbose: bool) -> io::Result<()> {
    let name = shown::clean(name);
    let mut out = io::stdout().lock();
    if report.is_good() {
        let (lines, events) = (shown::count(report.lines, "line"), shown::count(report.events, "event"));
        return if verbose { writeln!(out, "{name}: ok, {lines}, {events}") } else { Ok(()) };
    }
    report.to_string().lines().try_for_each(|line| writeln!(out, "{name}: {}", shown::clean(line)))
}

fn summary(checked: &str, damaged: u64) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match damaged {
        0 => writeln!(out, "{checked} verified, all right"),
        1 => writeln!(out, "{checked} verified, 1 is damaged"),
        _ => writeln!(out, "{checked} verified, {damaged} are damaged"),
    }
}
