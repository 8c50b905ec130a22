//! What earlier processes left in their journals.
//!
//! Each file becomes the live object that its process would have written. Where that object is there already, whole, only
//! its rows may be missing (what is said of persons was written before it); where it is missing or damaged, the file is
//! taken again by the collector's own code. A file is
//! removed when object and rows are durable, so this too can be interrupted anywhere and repeated.

use cassette_store::layout;
use cassette_store::live_objects::ReadLiveError;

use super::collector::Run;
use super::journal::{FileEnd, FileReader, JournalFile, RequestHead, empty_folders, old_files};

impl Run {
    pub(super) fn recover(&mut self) {
        let files = match old_files(&self.collector.journal_folder) {
            Ok(files) => files,
            Err(error) => return tracing::error!(%error, "the journal folder cannot be read; nothing is recovered"),
        };
        let own = self.collector.incarnation.clone();
        let length = |file: &JournalFile| std::fs::metadata(&file.path).map_or(0, |found| found.len());
        let old: Vec<_> =
            files.iter().filter(|file| file.incarnation != own).map(|file| (file, length(file))).collect();
        // All at once, so that a disk full of old journals is not filled further while they are recovered.
        self.journal.adopt(old.iter().map(|(_, length)| length).sum());
        for (file, length) in old {
            self.recover_file(file);
            self.journal.release(length);
        }
        for folder in empty_folders(&self.collector.journal_folder) {
            if !folder.ends_with(own.as_str()) {
                // One that cannot be removed costs nothing; the next start tries again.
                std::fs::remove_dir(folder).ok();
            }
        }
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
        let mut requests = 0;
        let end = FileReader::open(&file.path)?.all_requests(|request| {
            requests += 1;
            let arrival = || Some(serde_json::from_slice::<RequestHead>(request.head).ok()?.arrived_at);
            first_arrival = first_arrival.or_else(arrival);
        })?;
        let in_the_bucket = first_arrival.is_some_and(|first_arrival| {
            let name = layout::live_object(first_arrival, &file.incarnation, file.number);
            self.commit_existing(&name, first_arrival)
        });
        if requests > 0 && !in_the_bucket {
            FileReader::open(&file.path)?.all_requests(|request| self.take_request(request))?;
            self.flush_until_done(&file.incarnation, file.number);
        }
        Ok(end)
    }

    /// Makes sure of the rows of a live object that is there already, whole; `false` if it is not. The process that wrote
    /// it may have died before it was durable, so that is seen to first.
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
        self.until_done("a live object", || {
            Ok(self.collector.runtime.block_on(self.collector.bucket.make_durable(name))?)
        });
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
}
