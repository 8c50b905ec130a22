//! Who may do what, asked of a whole server over HTTP: logins, keys, users, projects, limits, and the walks over all routes.

mod audit;
mod intake;
mod keys;
mod limits;
mod login;
#[cfg(feature = "oidc")]
mod oidc;
mod projects;
mod retention;
mod users;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use cassette_server::clock::ManualClock;
use cassette_server::config::{ApiConfig, Config, Secret};
use cassette_server::serve::{Running, start};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::items::TOKEN;
use crate::node::START;

/// The first key, which may do everything.
const ROOT: &str = "phx_root-of-the-tests";

const ADMIN_PASSWORD: &str = "correct horse battery";

/// A running server, on a clock that stands.
struct Served {
    running: Running,
    clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

/// What it answered.
#[derive(Debug)]
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

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_else(|| panic!("no error: {}", self.body)).to_owned()
    }

    /// What a browser would send back.
    fn cookie(&self) -> Option<&str> {
        self.header("set-cookie").and_then(|cookie| cookie.split(';').next())
    }

    /// The body, of an answer with that status.
    fn of(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

async fn serve() -> Served {
    serve_with(|_| {}).await
}

async fn serve_with(change: impl FnOnce(&mut Config)) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(START));
    let mut config = Config {
        data: folder.path().to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        project_token: Some(Secret(TOKEN.into())),
        api_key: Some(Secret(ROOT.into())),
        admin_password: Some(Secret(ADMIN_PASSWORD.into())),
        api: ApiConfig { requests_per_minute: 0, ..ApiConfig::default() },
        ..Config::default()
    };
    change(&mut config);
    let running = start(config, false, clock.clone()).await.unwrap();
    Served { running, clock, folder }
}

impl Served {
    /// Sends a request with these headers; `host` is said unless it is among them.
    async fn send(&self, call: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let address = self.running.address;
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str(&format!("host: {address}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        // What streams has no end; its head is there at once.
        let read = stream.read_to_end(&mut answer);
        let patience = Duration::from_secs(if path.contains("/live") { 1 } else { 60 });
        let ended = tokio::time::timeout(patience, read).await;
        assert!(ended.is_ok() || path.contains("/live"), "{call}: no end of the answer");
        read_answer(&answer)
    }

    fn origin(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// As a program with a key.
    async fn by_key(&self, key: &str, call: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(call, &[("authorization", &format!("Bearer {key}"))], body.as_bytes()).await
    }

    /// As the program with the first key.
    async fn root(&self, call: &str, body: Value) -> Answer {
        self.by_key(ROOT, call, &body).await
    }

    /// As a page of this server in a browser with a cookie.
    async fn by_cookie(&self, cookie: &str, call: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(call, &[("cookie", cookie), ("origin", &self.origin())], body.as_bytes()).await
    }

    async fn log_in(&self, with: Value) -> Answer {
        self.send("POST /api/login/", &[("origin", &self.origin())], with.to_string().as_bytes()).await
    }

    /// A new user's id.
    async fn user(&self, email: &str, members: Value) -> String {
        let mut user = json!({"email": email, "role": "member", "password": "a password"});
        user.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let made = self.root("POST /api/users/", user).await.of(201);
        made["id"].as_str().unwrap().to_owned()
    }

    /// The cookie of a user who logged in.
    async fn cookie(&self, email: &str) -> String {
        let answer = self.log_in(json!({"email": email, "password": "a password"})).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
        answer.cookie().unwrap().to_owned()
    }

    /// A key with these scopes, made by the administrator.
    async fn key(&self, scopes: Value, members: Value) -> String {
        let mut key = json!({"label": "for a test", "scopes": scopes});
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let made = self.root("POST /api/personal_api_keys/", key).await.of(201);
        made["value"].as_str().unwrap().to_owned()
    }

    /// Another project's id and token.
    async fn project(&self, name: &str) -> (u64, String) {
        let made = self.root("POST /api/projects/", json!({ "name": name })).await.of(201);
        (made["id"].as_u64().unwrap(), made["api_token"].as_str().unwrap().to_owned())
    }

    /// Puts a finished recording into a project.
    async fn import(&self, project: u64, session: &str) {
        self.import_of(project, session, START).await;
    }

    /// The same of a visit at that time.
    async fn import_of(&self, project: u64, session: &str, at: i64) {
        let events = json!([
            {"type": 4, "timestamp": at - 9000, "data": {"href": "https://shop.example/", "width": 800, "height": 600}},
            {"type": 2, "timestamp": at - 8000, "data": {"node": {"type": 0, "id": 1, "childNodes": []}, "initialOffset": {"left": 0, "top": 0}}},
            {"type": 3, "timestamp": at - 5000, "data": {"source": 2, "type": 2, "id": 1, "x": 1, "y": 2}}
        ]);
        let path = format!("POST /api/projects/{project}/session_recordings/import?session_id={session}");
        self.root(&path, events).await.of(200);
    }
}

fn read_answer(answer: &[u8]) -> Answer {
    let answer = String::from_utf8_lossy(answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let lower = head.to_lowercase();
    let body = match lower.contains("transfer-encoding: chunked") {
        true => body.split("\r\n").skip(1).step_by(2).collect(),
        false => body.to_owned(),
    };
    // Names of headers in lower case, values as they came.
    let lines = head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
        None => line.to_owned(),
    });
    Answer { status, head: lines.collect::<Vec<_>>().join("\n"), body }
}
