//! rrweb events: an array, an object with one, lines, packed.

use std::io::Read;

use cassette_recording::event::EventFacts;
use cassette_recording::json;
use cassette_recording::limits::FILE_LINE_BYTES;
use flate2::read::ZlibDecoder;

use super::gathering::{Element, Gathering};
use super::json_stream::{JsonStream, Stop, Text};
use super::{Kind, ReadError};

/// Plain rrweb knows no windows.
const WINDOW: &str = "";

/// Reads an array of events.
pub(super) fn array(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<Kind, ReadError> {
    let packed = elements(stream, to)?;
    stream.end()?;
    Ok(if packed { Kind::RrwebPacked } else { Kind::RrwebArray })
}

/// Reads an object with an array of events.
pub(super) fn object(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<Kind, ReadError> {
    let mut found = 0;
    stream.object(|stream, key| match key {
        "events" | "snapshots" if stream.peek()? == Some(b'[') => {
            found += 1;
            elements(stream, to).map(drop)
        }
        _ => {
            to.facts().leave_out("members beside the events", 1, "their meaning is not known");
            stream.skip()
        }
    })?;
    stream.end()?;
    match found {
        1 => Ok(Kind::RrwebArray),
        found => Err(ReadError::Invalid(format!("expected one list of events, found {found}"))),
    }
}

/// Reads events, one a line.
pub(super) fn lines(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<Kind, ReadError> {
    let mut packed = false;
    if stream.peek()?.is_none() {
        return Ok(Kind::RrwebLines);
    }
    loop {
        packed |= element(stream, to)?;
        if !stream.next_line()? {
            return Ok(if packed { Kind::RrwebPacked } else { Kind::RrwebLines });
        }
    }
}

fn elements(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<bool, ReadError> {
    let mut packed = false;
    stream.array(|stream| {
        // Services that keep a recording in pieces give an array of arrays.
        packed |= match stream.peek()? {
            Some(b'[') => {
                let mut packed = false;
                stream.array(|stream| {
                    packed |= element(stream, to)?;
                    Ok(())
                })?;
                packed
            }
            _ => element(stream, to)?,
        };
        Ok(())
    })?;
    Ok(packed)
}

/// Takes one event; says whether it is packed.
fn element(stream: &mut JsonStream<impl Read>, to: &mut Gathering<'_>) -> Result<bool, ReadError> {
    let packed = stream.peek()? == Some(b'"');
    let element = stream.value(|text, at| {
        let window = to.window(WINDOW)?;
        if !packed {
            return to.element(text, at, window);
        }
        let end = json::skip_string(text.as_bytes(), at)?;
        take_packed(&text[at + 1..end - 1], window, to)?;
        Ok((Element::Taken, end))
    })?;
    to.facts().count(element);
    Ok(packed)
}

/// Takes an event that rrweb's packer made a string of: zlib of its JSON, one character a byte. Like rrweb's own reader it
/// takes JSON in a string too.
fn take_packed(inner: &str, window: usize, to: &mut Gathering<'_>) -> Result<(), Stop> {
    const EXPECTED: &str = "an event packed by rrweb";
    let unescaped = json::unescape(inner);
    if unescaped.starts_with('{') {
        return take_unpacked(&unescaped, window, to);
    }
    let bytes: Option<Vec<u8>> = unescaped.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
    let bytes = bytes.ok_or_else(|| Stop::unexpected(EXPECTED, "a string with characters that are no bytes"))?;
    let mut unpacked = Vec::new();
    ZlibDecoder::new(bytes.as_slice())
        .take(FILE_LINE_BYTES as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| Stop::unexpected(EXPECTED, "a string that is no zlib"))?;
    if unpacked.len() > FILE_LINE_BYTES {
        return Err(Stop::unexpected(EXPECTED, format!("more than {FILE_LINE_BYTES} bytes in it")));
    }
    let text = simdutf8::basic::from_utf8(&unpacked)
        .map_err(|_| Stop::unexpected(EXPECTED, "something in it that is no UTF-8"))?;
    take_unpacked(text, window, to)
}

/// Takes the event without the member by which the packer marks its version.
fn take_unpacked(event: &str, window: usize, to: &mut Gathering<'_>) -> Result<(), Stop> {
    let no_event = |error: json::JsonError| Stop::unexpected("a packed event", format!("JSON with a mistake: {error}"));
    let event = json::one_value(event).map_err(no_event)?;
    let mut compressed = false;
    let mut mark = None;
    let (facts, _) = EventFacts::read_at(event, 0, |key, value| match key {
        "v" => mark = Some((key, value)),
        key => compressed |= key == "cv",
    })
    .map_err(no_event)?;
    match mark {
        Some((key, "\"v1\"")) => {
            let from = offset_of(event, key) - 1;
            let to_byte = end_of_member(event, from).map_err(no_event)?;
            to.event_without(window, event, (from, to_byte), &facts, compressed).map_err(Stop::Refused)
        }
        Some((_, other)) => Err(Stop::unexpected("version \"v1\" of a packed event", other)),
        None => to.take(window, Text::made(event), &facts, compressed).map_err(Stop::Refused),
    }
}

/// Where a part of a text begins in it.
pub(super) fn offset_of(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// Where the member ends whose key begins (with its quote) at `at`.
pub(super) fn end_of_member(text: &str, at: usize) -> Result<usize, json::JsonError> {
    let colon = json::skip_whitespace(text.as_bytes(), json::skip_string(text.as_bytes(), at)?);
    json::skip_value(text, json::skip_whitespace(text.as_bytes(), colon + 1))
}
