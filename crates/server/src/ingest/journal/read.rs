//! Reading journal files: by the collector while they grow, and at start what an earlier process left behind.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use cassette_store::layout::Incarnation;

use super::append::sync_directory;
use super::{FILE_MAGIC, FRAME_HEADER_BYTES, FRAME_MAGIC, JournaledRequest, KIND_CUT, KIND_REQUESTS, frame_crc};

/// A file that an earlier process left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The process that wrote it.
    pub incarnation: Incarnation,
    /// Its number.
    pub number: u64,
    /// It is the process's last one: the only one in which a torn tail is legal.
    pub newest: bool,
}

/// Why a part of a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk failed.
    #[error("the journal file cannot be read")]
    Io(#[from] io::Error),
    /// The bytes are not a journal file.
    #[error("expected a journal file, found other bytes at its start")]
    NotAJournal,
    /// The frame that was announced is not there.
    #[error("expected a frame of {length} bytes at byte {offset}, found something else")]
    Frame {
        /// Where it should begin.
        offset: u64,
        /// How long it should be.
        length: u32,
    },
}

/// How a file ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileEnd {
    /// With a cut.
    Cut,
    /// After a whole frame, or in the middle of one that was never answered: the process died.
    Torn {
        /// Where the last whole frame ends.
        at: u64,
    },
    /// Frames before the last one are damaged; those that are intact were read. `at` are the damaged places.
    Damaged {
        /// Byte offsets at which a frame should begin and does not.
        at: Vec<u64>,
    },
}

/// Reads frames of one file.
#[derive(Debug)]
pub struct FileReader {
    file: File,
    frame: Vec<u8>,
}

