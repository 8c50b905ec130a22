//! A running server, asked over HTTP.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context as _, bail};
use cassette_recording::{ProjectId, RecordingId};
use cassette_server::config::Secret;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use ureq::http::{Method, Request, Response};
use ureq::{Agent, SendBody};

use super::{Finished, Listed, Query, Stand, StoredFile, next_page};
use crate::{https, shown};

/// Time to reach the server, and to wait for the head of its answer. A download may take as long as it takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than this no server is waited for that had too many questions.
const MOST_WAIT_SECONDS: u64 = 60;

/// Of an error's answer.
const ERROR_BYTES: u64 = 64 << 10;

/// Block keys are generation × this + index.
const GENERATION: u64 = 1_000_000;

pub(crate) struct Server {
    agent: Agent,
    base: String,
    authorization: String,
    /// Path of the recordings of the key's project.
    recordings: String,
}

#[derive(Deserialize)]
struct Me {
    project: Option<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: ProjectId,
}

#[derive(Deserialize)]
struct ListAnswer {
    results: Vec<Box<RawValue>>,
    has_next: bool,
    #[serde(default)]
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: RecordingId,
}

#[derive(Deserialize)]
struct Blocks {
    live: bool,
    generation: u64,
    blocks: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    key: u64,
    events: u64,
}

#[derive(Deserialize)]
struct ImportAnswer {
    recordings: Vec<SentRecording>,
}

/// What became of a recording that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erased {
    /// It was.
    Now,
    /// It had been.
    Before,
    /// There is none.
    Unknown,
}

/// What the server says of a file that was sent for import.
pub(crate) enum Sent {
    /// What became of its recordings.
    Taken(Vec<SentRecording>),
    /// Why nothing of it was imported.
    Refused(String),
}

/// One recording of such a file.
#[derive(Debug, Deserialize)]
pub(crate) struct SentRecording {
    pub(crate) session_id: RecordingId,
    pub(crate) recognised_as: String,
    pub(crate) outcome: String,
    pub(crate) events: u64,
    #[serde(default)]
    pub(crate) left_out: Vec<SentLeftOut>,
}

/// What could not be carried.
#[derive(Debug, Deserialize)]
pub(crate) struct SentLeftOut {
    pub(crate) what: String,
    pub(crate) count: u64,
    pub(crate) reason: String,
}

#[derive(Deserialize)]
struct Refusal {
    detail: String,
}

