//! `cassette import`: what it makes of files that are new, known, longer, contradicting, or damaged.

use std::{fs, path::Path};

use crate::{
    portable::{Desk, contents, examples},
    run::{all, cassette, cassette_with, done, out, path, said},
    sdk,
};

const DAY: i64 = 1_795_219_200_000;

/// An array of events: a page, and markers of these names.
pub(crate) fn events(markers: &[&str]) -> String {
    let markers = markers.iter().zip(1..).map(|(name, at)| sdk::marker(DAY + at, name));
    let all: Vec<String> = std::iter::once(sdk::full_snapshot(DAY, 100)).chain(markers).collect();
    format!("[{}]", all.join(","))
}

/// All files below a folder with their bytes.
fn below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder").map(|entry| entry.expect("a readable folder")) {
        match entry.path() {
            path if path.is_dir() => files.extend(below(&path)),
            path => files.push((path.display().to_string(), fs::read(&path).expect("a readable file"))),
        }
    }
    files.sort();
    files
}

/// The recordings of a store, as they lie there.
fn objects(store: &str) -> Vec<(String, Vec<u8>)> {
    let projects = Path::new(store).join("projects");
    if projects.exists() { below(&projects) } else { Vec::new() }
}

#[test]
fn importing_the_same_thing_twice_changes_nothing_in_whichever_form_it_comes() {
    let desk = Desk::new();
    let store = desk.at("store");
    let file = desk.file("a.json", events(&["one", "two"]));
    let first = done(&["import", &file, "--data", &store]);
    let id = out(&first).split_whitespace().next().expect("the session id").to_owned();
    let before = objects(&store);
    assert_eq!(before.len(), 1);
    for form in ["ndjson", "protobuf", "rrweb", "posthog-json"] {
        let copy = desk.at(form);
        done(&["export", &id, "--data", &store, "--to", &copy, "--format", form]);
        let again = done(&["import", &copy, "--data", &store, "--json"]);
        let told: serde_json::Value = serde_json::from_slice(&again.stdout).expect("it is JSON");
        assert_eq!((&told[0]["outcome"], &told[0]["session_id"]), (&"unchanged".into(), &id.as_str().into()), "{form}");
        assert!(objects(&store) == before, "{form}");
    }
    let zipped = cassette_with(&["import", "-", "--data", &store], &sdk::gzip(events(&["one", "two"]).as_bytes()));
    assert!(out(&zipped).contains("unchanged"), "{}", all(&zipped));
    assert!(objects(&store) == before);
}

