//! A whole server in this process, whose clock stands until a test turns it.

use std::sync::Arc;
use std::time::Duration;

use cassette_server::clock::ManualClock;
use cassette_server::config::{Config, JournalSection, RecordingConfig, Secret};
use cassette_server::serve::{Running, start};
use cassette_testkit::{Answer, Client};
use serde_json::Value;

use crate::node::START;

pub(crate) const TOKEN: &str = "phc_demo_token";
const KEY: &str = "phx_testtesttesttesttesttesttesttest";
pub(crate) const BASE: &str = "/api/projects/1/session_recordings";

/// Recordings are finished when the clock was turned by this.
pub(crate) const IDLE_MS: i64 = 400;

pub(crate) struct Served {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) client: Client,
    pub(crate) clock: Arc<ManualClock>,
    running: Running,
}

impl Served {
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    pub(crate) async fn start_in(folder: tempfile::TempDir) -> Self {
        let idle = Duration::from_millis(IDLE_MS.unsigned_abs());
        let config = Config {
            data: folder.path().to_owned(),
            listen: "127.0.0.1:0".parse().unwrap(),
            project_token: Some(Secret(TOKEN.into())),
            api_key: Some(Secret(KEY.into())),
            journal: JournalSection { cut_after: Duration::from_millis(50), ..JournalSection::default() },
            recording: RecordingConfig { finish_after_idle: idle, ..RecordingConfig::default() },
            ..Config::default()
        };
        let clock = Arc::new(ManualClock::at(START));
        let running = start(config, false, clock.clone()).await.unwrap();
        let client = Client::new(&format!("http://{}", running.address), KEY);
        Self { folder, client, clock, running }
    }

    /// Stops it; the folder is what it leaves.
    pub(crate) async fn stop(self) -> tempfile::TempDir {
        self.running.stop().await;
        self.folder
    }

    /// Asks the client something, on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&Client) -> T + Send + 'static) -> T {
        let client = self.client.clone();
        tokio::task::spawn_blocking(move || ask(&client)).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&'static str, &str)]) -> Answer {
        let path = path.to_owned();
        let headers: Vec<(&str, String)> = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.ask(move |client| {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            client.get_with(&path, &headers).unwrap()
        })
        .await
    }

    /// What a `GET` answers, which must be 200 and JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Any method, with a JSON body.
    pub(crate) async fn send(&self, method: &'static str, path: &str, body: &Value) -> Answer {
        let (path, body) = (path.to_owned(), body.to_string());
        let headers = [("content-type", "application/json")];
        self.ask(move |client| client.send(method, &path, &headers, body.as_bytes()).unwrap()).await
    }

    /// Takes a request as an SDK sends it.
    pub(crate) async fn capture(&self, body: Vec<u8>) {
        let answer = self.ask(move |client| client.post("/s/", "text/plain", &body).unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Asks again and again until the answer is there.
    pub(crate) async fn until(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..400 {
            let answer = self.get(path).await;
            if answer.status == 200 {
                let value: Value = answer.json();
                if fits(&value) {
                    return value;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let answer = self.get(path).await;
        panic!("{path} never became what was expected: {} {}", answer.status, answer.text());
    }

    /// Turns the clock until the recording is finished.
    pub(crate) async fn finish(&self, session: &str) {
        self.clock.advance(IDLE_MS + 1);
        self.until(&format!("{BASE}/{session}/blocks"), |listing| listing["live"] == false).await;
    }
}
