//! The one connection that writes.
//!
//! It lives on a thread of its own. Jobs that wait together share a transaction, because a commit costs more than most
//! jobs do; each has a savepoint, so one that fails takes back its own changes only. Answers are sent after the commit:
//! who hears "done" may read it back from any connection.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::super::CatalogError;
use super::failed;

/// Callers wait when that many jobs do; the collector then waits too, which is the back-pressure that is wanted.
const WAITING_JOBS: usize = 256;

/// Jobs of one transaction: bounds the wait of the first of them.
const JOBS_PER_TRANSACTION: usize = 64;

/// What must be true when the caller hears "done".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Survives a crash of the process; a power cut may take it back.
    Process,
    /// Survives a power cut (catalog invariant 7).
    PowerCut,
}

/// Runs within the transaction, or hears that there is none; what it returns runs after it, with whether the commit failed.
type Work = Box<dyn FnOnce(Result<&Connection, Unwritten>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Option<Unwritten>) + Send>;

#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
struct Unwritten(String);

impl From<Unwritten> for CatalogError {
    fn from(error: Unwritten) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

enum Job {
    /// Shares a transaction with others.
    Shared(SharedJob),
    /// Runs by itself, outside of any transaction.
    Alone(Box<dyn FnOnce(&Connection) + Send>),
}

struct SharedJob {
    durability: Durability,
    work: Work,
}

/// Hands jobs to the writing thread; closing it ends the thread after the last job.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        let thread = std::thread::Builder::new().name("catalog".into()).spawn(move || run(&connection, waiting))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `work` in a transaction and answers after its commit. `work` must not commit or roll back.
    pub(super) async fn write<T, E>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<CatalogError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |transaction| {
            let result = match transaction {
                Ok(connection) => in_savepoint(connection, work),
                Err(unwritten) => Err(CatalogError::from(unwritten).into()),
            };
            Box::new(move |unwritten| {
                let result = match unwritten {
                    None => result,
                    Some(unwritten) => result.and_then(|_| Err(CatalogError::from(unwritten).into())),
                };
                // Nobody waits any more: the work is done nevertheless.
                drop(answer.send(result));
            })
        });
        let jobs = self.jobs.as_ref().expect("the channel is only taken by drop");
        jobs.send(Job::Shared(SharedJob { durability, work })).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Runs `work` between two transactions.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let (answer, answered) = oneshot::channel();
        // Nobody may wait any more: the work is done nevertheless.
        let work = Box::new(move |connection: &Connection| drop(answer.send(work(connection))));
        let jobs = self.jobs.as_ref().expect("the channel is only taken by drop");
        jobs.send(Job::Alone(work)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panicked thread has reported itself already.
            drop(thread.join());
        }
    }
}

fn gone() -> CatalogError {
    CatalogError::Unavailable("the catalog's writing thread has ended".into())
}

fn run(connection: &Connection, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut next = Some(first);
        let mut jobs = Vec::new();
        let mut alone = None;
        while let Some(job) = next.take() {
            match job {
                Job::Alone(work) => alone = Some(work),
                Job::Shared(job) => {
                    jobs.push(job);
                    next = (jobs.len() < JOBS_PER_TRANSACTION).then(|| waiting.try_recv().ok()).flatten();
                }
            }
        }
        if !jobs.is_empty() {
            run_together(connection, jobs);
        }
        if let Some(work) = alone {
            work(connection);
        }
    }
}

fn run_together(connection: &Connection, jobs: Vec<SharedJob>) {
    let durable = jobs.iter().any(|job| job.durability == Durability::PowerCut);
    // In WAL mode, FULL syncs the log at each commit and NORMAL leaves that to checkpoints.
    let begin = if durable {
        "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
    } else {
        "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE"
    };
    let begun = connection.execute_batch(begin).map_err(unwritten);
    let work = |job: SharedJob| (job.work)(begun.as_ref().map(|()| connection).map_err(Clone::clone));
    let answers: Vec<Answer> = jobs.into_iter().map(work).collect();
    let committed = begun.clone().and_then(|()| connection.execute_batch("COMMIT").map_err(unwritten));
    if committed.is_err() && !connection.is_autocommit() {
        // Where this fails too, the next BEGIN fails and says so to its jobs.
        drop(connection.execute_batch("ROLLBACK"));
    }
    for answer in answers {
        answer(committed.clone().err());
    }
}

fn unwritten(error: rusqlite::Error) -> Unwritten {
    tracing::error!(%error, "the catalog could not be written");
    Unwritten(error.to_string())
}

fn in_savepoint<T, E: From<CatalogError>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    connection.execute_batch("SAVEPOINT job").map_err(failed)?;
    let result = work(connection);
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end).map_err(failed)?;
    result
}
