//! A stand-in for PostHog's recordings API, with its quirks: what a pull meets out there, at will and on time.
//!
//! Written after PostHog's documentation and not after our own server, so that the two do not agree by accident.

mod answers;
mod http;

use std::{
    io,
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use self::http::Request;

/// A recording that the stand-in holds.
#[derive(Debug, Clone, Default)]
pub struct HeldRecording {
    /// The session.
    pub id: String,
    /// `distinct_id` of the row.
    pub distinct_id: Option<String>,
    /// `person` of the row, as JSON.
    pub person: Option<String>,
    /// ISO 8601, in UTC with milliseconds.
    pub start_time: String,
    /// The same.
    pub end_time: String,
    /// `ongoing` of the row.
    pub ongoing: bool,
    /// Its blocks in order: lines of the snapshot API.
    pub blocks: Vec<Vec<String>>,
    /// Blocks that the store behind the API does not give.
    pub lost: Vec<usize>,
    /// It is listed and answers 410.
    pub deleted: bool,
    /// It is kept as one object, `blob_v2_lts`.
    pub long_term: bool,
}

/// How this PostHog is.
#[derive(Debug, Clone)]
pub struct Ways {
    /// It pages by `next_cursor`, or by `offset` alone.
    pub cursors: bool,
    /// It knows `decompress=false`.
    pub raw_blocks: bool,
    /// Rows carry `event_count`, as those of newer versions.
    pub event_counts: bool,
    /// Rows of a page at most.
    pub page_rows: usize,
}

impl Default for Ways {
    fn default() -> Self {
        Self { cursors: true, raw_blocks: true, event_counts: true, page_rows: 100 }
    }
}

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// 429, with this `Retry-After`.
    Throttled(Option<String>),
    /// This status and body.
    Answers(u16, String),
    /// The connection is closed without an answer.
    HangsUp,
    /// The answer ends in the middle of its body.
    BreaksOff,
    /// A redirection to this address, with path and query behind it.
    SendsTo(String),
    /// No answer until the stand-in goes.
    Holds,
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Path and query.
    pub target: String,
    /// The API key came along.
    pub with_key: bool,
}

/// The stand-in. Dropping it ends it.
pub struct Posthog {
    base: String,
    shared: Arc<Shared>,
}

struct Shared {
    key: String,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    recordings: Vec<HeldRecording>,
    ways: Ways,
    /// For requests whose target contains the text: so many times more.
    troubles: Vec<(String, usize, Trouble)>,
    calls: Vec<Call>,
    held: usize,
    ended: bool,
}

impl Posthog {
    /// Starts it on a free port of the loopback interface. Its project is the number 1.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(ways: Ways, recordings: Vec<HeldRecording>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        let state = State { recordings, ways, troubles: Vec::new(), calls: Vec::new(), held: 0, ended: false };
        let key = "phx_stand_in_key".to_owned();
        let shared = Arc::new(Shared { key, state: Mutex::new(state), changed: Condvar::new() });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&serving);
                if shared.lock().ended {
                    return;
                }
                // A client that goes away in the middle is no matter.
                thread::spawn(move || stream.and_then(|stream| shared.serve(stream)).ok());
            }
        });
        Self { base, shared }
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The only API key that it takes.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.shared.key
    }

    /// The next requests whose target contains `needle` meet this trouble, so many times.
    pub fn trouble(&self, needle: &str, times: usize, trouble: Trouble) {
        self.shared.lock().troubles.push((needle.to_owned(), times, trouble));
    }

    /// Changes what it holds.
    pub fn change(&self, change: impl FnOnce(&mut Vec<HeldRecording>)) {
        change(&mut self.shared.lock().recordings);
    }

    /// The requests since this was asked last.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.shared.lock().calls)
    }

    /// Waits until a request is held.
    pub fn wait_until_it_holds(&self) {
        let mut state = self.shared.lock();
        while state.held == 0 {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Posthog {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
        // So that it looks.
        drop(TcpStream::connect(self.base.trim_start_matches("http://")));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let Some(request) = Request::read(&stream)? else { return Ok(()) };
        let with_key = request.authorization.as_deref() == Some(&format!("Bearer {}", self.key));
        let (trouble, answer) = {
            let mut state = self.lock();
            state.calls.push(Call { target: request.target.clone(), with_key });
            (state.trouble_with(&request.target), state.answer(&request, with_key))
        };
        match trouble {
            None => answer.send(&stream, usize::MAX),
            Some(Trouble::BreaksOff) => answer.send(&stream, answer.body.len() / 2),
            Some(Trouble::HangsUp) => Ok(()),
            Some(Trouble::Throttled(retry_after)) => answers::throttled(retry_after).send(&stream, usize::MAX),
            Some(Trouble::Answers(status, body)) => answers::json(status, body).send(&stream, usize::MAX),
            Some(Trouble::SendsTo(base)) => answers::sent_to(&base, &request.target).send(&stream, usize::MAX),
            Some(Trouble::Holds) => {
                self.hold();
                Ok(())
            }
        }
    }

    fn hold(&self) {
        let mut state = self.lock();
        state.held += 1;
        self.changed.notify_all();
        while !state.ended {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl State {
    fn trouble_with(&mut self, target: &str) -> Option<Trouble> {
        let fits = |(needle, times, _): &&mut (String, usize, Trouble)| *times > 0 && target.contains(needle.as_str());
        let (_, times, trouble) = self.troubles.iter_mut().find(fits)?;
        *times -= 1;
        Some(trouble.clone())
    }
}
