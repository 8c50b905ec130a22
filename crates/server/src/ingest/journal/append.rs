//! Writing the journal: one thread, one sync for all that wait.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{FILE_MAGIC, FRAME_HEADER_BYTES, FRAME_MAGIC, KIND_CUT, KIND_REQUESTS, RequestHead, frame_crc};

/// Limits of the journal.
#[derive(Debug, Clone, Copy)]
pub struct JournalConfig {
    /// Age of a file's first request at which the file is cut: how long data waits before it lies in the bucket.
    pub cut_after: Duration,
    /// Size at which a file is cut earlier.
    pub cut_bytes: u64,
    /// Bytes on disk that are not in the bucket yet; more is refused.
    pub max_backlog_bytes: u64,
    /// Free bytes that the disk must keep; below, requests are refused.
    pub min_free_bytes: u64,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            cut_after: Duration::from_secs(10),
            // A recovery decodes one file at a time; this is a second or two of work.
            cut_bytes: 32 << 20,
            max_backlog_bytes: 8 << 30,
            min_free_bytes: 256 << 20,
        }
    }
}

/// Bytes of requests that may wait for the next sync. A disk that stalls for longer than this lasts makes clients wait
/// for nothing: better they hear 503 and come again.
const MAX_WAITING_BYTES: u64 = 128 << 20;

/// Bytes that one sync takes at the most, so that the first of many does not wait for all of them.
const GROUP_BYTES: usize = 8 << 20;

/// How often the disk is asked for its free space.
const FREE_SPACE_EVERY: Duration = Duration::from_secs(2);

/// The journal of this process.
#[derive(Debug, Clone)]
pub struct Journal {
    commands: Sender<Command>,
    shared: Arc<Shared>,
    config: JournalConfig,
}

#[derive(Debug, Default)]
struct Shared {
    waiting_bytes: AtomicU64,
    /// Bytes in files that were not released yet.
    backlog_bytes: AtomicU64,
    free_bytes: AtomicU64,
}

/// Why a request was not journaled. All of these are worth another try later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// More waits for the disk than is sensible.
    #[error("too many requests wait for the disk")]
    Busy,
    /// The disk or the journal's share of it is full.
    #[error("the journal has no room left")]
    Full,
    /// The write or its sync failed.
    #[error("the journal could not be written")]
    Failed,
}

impl AppendError {
    /// A short name for metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Busy => "journal_busy",
            Self::Full => "journal_full",
            Self::Failed => "journal_failed",
        }
    }
}

/// What happened to the journal, in order; the collector follows it.
#[derive(Debug)]
pub enum Progress {
    /// A frame of requests is durable.
    Frame {
        /// The file.
        file: Arc<PathBuf>,
        /// Its number.
        number: u64,
        /// Where the frame begins.
        offset: u64,
        /// Its length, header included.
        length: u32,
        /// Since when.
        durable_at: Instant,
    },
    /// A file was cut: nothing is added to it any more.
    Cut {
        /// The file.
        file: Arc<PathBuf>,
        /// Its number.
        number: u64,
        /// Its length in bytes, to be released when it is removed.
        length: u64,
    },
}

enum Command {
    Append(Request),
    Cut(oneshot::Sender<()>),
}

/// A request that waits for the disk. It waits even if its client has gone away meanwhile.
struct Request {
    head: Vec<u8>,
    body: Bytes,
    room: Room,
    done: oneshot::Sender<Result<(), AppendError>>,
}

/// A request's share of [`MAX_WAITING_BYTES`], given back when this is dropped.
struct Room {
    shared: Arc<Shared>,
    bytes: u64,
}

