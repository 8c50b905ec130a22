//! What a body holds: the items, whose they are, and where their rrweb events lie.
//!
//! ## Shapes
//! An array of items; one item as a bare object; `{"api_key", "batch": […], "sent_at"}`. A `$snapshot` item carries rrweb
//! events in `properties.$snapshot_data`; any other item is an analytics event.
//!
//! ## Invariants
//! 1. Each byte of the body is passed over once: an item is checked against the grammar while its members are read, and
//!    its rrweb events while their shapes are noted.
//! 2. Good items survive bad ones beside them. An element that is no object is counted and left out; where the text
//!    stops being JSON (a body that was cut off), the items that are complete before that are kept. The item that was
//!    cut is lost even if most of its events are there: what names its recording comes behind them.
//! 3. Every string is compared as it is written. A key with escapes in it is no key of ours: no SDK writes such.
//! 4. Of members that stand twice, the last counts.

use std::borrow::Cow;

use cassette_recording::ids::RecordingIdError;
use cassette_recording::json::{self, Array, JsonError, Object};
use cassette_recording::{DistinctId, ItemId, RecordingId, WindowId, limits};

use super::clock;
use super::shape::EventShape;

/// All that one request carries.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// The complete items, in their order.
    pub items: Vec<Item<'a>>,
    /// Elements beside them that are no objects.
    pub not_objects: usize,
    /// Why reading stopped before the end of the text, if it did.
    pub cut: Option<Stop>,
    token: Option<Cow<'a, str>>,
}

/// One item of a request.
#[derive(Debug, Default)]
pub struct Item<'a> {
    /// The whole item, byte for byte.
    pub json: &'a str,
    /// `event`; empty where there is none.
    pub event: Cow<'a, str>,
    /// The project token: of `properties`, else of the item, else of the envelope around it.
    pub token: Option<Cow<'a, str>>,
    /// `properties.distinct_id`, else that of the item.
    pub distinct_id: Option<Cow<'a, str>>,
    /// `$anon_distinct_id`: who an `$identify` was until then.
    pub anonymous_id: Option<Cow<'a, str>>,
    /// `$session_id`.
    pub session_id: Option<Cow<'a, str>>,
    /// `$window_id`.
    pub window_id: Option<Cow<'a, str>>,
    /// `$snapshot_source`: `mobile` for what native SDKs send.
    pub snapshot_source: Option<Cow<'a, str>>,
    /// `$lib`.
    pub library: Option<Cow<'a, str>>,
    /// `$lib_version`.
    pub library_version: Option<Cow<'a, str>>,
    /// `$current_url`.
    pub current_url: Option<Cow<'a, str>>,
    /// `timestamp`: when the item was made, in milliseconds of the visitor's clock.
    pub timestamp: Option<i64>,
    /// `sent_at` of the item, else of the envelope.
    pub sent_at: Option<i64>,
    /// `offset`: the item's age in milliseconds when it was sent. Older SDKs send it in place of `timestamp`.
    pub offset: Option<i64>,
    uuid: Option<Cow<'a, str>>,
    pub(crate) text: &'a str,
    pub(crate) data: SnapshotData,
}

/// `$snapshot_data`.
#[derive(Debug, Default)]
pub(crate) enum SnapshotData {
    #[default]
    Missing,
    /// The elements of the array, or the one object.
    Events(Vec<EventShape>),
    /// `{chunk_id, …}`: a piece of a string, from SDKs before 2023.
    Chunk,
    /// A string, a number…
    Unreadable,
}

/// Why reading a body stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The text is no JSON there.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// More items than [`limits::ITEMS_PER_REQUEST`].
    #[error("expected at most {} items in a request, there are more", limits::ITEMS_PER_REQUEST)]
    TooManyItems,
    /// More rrweb events than [`limits::EVENTS_PER_REQUEST`].
    #[error("expected at most {} events in a request, there are more", limits::EVENTS_PER_REQUEST)]
    TooManyEvents,
}

/// Why a body has no items.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no complete item in the body: {stop}")]
pub struct EnvelopeError {
    /// Where and why.
    #[source]
    pub stop: Stop,
    token: Option<String>,
}

impl EnvelopeError {
    /// The project token, if one stood before the place where reading stopped.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A short, stable word for counters.
    pub fn reason(&self) -> &'static str {
        self.stop.reason()
    }
}

impl Stop {
    /// A short, stable word for counters.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(_) => "not_json",
            Self::TooManyItems => "too_many_items",
            Self::TooManyEvents => "too_many_events",
        }
    }
}

