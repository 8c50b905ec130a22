//! An independent reading of what SDKs send, by the description of the wire alone. It shares no code with the product, so
//! that a mistake of the product's decoder cannot hide behind itself.

use std::io::Read;

use base64::Engine;
use flate2::read::MultiGzDecoder;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// One `$snapshot` item.
pub(crate) struct Item {
    pub(crate) uuid: String,
    pub(crate) session: String,
    pub(crate) window: String,
    pub(crate) distinct_id: String,
    /// Events with the per-event compression undone.
    pub(crate) events: Vec<String>,
}

/// The `$snapshot` items of a request body.
pub(crate) fn snapshot_items(body: &[u8]) -> Vec<Item> {
    let text = body_text(body);
    let items: Vec<Box<RawValue>> = if text.trim_start().starts_with('[') {
        serde_json::from_str(&text).expect("an array of items")
    } else {
        let envelope: Envelope = serde_json::from_str(&text).expect("an item or an envelope");
        envelope.batch.unwrap_or_else(|| vec![serde_json::from_str(&text).expect("an item")])
    };
    items.iter().filter_map(|item| snapshot_item(item.get())).collect()
}

fn snapshot_item(text: &str) -> Option<Item> {
    let item: WireItem = serde_json::from_str(text).expect("an item");
    if item.event != "$snapshot" {
        return None;
    }
    let properties: Properties = serde_json::from_str(item.properties.get()).expect("properties of an item");
    Some(Item {
        uuid: item.uuid,
        session: properties.session,
        window: properties.window,
        distinct_id: properties.distinct_id,
        events: properties.data.iter().map(|event| undo_compression(event.get())).collect(),
    })
}

#[derive(Deserialize)]
struct Envelope {
    batch: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
struct WireItem {
    uuid: String,
    event: String,
    properties: Box<RawValue>,
}

#[derive(Deserialize)]
struct Properties {
    #[serde(rename = "$session_id")]
    session: String,
    #[serde(rename = "$window_id")]
    window: String,
    distinct_id: String,
    #[serde(rename = "$snapshot_data")]
    data: Vec<Box<RawValue>>,
}

fn body_text(body: &[u8]) -> String {
    if body.starts_with(&[0x1f, 0x8b]) {
        return gunzip(body).expect("a gzip body");
    }
    let text = std::str::from_utf8(body).expect("a text body");
    match text.strip_prefix("data=") {
        None => text.to_owned(),
        Some(form) => {
            let plus_as_space = form.replace('+', "%20");
            let base64 = percent_encoding::percent_decode_str(&plus_as_space).collect::<Vec<u8>>();
            let engine = base64::engine::general_purpose::STANDARD;
            body_text(&engine.decode(base64).expect("base64"))
        }
    }
}

fn gunzip(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The event with the per-event compression undone: each compressed string replaced by what it inflates to, `cv` removed.
pub(crate) fn undo_compression(event: &str) -> String {
    let members = Members::of(event);
    assert_eq!(members.text(), event, "the SDK writes no spaces between tokens");
    if members.get("cv") != Some("\"2024-10\"") {
        return event.to_owned();
    }
    let fields: &[&str] = match (members.get("type"), source_of(&members)) {
        (Some("2"), _) => &[],
        (Some("3"), Some(0)) => &["texts", "attributes", "removes", "adds"],
        (Some("3"), Some(8)) => &["adds", "removes"],
        other => panic!("no compressed field is known for {other:?}"),
    };
    let data = members.get("data").expect("a compressed event has data");
    let data = inflated(data).unwrap_or_else(|| {
        let mut inner = Members::of(data);
        inner.change(fields, inflated);
        inner.text()
    });
    let mut out = members;
    out.0.retain(|(name, _)| name != "cv");
    out.change(&["data"], |_| Some(data.clone()));
    out.text()
}

/// The text that a compressed JSON string stands for, if it is one.
fn inflated(value: &str) -> Option<String> {
    let string: String = value.starts_with('"').then(|| serde_json::from_str(value).ok())??;
    let bytes: Vec<u8> = string.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?;
    bytes.starts_with(&[0x1f, 0x8b]).then(|| gunzip(&bytes))?
}

fn source_of(members: &Members) -> Option<u64> {
    let data = members.get("data").filter(|data| data.starts_with('{'))?;
    Members::of(data).get("source")?.parse().ok()
}

/// What kind of event it is, in the words of `expected.json`.
pub(crate) fn label(event: &str) -> String {
    const TYPES: [&str; 5] = ["DomContentLoaded", "Load", "FullSnapshot", "", "Meta"];
    const SOURCES: [&str; 17] = [
        "Mutation",
        "MouseMove",
        "MouseInteraction",
        "Scroll",
        "ViewportResize",
        "Input",
        "TouchMove",
        "MediaInteraction",
        "StyleSheetRule",
        "CanvasMutation",
        "Font",
        "Log",
        "Drag",
        "StyleDeclaration",
        "Selection",
        "AdoptedStyleSheet",
        "CustomElement",
    ];
    let members = Members::of(event);
    let inner = |name: &str| -> String {
        let data = Members::of(members.get("data").expect("such an event has data"));
        serde_json::from_str(data.get(name).expect("such data has a name")).expect("a string")
    };
    let kind: usize = members.get("type").and_then(|kind| kind.parse().ok()).expect("an event has a type");
    match kind {
        3 => {
            let source = source_of(&members).and_then(|n| usize::try_from(n).ok()).expect("a source");
            format!("Incremental/{}", SOURCES[source])
        }
        5 => format!("Custom/{}", inner("tag")),
        6 => format!("Plugin/{}", inner("plugin")),
        other => TYPES[other].to_owned(),
    }
}

/// The event's own time.
pub(crate) fn timestamp(event: &str) -> i64 {
    let members = Members::of(event);
    members.get("timestamp").and_then(|time| time.parse().ok()).expect("an event of the corpus has whole milliseconds")
}

/// The members of a JSON object in their order, each value byte for byte.
struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    fn of(object: &str) -> Self {
        serde_json::from_str(object).expect("an object")
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get())
    }

    fn change(&mut self, names: &[&str], change: impl Fn(&str) -> Option<String>) {
        for (name, value) in &mut self.0 {
            if names.contains(&name.as_str())
                && let Some(new) = change(value.get())
            {
                *value = RawValue::from_string(new).expect("inflated JSON");
            }
        }
    }

    fn text(&self) -> String {
        let members: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}:{}", serde_json::to_string(name).expect("a name"), value.get()))
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
