//! A whole server on a folder of its own, spoken to over HTTP.

use std::sync::Arc;

use cassette_server::clock::ManualClock;
use cassette_server::config::{Config, Secret};
use cassette_server::serve::{Running, start};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::items::TOKEN;
use crate::node::START;

const KEY: &str = "phx_testtesttesttesttesttesttesttest";

/// All recordings, below the API.
pub(crate) const RECORDINGS: &str = "/api/projects/1/session_recordings";

pub(crate) struct Served {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
    running: Running,
}

/// Status, head in small letters, and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The answer as JSON, which came with this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

/// Starts a server whose clock stands still.
pub(crate) async fn serve() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(START));
    let running = start(config(&folder), false, clock.clone()).await.unwrap();
    Served { folder, clock, running }
}

fn config(folder: &tempfile::TempDir) -> Config {
    Config {
        data: folder.path().to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        project_token: Some(Secret(TOKEN.into())),
        api_key: Some(Secret(KEY.into())),
        ..Config::default()
    }
}

impl Served {
    /// The same folder and clock, another process.
    pub(crate) async fn again(self) -> Self {
        let Self { folder, clock, running } = self;
        running.stop().await;
        let running = start(config(&folder), false, clock.clone()).await.unwrap();
        Self { folder, clock, running }
    }

    /// A request with these headers, each with its line break, and nothing else.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let address = self.running.address;
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        read(&answer)
    }

    /// With the API key, and JSON in the body unless it is null.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.send(method, path, &format!("authorization: Bearer {KEY}\r\n"), &body).await
    }

    /// Without anything.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", b"").await
    }

    /// Imports rrweb events as a recording.
    pub(crate) async fn import(&self, session: &str, events: &str) {
        let path = format!("{RECORDINGS}/import?session_id={session}");
        let answer = self.send("POST", &path, &format!("authorization: Bearer {KEY}\r\n"), events.as_bytes()).await;
        answer.expect(200);
    }
}

fn read(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8_lossy(&answer[..end]).replace("\r\n", "\n");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // Values keep their case: tokens stand in some of them.
    let small = head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}\n", name.to_lowercase()),
        None => format!("{line}\n"),
    });
    let head: String = small.collect();
    let mut body = answer[end + 4..].to_vec();
    if head.contains("transfer-encoding: chunked") {
        body = unchunked(&body);
    }
    Answer { status, head, body }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        out.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
        if size == 0 {
            break;
        }
    }
    out
}
