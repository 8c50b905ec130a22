//! Calls to the API: paced, tried again where that can help, and counted.
//!
//! | answer | means |
//! | --- | --- |
//! | 200 | read; if it breaks off, the call is made again |
//! | 429 | wait for as long as the server says, and again |
//! | 5xx, a broken connection | wait longer each time, and again, up to [`TRIES`] times |
//! | 3xx | followed; the key stays with its host ([`super::redirect`]) |
//! | 401 | the whole pull ends: nothing else will be answered either |
//! | else | the caller decides |

use std::io::{self, BufReader, Read};
use std::thread;
use std::time::{Duration, Instant};

use cassette_recording::json::{self, Object, string_value};
use cassette_server::clock::{Clock as _, SystemClock};
use cassette_server::config::Secret;
use indicatif::ProgressBar;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::pace::{Pace, backoff, told};
use super::redirect::{self, onward};
use crate::https;

/// How often a call is made before it counts as failed.
const TRIES: u32 = 5;

/// Calls in a row that get no answer, however often they are made, before the pull ends.
const SILENT_CALLS: u32 = 3;

/// How often where the server says that it will not help.
const HOPELESS_TRIES: u32 = 2;

/// How often in a row a call may be put off. At the longest wait, that is more than a day.
const PUT_OFF: u32 = 30;

/// Time to reach the server.
const CONNECT: Duration = Duration::from_secs(30);
/// Time until its answer begins: a list is a query over months.
const ANSWER: Duration = Duration::from_secs(180);
/// Time in which nothing more comes of an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// Of an error's answer.
const ERROR_BYTES: u64 = 64 << 10;

/// Of an answer that is read as a whole. A page of the list with the largest persons is a few megabytes.
const TEXT_BYTES: u64 = 64 << 20;

/// The code of PostHog for blocks that its store does not give.
pub(super) const BLOCKS_UNAVAILABLE: &str = "recording_blocks_unavailable";

/// Calls to one project.
pub(super) struct Calls {
    agent: Agent,
    /// Address of the project's API, without a slash at the end.
    base: String,
    authorization: String,
    pace: Pace,
    bar: ProgressBar,
    /// Tries in a row that got no answer.
    silent: u32,
    pub(super) spent: Spent,
}

/// What the calls cost.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) calls: u64,
    /// Of bodies, as they came.
    pub(super) bytes: u64,
    /// For the pace, for limits, and before repetitions.
    pub(super) waited: Duration,
}

/// What the server says where it does not answer what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// PostHog's code, or nothing.
    pub(super) code: String,
    /// Its words, or nothing.
    pub(super) detail: String,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The server answers something else: 4xx, or 5xx again and again.
    #[error("{0}")]
    Refused(Refusal),
    /// The connection breaks again and again, or the answer is none that can be read.
    #[error("{0}")]
    Answer(String),
    /// Nothing can be asked any more.
    #[error(transparent)]
    Stop(anyhow::Error),
}

/// Why an answer was not read.
pub(super) enum Unread {
    /// It broke off.
    Broken(io::Error),
    /// It is not what was expected.
    Odd(String),
    /// What is read cannot be kept here.
    Local(anyhow::Error),
}

/// The body of an answer with status 200.
pub(super) type Answer<'a> = BufReader<Counted<'a>>;

/// Counts what is read.
pub(super) struct Counted<'a> {
    body: ureq::BodyReader<'static>,
    bytes: &'a mut u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(into)?;
        *self.bytes += read as u64;
        Ok(read)
    }
}

/// What became of one try.
enum Tried<T> {
    Done(T),
    /// Again, after this long.
    PutOff(Duration),
    /// Again, if that is allowed; for this reason.
    Failed(CallError, u32),
}

