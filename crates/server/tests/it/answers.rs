//! Rule 15: what a request is answered. The SDK drops for good what is answered 4xx and sends again what is answered 503,
//! so the status decides on data.

use std::sync::Arc;

use cassette_server::clock::SystemClock;
use cassette_server::config::{Config, JournalSection, Secret};
use cassette_server::serve::{Running, start};
use cassette_testkit::{Answer, Client};

use crate::items::{Item, TOKEN};
use crate::node::START;

const KEY: &str = "phx_testtesttesttesttesttesttesttest";

/// A whole server in this process.
struct Served {
    folder: tempfile::TempDir,
    running: Running,
    client: Client,
}

async fn serve(journal: JournalSection) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: folder.path().to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        project_token: Some(Secret(TOKEN.into())),
        api_key: Some(Secret(KEY.into())),
        journal,
        ..Config::default()
    };
    let running = start(config, false, Arc::new(SystemClock)).await.unwrap();
    let client = Client::new(&format!("http://{}", running.address), KEY);
    Served { folder, running, client }
}

impl Served {
    async fn post(&self, path: &str, body: Vec<u8>) -> Answer {
        let (client, path) = (self.client.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || client.post(&path, "text/plain", &body).unwrap()).await.unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        let (client, path) = (self.client.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || client.get(&path).unwrap()).await.unwrap()
    }

    /// Files below the quarantine, when all that was posted is flushed.
    async fn quarantined(self) -> usize {
        self.running.stop().await;
        count(&self.folder.path().join("quarantine"))
    }
}

fn count(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_a_project_is_taken_and_what_does_not_is_refused_with_the_reason() {
    let server = serve(JournalSection::default()).await;
    let good = Item::new("s", 1).event(START, "one").body();
    let text = String::from_utf8(good.clone()).unwrap();
    let cut = good[..good.len() - 2].to_vec();
    let no_token = text.replace(TOKEN, "").replace("\"token\":\"\",", "");
    let cases: [(&str, Vec<u8>, u16, &str); 6] = [
        ("a good body", good, 200, r#"{"status":1}"#),
        ("a body that is cut off behind its token", cut, 200, r#"{"status":1}"#),
        ("an unknown token", text.replace(TOKEN, "phc_nobody").into_bytes(), 401, "unknown_token"),
        ("no token", no_token.into_bytes(), 400, "no_token"),
        ("no JSON", b"hello".to_vec(), 400, "not_json"),
        ("nothing", Vec::new(), 400, ""),
    ];
    for (what, body, status, says) in cases {
        let answer = server.post("/s/", body).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert!(answer.text().contains(says), "{what}: {}", answer.text());
    }
    assert_eq!(server.quarantined().await, 1, "the one that was cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_journal_is_answered_503() {
    let journal = JournalSection { max_backlog_bytes: 3000, ..JournalSection::default() };
    let server = serve(journal).await;
    let mut last = 200;
    for number in 0..100 {
        last = server.post("/s/", Item::new("s", number).event(START, "one").body()).await.status;
        if last != 200 {
            break;
        }
    }
    assert_eq!(last, 503, "never 429, which the SDK takes as a refusal for good");
}

/// A token is known or unknown whatever the catalog does; and what was taken is there when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_is_down_is_never_answered_401() {
    let server = serve(JournalSection::default()).await;
    let catalog = rusqlite::Connection::open(server.folder.path().join("catalog.sqlite")).unwrap();
    catalog.execute_batch("ALTER TABLE recording RENAME TO recording_away").unwrap();

    let taken = server.post("/s/", Item::new("s", 1).event(START, "one").body()).await;
    assert_eq!(taken.status, 200, "the journal needs no catalog: {}", taken.text());
    for path in ["", "s/", "s/blocks", "s/recording"] {
        let answer = server.get(&format!("/api/projects/1/session_recordings/{path}")).await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
    }
    catalog.execute_batch("ALTER TABLE recording_away RENAME TO recording").unwrap();
    for _ in 0..200 {
        if server.get("/api/projects/1/session_recordings/s/").await.status == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("what was taken meanwhile never appeared");
}
