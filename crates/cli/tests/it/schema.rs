//! The description of the API: `docs/openapi.json` is what the server says, so that a change of the API is seen in review.
//!
//! `CASSETTE_UPDATE_SCHEMA=1 cargo test -p cassette-cli --test it schema` writes the file anew.

use std::{collections::BTreeSet, env, fs, path::Path};

use serde_json::Value;

use crate::server;

fn served() -> Value {
    let server = server();
    let answer = server.client().get("/api/schema/").expect("the server answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn the_api_is_the_one_that_is_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let served = format!("{:#}\n", served());
    if env::var_os("CASSETTE_UPDATE_SCHEMA").is_some() {
        fs::write(&path, &served).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let differs = written.lines().zip(served.lines()).enumerate().find(|(_, (written, served))| written != served);
    assert!(
        differs.is_none(),
        "docs/openapi.json differs from what the server says at line {differs:?}; see schema.rs"
    );
    assert_eq!(written.len(), served.len(), "docs/openapi.json differs from what the server says in its length");
}

#[test]
fn every_call_has_a_name_of_its_own_and_says_what_it_does_and_may_answer() {
    let served = served();
    let mut names = BTreeSet::new();
    for (path, item) in served["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/") && !path.ends_with('/'), "{path}");
        for (method, call) in item.as_object().unwrap() {
            let call_name = format!("{method} {path}");
            assert!(names.insert(call["operationId"].as_str().unwrap().to_owned()), "{call_name} shares its name");
            assert!(call["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{call_name} says nothing");
            assert!(call["tags"][0].is_string(), "{call_name} has no tag");
            assert!(call["responses"]["401"].is_object(), "{call_name} answers strangers");
        }
    }
    assert!(names.len() > 5, "{names:?}");
}
