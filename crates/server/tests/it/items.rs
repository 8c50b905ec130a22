//! Bodies as SDKs send them.

use std::fmt::Write as _;

/// The project token of all tests.
pub(crate) const TOKEN: &str = "phc_pipeline";

/// One item under construction.
#[derive(Clone)]
pub(crate) struct Item {
    session: String,
    window: String,
    uuid: Option<String>,
    sent_at: Option<i64>,
    distinct_id: String,
    source: Option<&'static str>,
    events: Vec<String>,
    captured: Option<&'static str>,
}

impl Item {
    /// An item with the UUID that ends in `number`.
    pub(crate) fn new(session: &str, number: u32) -> Self {
        Self {
            session: session.to_owned(),
            window: "w1".to_owned(),
            uuid: Some(format!("0198f1c2-0000-7000-8000-{number:012}")),
            sent_at: None,
            distinct_id: "ann".to_owned(),
            source: None,
            events: Vec::new(),
            captured: None,
        }
    }

    pub(crate) fn without_uuid(mut self) -> Self {
        self.uuid = None;
        self
    }

    pub(crate) fn window(mut self, window: &str) -> Self {
        window.clone_into(&mut self.window);
        self
    }

    pub(crate) fn sent_at(mut self, at: i64) -> Self {
        self.sent_at = Some(at);
        self
    }

    pub(crate) fn distinct_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.distinct_id);
        self
    }

    pub(crate) fn mobile(mut self) -> Self {
        self.source = Some("mobile");
        self
    }

    /// An analytics event in place of a snapshot.
    pub(crate) fn captured(mut self, name: &'static str) -> Self {
        self.captured = Some(name);
        self
    }

    /// Adds a custom event that says `name`.
    pub(crate) fn event(mut self, at: i64, name: &str) -> Self {
        self.events.push(custom(at, name));
        self
    }

    /// Adds an event as given.
    pub(crate) fn raw(mut self, event: impl Into<String>) -> Self {
        self.events.push(event.into());
        self
    }

    pub(crate) fn json(&self) -> String {
        let mut out = String::from("{");
        let uuid = self.uuid.iter().map(|uuid| format!("\"uuid\":\"{uuid}\","));
        let sent_at = self.sent_at.iter().map(|at| format!("\"sent_at\":{at},"));
        out.extend(uuid.chain(sent_at));
        let name = self.captured.unwrap_or("$snapshot");
        let (session, window, distinct_id) = (&self.session, &self.window, &self.distinct_id);
        write!(
            out,
            "\"event\":\"{name}\",\"properties\":{{\"token\":\"{TOKEN}\",\"distinct_id\":\"{distinct_id}\",\
             \"$session_id\":\"{session}\",\"$window_id\":\"{window}\",\"$lib\":\"web\""
        )
        .unwrap();
        out.extend(self.source.iter().map(|source| format!(",\"$snapshot_source\":\"{source}\"")));
        if self.captured.is_none() {
            write!(out, ",\"$snapshot_data\":[{}]", self.events.join(",")).unwrap();
        }
        out + "}}"
    }

    /// A request with this item alone.
    pub(crate) fn body(&self) -> Vec<u8> {
        body(std::slice::from_ref(self))
    }
}

/// A request with several items.
pub(crate) fn body(items: &[Item]) -> Vec<u8> {
    let items: Vec<String> = items.iter().map(Item::json).collect();
    format!("[{}]", items.join(",")).into_bytes()
}

/// A custom event that says `name`.
pub(crate) fn custom(at: i64, name: &str) -> String {
    format!("{{\"type\":5,\"data\":{{\"tag\":\"{name}\",\"payload\":{{}}}},\"timestamp\":{at}}}")
}

/// A full snapshot of an empty page.
pub(crate) fn full_snapshot(at: i64) -> String {
    format!("{{\"type\":2,\"data\":{{\"node\":{{\"type\":0,\"childNodes\":[],\"id\":1}}}},\"timestamp\":{at}}}")
}

/// A click.
pub(crate) fn click(at: i64) -> String {
    format!("{{\"type\":3,\"data\":{{\"source\":2,\"type\":2,\"id\":1,\"x\":1,\"y\":2}},\"timestamp\":{at}}}")
}

/// What an event that [`custom`] made says.
pub(crate) fn tag(event: &str) -> &str {
    event.split_once("\"tag\":\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(tag, _)| tag)
}
