//! The events of an item: per-event compression undone, facts read, a time given.
//!
//! An event leaves with the bytes with which it came. The only changes: each compressed value is replaced by the JSON text
//! that it holds, the `cv` member goes with its comma, and line breaks between tokens become spaces.
//!
//! ## What becomes of bad ones
//! An event with a part that does not decode (or that would exceed the request's budget) is kept exactly as it came, with
//! the reason. Once the budget is exceeded, so are the request's later compressed events. An element that is no object is
//! refused, the others go on.
//!
//! ## Why facts are read from a skeleton
//! In a compressed event, what matters stands outside of the compressed values: these hold the page and its changes. So
//! the inflated text, nearly all there is to read, is checked once and never walked again.

use std::ops::Range;

use cassette_recording::event::EventFacts;
use cassette_recording::json::{self, JsonError};

use super::budget::Budget;
use super::clock::ItemClock;
use super::envelope::{Item, ItemRefused};
use super::gunzip::{self, Gunzip, GunzipError};
use super::latin1;
use super::shape::{Cut, EventShape, Form, Span};

/// Scratch memory that is kept between items.
const KEPT_BYTES: usize = 16 << 20;

/// Stands in the skeleton for a value that was inflated.
const PLACEHOLDER: &[u8] = b"null";

/// One event, ready to be written down. Borrows the decoder's buffers or the body.
#[derive(Debug, Clone, Copy)]
pub struct DecodedEvent<'a> {
    /// Its place in the item.
    pub index: u32,
    /// The event: one JSON object on one line.
    pub json: &'a str,
    /// What it says of itself.
    pub facts: EventFacts<'a>,
    /// Milliseconds on the visitor's clock; see [`ItemClock`].
    pub time: i64,
    /// Its own timestamp was unusable.
    pub odd: bool,
    /// It is still compressed, as it came, for this reason.
    pub undecoded: Option<Undecoded>,
}

/// Why an event's compression was not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecoded {
    /// `cv` has a value that this version does not know.
    UnknownCompression,
    /// A compressed value holds characters that are no bytes.
    NotBytes,
    /// It is damaged gzip.
    Gzip,
    /// It inflates to something that is no UTF-8.
    NotUtf8,
    /// It inflates to something that is not one JSON value.
    NotJson,
    /// The request's budget is spent.
    OverBudget,
}

impl Undecoded {
    /// A short, stable word for counters and for the line of the event.
    pub fn reason(self) -> &'static str {
        match self {
            Self::UnknownCompression => "unknown_compression",
            Self::NotBytes => "not_bytes",
            Self::Gzip => "bad_gzip",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::OverBudget => "over_budget",
        }
    }
}

/// What became of an item's events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemOutcome {
    /// Events that were handed on.
    pub events: u64,
    /// Of these: still compressed.
    pub undecoded: u64,
    /// Of these: without a usable timestamp.
    pub odd: u64,
    /// Elements that are no objects, and were left out.
    pub refused: u64,
}

/// Undoes per-event compression. Keep one per thread: it owns the tables and buffers, so that no event allocates.
pub struct Decoder {
    gunzip: Gunzip,
    /// A gzip member, taken out of its string.
    member: Vec<u8>,
    /// The event under construction.
    event: Vec<u8>,
    /// The same with placeholders for what was inflated.
    skeleton: Vec<u8>,
    /// Where in `event` the inflated values lie.
    inflated: Vec<Range<usize>>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("kept", &(self.event.len() + self.member.len())).finish_non_exhaustive()
    }
}

impl Decoder {
    /// A decoder with empty buffers.
    pub fn new() -> Self {
        Self {
            gunzip: Gunzip::new(),
            member: Vec::new(),
            event: Vec::new(),
            skeleton: Vec::new(),
            inflated: Vec::new(),
        }
    }

