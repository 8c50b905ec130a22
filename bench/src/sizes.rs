//! What is stored of what was sent: every body once into a running server, then the sizes of the finished files.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use cassette_testkit::{Process, Settings};

use crate::{
    Call,
    bodies::{self, Bodies},
    table::{Bar, Line},
};

const FINISHED_WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn measure(call: &Call, bodies: &Bodies, folder: &Path, lines: &mut Vec<Line>) -> Result<()> {
    let data = folder.join("sizes");
    let settings = Settings::default().token(&bodies.token).finish_after("2s");
    let process = Process::start(&call.binary, &data, &settings);
    let client = process.client();
    for body in &bodies.wire {
        let answer = client.post("/s/?compression=gzip-js", "text/plain", body)?;
        ensure!(answer.status == 200, "a body was answered {}: {}", answer.status, answer.text());
    }
    let begun = Instant::now();
    loop {
        let recordings = client.recordings();
        if !recordings.is_empty() && recordings.iter().all(|recording| !recording.ongoing) {
            break;
        }
        ensure!(begun.elapsed() < FINISHED_WITHIN, "the recordings are not finished after {FINISHED_WITHIN:?}");
        thread::sleep(Duration::from_millis(200));
    }
    let mut stored = 0;
    for file in finished_files(&data)? {
        stored += std::fs::metadata(file)?.len();
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let ratio = stored as f64 / bodies::total(&bodies.wire) as f64;
    lines.push(Line::new("stored of wire, finished", "x wire", ratio, Bar::AtMost(0.65)));
    Ok(())
}

/// The finished files below a data folder. There is one revision of each: nothing came late.
pub(crate) fn finished_files(data: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for day in std::fs::read_dir(data.join("projects/1/recordings"))? {
        for file in std::fs::read_dir(day?.path())? {
            files.push(file?.path());
        }
    }
    Ok(files)
}
