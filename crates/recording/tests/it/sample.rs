//! Small recordings to test with.

use cassette_recording::event::EventFacts;
use cassette_recording::file::{Digest, Finished, ItemEntry, Line, LineBody, Meta, Writer};
use cassette_recording::{DistinctId, ProjectId, WindowId};

pub(crate) const STARTED_AT: i64 = 1_795_245_310_102;

/// One line to be written, owned.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) timestamp: i64,
    pub(crate) window: &'static str,
    pub(crate) body: Body,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Event(String),
    Captured(&'static str, &'static str, String),
}

pub(crate) fn event(timestamp: i64, window: &'static str, json: impl Into<String>) -> Written {
    Written { timestamp, window, body: Body::Event(json.into()) }
}

pub(crate) fn full_snapshot(timestamp: i64, window: &'static str, text_bytes: usize) -> Written {
    let text = "x".repeat(text_bytes);
    event(timestamp, window, format!(r#"{{"type":2,"data":{{"node":"{text}"}},"timestamp":{timestamp}}}"#))
}

pub(crate) fn mutation(timestamp: i64, window: &'static str, text_bytes: usize) -> Written {
    let text = "y".repeat(text_bytes);
    event(timestamp, window, format!(r#"{{"type":3,"data":{{"source":0,"texts":"{text}"}},"timestamp":{timestamp}}}"#))
}

pub(crate) fn meta() -> Meta {
    let mut meta =
        Meta::new("0198f1c2-5e55-7000-8000-000000000001".parse().unwrap(), ProjectId(1), STARTED_AT, STARTED_AT);
    meta.source = Some("web".to_owned());
    meta.library = Some("web 1.449.2".to_owned());
    meta
}

/// A visit to a shop: two windows, pages, clicks, console lines, an identification before the first event.
pub(crate) fn visit() -> (Meta, Vec<Written>) {
    let at = |ms: i64| STARTED_AT + ms;
    let page = |ms, window, path: &str| {
        let json = format!(
            r#"{{"type":4,"data":{{"href":"https://shop.example{path}","width":1280,"height":720}},"timestamp":{}}}"#,
            at(ms)
        );
        event(ms, window, json)
    };
    let identify =
        r#"{"event":"$identify","uuid":"0198f1c2-0000-7000-8000-0000000000aa","properties":{"$set":{"plan":"free"}}}"#;
    let lines = vec![
        Written { timestamp: -40, window: "w1", body: Body::Captured("$identify", "ann", identify.to_owned()) },
        page(0, "w1", "/"),
        event(
            2,
            "w1",
            format!(
                r#"{{"type":2,"data":{{"node":{{"type":0,"childNodes":[],"id":1}},"initialOffset":{{"left":0,"top":0}}}},"timestamp":{}}}"#,
                at(2)
            ),
        ),
        event(
            640,
            "w1",
            format!(r#"{{"type":3,"data":{{"source":2,"type":2,"id":77,"x":640,"y":333.5}},"timestamp":{}}}"#, at(640)),
        ),
        event(
            655,
            "w1",
            format!(
                r#"{{"type":3,"data":{{"source":0,"texts":[{{"id":9,"value":"cut in half: \ud83d"}}],"attributes":[],"removes":[],"adds":[]}},"timestamp":{}.25}}"#,
                at(655)
            ),
        ),
        event(
            900,
            "w1",
            format!(
                r#"{{"type":6,"data":{{"plugin":"rrweb/console@1","payload":{{"level":"error","payload":["\"no such item\""],"trace":[]}}}},"timestamp":{}}}"#,
                at(900)
            ),
        ),
        page(5000, "w2", "/cart?items=2"),
        event(
            5003,
            "w2",
            format!(r#"{{"type":2,"data":{{"node":{{"type":0,"childNodes":[],"id":1}}}},"timestamp":{}}}"#, at(5003)),
        ),
        event(
            7000,
            "w2",
            format!(
                r#"{{"type":99,"data":{{"big":123456789012345678901234567890,"a":1,"a":2}},"timestamp":{}}}"#,
                at(7000)
            ),
        ),
        event(
            401_000,
            "w1",
            format!(
                r#"{{"type":3,"data":{{"source":5,"id":12,"text":"***","isChecked":false}},"timestamp":{}}}"#,
                at(401_000)
            ),
        ),
    ];
    let mut meta = meta();
    meta.ended_at = at(401_000);
    meta.first_arrival = at(1200);
    meta.last_arrival = at(403_000);
    meta.distinct_ids = vec!["ann".parse().unwrap()];
    meta.windows = vec!["w1".parse().unwrap(), "w2".parse().unwrap()];
    meta.first_url = Some("https://shop.example/".to_owned());
    meta.urls = vec!["https://shop.example/".to_owned(), "https://shop.example/cart?items=2".to_owned()];
    for line in &lines {
        if let Body::Event(json) = &line.body {
            meta.counts.add(&EventFacts::read(json).unwrap());
        }
    }
    (meta, lines)
}

pub(crate) fn items() -> Vec<ItemEntry> {
    let item = |text: &str, sent_at| ItemEntry {
        item: text.parse().unwrap(),
        window_id: "w1".parse().unwrap(),
        distinct_id: Some("ann".parse().unwrap()),
        arrived_at: STARTED_AT + 1200,
        sent_at,
    };
    vec![
        item("0198f1c2-0000-7000-8000-0000000000aa", Some(STARTED_AT + 1100)),
        item("sha256-00112233445566778899aabbccddeeff", None),
    ]
}

pub(crate) fn write(meta: &Meta, lines: &[Written]) -> (Vec<u8>, Finished) {
    let mut file = Vec::new();
    let mut writer = Writer::begin(&mut file, meta, 3).unwrap();
    for line in lines {
        let window_id: WindowId = line.window.parse().unwrap();
        let distinct_id: Option<DistinctId>;
        let body = match &line.body {
            Body::Event(event) => {
                let facts = EventFacts::read(event).unwrap();
                LineBody::Event {
                    kind: facts.kind,
                    target: facts.target,
                    href: facts.href,
                    level: facts.console,
                    event,
                }
            }
            Body::Captured(name, who, captured) => {
                distinct_id = who.parse().ok();
                LineBody::Captured { name, distinct_id: distinct_id.as_ref(), captured }
            }
        };
        writer.push(&Line { timestamp: line.timestamp, window_id: &window_id, body }).unwrap();
    }
    let finished = writer.finish(items().into_iter()).unwrap();
    (file, finished)
}

pub(crate) fn visit_file() -> Vec<u8> {
    let (meta, lines) = visit();
    write(&meta, &lines).0
}

pub(crate) fn decompressed(file: &[u8]) -> Vec<u8> {
    zstd::stream::decode_all(file).unwrap()
}

/// Plain NDJSON of any lines, with the checksum and end lines that belong to them: a writer by the book, for lines that
/// [`Writer`] does not write. Lines are given without `seq`; a `#` stands where it belongs.
pub(crate) fn sealed_by_hand(meta: &str, blocks: &[&[&str]]) -> String {
    let mut file = String::new();
    let (mut seq, mut events, mut open) = (0, 0, format!("{meta}\n"));
    for lines in blocks {
        for line in *lines {
            open += &line.replacen('#', &seq.to_string(), 1);
            open.push('\n');
            seq += 1;
            events += u64::from(line.contains("\"event\":{"));
        }
        let (count, sha256) = (open.lines().count(), Digest::of(open.as_bytes()));
        file += &open;
        file += &format!("{{\"type\":\"checksum\",\"seq\":{seq},\"lines\":{count},\"sha256\":\"{sha256}\"}}\n");
        seq += 1;
        open.clear();
    }
    let sha256 = Digest::of(file.as_bytes());
    file + &format!("{{\"type\":\"end\",\"seq\":{seq},\"events\":{events},\"sha256\":\"{sha256}\"}}\n")
}