    /// Hands each event of a `$snapshot` item to `visit`, in the item's order.
    pub fn decode_item(
        &mut self,
        item: &Item<'_>,
        mut clock: ItemClock,
        budget: &mut Budget,
        mut visit: impl FnMut(DecodedEvent<'_>),
    ) -> Result<ItemOutcome, ItemRefused> {
        let shapes = item.shapes()?;
        self.forget_large_buffers();
        let mut outcome = ItemOutcome::default();
        for (index, shape) in (0u32..).zip(shapes) {
            let as_it_came = shape.span.of(item.text);
            let (json, skeleton, undecoded) = match &shape.form {
                Form::NotAnObject => {
                    outcome.refused += 1;
                    continue;
                }
                Form::Plain => (as_it_came, as_it_came, None),
                Form::UnknownCompression | Form::Compressed(_) if item.is_mobile() => (as_it_came, as_it_came, None),
                Form::UnknownCompression => (as_it_came, as_it_came, Some(Undecoded::UnknownCompression)),
                Form::Compressed(cuts) => match self.undo(item.text, shape.span, cuts, budget) {
                    Ok((json, skeleton)) => (json, skeleton, None),
                    Err(reason) => (as_it_came, as_it_came, Some(reason)),
                },
            };
            // The envelope's reader has passed over this object, so this cannot fail; but a journal is read again at each
            // start, and a mistake here must not be one that stops it for ever.
            let Ok(facts) = EventFacts::read(skeleton) else {
                outcome.refused += 1;
                continue;
            };
            let line = json::on_one_line(json);
            let at = clock.next(facts.timestamp, facts.keeps_time);
            outcome.events += 1;
            outcome.undecoded += u64::from(undecoded.is_some());
            outcome.odd += u64::from(at.odd);
            visit(DecodedEvent { index, json: &line, facts, time: at.time, odd: at.odd, undecoded });
        }
        Ok(outcome)
    }

    /// Undoes the compression of an event that stands by itself, as exported files hold them.
    ///
    /// # Errors
    /// When the text is not one JSON object.
    pub fn undo_event<'a>(
        &'a mut self,
        event: &'a str,
        budget: &mut Budget,
    ) -> Result<(&'a str, EventFacts<'a>, Option<Undecoded>), JsonError> {
        let (shape, end) = EventShape::read(event, 0)?;
        if end != event.len() {
            return Err(JsonError { at: end, expected: "the end of the event" });
        }
        let as_it_came = |reason| Ok((event, EventFacts::read(event)?, reason));
        match shape.form {
            Form::Plain | Form::NotAnObject => as_it_came(None),
            Form::UnknownCompression => as_it_came(Some(Undecoded::UnknownCompression)),
            Form::Compressed(cuts) => {
                self.forget_large_buffers();
                match self.undo(event, shape.span, &cuts, budget) {
                    Ok((json, skeleton)) => Ok((json, EventFacts::read(skeleton)?, None)),
                    Err(reason) => as_it_came(Some(reason)),
                }
            }
        }
    }

    /// Builds the event that stands at `span` without its compression; returns it and its skeleton.
    fn undo(&mut self, text: &str, span: Span, cuts: &[Cut], budget: &mut Budget) -> Result<(&str, &str), Undecoded> {
        self.inflated.clear();
        self.skeleton.clear();
        let mut length = 0;
        let mut from = span.start();
        for cut in cuts {
            let (Cut::Mark(cut_span) | Cut::Value(cut_span)) = *cut;
            let before = &text.as_bytes()[from..cut_span.start()];
            length = put(&mut self.event, length, before);
            self.skeleton.extend_from_slice(before);
            from = cut_span.end();
            if let Cut::Value(value) = *cut {
                length = self.inflate(value.of(text), length, budget)?;
            }
        }
        let rest = &text.as_bytes()[from..span.end()];
        length = put(&mut self.event, length, rest);
        self.skeleton.extend_from_slice(rest);

        let event = simdutf8::basic::from_utf8(&self.event[..length]).map_err(|_| Undecoded::NotUtf8)?;
        let is_value =
            |range: &Range<usize>| event.get(range.clone()).is_some_and(|part| json::one_value(part).is_ok());
        if !self.inflated.iter().all(is_value) {
            return Err(Undecoded::NotJson);
        }
        let skeleton = simdutf8::basic::from_utf8(&self.skeleton).map_err(|_| Undecoded::NotUtf8)?;
        Ok((event, skeleton))
    }

    /// Appends what a string value holds to the event, and a placeholder to the skeleton. A string that is no gzip after
    /// all is appended as it is. Returns the event's length.
    fn inflate(&mut self, value: &str, length: usize, budget: &mut Budget) -> Result<usize, Undecoded> {
        let bytes = latin1::bytes_of(&value[1..value.len() - 1], &mut self.member).ok_or(Undecoded::NotBytes)?;
        let member = &self.member[..bytes];
        if !member.starts_with(&gunzip::MAGIC) {
            self.skeleton.extend_from_slice(value.as_bytes());
            return Ok(put(&mut self.event, length, value.as_bytes()));
        }
        let done = self.gunzip.run(member, &mut self.event, length, budget).map_err(|error| match error {
            GunzipError::OverBudget => Undecoded::OverBudget,
            GunzipError::Damaged => Undecoded::Gzip,
        })?;
        if done.damaged {
            return Err(Undecoded::Gzip);
        }
        self.skeleton.extend_from_slice(PLACEHOLDER);
        self.inflated.push(length..length + done.length);
        Ok(length + done.length)
    }

    fn forget_large_buffers(&mut self) {
        for buffer in [&mut self.member, &mut self.event, &mut self.skeleton] {
            if buffer.capacity() > KEPT_BYTES {
                *buffer = Vec::new();
            }
        }
    }
}

/// Copies `bytes` to `scratch` (which owns its whole length) at `at`; returns the position behind them.
fn put(scratch: &mut Vec<u8>, at: usize, bytes: &[u8]) -> usize {
    let end = at + bytes.len();
    if scratch.len() < end {
        scratch.resize(end.max(scratch.len() * 2), 0);
    }
    scratch[at..end].copy_from_slice(bytes);
    end
}