impl FileReader {
    /// Opens a file.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Ok(Self { file: File::open(path)?, frame: Vec::new() })
    }

    /// Reads the frame at `offset` that was announced with `length` bytes, and visits its requests.
    ///
    /// # Errors
    /// When the disk fails or the frame is not what was written.
    pub fn requests_at(
        &mut self,
        offset: u64,
        length: u32,
        visit: impl FnMut(JournaledRequest<'_>),
    ) -> Result<(), ReadError> {
        self.frame.resize(length as usize, 0);
        self.file.read_exact_at(&mut self.frame, offset)?;
        match parse_frame(&self.frame) {
            Some((KIND_REQUESTS, payload, _)) if visit_requests(payload, visit) => Ok(()),
            _ => Err(ReadError::Frame { offset, length }),
        }
    }

    /// Reads the whole file, visits all requests of intact frames, and says how it ends.
    ///
    /// # Errors
    /// When the disk fails or the file is no journal.
    pub fn all_requests(mut self, mut visit: impl FnMut(JournaledRequest<'_>)) -> Result<FileEnd, ReadError> {
        let length = usize::try_from(self.file.metadata()?.len()).unwrap_or(usize::MAX);
        self.frame.resize(length, 0);
        self.file.read_exact_at(&mut self.frame, 0)?;
        let bytes = &self.frame;
        if !bytes.starts_with(FILE_MAGIC) {
            // A file shorter than its magic was being created when the process died.
            return match FILE_MAGIC.starts_with(bytes) {
                true => Ok(FileEnd::Torn { at: 0 }),
                false => Err(ReadError::NotAJournal),
            };
        }
        let mut at = FILE_MAGIC.len();
        let mut damaged = Vec::new();
        loop {
            match parse_frame(&bytes[at..]) {
                Some((KIND_CUT, _, _)) => break,
                Some((_, payload, frame_length)) => {
                    visit_requests(payload, &mut visit);
                    at += frame_length;
                }
                None => match next_frame(bytes, at + 1) {
                    Some(next) => {
                        damaged.push(at as u64);
                        at = next;
                    }
                    None if damaged.is_empty() => return Ok(FileEnd::Torn { at: at as u64 }),
                    None => break,
                },
            }
        }
        Ok(if damaged.is_empty() { FileEnd::Cut } else { FileEnd::Damaged { at: damaged } })
    }
}

/// The files that earlier processes left below `journal`, those of each process in order.
///
/// # Errors
/// When the directory cannot be read.
pub fn old_files(journal: &Path) -> io::Result<Vec<JournalFile>> {
    let mut files = Vec::new();
    let directories = match std::fs::read_dir(journal) {
        Ok(directories) => directories,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(error),
    };
    for directory in directories {
        let directory = directory?;
        let Some(incarnation) = directory.file_name().to_str().and_then(Incarnation::from_name) else { continue };
        let mut numbers = Vec::new();
        for file in std::fs::read_dir(directory.path())? {
            let name = file?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        let last = numbers.last().copied();
        files.extend(numbers.into_iter().map(|number| JournalFile {
            path: directory.path().join(format!("{number:08}")),
            incarnation: incarnation.clone(),
            number,
            newest: Some(number) == last,
        }));
    }
    files.sort_by(|a, b| (&a.incarnation, a.number).cmp(&(&b.incarnation, b.number)));
    Ok(files)
}

/// Puts a file of this process that could not be read to its end where the next start finds it: under a name of its own,
/// so that it is taken once more as a whole. What is in the bucket of it is known by its items.
pub(in crate::ingest) fn keep_for_next_start(file: &Path, journal: &Path, arrival: i64) -> io::Result<()> {
    let directory = journal.join(Incarnation::new(arrival, crate::random::number()).as_str());
    std::fs::create_dir(&directory)?;
    sync_directory(journal)?;
    std::fs::rename(file, directory.join(file.file_name().unwrap_or_default()))?;
    sync_directory(&directory)?;
    file.parent().map_or(Ok(()), sync_directory)
}

/// The directories of earlier processes in which nothing is left.
pub(in crate::ingest) fn empty_folders(journal: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(journal).into_iter().flatten().flatten();
    let old =
        found.filter(|found| found.file_name().to_str().is_some_and(|name| Incarnation::from_name(name).is_some()));
    let is_empty = |path: &PathBuf| std::fs::read_dir(path).is_ok_and(|mut files| files.next().is_none());
    old.map(|found| found.path()).filter(is_empty).collect()
}

/// Kind, payload and whole length of the frame at the start of `bytes`, if an intact one stands there.
fn parse_frame(bytes: &[u8]) -> Option<(u32, &[u8], usize)> {
    let field = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (magic, kind, length, crc) = (field(0)?, field(4)?, field(8)? as usize, field(12)?);
    if magic != FRAME_MAGIC {
        return None;
    }
    let payload = bytes.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES.checked_add(length)?)?;
    (frame_crc(kind, payload) == crc).then_some((kind, payload, FRAME_HEADER_BYTES + length))
}

/// Where the next intact frame begins, from `from` on.
fn next_frame(bytes: &[u8], from: usize) -> Option<usize> {
    let magic = FRAME_MAGIC.to_le_bytes();
    (from..bytes.len().saturating_sub(FRAME_HEADER_BYTES - 1))
        .find(|&at| bytes[at..at + 4] == magic && parse_frame(&bytes[at..]).is_some())
}

/// Visits the requests of a payload; `false` if its lengths do not add up.
fn visit_requests(mut payload: &[u8], mut visit: impl FnMut(JournaledRequest<'_>)) -> bool {
    let take = |bytes: &mut &[u8]| -> Option<u32> {
        let (field, rest) = bytes.split_first_chunk::<4>()?;
        *bytes = rest;
        Some(u32::from_le_bytes(*field))
    };
    while !payload.is_empty() {
        let Some(total) = take(&mut payload) else { return false };
        let Some((mut request, rest)) = payload.split_at_checked(total as usize) else { return false };
        let Some(head_length) = take(&mut request) else { return false };
        let Some((head, body)) = request.split_at_checked(head_length as usize) else { return false };
        visit(JournaledRequest { head, body });
        payload = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use bytes::Bytes;

    use super::super::{Journal, JournalConfig, Progress, RequestHead};
    use super::*;

    fn head() -> RequestHead {
        RequestHead { arrived_at: 1, path: "/s/".into(), query_sent_at: None, retry: false, user_agent: None }
    }

    /// A journal directory with one file of three frames and a cut; returns the file.
    async fn three_frames(folder: &Path) -> PathBuf {
        let (progress, heard) = mpsc::channel();
        let directory = folder.join(Incarnation::new(5, 5).as_str());
        let config = JournalConfig { cut_after: Duration::from_secs(3600), ..JournalConfig::default() };
        let journal = Journal::start(directory, config, move |p| progress.send(p).unwrap()).unwrap();
        for body in ["one", "two", "three"] {
            journal.append(&head(), Bytes::from_static(body.as_bytes())).await.unwrap();
        }
        journal.cut().await;
        let events: Vec<Progress> = heard.try_iter().collect();
        assert_eq!(events.len(), 4);
        match &events[3] {
            Progress::Cut { file, number: 0, length } => {
                assert_eq!(*length, std::fs::metadata(file.as_path()).unwrap().len());
                assert_eq!(journal.backlog_bytes(), *length);
                journal.release(*length);
                assert_eq!(journal.backlog_bytes(), 0);
                file.to_path_buf()
            }
            other => panic!("expected a cut, got {other:?}"),
        }
    }

    fn read(path: &Path) -> (Vec<String>, FileEnd) {
        let mut bodies = Vec::new();
        let end = FileReader::open(path)
            .unwrap()
            .all_requests(|request| bodies.push(String::from_utf8(request.body.to_vec()).unwrap()))
            .unwrap();
        (bodies, end)
    }

    #[tokio::test]
    async fn what_was_appended_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_frames(folder.path()).await;
        assert_eq!(read(&path), (vec!["one".into(), "two".into(), "three".into()], FileEnd::Cut));
        let files = old_files(folder.path()).unwrap();
        assert_eq!((files.len(), files[0].number, files[0].newest), (1, 0, true));
    }

    #[tokio::test]
    async fn a_tail_torn_anywhere_loses_only_what_was_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_frames(folder.path()).await;
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (bodies, end) = read(&path);
            assert!(matches!(end, FileEnd::Torn { .. }), "{length}: {end:?}");
            assert_eq!(bodies, ["one", "two", "three"][..bodies.len()], "{length}");
        }
    }

    #[tokio::test]
    async fn damage_before_the_last_frame_is_told_from_a_torn_tail() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_frames(folder.path()).await;
        let whole = std::fs::read(&path).unwrap();
        let second = whole.windows(3).position(|window| window == b"two").unwrap();
        let mut damaged = whole.clone();
        damaged[second] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        let (bodies, end) = read(&path);
        assert_eq!(bodies, ["one", "three"]);
        assert!(matches!(end, FileEnd::Damaged { at } if at.len() == 1));
    }

    #[tokio::test]
    async fn a_full_journal_refuses_and_takes_again_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let config = JournalConfig { max_backlog_bytes: 200, ..JournalConfig::default() };
        let journal = Journal::start(folder.path().join("j"), config, |_| {}).unwrap();
        let body = Bytes::from(vec![b'x'; 120]);
        journal.append(&head(), body.clone()).await.unwrap();
        assert_eq!(journal.append(&head(), body.clone()).await, Err(super::super::AppendError::Full));
        journal.release(journal.backlog_bytes());
        journal.append(&head(), body).await.unwrap();
    }
}