/// Why an item is not taken into a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemRefused {
    /// A `$snapshot` without a session.
    #[error("expected a $session_id, there is none")]
    NoSessionId,
    /// The session id is not one.
    #[error(transparent)]
    BadSessionId(#[from] RecordingIdError),
    /// The window id is not one.
    #[error(transparent)]
    BadWindowId(#[from] cassette_recording::ids::WindowIdError),
    /// The distinct id is too long.
    #[error(transparent)]
    BadDistinctId(#[from] cassette_recording::ids::DistinctIdError),
    /// A `$snapshot` without `$snapshot_data`.
    #[error("expected $snapshot_data, there is none")]
    NoData,
    /// `$snapshot_data` is neither an array nor an event.
    #[error("expected an array of events in $snapshot_data, found something else")]
    BadData,
    /// A piece of an old SDK's chunked snapshot.
    #[error("expected events in $snapshot_data, found a chunk as SDKs before 2023 sent them")]
    Chunked,
}

impl ItemRefused {
    /// A short, stable word for counters.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoSessionId => "no_session_id",
            Self::BadSessionId(_) => "bad_session_id",
            Self::BadWindowId(_) => "bad_window_id",
            Self::BadDistinctId(_) => "bad_distinct_id",
            Self::NoData => "no_snapshot_data",
            Self::BadData => "bad_snapshot_data",
            Self::Chunked => "chunked",
        }
    }
}

impl<'a> Envelope<'a> {
    /// Reads a body's text.
    pub fn read(text: &'a str) -> Result<Self, EnvelopeError> {
        let mut reader =
            Reader { text, items: Vec::new(), not_objects: 0, token: None, events_left: limits::EVENTS_PER_REQUEST };
        let stop = reader.body().err();
        match stop {
            Some(stop) if reader.items.is_empty() => {
                Err(EnvelopeError { stop, token: reader.token.map(Cow::into_owned) })
            }
            cut => Ok(Self { items: reader.items, not_objects: reader.not_objects, cut, token: reader.token }),
        }
    }

    /// The first token that was found. Items of one request can have different ones: each carries its own.
    pub fn token(&self) -> Option<&str> {
        self.items.iter().find_map(|item| item.token.as_deref()).or(self.token.as_deref())
    }
}

/// The project token of a text, even if that text is no JSON behind it.
pub(crate) fn find_token(text: &str) -> Option<String> {
    match Envelope::read(text) {
        Ok(envelope) => envelope.token().map(str::to_owned),
        Err(error) => error.token,
    }
}

