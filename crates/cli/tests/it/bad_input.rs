//! Bad input has a defined answer and leaves the good data sent beside it intact: each line of the list in the
//! documentation of the capture routes has a test here.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use cassette_testkit::{Client, Export, Server};

use crate::{
    finished, finished_with,
    sdk::{self, Item, TOKEN},
    server,
};

/// A server, and one recording beside which bad things are sent.
struct Scene {
    server: Server,
    client: Client,
}

const SESSION: &str = "good-data-beside-bad";

impl Scene {
    fn new() -> Self {
        let server = server();
        let client = server.client();
        let scene = Self { server, client };
        assert_eq!(scene.send(&good("before")), 200);
        scene
    }

    fn send(&self, body: &[u8]) -> u16 {
        self.client.post("/s/", "text/plain", body).expect("the server answers").status
    }

    /// Good data goes in afterwards too, and all of it is there, and nothing else. What was sent before that is collected
    /// before it, so the export tells what became of everything.
    fn holds_exactly(self, between: &[&str]) -> Export {
        assert_eq!(self.send(&good("after")), 200);
        let export = finished_with(&self.client, SESSION, "after");
        let mut names: Vec<&str> =
            export.events().filter_map(|line| line.event_text().and_then(sdk::marker_name)).collect();
        names.sort_unstable();
        let mut expected = vec!["after", "before"];
        expected.extend(between);
        expected.sort_unstable();
        assert_eq!(names, expected);
        let output = self.server.process().output();
        assert!(!output.contains("panicked"), "{output}");
        export
    }
}

fn good(name: &str) -> Vec<u8> {
    Item::new(name, SESSION, &[sdk::marker(sdk::now_ms(), name)]).body()
}

/// The text of a good item.
fn good_text(name: &str) -> String {
    Item::new(name, SESSION, &[sdk::marker(sdk::now_ms(), name)]).text()
}

#[test]
fn a_bomb_is_refused() {
    let scene = Scene::new();
    // A gigabyte of spaces inside otherwise good JSON, a megabyte on the wire.
    let mut bomb = Vec::new();
    let spaces = sdk::gzip(&vec![b' '; 64 << 20]);
    bomb.extend(sdk::gzip(b"["));
    for _ in 0..16 {
        bomb.extend(&spaces);
    }
    bomb.extend(sdk::gzip(format!("{}]", good_text("in a bomb")).as_bytes()));
    assert_eq!(scene.send(&bomb), 413);
    let _ = scene.holds_exactly(&[]);
}

#[test]
fn a_bomb_inside_of_an_event_stays_compressed_and_the_events_beside_it_are_read() {
    let scene = Scene::new();
    let bomb = sdk::gzip(format!("[{}1]", "0,".repeat(128 << 20)).as_bytes());
    let mut packed = String::new();
    for byte in &bomb {
        match byte {
            b'"' | b'\\' => packed.extend(['\\', char::from(*byte)]),
            0..0x20 => packed.push_str(&format!("\\u{byte:04x}")),
            _ => packed.push(char::from(*byte)),
        }
    }
    let time = sdk::now_ms();
    let event = format!(
        r#"{{"type":3,"timestamp":{time},"cv":"2024-10","data":{{"source":0,"texts":"{packed}","attributes":[],"removes":[],"adds":[]}}}}"#
    );
    let events = [sdk::marker(time - 1, "beside"), event.clone(), sdk::marker(time + 1, "behind")];
    assert_eq!(scene.send(&Item::new("bomb", SESSION, &events).body()), 200);
    let export = scene.holds_exactly(&["beside", "behind"]);
    assert!(export.events().any(|line| line.event_text() == Some(&event)), "the event is kept as it came");
}

#[test]
fn a_gzip_body_that_was_cut_off_gives_its_complete_items() {
    let scene = Scene::new();
    let items = format!("[{},{}", good_text("whole"), good_text("cut"));
    let mut body = stored_gzip(items.as_bytes());
    body.truncate(body.len() - 40);
    assert_eq!(scene.send(&body), 200);
    let _ = scene.holds_exactly(&["whole"]);
}

/// gzip without compression, so that what is cut off is known to the byte.
fn stored_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

#[test]
fn bytes_that_are_no_utf8_are_kept_aside_where_the_token_is_known() {
    let scene = Scene::new();
    let mut body = good("not text");
    let place = body.iter().position(|byte| *byte == b'm').expect("a marker has an m");
    body[place] = 0xFF;
    assert_eq!(scene.send(&body), 200);
    let _ = scene.holds_exactly(&[]);
}

