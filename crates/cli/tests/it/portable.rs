//! A recording leaves and comes back unchanged, in every form: recorded or imported, exported, imported into another store,
//! exported again, equal.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use cassette_testkit::{Export, fixtures};
use tempfile::TempDir;

use crate::{
    finished,
    run::{all, cassette, cassette_with, done, out, path, said},
    server,
};

/// The examples of PostHog's own exports.
pub(crate) fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/exports");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json" || ending == "jsonl"));
    files.sort();
    assert_eq!(files.len(), 4, "{files:?}");
    files
}

/// A folder's files, by name. Hidden ones are the exporter's own.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a readable folder").map(|entry| entry.expect("a readable folder"));
    entries
        .map(|entry| (entry.file_name().into_string().expect("a plain name"), entry.path()))
        .filter(|(name, _)| !name.starts_with('.'))
        .map(|(name, path)| (name, fs::read(path).expect("a readable file")))
        .collect()
}

/// A place for stores and exports of one test.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn at(&self, name: &str) -> String {
        path(&self.0.path().join(name)).to_owned()
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let file = self.at(name);
        fs::write(&file, content).expect("a writable folder");
        file
    }

    /// Exports all of a store; returns the files.
    fn export(&self, store: &str, to: &str, words: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let to = self.at(to);
        done(&[&["export", "--all", "--data", store, "--to", &to], words].concat());
        contents(Path::new(&to))
    }
}

/// The forms that come back, and what names each session for those that do not say it themselves.
const FORMS: [&[&str]; 7] = [
    &["--format", "ndjson.zst"],
    &["--format", "ndjson"],
    &["--format", "ndjson", "--compression", "gzip"],
    &["--format", "protobuf"],
    &["--format", "protobuf", "--compression", "zstd"],
    &["--format", "posthog-json"],
    &["--format", "posthog-json", "--compression", "gzip"],
];

/// Exports a store in every form, imports each export into a store of its own, and exports that again: the same files. Our
/// own forms also bring back every line, and the stored file the stored file: its index names the items, which lines do not.
fn comes_back(desk: &Desk, store: &str) {
    let stored = desk.export(store, "stored", &[]);
    let lines = desk.export(store, "lines", &["--format", "ndjson"]);
    assert!(!stored.is_empty());
    for (number, form) in FORMS.iter().enumerate() {
        let first = desk.export(store, &format!("first-{number}"), form);
        assert_eq!(first.len(), stored.len(), "{form:?}");
        let second_store = desk.at(&format!("store-{number}"));
        done(&["import", &desk.at(&format!("first-{number}")), "--data", &second_store]);
        let second = desk.export(&second_store, &format!("second-{number}"), form);
        same(&first, &second, form);
        if form.contains(&"ndjson.zst") {
            same(&stored, &desk.export(&second_store, "stored-again", &[]), form);
        }
        if !form.contains(&"posthog-json") {
            let words = ["--format", "ndjson"];
            same(&lines, &desk.export(&second_store, &format!("lines-{number}"), &words), form);
        }
    }
    rrweb_comes_back(desk, store, stored.len());
}

/// An array of events names no session: each gets one that follows from its content.
fn rrweb_comes_back(desk: &Desk, store: &str, recordings: usize) {
    let form = ["--format", "rrweb"];
    let first = desk.export(store, "first-rrweb", &form);
    let second_store = desk.at("store-rrweb");
    let import = done(&["import", &desk.at("first-rrweb"), "--data", &second_store]);
    assert_eq!(out(&import).lines().filter(|line| line.starts_with("import-")).count(), recordings);
    let second = desk.export(&second_store, "second-rrweb", &form);
    let sorted = |files: BTreeMap<String, Vec<u8>>| {
        let mut files: Vec<Vec<u8>> = files.into_values().collect();
        files.sort();
        files
    };
    let (mut first, second) = (sorted(first), sorted(second));
    // Two recordings with the same events and no names are one.
    first.dedup();
    assert!(first == second, "the arrays of events came back otherwise");
}

fn same(first: &BTreeMap<String, Vec<u8>>, second: &BTreeMap<String, Vec<u8>>, form: &[&str]) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(first), names(second), "{form:?}");
    for (name, content) in first {
        assert!(content == &second[name], "{name} came back otherwise in {form:?}");
    }
}

#[test]
fn every_example_export_comes_back_in_every_form() {
    for example in examples() {
        let desk = Desk::new();
        let store = desk.at("store");
        let import = done(&["import", path(&example), "--data", &store]);
        assert!(out(&import).contains("created"), "{}", all(&import));
        comes_back(&desk, &store);
    }
}