impl Item<'_> {
    /// The item carries rrweb events.
    pub fn is_snapshot(&self) -> bool {
        self.event == "$snapshot"
    }

    /// The item is an analytics event of a session, and is kept with its recording.
    pub fn is_captured(&self) -> bool {
        !self.is_snapshot() && self.session_id.as_deref().is_some_and(|id| !id.is_empty())
    }

    /// The events are of a native SDK: stored untouched, whatever they look like.
    pub fn is_mobile(&self) -> bool {
        self.snapshot_source.as_deref() == Some("mobile")
    }

    /// What a repetition of this item has in common with it: its `uuid`, or the digest of its bytes where it has none (or
    /// one that is none).
    pub fn id(&self) -> ItemId {
        let uuid = self.uuid.as_deref().and_then(|uuid| uuid.parse().ok());
        uuid.filter(|id| matches!(id, ItemId::Uuid(_))).unwrap_or_else(|| ItemId::of_bytes(self.json.as_bytes()))
    }

    /// The recording that the item belongs to.
    pub fn recording_id(&self) -> Result<RecordingId, ItemRefused> {
        match self.session_id.as_deref() {
            None | Some("") => Err(ItemRefused::NoSessionId),
            Some(id) => Ok(id.parse()?),
        }
    }

    /// The window that the item belongs to; the empty one if it names none.
    pub fn window_id(&self) -> Result<WindowId, ItemRefused> {
        Ok(self.window_id.as_deref().unwrap_or_default().parse()?)
    }

    /// Whose the item is, as the SDK said when it was sent.
    pub fn distinct_id(&self) -> Result<Option<DistinctId>, ItemRefused> {
        match self.distinct_id.as_deref() {
            None | Some("") => Ok(None),
            Some(id) => Ok(Some(id.parse()?)),
        }
    }

    /// Name and version of the SDK, as `web 1.449.2`.
    pub fn sdk(&self) -> Option<String> {
        let name = self.library.as_deref()?;
        Some(match self.library_version.as_deref() {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        })
    }

    /// When the item was made, on the visitor's clock: its `timestamp`, else its sending (see
    /// [`super::RequestClock::sent`]) less its `offset`.
    pub fn made_at(&self, sent: Option<i64>) -> Option<i64> {
        self.timestamp.or_else(|| sent?.checked_sub(self.offset?))
    }

    /// rrweb events in it, elements that are none included.
    pub fn event_count(&self) -> usize {
        match &self.data {
            SnapshotData::Events(events) => events.len(),
            SnapshotData::Missing | SnapshotData::Chunk | SnapshotData::Unreadable => 0,
        }
    }

    /// The item names a recording and carries events: what [`super::Decoder::decode_item`] would refuse is refused here
    /// already, without decoding anything.
    pub fn check(&self) -> Result<(), ItemRefused> {
        self.recording_id()?;
        self.window_id()?;
        self.distinct_id()?;
        if self.is_snapshot() {
            self.shapes()?;
        }
        Ok(())
    }

    pub(crate) fn shapes(&self) -> Result<&[EventShape], ItemRefused> {
        match &self.data {
            SnapshotData::Events(events) => Ok(events),
            SnapshotData::Missing => Err(ItemRefused::NoData),
            SnapshotData::Chunk => Err(ItemRefused::Chunked),
            SnapshotData::Unreadable => Err(ItemRefused::BadData),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    items: Vec<Item<'a>>,
    not_objects: usize,
    /// The envelope's own token, or the first one seen in an item that was never finished.
    token: Option<Cow<'a, str>>,
    events_left: usize,
}

impl<'a> Reader<'a> {
    fn body(&mut self) -> Result<(), Stop> {
        let bytes = self.text.as_bytes();
        let at = json::skip_whitespace(bytes, 0);
        let end = match bytes.get(at) {
            Some(b'[') => self.items_of_array(at)?,
            Some(b'{') => self.item_or_batch(at)?,
            _ => return Err(JsonError { at, expected: "an array or an object" }.into()),
        };
        match json::skip_whitespace(bytes, end) {
            rest if rest < bytes.len() => Err(JsonError { at: rest, expected: "the end of the body" }.into()),
            _ => Ok(()),
        }
    }

    fn items_of_array(&mut self, at: usize) -> Result<usize, Stop> {
        let mut array = Array::open(self.text, at)?;
        while let Some(at) = array.next_at()? {
            if self.items.len() == limits::ITEMS_PER_REQUEST {
                return Err(Stop::TooManyItems);
            }
            if self.text.as_bytes().get(at) != Some(&b'{') {
                array.value()?;
                self.not_objects += 1;
                continue;
            }
            let mut members = Members::default();
            let end = self.object(at, &mut members, false);
            let item = members.into_item();
            let end = end.inspect_err(|_| self.token = self.token.take().or(item.token.clone()))?;
            self.push(item, at, end);
            array.resume(end);
        }
        Ok(array.end()?)
    }

    /// An object at the top: an item, or the envelope of a batch.
    fn item_or_batch(&mut self, at: usize) -> Result<usize, Stop> {
        let mut members = Members::default();
        let end = self.object(at, &mut members, true);
        let is_batch = members.is_batch;
        let outer = members.into_item();
        self.token = outer.token.clone().or(self.token.take());
        for item in self.items.iter_mut().filter(|_| is_batch) {
            item.token = item.token.take().or_else(|| outer.token.clone());
            item.sent_at = item.sent_at.or(outer.sent_at);
        }
        let end = end?;
        if !is_batch {
            self.push(outer, at, end);
        }
        Ok(end)
    }

    fn push(&mut self, item: Item<'a>, at: usize, end: usize) {
        self.items.push(Item { json: &self.text[at..end], text: self.text, ..item });
    }

    /// Reads the object at `at` into `members`, which holds what was read if it fails.
    fn object(&mut self, at: usize, members: &mut Members<'a>, top: bool) -> Result<usize, Stop> {
        let mut object = Object::open(self.text, at)?;
        while let Some(key) = object.next_key()? {
            let opens = self.text.as_bytes().get(object.value_at());
            match key {
                "properties" if opens == Some(&b'{') => {
                    members.properties = Item::default();
                    let end = self.properties(object.value_at(), &mut members.properties)?;
                    object.resume(end);
                }
                "batch" if top && opens == Some(&b'[') => {
                    members.is_batch = true;
                    let end = self.items_of_array(object.value_at())?;
                    object.resume(end);
                }
                _ => top_member(key, &mut object, &mut members.own)?,
            }
        }
        Ok(object.end()?)
    }

    fn properties(&mut self, at: usize, item: &mut Item<'a>) -> Result<usize, Stop> {
        let mut object = Object::open(self.text, at)?;
        while let Some(key) = object.next_key()? {
            match key {
                "$snapshot_data" => {
                    let (data, end) = self.snapshot_data(object.value_at())?;
                    item.data = data;
                    object.resume(end);
                }
                "token" => item.token = text_of(object.value()?),
                "distinct_id" => item.distinct_id = text_of(object.value()?),
                "$anon_distinct_id" => item.anonymous_id = text_of(object.value()?),
                "$session_id" => item.session_id = text_of(object.value()?),
                "$window_id" => item.window_id = text_of(object.value()?),
                "$snapshot_source" => item.snapshot_source = text_of(object.value()?),
                "$lib" => item.library = text_of(object.value()?),
                "$lib_version" => item.library_version = text_of(object.value()?),
                "$current_url" => item.current_url = text_of(object.value()?),
                _ => {}
            }
        }
        Ok(object.end()?)
    }

    fn snapshot_data(&mut self, at: usize) -> Result<(SnapshotData, usize), Stop> {
        match self.text.as_bytes().get(at) {
            Some(b'[') => {
                let mut shapes = Vec::new();
                let mut array = Array::open(self.text, at)?;
                while let Some(at) = array.next_at()? {
                    self.events_left = self.events_left.checked_sub(1).ok_or(Stop::TooManyEvents)?;
                    let (shape, end) = EventShape::read(self.text, at)?;
                    shapes.push(shape);
                    array.resume(end);
                }
                Ok((SnapshotData::Events(shapes), array.end()?))
            }
            Some(b'{') => {
                let mut object = Object::open(self.text, at)?;
                let mut is_chunk = false;
                while let Some(key) = object.next_key()? {
                    is_chunk |= key == "chunk_id";
                }
                if is_chunk {
                    return Ok((SnapshotData::Chunk, object.end()?));
                }
                let (shape, end) = EventShape::read(self.text, at)?;
                Ok((SnapshotData::Events(vec![shape]), end))
            }
            Some(b'n') => Ok((SnapshotData::Missing, json::skip_value(self.text, at)?)),
            _ => Ok((SnapshotData::Unreadable, json::skip_value(self.text, at)?)),
        }
    }
}

/// What was read of one object: its own members, and those of its `properties`.
#[derive(Default)]
struct Members<'a> {
    own: Item<'a>,
    properties: Item<'a>,
    is_batch: bool,
}