#[test]
fn a_longer_file_of_a_session_is_its_next_revision_and_a_shorter_one_changes_nothing() {
    let desk = Desk::new();
    let store = desk.at("store");
    let short = desk.file("short.json", events(&["one"]));
    let long = desk.file("long.json", events(&["one", "two"]));
    let import = |file: &str| out(&done(&["import", file, "--data", &store, "--session-id", "a"]));
    assert!(import(&short).contains("created"));
    assert!(import(&long).contains("extended"));
    assert!(import(&short).contains("unchanged"));
    assert!(import(&long).contains("unchanged"));
    let names: Vec<String> = objects(&store).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 2, "nothing is overwritten: {names:?}");
    assert!(names.iter().any(|name| name.ends_with("/a.r2.ndjson.zst")), "{names:?}");
    let verify = done(&["verify", "--data", &store]);
    assert!(out(&verify).contains("2 recording files"), "{}", all(&verify));
    let export = done(&["export", "a", "--data", &store, "--to", "-", "--format", "ndjson"]);
    assert!(out(&export).contains(r#""revision":2,"earlier_revision":1"#), "{}", all(&export));
    assert!(out(&export).contains(r#""name":"two""#));
    assert_eq!(cassette_with(&["verify", "-"], &export.stdout).status.code(), Some(0));
}

#[test]
fn a_file_that_contradicts_what_is_here_is_refused_with_a_way_out() {
    let desk = Desk::new();
    let store = desk.at("store");
    let import = |content: &str, id: &str| {
        let file = desk.file("x.json", content);
        cassette(&["import", &file, "--data", &store, "--session-id", id])
    };
    assert_eq!(import(&events(&["one", "two"]), "a").status.code(), Some(0));
    let before = objects(&store);
    let refused = import(&events(&["one", "other"]), "a");
    assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
    assert!(
        said(&refused).contains("1 of 3 events are new") && said(&refused).contains("--session-id"),
        "{}",
        all(&refused)
    );
    assert!(objects(&store) == before);
    assert_eq!(import(&events(&["one", "other"]), "b").status.code(), Some(0));
    assert_eq!(objects(&store).len(), 2);
}

#[test]
fn a_bad_file_does_not_keep_the_good_ones_from_being_imported() {
    let desk = Desk::new();
    let (store, folder) = (desk.at("store"), desk.at("in"));
    fs::create_dir_all(Path::new(&folder).join("deeper")).expect("a writable folder");
    let put =
        |name: &str, content: &[u8]| fs::write(Path::new(&folder).join(name), content).expect("a writable folder");
    put("1-good.json", events(&["one"]).as_bytes());
    put("2-cut.json", &events(&["two"]).as_bytes()[..300]);
    put("3-list.txt", b"eggs, milk");
    put("4-empty", b"");
    put("5-two.json", format!("{}{}", events(&["a"]), events(&["b"])).as_bytes());
    put("6-bom.json", format!("\u{feff}{}", events(&["a"])).as_bytes());
    put("deeper/good.json", events(&["deep"]).as_bytes());
    let import = cassette(&["import", &folder, "--data", &store]);
    assert_eq!(import.status.code(), Some(1), "{}", all(&import));
    assert_eq!(out(&import).lines().count(), 2, "{}", all(&import));
    for bad in ["2-cut.json", "3-list.txt", "4-empty", "5-two.json", "6-bom.json"] {
        assert!(said(&import).lines().any(|line| line.contains(bad)), "{bad}: {}", all(&import));
    }
    assert_eq!(objects(&store).len(), 2);
    assert_eq!(contents(&Path::new(&store).join("spool")).len(), 0, "nothing is left half done");
    let json = cassette(&["import", &folder, "--data", &store, "--json"]);
    let told: Vec<serde_json::Value> = serde_json::from_slice(&json.stdout).expect("it is JSON");
    assert_eq!((json.status.code(), told.len()), (Some(1), 7));
    assert_eq!(told.iter().filter(|file| file["error"].is_string()).count(), 5);
}

#[test]
fn a_damaged_recording_is_refused_with_the_line() {
    let desk = Desk::new();
    let store = desk.at("store");
    let good = desk.at("good.ndjson");
    done(&["convert", path(&examples()[0]), &good]);
    let text = fs::read_to_string(&good).expect("it was written");
    let bad = desk.file("bad.ndjson", text.replacen(r#""timestamp":10,"#, r#""timestamp":11,"#, 1));
    let refused = cassette(&["import", &bad, "--data", &store]);
    assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
    assert!(said(&refused).contains("line"), "{}", all(&refused));
    assert_eq!(objects(&store).len(), 0);
}

#[test]
fn the_list_after_a_rebuild_is_the_one_before() {
    let desk = Desk::new();
    let store = desk.at("store");
    for example in examples() {
        done(&["import", path(&example), "--data", &store]);
    }
    let long = desk.file("long.json", events(&["one", "two"]));
    let short = desk.file("short.json", events(&["one"]));
    for file in [&short, &long] {
        done(&["import", file, "--data", &store, "--session-id", "extended"]);
    }
    let list = || out(&done(&["list", "--data", &store, "--json"]));
    let before = list();
    for name in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
        fs::remove_file(Path::new(&store).join(name)).ok();
    }
    done(&["rebuild", "--data", &store]);
    assert_eq!(list(), before);
    assert!(before.contains("extended"), "{before}");
}

#[test]
fn an_object_without_a_row_is_found_by_the_next_import() {
    let desk = Desk::new();
    let (store, other) = (desk.at("store"), desk.at("other"));
    let file = desk.file("a.json", events(&["one"]));
    done(&["import", &desk.file("b.json", events(&["else"])), "--data", &store]);
    done(&["import", &file, "--data", &other]);
    // As a process leaves it that died between the two: the object is there, the row is not.
    let (object, bytes) = objects(&other).remove(0);
    let place = Path::new(&store).join(Path::new(&object).strip_prefix(&other).expect("it lies in it"));
    fs::create_dir_all(place.parent().expect("it has a folder")).expect("a writable folder");
    fs::write(&place, &bytes).expect("a writable folder");
    assert_eq!(out(&done(&["list", "--data", &store])).lines().count(), 2);
    let import = done(&["import", &file, "--data", &store]);
    assert!(out(&import).contains("unchanged"), "{}", all(&import));
    assert_eq!(out(&done(&["list", "--data", &store])).lines().count(), 3);
    assert!(fs::read(&place).expect("it is there") == bytes);
}

#[test]
fn verify_finds_what_happened_to_an_imported_file() {
    let desk = Desk::new();
    let store = desk.at("store");
    done(&["import", &desk.file("a.json", events(&["one"])), "--data", &store]);
    done(&["verify", "--data", &store]);
    let (object, mut bytes) = objects(&store).remove(0);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&object, bytes).expect("a writable folder");
    let verify = cassette(&["verify", "--data", &store]);
    assert_eq!(verify.status.code(), Some(1), "{}", all(&verify));
    assert!(out(&verify).contains("1 is damaged"), "{}", all(&verify));
}

#[test]
fn a_folder_of_something_else_is_not_written_into() {
    let desk = Desk::new();
    let file = desk.file("a.json", events(&["one"]));
    let other = desk.at("other");
    fs::create_dir(&other).expect("a writable folder");
    fs::write(Path::new(&other).join("letter.txt"), "dear").expect("a writable folder");
    let refused = cassette(&["import", &file, "--data", &other]);
    assert_eq!(refused.status.code(), Some(2), "{}", all(&refused));
    assert_eq!(contents(Path::new(&other)).len(), 1);
    let two = cassette(&["import", &file, &file, "--data", &desk.at("store"), "--session-id", "a"]);
    assert_eq!(two.status.code(), Some(2), "{}", all(&two));
}
