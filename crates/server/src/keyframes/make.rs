//! One recording, read once from its beginning to its end.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::time::Instant;

use cassette_recording::file::Lines;
use cassette_recording::keyframes::{LeftOut, Maker, Writer};
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::recording_files::RecordingFile;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::MakeError;
use crate::erase::Deleted;

/// What there is to do.
pub(super) struct Work {
    pub(super) recording: RecordingFile,
    pub(super) started_at: i64,
    pub(super) spool: PathBuf,
    pub(super) deleted: Deleted,
    pub(super) project: ProjectId,
    pub(super) session: RecordingId,
    pub(super) runtime: Handle,
}

impl Work {
    /// Writes the object to the spool; returns how many keyframes are in it. Blocks the thread.
    pub(super) fn run<T>(&self, waiting: &oneshot::Sender<T>) -> Result<u32, MakeError> {
        let begun = Instant::now();
        let mut maker = Maker::new(self.started_at);
        let mut writer = Writer::new(BufWriter::new(File::create(&self.spool)?), self.started_at);
        for block in &self.recording.index().blocks {
            if waiting.is_closed() || self.deleted.contains(self.project, &self.session) {
                return Err(MakeError::Unwanted);
            }
            let block_begun = Instant::now();
            let lines = self.runtime.block_on(self.recording.lines(block))?;
            for line in Lines::new(&lines).flatten() {
                if let Some(keyframe) = maker.line(&line) {
                    writer.push(&keyframe)?;
                }
            }
            // Half of a thread is for others.
            std::thread::sleep(block_begun.elapsed());
        }
        let number = u32::try_from(writer.count()).unwrap_or(u32::MAX);
        let left_out = maker.left_out();
        self.tell(number, &left_out);
        let out = writer.finish(left_out)?;
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        metrics::histogram!("cassette_keyframes_seconds").record(begun.elapsed().as_secs_f64());
        Ok(number)
    }

    fn tell(&self, number: u32, left_out: &[LeftOut]) {
        metrics::counter!("cassette_keyframes_total").increment(u64::from(number));
        for left in left_out {
            metrics::counter!("cassette_keyframes_left_out_total", "reason" => left.reason.clone()).increment(1);
        }
        if let Some(first) = left_out.first() {
            let (session, times) = (&self.session, left_out.len());
            tracing::info!(%session, times, reason = first.reason, "windows could not be followed for keyframes");
        }
    }
}
