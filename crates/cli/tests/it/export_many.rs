//! `cassette export` of many recordings: all, by filter, resumed.

use std::{fs, path::Path};

use crate::{
    portable::{Desk, contents, examples},
    run::{all, cassette, done, out, path, said},
    sdk,
};

/// A store with six recordings of different persons and days.
fn store(desk: &Desk) -> String {
    let store = desk.at("store");
    for n in 0..6 {
        let day = 1_795_219_200_000 + i64::from(n) * 86_400_000;
        let events = [sdk::full_snapshot(day, 100), sdk::marker(day + 1, "a")].join(",");
        let person = if n % 2 == 0 { "ann" } else { "bob" };
        let file = desk.file(
            &format!("{n}.json"),
            format!(
                r#"{{"version":"2023-04-28","data":{{"id":"visit-{n}","person":{{"distinct_ids":["{person}"],"properties":{{}}}},"snapshots":[{events}]}}}}"#
            ),
        );
        done(&["import", &file, "--data", &store]);
    }
    store
}

/// What a call wrote.
fn report(words: &[&str]) -> String {
    out(&done(words)).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn an_export_of_all_goes_on_where_it_was_broken_off() {
    for form in [
        &["--format", "ndjson.zst"][..],
        &["--format", "rrweb"],
        &["--format", "posthog-json", "--compression", "gzip"],
    ] {
        let desk = Desk::new();
        let (store, to) = (store(&desk), desk.at("out"));
        let words = [&["export", "--all", "--data", &store, "--to", &to], form].concat();
        assert!(report(&words).starts_with("6 recordings written to"));
        let whole = contents(Path::new(&to));
        assert_eq!(whole.len(), 6);
        assert!(report(&words).contains("0 recordings written to") && report(&words).ends_with("6 there already"));
        // One is missing, one was cut off, and a third is somebody else's.
        let names: Vec<&String> = whole.keys().collect();
        let at = |n: usize| Path::new(&to).join(names[n]);
        fs::remove_file(at(0)).expect("it is there");
        fs::write(at(1), &whole[names[1]][..40]).expect("a writable folder");
        let again = report(&words);
        assert!(again.starts_with("2 recordings written to") && again.ends_with("4 there already"), "{again}");
        assert!(contents(Path::new(&to)) == whole);
        let foreign = vec![b'x'; 1 << 20];
        fs::write(at(2), &foreign).expect("a writable folder");
        let refused = cassette(&words);
        assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
        assert!(said(&refused).contains(names[2].as_str()), "{}", all(&refused));
        assert!(fs::read(at(2)).expect("it is there") == foreign, "what is not ours is left alone");
        done(&[&words[..], &["--force"]].concat());
        assert!(contents(Path::new(&to)) == whole);
    }
}

#[test]
fn a_newer_revision_takes_the_place_of_an_older_export() {
    let desk = Desk::new();
    let (store, to) = (store(&desk), desk.at("out"));
    let words = ["export", "--all", "--data", &store, "--to", &to, "--format", "rrweb"];
    done(&words);
    let before = contents(Path::new(&to));
    let day = 1_795_219_200_000;
    let events = [sdk::full_snapshot(day, 100), sdk::marker(day + 1, "a"), sdk::marker(day + 2, "more")].join(",");
    let file = desk.file("more.json", format!("[{events}]"));
    let import = done(&["import", &file, "--data", &store, "--session-id", "visit-0"]);
    assert!(out(&import).contains("extended"), "{}", all(&import));
    let again = report(&words);
    assert!(again.starts_with("1 recording written to") && again.ends_with("5 there already"), "{again}");
    let after = contents(Path::new(&to));
    let changed: Vec<&String> = before.keys().filter(|name| before[*name] != after[*name]).collect();
    assert_eq!(changed, ["visit-0.rrweb.json"]);
}

#[test]
fn a_filter_chooses_whose_and_since_when_and_names_choose_exactly() {
    let desk = Desk::new();
    let store = store(&desk);
    let exported = |to: &str, words: &[&str]| -> Vec<String> {
        let to = desk.at(to);
        done(&[&["export", "--data", &store, "--to", &to], words].concat());
        contents(Path::new(&to)).into_keys().collect()
    };
    assert_eq!(
        exported("ann", &["--distinct-id", "ann"]),
        ["visit-0.ndjson.zst", "visit-2.ndjson.zst", "visit-4.ndjson.zst"]
    );
    let since = exported("since", &["--since", "2026-11-25", "--format", "ndjson"]);
    assert_eq!(since, ["visit-4.ndjson", "visit-5.ndjson"]);
    let named = exported("named", &["--session", "visit-1", "--session", "visit-3"]);
    assert_eq!(named, ["visit-1.ndjson.zst", "visit-3.ndjson.zst"]);
    let to = desk.at("missing");
    let missing = cassette(&["export", "--data", &store, "--to", &to, "--session", "visit-1", "--session", "visit-9"]);
    assert_eq!(missing.status.code(), Some(1), "{}", all(&missing));
    assert!(said(&missing).contains("visit-9"), "{}", all(&missing));
    assert_eq!(contents(Path::new(&to)).len(), 1, "the other one is exported all the same");
}

#[test]
fn one_export_says_its_form_by_the_ending_and_what_it_leaves_out() {
    let desk = Desk::new();
    let store = desk.at("store");
    done(&["import", path(&examples()[1]), "--data", &store, "--session-id", "a"]);
    let gzip = [0x1F, 0x8B];
    for (ending, beginning) in [
        ("ndjson", &b"{\"type\":\"meta\""[..]),
        ("ndjson.gz", &gzip),
        ("ndjson.zst", &[0x28, 0xB5, 0x2F, 0xFD]),
        ("posthog.json", b"{"),
        ("rrweb.json", b"["),
        ("rrweb.json.gz", &gzip),
        ("html", b"<!"),
    ] {
        let to = desk.at(&format!("a.{ending}"));
        let export = done(&["export", "a", "--data", &store, "--to", &to]);
        assert!(fs::read(&to).expect("it is written").starts_with(beginning), "{ending}");
        let lossy = ending.starts_with("rrweb");
        assert!(!lossy || said(&export).contains("left out"), "{ending}: {}", all(&export));
    }
    let none = cassette(&["export", "a", "--data", &store, "--to", &desk.at("a.json")]);
    assert_eq!(none.status.code(), Some(2), "more than one form is JSON: {}", all(&none));
}