impl Calls {
    /// `base` is the address of the project's API.
    pub(super) fn new(base: String, key: &Secret, per_minute: u32, bar: ProgressBar) -> anyhow::Result<Self> {
        let Secret(key) = key;
        let agent = Agent::config_builder()
            .tls_config(https::for_address(&base)?)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(SILENCE))
            // Followed here, so that the key stays with its host.
            .max_redirects(0)
            .build()
            .into();
        let authorization = format!("Bearer {key}");
        let pace = Pace::new(per_minute);
        Ok(Self { agent, base, authorization, pace, bar, silent: 0, spent: Spent::default() })
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Asks for a text.
    pub(super) fn text(&mut self, path: &str, query: &[(&str, String)]) -> Result<String, CallError> {
        self.get(path, query, |answer| {
            let mut body = Vec::new();
            answer.take(TEXT_BYTES + 1).read_to_end(&mut body).map_err(Unread::Broken)?;
            if body.len() as u64 > TEXT_BYTES {
                return Err(Unread::Odd(format!("expected at most {TEXT_BYTES} bytes of JSON, got more")));
            }
            String::from_utf8(body).map_err(|_| Unread::Odd("expected JSON, got bytes that are no UTF-8".to_owned()))
        })
    }

    /// Asks, and lets `read` read the answer: from its beginning again where it broke off.
    pub(super) fn get<T>(
        &mut self,
        path: &str,
        query: &[(&str, String)],
        mut read: impl FnMut(Answer<'_>) -> Result<T, Unread>,
    ) -> Result<T, CallError> {
        let (mut failed, mut put_off) = (0, 0);
        loop {
            let (wait, why) = match self.once(path, query, &mut read)? {
                Tried::Done(value) => return Ok(value),
                Tried::PutOff(_) if put_off == PUT_OFF => {
                    return Err(CallError::Answer(format!("the server put the call off {PUT_OFF} times in a row")));
                }
                Tried::PutOff(wait) => {
                    put_off += 1;
                    (wait.max(backoff(put_off.min(4))), "for the server's limit")
                }
                Tried::Failed(error, tries) => {
                    failed += 1;
                    if failed >= tries {
                        return Err(error);
                    }
                    (backoff(failed), "before asking again")
                }
            };
            self.wait(wait, why);
        }
    }

    fn once<T>(
        &mut self,
        path: &str,
        query: &[(&str, String)],
        read: &mut impl FnMut(Answer<'_>) -> Result<T, Unread>,
    ) -> Result<Tried<T>, CallError> {
        let answer = match self.send(path, query)? {
            Ok(answer) => answer,
            Err(broken) => return Ok(Tried::Failed(self.unreachable(&broken), TRIES)),
        };
        self.silent = 0;
        if answer.status() != 200 {
            return self.refused(answer);
        }
        let body = Counted { body: answer.into_body().into_reader(), bytes: &mut self.spent.bytes };
        match read(BufReader::with_capacity(64 << 10, body)) {
            Ok(value) => Ok(Tried::Done(value)),
            Err(Unread::Broken(error)) => {
                Ok(Tried::Failed(CallError::Answer(format!("the answer broke off: {error}")), TRIES))
            }
            Err(Unread::Odd(what)) => Err(CallError::Answer(what)),
            Err(Unread::Local(error)) => Err(CallError::Stop(error)),
        }
    }

    /// One recording may be too much for a server; a server that is silent for several is not there.
    fn unreachable(&mut self, error: &ureq::Error) -> CallError {
        self.silent += 1;
        let what = format!("{} cannot be reached: {error}", self.base);
        match self.silent >= SILENT_CALLS * TRIES {
            true => CallError::Stop(anyhow::anyhow!(what)),
            false => CallError::Answer(what),
        }
    }

    fn refused<T>(&self, answer: Response<Body>) -> Result<Tried<T>, CallError> {
        let status = answer.status().as_u16();
        let told = header(&answer, "retry-after").and_then(|text| told(text, SystemClock.now()));
        let refusal = Refusal::read(status, answer);
        match (status, told) {
            (401, _) => Err(CallError::Stop(anyhow::anyhow!(
                "{} does not take this API key{}: a personal API key (phx_…) with the scope session_recording:read is needed",
                self.base,
                refusal.said()
            ))),
            (429, told) => Ok(Tried::PutOff(told.unwrap_or_default())),
            (503, Some(told)) => Ok(Tried::PutOff(told)),
            (500.., _) => {
                let tries = if refusal.code == BLOCKS_UNAVAILABLE { HOPELESS_TRIES } else { TRIES };
                Ok(Tried::Failed(CallError::Refused(refusal), tries))
            }
            _ => Err(CallError::Refused(refusal)),
        }
    }

    /// The answer, wherever we are sent for it. The inner error is one that may not come again.
    fn send(&mut self, path: &str, query: &[(&str, String)]) -> Result<Result<Response<Body>, ureq::Error>, CallError> {
        let (mut url, mut with_key, mut query) = (format!("{}{path}", self.base), true, query);
        for _ in 0..=redirect::MOST {
            let answer = match self.call(&url, with_key, query) {
                Ok(answer) => answer,
                Err(error) if may_pass(&error) => return Ok(Err(error)),
                Err(error) => {
                    let error = anyhow::Error::from(error).context(format!("{} cannot be reached", self.base));
                    return Err(CallError::Stop(error));
                }
            };
            let location = header(&answer, "location").filter(|_| answer.status().is_redirection());
            let Some(location) = location else { return Ok(Ok(answer)) };
            let next = onward(&url, location, with_key).map_err(CallError::Answer)?;
            // An address that we are sent to is complete.
            (url, with_key, query) = (next.url, next.with_key, &[]);
        }
        Err(CallError::Answer(format!("{} sends us from address to address without end", self.base)))
    }

    fn call(&mut self, url: &str, with_key: bool, query: &[(&str, String)]) -> Result<Response<Body>, ureq::Error> {
        self.wait(self.pace.wait(Instant::now()), "for the next minute's calls");
        self.pace.begin(Instant::now());
        self.spent.calls += 1;
        let mut request = self.agent.get(url);
        if with_key {
            request = request.header("Authorization", &self.authorization);
        }
        for (name, value) in query {
            request = request.query(name, value);
        }
        request.call()
    }

    fn wait(&mut self, wait: Duration, why: &'static str) {
        if wait.is_zero() {
            return;
        }
        self.bar.set_prefix(format!("(waits {} {why}) ", seconds(wait)));
        thread::sleep(wait);
        self.spent.waited += wait;
        self.bar.set_prefix("");
    }
}

/// `7 s`, and never `0 s`.
fn seconds(wait: Duration) -> String {
    format!("{} s", wait.as_millis().div_ceil(1000))
}

/// Whether the same call may get an answer later. A certificate that is not trusted stays so.
fn may_pass(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => !error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>()),
        ureq::Error::Timeout(_) | ureq::Error::Protocol(_) | ureq::Error::ConnectionFailed => true,
        _ => false,
    }
}

