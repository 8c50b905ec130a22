//! `cassette play`: a file becomes a page that only whoever sits here can open.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use crate::{
    binary,
    portable::{Desk, examples},
    run::{all, cassette, path},
};

/// A player that is stopped when the test is over.
struct Player {
    child: Child,
    /// `127.0.0.1:PORT`
    address: String,
    path: String,
}

impl Player {
    fn start(file: &str) -> Self {
        let mut child = Command::new(binary())
            .args(["play", file, "--no-open"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary runs");
        let mut link = String::new();
        BufReader::new(child.stdout.take().expect("piped above")).read_line(&mut link).expect("it prints a link");
        let rest = link.trim().strip_prefix("http://").unwrap_or_else(|| panic!("a link: {link:?}"));
        let (address, path) = rest.split_once('/').expect("a path");
        Self { child, address: address.to_owned(), path: format!("/{path}") }
    }

    /// The answer to a request, head and body.
    fn get(&self, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_file_of_any_form_is_served_under_a_path_that_nobody_guesses() {
    let player = Player::start(path(&examples()[1]));
    assert!(player.address.starts_with("127.0.0.1:"), "{}", player.address);
    assert!(player.path.len() > 30, "{}", player.path);
    let answer = player.get(&player.path, &player.address);
    assert!(answer.starts_with("HTTP/1.1 200"), "{}", &answer[..answer.len().min(300)]);
    assert!(answer.contains("cassette-offline/1"), "the recording is in the page");
    let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
    for header in ["cache-control: no-store", "referrer-policy: no-referrer", "x-content-type-options: nosniff"] {
        assert!(head.contains(header), "{head}");
    }
    assert!(player.get("/", &player.address).starts_with("HTTP/1.1 404"));
    assert!(
        player.get(&player.path, "evil.example").starts_with("HTTP/1.1 403"),
        "a name that points here is not ours"
    );
}

#[test]
fn what_cannot_be_played_is_said() {
    let desk = Desk::new();
    let refused = cassette(&["play", &desk.file("list.txt", "eggs, milk"), "--no-open"]);
    assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
    let open = cassette(&["play", path(&examples()[0]), "--no-open", "--listen", "0.0.0.0:0"]);
    assert_eq!(open.status.code(), Some(2), "others must not read it: {}", all(&open));
}
