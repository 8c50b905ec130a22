//! Tests of the `cassette` binary from outside: a child process, HTTP, files. One file per feature.

mod bad_input;
mod command_line;
mod corpus;
mod decoder;
mod durability;
mod erase;
mod export_many;
mod files_over_http;
mod https;
mod import;
mod kill;
mod play;
mod portable;
mod pull;
mod pull_from_cassette;
mod repair;
mod run;
mod schema;
mod sdk;
mod signals;
mod user;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cassette_testkit::{Client, Export, Line, Server, Settings};

/// The binary under test.
fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cassette"))
}

/// A server that finishes a recording two seconds after its last request.
fn server() -> Server {
    Server::start(binary(), Settings::default().finish_after("2s"))
}

/// How long a recording may take to be finished once it is quiet; generous, because debug builds share the machine.
const FINISHED_WITHIN: Duration = Duration::from_secs(60);

/// Waits until a recording is finished, downloads it, and checks everything that a reader can check.
fn finished(client: &Client, session: &str) -> Export {
    client.wait_finished(session, FINISHED_WITHIN);
    let answer = client.download(session, "ndjson").expect("the server answers");
    assert_eq!(answer.status, 200, "{session}: {}", answer.text());
    Export::read(&answer.body).unwrap_or_else(|why| panic!("recording {session}: {why}"))
}

/// As [`finished`], once it holds the marker `name`: a recording that was finished before is so for a moment still after
/// late data was answered.
fn finished_with(client: &Client, session: &str, name: &str) -> Export {
    let begun = Instant::now();
    loop {
        let export = finished(client, session);
        if export.events().filter_map(Line::event_text).any(|event| sdk::marker_name(event) == Some(name)) {
            return export;
        }
        assert!(begun.elapsed() < FINISHED_WITHIN, "{name:?} is not in recording {session}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