fn header<'a>(answer: &'a Response<Body>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

impl Refusal {
    fn read(status: u16, answer: Response<Body>) -> Self {
        let mut body = Vec::new();
        // Whatever cannot be read of it is not said.
        drop(answer.into_body().into_reader().take(ERROR_BYTES).read_to_end(&mut body));
        let (code, detail) = members(&String::from_utf8_lossy(&body)).unwrap_or_default();
        Self { status, code, detail }
    }

    /// Its words, to be added to a sentence.
    pub(super) fn said(&self) -> String {
        match self.detail.is_empty() {
            true => String::new(),
            false => format!(" ({})", self.detail),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, code, detail } = self;
        write!(out, "the server answers {status}")?;
        for text in [code, detail].into_iter().filter(|text| !text.is_empty()) {
            write!(out, ", {}", crate::shown::short(text, 200))?;
        }
        Ok(())
    }
}

/// Code and words of an error, in either of PostHog's shapes.
fn members(body: &str) -> Option<(String, String)> {
    let (mut code, mut detail, mut error) = (None, None, None);
    let mut object = Object::open(json::one_value(body).ok()?, 0).ok()?;
    while let Some(key) = object.next_key().ok()? {
        let value = string_value(object.value().ok()?).map(|text| text.into_owned());
        match key {
            "code" => code = value,
            "detail" | "message" => detail = value,
            "error" => error = value,
            _ => {}
        }
    }
    Some((code.or(error).unwrap_or_default(), detail.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read_in_both_shapes() {
        let both = [
            (r#"{"type":"throttled_error","code":"throttled","detail":"wait","attr":null}"#, ("throttled", "wait")),
            (r#"{"error":"recording_deleted","message":"gone","deleted_at":7}"#, ("recording_deleted", "gone")),
            (r#"{"error":"at capacity"}"#, ("at capacity", "")),
        ];
        for (body, (code, detail)) in both {
            assert_eq!(members(body), Some((code.to_owned(), detail.to_owned())));
        }
        assert_eq!(members("<html>"), None);
        let refusal = Refusal { status: 502, code: "x".to_owned(), detail: String::new() };
        assert_eq!(refusal.to_string(), "the server answers 502, x");
    }
}