#[test]
fn every_recorded_session_comes_back_in_every_form() {
    let mut server = server();
    let client = server.client();
    let folders = fixtures();
    for request in folders.iter().flat_map(|folder| &folder.requests) {
        assert_eq!(request.post(&client).status, 200);
    }
    for session in folders.iter().flat_map(|folder| folder.expected.sessions.keys()) {
        let _ = finished(&client, session);
    }
    drop(server.terminate());
    comes_back(&Desk::new(), path(server.data()));
}

#[test]
fn the_three_kinds_of_posthogs_export_hold_the_same_events() {
    let mut found = Vec::new();
    for example in examples() {
        let converted = done(&["convert", path(&example), "-", "--format", "ndjson"]);
        let export = Export::read(&converted.stdout).unwrap_or_else(|why| panic!("{}: {why}", example.display()));
        let events: Vec<serde_json::Value> = export
            .events()
            .map(|line| serde_json::from_str(line.event_text().expect("an event")).expect("it is JSON"))
            .collect();
        found.push((export.meta.started_at, events));
    }
    // The older export, and the two of one session with their two kinds of window ids.
    assert_eq!(found[0], found[1]);
    assert_eq!(found[1], found[2]);
}

#[test]
fn convert_goes_from_any_form_to_any_other_and_back() {
    let desk = Desk::new();
    let example = examples().remove(2);
    let whole = desk.at("whole.ndjson.zst");
    done(&["convert", path(&example), &whole]);
    assert_eq!(cassette(&["verify", &whole]).status.code(), Some(0));
    let lines = |file: &str| done(&["convert", file, "-", "--format", "ndjson"]).stdout;
    let original = lines(&whole);
    for ending in ["ndjson", "ndjson.gz", "ndjson.zst", "cassette.pb", "cassette.pb.gz"] {
        let (there, back) = (desk.at(&format!("a.{ending}")), desk.at(&format!("{ending}.ndjson.zst")));
        done(&["convert", &whole, &there]);
        done(&["convert", &there, &back]);
        assert!(lines(&back) == original, "{ending}");
    }
    let posthog = done(&["convert", &whole, "-", "--format", "posthog-json"]);
    let back = cassette_with(&["convert", "-", &desk.at("b.ndjson.zst")], &posthog.stdout);
    assert_eq!(back.status.code(), Some(0), "{}", all(&back));
    assert!(lines(&desk.at("b.ndjson.zst")) == original, "through PostHog's form");
    let rrweb = done(&["convert", &whole, &desk.at("c.rrweb.json")]);
    assert!(said(&rrweb).contains("left out"), "the windows have no place there: {}", all(&rrweb));
}

#[test]
fn convert_names_what_is_wrong_and_leaves_nothing() {
    let desk = Desk::new();
    let bad = desk.file("bad.json", r#"{"version":"2023-04-28","data":{"id":"a","snapshots":[{"type":4,"#);
    let to = desk.at("out.ndjson");
    let refused = cassette(&["convert", &bad, &to]);
    assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
    assert!(said(&refused).contains("bad.json"), "{}", all(&refused));
    assert!(!Path::new(&to).exists());
    let good = path(&examples()[0]).to_owned();
    done(&["convert", &good, &to]);
    assert_eq!(cassette(&["convert", &good, &to]).status.code(), Some(2), "it is there already");
    done(&["convert", &good, &to, "--force"]);
    assert_eq!(cassette(&["convert", &good, &desk.at("x.json")]).status.code(), Some(2), "no form's ending");
    assert_eq!(cassette(&["convert", &desk.at("missing"), "-", "--format", "ndjson"]).status.code(), Some(2));
    assert_eq!(contents(desk.0.path()).into_keys().collect::<Vec<_>>(), ["bad.json", "out.ndjson"]);
}

#[test]
fn inspect_shows_what_is_in_a_file_of_any_form() {
    for example in examples() {
        let inspect = done(&["inspect", path(&example), "--json"]);
        let seen: serde_json::Value = serde_json::from_slice(&inspect.stdout).expect("it is JSON");
        assert_eq!((&seen["events"], &seen["pages"][0]["href"]), (&7.into(), &"https://example.com/".into()), "{seen}");
        assert!(seen["recognised_as"].as_str().is_some_and(|kind| kind.contains("PostHog")), "{seen}");
        assert!(out(&done(&["inspect", path(&example)])).contains("PostHog"));
    }
    let desk = Desk::new();
    let refused = cassette(&["inspect", &desk.file("list.txt", "eggs, milk")]);
    assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
}
