//! Requests of unmodified SDKs, as received: `fixtures/capture/<folder>/`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{Answer, Client};

/// One folder of recorded requests.
pub struct Folder {
    /// The folder's name, such as `latest-full`.
    pub name: String,
    /// The requests, in the order in which they were received.
    pub requests: Vec<CapturedRequest>,
    /// What a correct server holds after taking all of them.
    pub expected: Expected,
}

/// One recorded request.
pub struct CapturedRequest {
    /// The file's name without its ending, such as `009-s`.
    pub name: String,
    /// Path and query.
    pub target: String,
    /// The `Content-Type` header.
    pub content_type: String,
    /// The exact bytes of the body.
    pub body: Vec<u8>,
}

impl CapturedRequest {
    /// Whether it carries snapshots.
    #[must_use]
    pub fn is_snapshots(&self) -> bool {
        self.target.starts_with("/s/")
    }

    /// Sends it as it was sent.
    ///
    /// # Panics
    /// When the connection breaks.
    #[must_use]
    pub fn post(&self, client: &Client) -> Answer {
        client
            .post(&self.target, &self.content_type, &self.body)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// The content of `expected.json`.
#[derive(Debug, Deserialize)]
pub struct Expected {
    /// By session id.
    pub sessions: BTreeMap<String, ExpectedSession>,
}

/// What is to be held of one session.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub struct ExpectedSession {
    /// Windows, sorted.
    pub window_ids: Vec<String>,
    /// Distinct ids of the snapshot items, sorted.
    pub distinct_ids: Vec<String>,
    /// Snapshot items without repeats.
    pub items: usize,
    /// rrweb events of those items.
    pub rrweb_events: usize,
    /// The earliest event's own time.
    pub first_ts: i64,
    /// The latest event's own time.
    pub last_ts: i64,
    /// Events per label.
    pub counts: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct Sidecar {
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

/// All folders below `fixtures/capture`.
///
/// # Panics
/// When a file is missing or is not what the README there says.
#[must_use]
pub fn fixtures() -> Vec<Folder> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/capture");
    let mut folders: Vec<PathBuf> = children(&root).into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().map(|folder| read_folder(folder)).collect()
}

fn read_folder(path: &Path) -> Folder {
    let mut bodies: Vec<PathBuf> =
        children(path).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "body")).collect();
    bodies.sort();
    let mut expected: Expected = parse(&path.join("expected.json"));
    for session in expected.sessions.values_mut() {
        session.window_ids.sort();
        session.distinct_ids.sort();
    }
    Folder { name: name_of(path), requests: bodies.iter().map(|body| read_request(body)).collect(), expected }
}

fn read_request(body: &Path) -> CapturedRequest {
    let sidecar: Sidecar = parse(&body.with_extension("json"));
    let query: Vec<String> = sidecar.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    CapturedRequest {
        name: name_of(body),
        target: format!("{}{mark}{}", sidecar.path, query.join("&")),
        content_type: sidecar.headers.get("content-type").cloned().unwrap_or_default(),
        body: fs::read(body).unwrap_or_else(|error| panic!("{}: {error}", body.display())),
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect()
}

fn name_of(path: &Path) -> String {
    let stem = path.file_stem().expect("a file has a name");
    stem.to_string_lossy().into_owned()
}

fn parse<T: for<'a> Deserialize<'a>>(file: &Path) -> T {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
