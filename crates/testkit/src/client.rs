//! A small blocking client: any status is an answer, and only a broken connection is an error.

use std::{
    fmt::Write as _,
    io::ErrorKind,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, de::DeserializeOwned};
use ureq::{Agent, Body, http};

/// Bodies beyond this are not read: a test that needs more measures, and should stream.
const LARGEST_ANSWER: u64 = 1 << 30;

/// A client of one server, with an API key.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    key: String,
}

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body, as it came (no content encoding was asked for).
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, for messages.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is something else.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("status {}, expected JSON: {error}: {}", self.status, self.text()))
    }
}

/// A row of the list, as far as tests look at it.
#[derive(Debug, Clone, Deserialize)]
pub struct Recording {
    /// The session id.
    pub id: String,
    /// Whether it still runs.
    pub ongoing: bool,
    /// rrweb events.
    #[serde(default)]
    pub event_count: Option<u64>,
    /// Clicks.
    #[serde(default)]
    pub click_count: Option<u64>,
    /// Input events.
    #[serde(default)]
    pub keypress_count: Option<u64>,
    /// Console errors.
    #[serde(default)]
    pub console_error_count: Option<u64>,
    /// Who, as the SDK says.
    pub person: RecordingPerson,
}

/// The person of a row.
#[derive(Debug, Clone, Deserialize)]
pub struct RecordingPerson {
    /// All ids that the recording carries.
    pub distinct_ids: Vec<String>,
}

#[derive(Deserialize)]
struct Listing {
    results: Vec<Recording>,
    has_next: bool,
    #[serde(default)]
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Blocks {
    live: bool,
}

impl Client {
    /// A client of `http://host:port` with an API key.
    #[must_use]
    pub fn new(base: &str, key: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .max_redirects(0)
            .build()
            .into();
        Self { agent, base: base.to_owned(), key: key.to_owned() }
    }

    /// `GET`, with the API key.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        self.get_with(path, &[])
    }

    /// `GET` without any credentials, with these headers.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn get_as_stranger(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call()?)
    }

    /// `POST` without any credentials, as an SDK does it.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.base));
        read(request.header("Content-Type", content_type).send(body)?)
    }

    /// `GET`, with the API key and these headers.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        match self.get_once(path, headers) {
            // A server may close a connection that was kept just when it is used again. Nothing was answered, and asking changes nothing.
            Err(ureq::Error::Io(error)) if error.kind() == ErrorKind::UnexpectedEof => self.get_once(path, headers),
            answered => answered,
        }
    }

    fn get_once(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.header("Authorization", format!("Bearer {}", self.key)).call()?)
    }

    /// `POST` of a file, with the API key.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn upload(&self, path: &str, file: &[u8]) -> Result<Answer, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.base));
        read(request.header("Authorization", format!("Bearer {}", self.key)).send(file)?)
    }

    /// Any method, with the API key, these headers and a body.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, ureq::Error> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("Authorization", format!("Bearer {}", self.key)).body(body.to_vec())?;
        read(self.agent.run(request)?)
    }

    /// `DELETE`, with the API key.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn delete(&self, path: &str) -> Result<Answer, ureq::Error> {
        let request = self.agent.delete(format!("{}{path}", self.base));
        read(request.header("Authorization", format!("Bearer {}", self.key)).call()?)
    }

    /// All recordings, newest first, page by page.
    ///
    /// # Panics
    /// When an answer is not the documented one.
    #[must_use]
    pub fn recordings(&self) -> Vec<Recording> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut path = "/api/projects/1/session_recordings/?limit=100".to_owned();
            if let Some(cursor) = &cursor {
                write!(path, "&after={cursor}").expect("writing to a string");
            }
            let answer = self.get(&path).expect("the server answers");
            assert_eq!(answer.status, 200, "{}", answer.text());
            let page: Listing = answer.json();
            all.extend(page.results);
            cursor = page.next_cursor;
            if !page.has_next || cursor.is_none() {
                return all;
            }
        }
    }

    /// A file of a recording: `ndjson`, `ndjson.zst` or `rrweb`.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn download(&self, session: &str, format: &str) -> Result<Answer, ureq::Error> {
        self.get(&format!("/api/projects/1/session_recordings/{session}/recording?format={format}"))
    }

    /// Waits until a recording is finished: nothing of it is live any more.
    ///
    /// # Panics
    /// When that takes longer than given.
    pub fn wait_finished(&self, session: &str, within: Duration) {
        let begun = Instant::now();
        loop {
            let path = format!("/api/projects/1/session_recordings/{session}/blocks");
            let answer = self.get(&path).expect("the server answers");
            if answer.status == 200 && !answer.json::<Blocks>().live {
                return;
            }
            assert!(
                begun.elapsed() < within,
                "recording {session} is not finished after {within:?}: {} {}",
                answer.status,
                answer.text()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn read(answer: http::Response<Body>) -> Result<Answer, ureq::Error> {
    let (parts, mut body) = answer.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    Ok(Answer { status: parts.status.as_u16(), headers, body: body.with_config().limit(LARGEST_ANSWER).read_to_vec()? })
}