impl Room {
    fn take(shared: &Arc<Shared>, bytes: u64) -> Result<Self, AppendError> {
        let room = Self { shared: shared.clone(), bytes };
        match shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_WAITING_BYTES {
            true => Err(AppendError::Busy),
            false => Ok(room),
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shared.waiting_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Journal {
    /// Starts the journal of a process in `directory` (made if it is missing, and expected to be empty). `progress` hears
    /// of every frame and cut.
    ///
    /// # Errors
    /// When the directory cannot be made or the thread not be started.
    pub fn start(
        directory: PathBuf,
        config: JournalConfig,
        progress: impl Fn(Progress) + Send + 'static,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(&directory)?;
        // The directory, the journal folder that lists it, and the data folder that lists that: any of them may be new.
        for directory in directory.ancestors().take(3).filter(|path| !path.as_os_str().is_empty()) {
            sync_directory(directory)?;
        }
        let (commands, receiver) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let mut writer = Writer {
            directory,
            config,
            shared: shared.clone(),
            progress: Box::new(progress),
            open: None,
            next_number: 0,
            group: Vec::with_capacity(1 << 20),
            free_space_at: None,
        };
        writer.watch_free_space();
        std::thread::Builder::new().name("journal".into()).spawn(move || writer.run(&receiver))?;
        Ok(Self { commands, shared, config })
    }

    /// Makes a request durable. Only when this returns `Ok` may the client hear 200.
    ///
    /// # Errors
    /// When there is no room or the disk fails; the request may then be durable or not.
    pub async fn append(&self, head: &RequestHead, body: Bytes) -> Result<(), AppendError> {
        let head = serde_json::to_vec(head).expect("a request head serialises");
        let size = (head.len() + body.len()) as u64;
        let backlog = self.shared.backlog_bytes.load(Ordering::Relaxed);
        let free = self.shared.free_bytes.load(Ordering::Relaxed);
        if backlog + size > self.config.max_backlog_bytes || free < self.config.min_free_bytes {
            return Err(AppendError::Full);
        }
        let room = Room::take(&self.shared, size)?;
        let (done, answer) = oneshot::channel();
        match self.commands.send(Command::Append(Request { head, body, room, done })) {
            Ok(()) => answer.await.unwrap_or(Err(AppendError::Failed)),
            Err(_) => Err(AppendError::Failed),
        }
    }

    /// Cuts the open file, if there is one; returns when the cut is durable.
    pub async fn cut(&self) {
        let (done, answer) = oneshot::channel();
        if self.commands.send(Command::Cut(done)).is_ok() {
            // A journal thread that is gone has cut its file on the way out.
            answer.await.ok();
        }
    }

    /// A file of this length was left by an earlier process, and takes room until it is released.
    pub fn adopt(&self, length: u64) {
        self.shared.backlog_bytes.fetch_add(length, Ordering::Relaxed);
    }

    /// A file of this length was removed: its contents are in the bucket.
    pub fn release(&self, length: u64) {
        let saturating = |backlog: u64| Some(backlog.saturating_sub(length));
        // The closure always returns a value, so the update cannot fail.
        self.shared.backlog_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, saturating).ok();
    }

    /// Bytes on disk that are not in the bucket yet.
    pub fn backlog_bytes(&self) -> u64 {
        self.shared.backlog_bytes.load(Ordering::Relaxed)
    }

    /// Bytes of requests that wait for the disk.
    pub fn waiting_bytes(&self) -> u64 {
        self.shared.waiting_bytes.load(Ordering::Relaxed)
    }
}

struct OpenFile {
    file: File,
    path: Arc<PathBuf>,
    number: u64,
    /// Bytes that are durable.
    length: u64,
    begun: Instant,
}

struct Writer {
    directory: PathBuf,
    config: JournalConfig,
    shared: Arc<Shared>,
    progress: Box<dyn Fn(Progress) + Send>,
    open: Option<OpenFile>,
    next_number: u64,
    /// The frame under construction; kept for its memory.
    group: Vec<u8>,
    free_space_at: Option<Instant>,
}

impl Writer {
    fn run(&mut self, commands: &Receiver<Command>) {
        loop {
            match self.wait(commands) {
                Ok(Command::Append(request)) => {
                    let cut_asked = self.write_group(commands, request);
                    if cut_asked.is_some() || self.cut_is_due() {
                        self.cut();
                    }
                    if let Some(done) = cut_asked {
                        done.send(()).ok();
                    }
                }
                Ok(Command::Cut(done)) => {
                    self.cut();
                    done.send(()).ok();
                }
                Err(RecvTimeoutError::Timeout) => self.cut(),
                Err(RecvTimeoutError::Disconnected) => {
                    self.cut();
                    return;
                }
            }
            self.watch_free_space();
        }
    }

    fn wait(&self, commands: &Receiver<Command>) -> Result<Command, RecvTimeoutError> {
        match &self.open {
            Some(open) => {
                commands.recv_timeout((open.begun + self.config.cut_after).saturating_duration_since(Instant::now()))
            }
            None => commands.recv_timeout(FREE_SPACE_EVERY),
        }
    }

    /// Writes and syncs the first request and all others that wait; a cut that is asked for meanwhile is handed back.
    fn write_group(&mut self, commands: &Receiver<Command>, first: Request) -> Option<oneshot::Sender<()>> {
        let mut waiting = Vec::new();
        let mut cut_asked = None;
        let mut next = Some(first);
        self.group.clear();
        self.group.resize(FRAME_HEADER_BYTES, 0);
        while let Some(Request { head, body, room, done }) = next.take() {
            push_request(&mut self.group, &head, &body);
            waiting.push((room, done));
            if self.group.len() >= GROUP_BYTES {
                break;
            }
            match commands.try_recv() {
                Ok(Command::Append(request)) => next = Some(request),
                Ok(Command::Cut(done)) => cut_asked = Some(done),
                Err(_) => {}
            }
        }
        metrics::histogram!("cassette_journal_group_requests").record(waiting.len() as f64);
        let result = self.commit(KIND_REQUESTS);
        for (room, done) in waiting {
            drop(room);
            // A client that went away hears nothing; its request counts all the same.
            done.send(result).ok();
        }
        cut_asked
    }

    /// Writes the frame in `group` and syncs it.
    fn commit(&mut self, kind: u32) -> Result<(), AppendError> {
        let started = Instant::now();
        match self.try_commit(kind) {
            Ok(()) => {
                metrics::histogram!("cassette_journal_sync_seconds").record(started.elapsed().as_secs_f64());
                Ok(())
            }
            Err(error) => {
                metrics::counter!("cassette_journal_failures_total").increment(1);
                tracing::error!(%error, "the journal could not be written; its file is given up");
                self.abandon();
                Err(if error.kind() == io::ErrorKind::StorageFull { AppendError::Full } else { AppendError::Failed })
            }
        }
    }

    fn try_commit(&mut self, kind: u32) -> io::Result<()> {
        seal_frame(&mut self.group, kind);
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                // Counted on even if this fails: a name that was taken is not tried again.
                let number = self.next_number;
                self.next_number += 1;
                let open = open_file(&self.directory, number)?;
                self.shared.backlog_bytes.fetch_add(open.length, Ordering::Relaxed);
                self.open.insert(open)
            }
        };
        open.file.write_all(&self.group)?;
        open.file.sync_data()?;
        let length = u32::try_from(self.group.len()).expect("a group is far below 4 GiB");
        if kind == KIND_REQUESTS {
            let (file, number, offset) = (open.path.clone(), open.number, open.length);
            (self.progress)(Progress::Frame { file, number, offset, length, durable_at: Instant::now() });
        }
        open.length += u64::from(length);
        self.shared.backlog_bytes.fetch_add(u64::from(length), Ordering::Relaxed);
        Ok(())
    }