impl<'a> Members<'a> {
    fn into_item(self) -> Item<'a> {
        let Self { own, properties, .. } = self;
        Item {
            event: own.event,
            uuid: own.uuid,
            timestamp: own.timestamp,
            sent_at: own.sent_at,
            offset: own.offset,
            token: properties.token.or(own.token),
            distinct_id: properties.distinct_id.or(own.distinct_id),
            session_id: properties.session_id.or(own.session_id),
            window_id: properties.window_id.or(own.window_id),
            ..properties
        }
    }
}

fn top_member<'a>(key: &str, object: &mut Object<'a>, item: &mut Item<'a>) -> Result<(), JsonError> {
    match key {
        "event" => item.event = text_of(object.value()?).unwrap_or_default(),
        "uuid" => item.uuid = text_of(object.value()?),
        "api_key" | "token" | "$token" => item.token = text_of(object.value()?).or(item.token.take()),
        "distinct_id" | "$distinct_id" => item.distinct_id = text_of(object.value()?).or(item.distinct_id.take()),
        "timestamp" => item.timestamp = time_of(object.value()?),
        "sent_at" | "sentAt" => item.sent_at = time_of(object.value()?),
        "offset" => item.offset = json::number_value(object.value()?).map(|offset| offset as i64),
        _ => {}
    }
    Ok(())
}

/// The text of a string, or a number as it is written: some pages use numbers for ids.
fn text_of(value: &str) -> Option<Cow<'_, str>> {
    json::string_value(value).or_else(|| json::number_value(value).map(|_| Cow::Borrowed(value)))
}

/// Milliseconds, from an ISO text or a number.
fn time_of(value: &str) -> Option<i64> {
    match json::string_value(value) {
        Some(text) => clock::parse_iso(&text),
        None => json::number_value(value).map(|millis| millis as i64),
    }
}

/// The body of `/flags/` and `/decide/`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FlagsRequest<'a> {
    /// `token`, `api_key` or `$token`.
    pub token: Option<Cow<'a, str>>,
    /// `distinct_id` or `$distinct_id`.
    pub distinct_id: Option<Cow<'a, str>>,
}

impl<'a> FlagsRequest<'a> {
    /// Reads a body's text.
    pub fn read(text: &'a str) -> Result<Self, JsonError> {
        let mut item = Item::default();
        let mut object = Object::open(text, json::skip_whitespace(text.as_bytes(), 0))?;
        while let Some(key) = object.next_key()? {
            top_member(key, &mut object, &mut item)?;
        }
        let end = json::skip_whitespace(text.as_bytes(), object.end()?);
        if end < text.len() {
            return Err(JsonError { at: end, expected: "the end of the body" });
        }
        Ok(Self { token: item.token, distinct_id: item.distinct_id })
    }
}
