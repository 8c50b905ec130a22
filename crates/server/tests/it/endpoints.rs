//! The endpoints that SDKs call: each exists with and without the last slash, answers what the SDK looks for, and lets
//! other origins in; nothing else does. `docs/compat.md` points here.

use std::sync::Arc;

use cassette_server::clock::SystemClock;
use cassette_server::config::{Config, Secret};
use cassette_server::serve::{Running, start};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::items::{Item, TOKEN};
use crate::node::START;

const ORIGIN: &str = "https://shop.example";

struct Served {
    _folder: tempfile::TempDir,
    running: Running,
}

async fn serve() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: folder.path().to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        project_token: Some(Secret(TOKEN.into())),
        ..Config::default()
    };
    let running = start(config, false, Arc::new(SystemClock)).await.unwrap();
    Served { _folder: folder, running }
}

/// Status, head and body of an answer.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&prefix))
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Served {
    /// Sends a request as a page of another origin does.
    async fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let address = self.running.address;
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\norigin: {ORIGIN}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let head = head.replace("\r\n", "\n").to_lowercase();
        let body = match head.contains("transfer-encoding: chunked") {
            true => body.split("\r\n").skip(1).step_by(2).collect(),
            false => body.to_owned(),
        };
        Answer { status, head, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", b"").await
    }
}

fn assert_lets_others_in(path: &str, answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{path}: {}", answer.head);
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"), "{path}");
    assert!(answer.head.contains("vary: origin"), "{path}: {}", answer.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_that_takes_data_answers_200_with_json_with_and_without_the_slash() {
    let server = serve().await;
    for (number, path) in ["/s", "/e", "/i/v0/e", "/batch", "/capture", "/track", "/engage"].into_iter().enumerate() {
        for (slash, path) in [path.to_owned(), format!("{path}/")].into_iter().enumerate() {
            let item = Item::new("s", u32::try_from(number * 2 + slash).unwrap()).event(START, "x");
            let query = format!("{path}?ip=0&_=1795245310102&ver=1.297.2&compression=gzip-js");
            let answer = server.send("POST", &query, "content-type: text/plain\r\n", &item.body()).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":1}"#), "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
            assert_lets_others_in(&path, &answer);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn preflights_are_answered_with_what_was_asked_for() {
    let server = serve().await;
    let asks = "access-control-request-method: POST\r\naccess-control-request-headers: content-type,x-own\r\n";
    let config = format!("/array/{TOKEN}/config");
    for path in ["/s/", "/e", "/i/v0/e/", "/flags/", "/decide", &config, "/static/lazy-recorder.js"] {
        let answer = server.send("OPTIONS", path, asks, b"").await;
        assert_eq!(answer.status, 204, "{path}");
        assert_lets_others_in(path, &answer);
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,x-own"), "{path}");
        assert!(answer.header("access-control-allow-methods").unwrap().contains("post"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_can_be_read_by_the_page_too() {
    let server = serve().await;
    let answer = server.send("POST", "/s/", "", b"no json").await;
    assert_eq!(answer.status, 400);
    assert_lets_others_in("/s/", &answer);
    assert_eq!(answer.json()["code"], "not_json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_and_the_pages_let_no_other_origin_in() {
    let server = serve().await;
    for path in ["/", "/api/me", "/api/projects/1/session_recordings/", "/recordings/s", "/_health", "/metrics"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_generations_of_the_sdk_find_their_configuration() {
    let server = serve().await;
    let config = server.get(&format!("/array/{TOKEN}/config")).await;
    assert_eq!(config.status, 200);
    assert_eq!(config.json()["sessionRecording"]["endpoint"], "/s/");
    assert!(config.header("cache-control").unwrap().contains("max-age=60"));
    let script = server.get(&format!("/array/{TOKEN}/config.js")).await;
    assert!(script.header("content-type").unwrap().starts_with("application/javascript"));
    assert!(script.body.contains("_POSTHOG_REMOTE_CONFIG") && script.body.contains(TOKEN));

    let asked = format!("{{\"token\":\"{TOKEN}\",\"distinct_id\":\"ann\"}}");
    for path in ["/flags", "/flags/"] {
        let with = server.send("POST", &format!("{path}?v=2&config=true"), "", asked.as_bytes()).await;
        assert_eq!(with.json()["sessionRecording"]["endpoint"], "/s/", "{path}");
        let without = server.send("POST", &format!("{path}?v=2"), "", asked.as_bytes()).await;
        assert!(without.json().get("sessionRecording").is_none() && without.json()["flags"].is_object(), "{path}");
        assert_lets_others_in(path, &without);
    }
    for path in ["/decide", "/decide/"] {
        let answer = server.send("POST", &format!("{path}?v=3"), "", asked.as_bytes()).await;
        assert_eq!(answer.json()["sessionRecording"]["endpoint"], "/s/", "{path}");
        assert!(answer.json()["featureFlags"].is_object(), "{path}");
    }
    for path in ["/array/phc_nobody/config", "/array/phc_nobody/config.js"] {
        assert_eq!(server.get(path).await.status, 401, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_are_there_under_every_version_and_what_is_not_there_is_404() {
    let server = serve().await;
    for path in ["/static/lazy-recorder.js?v=1.297.2", "/static/1.449.2/lazy-recorder.js", "/static/array.js"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").unwrap().contains("javascript"), "{path}");
        assert_lets_others_in(path, &answer);
    }
    let array = server.get(&format!("/array/{TOKEN}/array.js")).await;
    assert!(array.status == 200 && array.body.contains(TOKEN));
    for path in ["/static/no-such.js", "/static/1.449.2/no-such.js", "/static/../index.html", "/static/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}
