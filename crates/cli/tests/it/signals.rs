//! Moments of trouble in what an unmodified SDK recorded: the server, `inspect` and an offline page tell of the same ones.

use std::time::{Duration, Instant};

use cassette_testkit::{Client, fixtures};
use serde_json::Value;

use crate::run::{done, out, path};
use crate::{FINISHED_WITHIN, finished, server};

const BASE: &str = "/api/projects/@current/session_recordings";

/// The row of a recording once it was looked into.
fn row(client: &Client, session: &str) -> Value {
    let begun = Instant::now();
    loop {
        let row: Value = client.get(&format!("{BASE}/{session}/")).expect("the server answers").json();
        if row["rage_click_count"].is_u64() {
            return row;
        }
        assert!(begun.elapsed() < FINISHED_WITHIN, "nobody looked into {session}: {row}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn count(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("{name} of {row}"))
}

fn kinds(signals: &Value) -> Vec<&str> {
    signals.as_array().expect("a list").iter().map(|signal| signal["kind"].as_str().expect("a kind")).collect()
}

/// What an element of an offline page says of the recording in it.
fn listing_of_page(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"listing\">").expect("a listing");
    let (listing, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(listing).expect("JSON")
}

/// In each of these visits a button is clicked four times at once, which posthog-js notices as `$rageclick`, and one logs errors.
/// Everything else is answered by its page.
#[test]
fn what_sdks_recorded_holds_the_trouble_that_was_in_it_and_no_more() {
    let server = server();
    let client = server.client();
    let folders = fixtures();
    for folder in &folders {
        for request in &folder.requests {
            assert_eq!(request.post(&client).status, 200, "{}/{}", folder.name, request.name);
        }
    }
    let mut told = 0;
    for folder in &folders {
        for session in folder.expected.sessions.keys() {
            finished(&client, session);
            let row = row(&client, session);
            let found =
                ["rage_click_count", "dead_click_count", "error_click_count", "quick_back_count", "thrashing_count"]
                    .map(|name| count(&row, name));
            let expected = if count(&row, "click_count") > 10 { [1, 0, 1, 0, 0] } else { [0; 5] };
            assert_eq!(found, expected, "{}, session {session}", folder.name);
            told += found.iter().sum::<u64>();
        }
    }
    assert!(told >= 6, "the full visits are there: {told}");

    let full = folders.iter().find(|folder| folder.name == "latest-full").expect("the folder is there");
    let session = full.expected.sessions.keys().next().expect("one session");
    let listing: Value = client.get(&format!("{BASE}/{session}/blocks")).expect("the server answers").json();
    assert_eq!(kinds(&listing["signals"]), ["rage_click", "error_click"]);

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("visit.ndjson.zst");
    let stored = client.download(session, "ndjson.zst").expect("the server answers");
    std::fs::write(&file, &stored.body).expect("a file");
    let page = out(&done(&["inspect", path(&file)]));
    assert!(page.contains("Signals    1 rage click, 1 error click\n"), "{page}");
    let inspected: Value = serde_json::from_str(&out(&done(&["inspect", "--json", path(&file)]))).expect("JSON");
    assert_eq!(inspected["signals"]["rage_clicks"], 1);
    assert_eq!(inspected["moments"], listing["signals"]);

    let page = client.download(session, "html").expect("the server answers");
    assert_eq!(listing_of_page(&page.text())["signals"], listing["signals"]);
}
