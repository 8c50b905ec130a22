//! What earlier processes left in their journals.
//!
//! Each file becomes the live object that its process would have written. Where that object is there already, whole, only
//! its rows may be missing; where it is missing or damaged, the file is taken again by the collector's own code. A file is
//! removed when object and rows are durable, so this too can be interrupted anywhere and repeated.

use cassette_store::layout;
use cassette_store::live_objects::ReadLiveError;

use super::collector::Run;
use super::journal::{FileEnd, FileReader, JournalFile, RequestHead, old_files};

impl Run {
    pub(super) fn recover(&mut self) {
        let files = match old_files(&self.collector.journal_folder) {
            Ok(files) => files,
            Err(error) => return tracing::error!(%error, "the journal folder cannot be read; nothing is recovered"),
        };
        let own = self.collector.incarnation.clone();
        for file in files.iter().filter(|file| file.incarnation != own) {
            self.recover_file(file);
        }
        self.remove_empty_folders(&files);
    }

    fn recover_file(&mut self, file: &JournalFile) {
        let path = file.path.display();
        let end = match self.take_file(file) {
            Ok(end) => end,
            Err(error) => {
                tracing::error!(%error, %path, "a journal file cannot be read; it stays where it is");
                metrics::counter!("cassette_journal_unreadable_total").increment(1);
                return;
            }
        };
        match end {
            FileEnd::Cut => {}
            FileEnd::Torn { at } if file.newest => tracing::info!(%path, at, "recovered up to where the process died"),
            FileEnd::Torn { at } => return self.keep_damaged(file, &[at]),
            FileEnd::Damaged { at } => return self.keep_damaged(file, &at),
        }
        if let Err(error) = std::fs::remove_file(&file.path) {
            tracing::error!(%error, %path, "a recovered journal file could not be removed");
        }
    }

    fn take_file(&mut self, file: &JournalFile) -> Result<FileEnd, super::journal::ReadError> {
        let mut first_arrival = None;
        let end = FileReader::open(&file.path)?.all_requests(|request| {
            let arrival = || Some(serde_json::from_slice::<RequestHead>(request.head).ok()?.arrived_at);
            first_arrival = first_arrival.or_else(arrival);
        })?;
        if let Some(first_arrival) = first_arrival {
            let name = layout::live_object(first_arrival, &file.incarnation, file.number);
            if !self.commit_existing(&name, first_arrival) {
                FileReader::open(&file.path)?.all_requests(|request| self.take_request(request))?;
                self.flush_until_done(&file.incarnation, file.number);
            }
        }
        Ok(end)
    }

    /// Makes sure of the rows of a live object that is there already, whole; `false` if it is not.
    fn commit_existing(&self, name: &str, written_at: i64) -> bool {
        let index = self.until_done("the live object of a journal file", || {
            match self.collector.runtime.block_on(self.collector.live_objects.index(name)) {
                Ok(index) => Ok(Some(index)),
                Err(ReadLiveError::Bucket(error)) if error.is_not_found() => Ok(None),
                Err(ReadLiveError::Damaged { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        });
        let Some(Some(index)) = index else { return false };
        self.until_done("the rows of a live object", || self.commit(name, &index, written_at)).is_some()
    }

    /// Damage before a file's last frame is reported, and the file kept: what was intact in it is recovered.
    fn keep_damaged(&self, file: &JournalFile, at: &[u64]) {
        metrics::counter!("cassette_journal_damaged_total").increment(1);
        let folder = self.collector.journal_folder.join("damaged");
        let kept = folder.join(format!("{}-{:08}", file.incarnation.as_str(), file.number));
        let moved = std::fs::create_dir_all(&folder).and_then(|()| std::fs::rename(&file.path, &kept));
        tracing::error!(
            file = %kept.display(), bytes = ?at, moved = moved.is_ok(),
            "a journal file is damaged at these bytes; what is intact in it was recovered, the file is kept"
        );
    }

    fn remove_empty_folders(&self, files: &[JournalFile]) {
        let mut folders: Vec<_> = files.iter().filter_map(|file| file.path.parent()).collect();
        folders.dedup();
        for folder in folders {
            // Fails where something is left in it, which is right.
            std::fs::remove_dir(folder).ok();
        }
    }
}