#[test]
fn half_an_emoji_stays_half_an_emoji() {
    let scene = Scene::new();
    let event =
        r#"{"type":5,"timestamp":1795245310102,"data":{"tag":"half","payload":"\ud83d and \uDE00"}}"#.to_owned();
    assert_eq!(scene.send(&Item::new("half", SESSION, std::slice::from_ref(&event)).body()), 200);
    let export = scene.holds_exactly(&[]);
    assert!(export.events().any(|line| line.event_text() == Some(&event)));
}

#[test]
fn a_page_100_000_levels_deep_is_stored() {
    const LEVELS: usize = 100_000;
    let scene = Scene::new();
    let deep = format!("{}{}", r#"{"childNodes":["#.repeat(LEVELS), "]}".repeat(LEVELS));
    let event = format!(r#"{{"type":2,"timestamp":1795245310102,"data":{{"node":{deep}}}}}"#);
    assert_eq!(scene.send(&Item::new("deep", SESSION, std::slice::from_ref(&event)).body()), 200);
    let export = scene.holds_exactly(&[]);
    assert!(export.events().any(|line| line.event_text() == Some(&event)), "the deep event is there as it came");
}

#[test]
fn a_body_of_100_mb_is_refused_and_the_server_goes_on() {
    let scene = Scene::new();
    let body = vec![b' '; 100 << 20];
    let mut stream =
        TcpStream::connect(scene.server.process().base().trim_start_matches("http://")).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket takes a timeout");
    let head = format!(
        "POST /s/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("the head is taken");
    // The server may close before it has read everything; what it said is there to be read.
    drop(stream.write_all(&body));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "the answer is {answer:?}");
    let _ = scene.holds_exactly(&[]);
}

#[test]
fn ids_that_could_leave_their_folder_go_to_quarantine_and_the_item_beside_them_is_taken() {
    let scene = Scene::new();
    let ids = ["../../etc", "a/b", "..", "a\\\\b", &"x".repeat(10_000), ""];
    let mut names = Vec::new();
    for (number, session) in ids.into_iter().enumerate() {
        let bad = Item::new("bad", session, &[sdk::marker(1, "bad")]).text();
        let name = format!("beside-{number}");
        assert_eq!(scene.send(format!("[{bad},{}]", good_text(&name)).as_bytes()), 200, "session {session:?}");
        names.push(name);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let data = scene.server.data().to_owned();
    let reasons = |data: &std::path::Path| -> Vec<String> {
        let mut reasons: Vec<String> = files_below(&data.join("quarantine"))
            .iter()
            .map(|file| {
                let text = std::fs::read(file).expect("a readable object");
                let head = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                let head: serde_json::Value = serde_json::from_slice(head).expect("the first line tells what follows");
                head["reason"].as_str().expect("it has a reason").to_owned()
            })
            .collect();
        reasons.sort();
        reasons
    };
    let client = scene.client.clone();
    let _ = finished_with(&client, SESSION, names[names.len() - 1]);
    let found = reasons(&data);
    assert_eq!(found.len(), ids.len(), "{found:?}");
    assert!(found.iter().all(|reason| reason.ends_with("session_id")), "{found:?}");
    assert_eq!(client.recordings().len(), 1, "no recording was made for a bad id");
    let _ = scene.holds_exactly(&names);
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .map(|entry| entry.expect("a readable folder").path())
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

#[test]
fn without_a_token_400_and_with_a_wrong_one_401() {
    let scene = Scene::new();
    let without = good_text("no token").replace(&format!(r#","token":"{TOKEN}""#), "");
    assert_eq!(scene.send(format!("[{without}]").as_bytes()), 400);
    let wrong = good_text("wrong token").replace(TOKEN, "phc_somebody_else");
    assert_eq!(scene.send(format!("[{wrong}]").as_bytes()), 401);
    let _ = scene.holds_exactly(&[]);
}

#[test]
fn bodies_that_are_nothing_are_400() {
    let scene = Scene::new();
    for body in [&b""[..], b"[", b"hello", b"data=%%%", b"\x1f\x8b\x08", b"null", b"17", b"[]", b"{}"] {
        let status = scene.send(body);
        assert_eq!(status, 400, "body {:?}", String::from_utf8_lossy(body));
    }
    let _ = scene.holds_exactly(&[]);
}

#[test]
fn a_body_with_a_token_that_stops_being_json_is_kept_aside() {
    let scene = Scene::new();
    let text = good_text("broken");
    let broken = format!("[{}", &text[..text.len() - 1]);
    assert_eq!(scene.send(broken.as_bytes()), 200);
    let _ = scene.holds_exactly(&[]);
}

#[test]
fn a_body_that_ends_behind_a_comma_gives_its_complete_items() {
    let scene = Scene::new();
    assert_eq!(scene.send(format!("[{},", good_text("complete")).as_bytes()), 200);
    let _ = scene.holds_exactly(&["complete"]);
}

#[test]
fn odd_times_are_stored() {
    let scene = Scene::new();
    let odd = ["1795245310102.75", "-5", "0", "1e3", "9007199254740993", "\"soon\"", "null", "4102444800000"];
    let events: Vec<String> = odd
        .iter()
        .enumerate()
        .map(|(n, time)| {
            format!(r#"{{"type":5,"timestamp":{time},"data":{{"tag":"odd","payload":{{"name":"odd-{n}"}}}}}}"#)
        })
        .collect();
    assert_eq!(scene.send(&Item::new("odd", SESSION, &events).body()), 200);
    let names: Vec<String> = (0..odd.len()).map(|n| format!("odd-{n}")).collect();
    let export = scene.holds_exactly(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for event in &events {
        assert!(export.events().any(|line| line.event_text() == Some(event)), "{event} is there as it came");
    }
}

#[test]
fn a_clock_that_is_years_off_does_not_make_a_recording_of_years() {
    const YEAR_MS: i64 = 365 * 86_400_000;
    let scene = Scene::new();
    let client = &scene.client;
    for (session, off) in [("clock-behind", -3 * YEAR_MS), ("clock-ahead", 20 * YEAR_MS)] {
        let now = sdk::now_ms() + off;
        let sent_at = iso(now);
        let item = Item::new(session, session, &[sdk::marker(now - 2000, "a"), sdk::marker(now - 1000, "b")]).text();
        let item = item.replacen('{', &format!(r#"{{"sent_at":"{sent_at}","#), 1);
        assert_eq!(scene.send(format!("[{item}]").as_bytes()), 200);
        let export = finished(client, session);
        let distance = (export.meta.started_at - sdk::now_ms()).abs();
        assert!(distance < 3_600_000, "{session} begins {distance} ms from now");
        assert_eq!(export.meta.ended_at - export.meta.started_at, 1000, "{session}");
    }
    let _ = scene.holds_exactly(&[]);
}

/// The time as JavaScript writes it.
fn iso(ms: i64) -> String {
    let (days, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // Civil date from days since 1970 (Howard Hinnant's algorithm).
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", rest % 1000)
}

#[test]
fn duplicate_keys_and_unknown_types_are_stored_as_they_came() {
    let scene = Scene::new();
    let events = [
        r#"{"type":4,"type":5,"timestamp":1795245310102,"timestamp":1795245310103,"data":{"tag":"a","tag":"b"}}"#.to_owned(),
        r#"{"type":99,"timestamp":1795245310104,"data":{"source":7000,"big":123456789012345678901234567890,"e":1E5,"z":-0}}"#
            .to_owned(),
        r#"{"type":"text","timestamp":1795245310105}"#.to_owned(),
        r#"{}"#.to_owned(),
    ];
    assert_eq!(scene.send(&Item::new("odd", SESSION, &events).body()), 200);
    let export = scene.holds_exactly(&[]);
    for event in &events {
        assert!(export.events().any(|line| line.event_text() == Some(event)), "{event} is there as it came");
    }
}

#[test]
fn line_breaks_between_tokens_become_spaces_and_nothing_else_changes() {
    let scene = Scene::new();
    let event = "{\"type\":5,\n\"timestamp\":1795245310102,\r\n\t\"data\":{\"tag\":\"line\\nbreak\"}}".to_owned();
    assert_eq!(scene.send(&Item::new("breaks", SESSION, std::slice::from_ref(&event)).body()), 200);
    let export = scene.holds_exactly(&[]);
    let expected = event.replace(['\n', '\r'], " ");
    assert!(export.events().any(|line| line.event_text() == Some(&expected)));
}

#[test]
fn an_item_that_is_no_object_does_not_harm_its_neighbours() {
    let scene = Scene::new();
    let body = format!("[null,17,{},\"text\",[{}]]", good_text("beside"), good_text("too deep"));
    assert_eq!(scene.send(body.as_bytes()), 200);
    let _ = scene.holds_exactly(&["beside"]);
}