impl Server {
    /// Asks the server at once whose key this is.
    pub(crate) fn new(url: &str, key: Option<&Secret>) -> anyhow::Result<Self> {
        let base = url.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            bail!("--server wants an address such as http://127.0.0.1:8000 or https://replay.example.com, got {base}");
        }
        let Some(Secret(key)) = key else {
            bail!("--server wants a personal API key: --api-key phx_…, or CASSETTE_API_KEY in the environment");
        };
        let agent = Agent::config_builder()
            .tls_config(https::for_address(&base)?)
            .http_status_as_error(false)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            // The key is for this address alone.
            .max_redirects(0)
            .build()
            .into();
        let server = Self { agent, base, authorization: format!("Bearer {key}"), recordings: String::new() };
        let me: Me = server.json(server.get("/api/me", &[])?)?;
        // What is of no project can be asked without one.
        Ok(me.project.map(|project| project.id).into_iter().fold(server, Self::in_project))
    }

    /// The same, for one of its projects.
    pub(crate) fn in_project(self, project: ProjectId) -> Self {
        Self { recordings: format!("/api/projects/{project}/session_recordings"), ..self }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Comes again when the server says so: a long export asks more often than a server may allow in a minute.
    fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Response<ureq::Body>> {
        loop {
            let answer = self.get_once(path, query)?;
            let after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            match after {
                Some(seconds) if answer.status() == 429 && seconds <= MOST_WAIT_SECONDS => {
                    std::thread::sleep(Duration::from_secs(seconds));
                }
                _ => return Ok(answer),
            }
        }
    }

    fn get_once(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Response<ureq::Body>> {
        let mut request = self.agent.get(format!("{}{path}", self.base)).header("Authorization", &self.authorization);
        for (name, value) in query {
            request = request.query(name, value);
        }
        request.call().with_context(|| format!("the server {} cannot be reached", self.base))
    }

    /// What the server answers to a call beside recordings.
    pub(crate) fn call(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("Authorization", &self.authorization)
            .header("Content-Type", "application/json");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.body(body).with_context(|| format!("{path} is no address"))?;
        let answer = self.agent.run(request);
        let answer = answer.with_context(|| format!("the server {} cannot be reached", self.base))?;
        match answer.status().as_u16() {
            204 => Ok(Value::Null),
            201 => self.read(answer),
            _ => self.json(answer),
        }
    }

    /// What the server says where it does not answer what was asked for.
    fn refusal(&self, answer: Response<ureq::Body>) -> anyhow::Error {
        let status = answer.status();
        let mut body = Vec::new();
        // Whatever cannot be read of it is not said.
        drop(answer.into_body().into_reader().take(ERROR_BYTES).read_to_end(&mut body));
        let base = &self.base;
        match (status.as_u16(), serde_json::from_slice::<Refusal>(&body)) {
            (401, _) => anyhow::anyhow!("the server {base} does not take this API key"),
            (status, Ok(refusal)) => anyhow::anyhow!("the server {base} answers {status}: {}", refusal.detail),
            (status, Err(_)) => anyhow::anyhow!("{base} answers {status}, not as a Cassette server does"),
        }
    }

    fn json<T: for<'a> Deserialize<'a>>(&self, answer: Response<ureq::Body>) -> anyhow::Result<T> {
        if answer.status() != 200 {
            return Err(self.refusal(answer));
        }
        self.read(answer)
    }

    fn read<T: for<'a> Deserialize<'a>>(&self, answer: Response<ureq::Body>) -> anyhow::Result<T> {
        let mut body = Vec::new();
        answer.into_body().into_reader().read_to_end(&mut body).context("the server broke off its answer")?;
        serde_json::from_slice(&body)
            .with_context(|| format!("{} does not answer as a Cassette server does", self.base))
    }

    pub(super) fn list(&self, query: &Query, each: &mut dyn FnMut(Listed) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let (mut given, mut after) = (0, None);
        while let Some(limit) = next_page(query.limit, given) {
            let mut pairs = vec![("limit", limit.to_string())];
            pairs.extend(query.since.map(|since| ("date_from", shown::iso(since))));
            if let Some(id) = &query.distinct_id {
                pairs.push(("distinct_ids", serde_json::to_string(&[id.as_str()]).context("an id is no JSON")?));
            }
            if query.include_empty {
                pairs.push(("include_empty", "1".to_owned()));
            }
            pairs.extend(after.take().map(|cursor| ("after", cursor)));
            let page: ListAnswer = self.json(self.get(&format!("{}/", self.recordings), &pairs)?)?;
            given += page.results.len();
            for row in page.results {
                let json = String::from(Box::<str>::from(row));
                let named: Named = serde_json::from_str(&json).context("the server sent a recording without an id")?;
                each(Listed { id: named.id, json })?;
            }
            after = page.next_cursor;
            if !page.has_next || after.is_none() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn stand(&self, id: &RecordingId) -> anyhow::Result<Stand> {
        let answer = self.get(&format!("{}/{id}/blocks", self.recordings), &[])?;
        if answer.status() == 404 {
            return Ok(Stand::Missing);
        }
        let listing: Blocks = self.json(answer)?;
        if listing.generation == 0 {
            return Ok(Stand::Running);
        }
        let in_file = listing.blocks.iter().filter(|block| block.key / GENERATION == listing.generation);
        Ok(Stand::Finished(Finished {
            id: id.clone(),
            revision: listing.generation,
            events: Some(in_file.map(|block| block.events).sum()),
            more_to_come: listing.live,
            object: None,
        }))
    }

    pub(super) fn open_stored(&self, recording: &Finished) -> anyhow::Result<StoredFile<'static>> {
        let answer = self.get(&format!("{}/{}/recording", self.recordings, recording.id), &[])?;
        if answer.status() != 200 {
            return Err(self.refusal(answer));
        }
        let size = answer.body().content_length();
        Ok(StoredFile { size, bytes: Box::new(answer.into_body().into_reader()) })
    }

    /// Deletes a recording for good.
    pub(crate) fn delete(&self, id: &RecordingId) -> anyhow::Result<Erased> {
        let url = format!("{}{}/{id}", self.base, self.recordings);
        let request = self.agent.delete(url).header("Authorization", &self.authorization);
        // It answers when nothing is left; a file that is being written is waited for.
        let request = request.config().timeout_recv_response(None).build();
        let answer = request.call().with_context(|| format!("the server {} cannot be reached", self.base))?;
        match answer.status().as_u16() {
            204 => Ok(Erased::Now),
            404 => {
                // Who plays it hears which of the two it is.
                let answer = self.get(&format!("{}/{id}/blocks", self.recordings), &[])?;
                Ok(if answer.status() == 410 { Erased::Before } else { Erased::Unknown })
            }
            _ => Err(self.refusal(answer)),
        }
    }

    /// Sends a file of any form to be imported.
    pub(crate) fn import(&self, file: &mut dyn Read, session_id: Option<&RecordingId>) -> anyhow::Result<Sent> {
        let url = format!("{}{}/import", self.base, self.recordings);
        let mut request = self.agent.post(url).header("Authorization", &self.authorization);
        if let Some(id) = session_id {
            request = request.query("session_id", id.as_str());
        }
        // It answers when the file is read, checked and stored; others may be before it.
        let request = request.config().timeout_recv_response(None).build();
        let answer = request.send(SendBody::from_reader(file));
        let answer = answer.with_context(|| format!("the server {} cannot be reached", self.base))?;
        match answer.status().as_u16() {
            400 | 409 | 413 => Ok(Sent::Refused(self.refusal(answer).to_string())),
            _ => Ok(Sent::Taken(self.json::<ImportAnswer>(answer)?.recordings)),
        }
    }
}