    fn cut_is_due(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.length >= self.config.cut_bytes || open.begun.elapsed() >= self.config.cut_after)
    }

    fn cut(&mut self) {
        if self.open.is_none() {
            return;
        }
        self.group.clear();
        self.group.resize(FRAME_HEADER_BYTES, 0);
        if self.commit(KIND_CUT).is_ok() {
            self.close();
        }
    }

    /// Gives up a file that could not be written: takes back what may stand in it beyond the last sync, so that the file
    /// is well-formed again, and hands it on like a cut one.
    fn abandon(&mut self) {
        let Some(open) = &mut self.open else { return };
        let trimmed = open.file.set_len(open.length).and_then(|()| open.file.seek(SeekFrom::Start(open.length)));
        let mut cut = vec![0; FRAME_HEADER_BYTES];
        seal_frame(&mut cut, KIND_CUT);
        let ended = trimmed.and_then(|_| open.file.write_all(&cut)).and_then(|()| open.file.sync_data());
        if let Err(error) = ended {
            tracing::error!(%error, "the given-up journal file has no proper end; its tail will be reported at recovery");
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            (self.progress)(Progress::Cut { file: open.path, number: open.number, length: open.length });
        }
    }

    fn watch_free_space(&mut self) {
        if self.free_space_at.is_some_and(|at| at.elapsed() < FREE_SPACE_EVERY) {
            return;
        }
        self.free_space_at = Some(Instant::now());
        // A file system that does not say how much is free is taken to have room: writing will tell.
        let free = rustix::fs::statvfs(&self.directory).map_or(u64::MAX, |fs| fs.f_bavail.saturating_mul(fs.f_frsize));
        self.shared.free_bytes.store(free, Ordering::Relaxed);
    }
}

fn open_file(directory: &Path, number: u64) -> io::Result<OpenFile> {
    let path = directory.join(format!("{number:08}"));
    // Created if absent: an owner that was taken over finds its next name taken, and stops (rule 6).
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    if let Err(error) = file.write_all(FILE_MAGIC).and_then(|()| sync_directory(directory)) {
        // Nothing was answered from it, and left lying it would look like a damaged file at the next start.
        std::fs::remove_file(&path).ok();
        return Err(error);
    }
    Ok(OpenFile { file, path: Arc::new(path), number, length: FILE_MAGIC.len() as u64, begun: Instant::now() })
}

pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn push_request(group: &mut Vec<u8>, head: &[u8], body: &[u8]) {
    let length = |bytes: usize| u32::try_from(bytes).expect("a request is far below 4 GiB").to_le_bytes();
    group.extend_from_slice(&length(4 + head.len() + body.len()));
    group.extend_from_slice(&length(head.len()));
    group.extend_from_slice(head);
    group.extend_from_slice(body);
}

/// Fills in the header that stands before the payload.
fn seal_frame(frame: &mut [u8], kind: u32) {
    let (header, payload) = frame.split_at_mut(FRAME_HEADER_BYTES);
    let length = u32::try_from(payload.len()).expect("a group is far below 4 GiB");
    let fields = [FRAME_MAGIC, kind, length, frame_crc(kind, payload)];
    for (slot, field) in header.chunks_exact_mut(4).zip(fields) {
        slot.copy_from_slice(&field.to_le_bytes());
    }
}
