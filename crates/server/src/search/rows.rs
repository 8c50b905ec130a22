//! What can be looked for, taken out of lines. Only two sorts of lines are looked into: captured events and console lines.

use std::borrow::Cow;

use cassette_recording::event::{EventKind, EventName};
use cassette_recording::file::{Content, ParsedLine};
use cassette_recording::json::{self, Array, JsonError, Object};
use cassette_recording::live::LiveLine;
use cassette_store::catalog::search::{CONSOLE_PER_RECORDING, EVENTS_PER_RECORDING, MESSAGE_CHARS, PROPERTIES_BYTES};
use cassette_store::catalog::{ConsoleRow, EventRow, SearchRows};

/// The beginning of a line, in which stands what it is.
const HEAD: usize = 512;

/// Bytes of a name that are kept: longer ones are nobody's event.
const NAME_BYTES: usize = 400;

/// Bytes of one property, and of one that holds the person's.
const VALUE_BYTES: usize = 1024;
const PERSON_BYTES: usize = 2048;

/// Adds what lines of a live block tell; `first` is the corrected time of the first of them, epoch ms.
pub(super) fn add_live_lines(rows: &mut SearchRows, lines: &[u8], first: i64) {
    // The first line is the earliest, whatever it is.
    let first_time = texts(lines).next().and_then(LiveLine::read).map(|line| line.key.time);
    let correction = first_time.map_or(0, |time| first.saturating_sub(time));
    for line in texts(lines).filter(|line| is_of_interest(line)).filter_map(LiveLine::read) {
        let at = line.key.time.saturating_add(correction);
        add_line(rows, &format!("{{\"type\":\"{}\",\"timestamp\":{at},{}", line.line_type, line.rest), 0);
    }
}

/// Adds what lines of a file tell whose times count from `started_at`, epoch ms.
pub(super) fn add_finished_lines(rows: &mut SearchRows, lines: &[u8], started_at: i64) {
    for line in texts(lines).filter(|line| is_of_interest(line)) {
        add_line(rows, line, started_at);
    }
}

fn texts(lines: &[u8]) -> impl Iterator<Item = &str> {
    lines.split(|&byte| byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok())
}

/// Whether it may be one of the two sorts, by its beginning.
fn is_of_interest(line: &str) -> bool {
    let head = &line.as_bytes()[..line.len().min(HEAD)];
    head.starts_with(b"{\"type\":\"captured\"")
        || head.starts_with(b"{\"type\":\"event\"") && memchr::memmem::find(head, b"\"name\":\"console\"").is_some()
}

fn add_line(rows: &mut SearchRows, line: &str, started_at: i64) {
    let Ok(parsed) = ParsedLine::parse(line) else { return };
    let at = started_at.saturating_add(parsed.timestamp.unwrap_or_default());
    match parsed.content {
        Content::Captured { name, captured, .. } if rows.events.len() < EVENTS_PER_RECORDING => {
            let (uuid, properties) = properties(captured).unwrap_or_default();
            let name = name[..name.floor_char_boundary(NAME_BYTES)].to_owned();
            rows.events.push(EventRow { name, at, uuid, properties });
        }
        Content::Event { kind: EventKind::Named(EventName::Console), level, .. }
            if rows.console.len() < CONSOLE_PER_RECORDING =>
        {
            let message = parsed.event.and_then(|event| message(event).ok()).unwrap_or_default();
            rows.console.push(ConsoleRow {
                at,
                level: level.map_or_else(|| "log".to_owned(), Cow::into_owned),
                message,
            });
        }
        _ => {}
    }
}

/// The id of a captured event, and of its properties those that fit, as a JSON object: first those that the site gave.
fn properties(captured: &str) -> Result<(Option<String>, String), JsonError> {
    let (mut uuid, mut own, mut sdks) = (None, Vec::new(), Vec::new());
    let mut item = Object::open(captured, 0)?;
    while let Some(key) = item.next_key()? {
        match key {
            "uuid" => uuid = json::string_value(item.value()?).map(Cow::into_owned).filter(|uuid| uuid.len() <= 64),
            "$set" | "$set_once" => own.push((key, item.value()?)),
            "properties" => {
                let Ok(mut members) = Object::open(captured, item.value_at()) else { continue };
                while let Some(key) = members.next_key()? {
                    let value = members.value()?;
                    match key {
                        "token" => {}
                        "$set" | "$set_once" => own.push((key, value)),
                        key if key.starts_with('$') => sdks.push((key, value)),
                        _ => own.push((key, value)),
                    }
                }
                item.resume(members.end()?);
            }
            _ => {}
        }
    }
    Ok((uuid, fitting(own.into_iter().chain(sdks))))
}

fn fitting<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = "{".to_owned();
    for (key, value) in members {
        let most = if matches!(key, "$set" | "$set_once") { PERSON_BYTES } else { VALUE_BYTES };
        let fits = value.len() <= most && out.len() + key.len() + value.len() + 5 <= PROPERTIES_BYTES;
        if fits {
            let comma = if out.len() > 1 { "," } else { "" };
            out.push_str(&format!("{comma}\"{key}\":{value}"));
        }
    }
    out + "}"
}

/// What a console line says: its arguments, one behind the other. Each is written as JSON by the recorder.
fn message(event: &str) -> Result<String, JsonError> {
    let mut message = String::new();
    let data = member_at(event, 0, "data")?;
    let payload = member_at(event, data, "payload")?;
    let mut arguments = Array::open(event, member_at(event, payload, "payload")?)?;
    while let Some(argument) = arguments.next_value()? {
        if message.len() > 4 * MESSAGE_CHARS {
            break;
        }
        let text = json::string_value(argument).unwrap_or(Cow::Borrowed(argument));
        let inner = json::string_value(&text).filter(|_| json::one_value(&text).is_ok());
        if !message.is_empty() {
            message.push(' ');
        }
        message.push_str(inner.as_deref().unwrap_or(&text));
    }
    Ok(match message.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => message[..end].to_owned(),
        None => message,
    })
}

/// Where the value of a member begins.
fn member_at(text: &str, object: usize, name: &str) -> Result<usize, JsonError> {
    let mut members = Object::open(text, object)?;
    while let Some(key) = members.next_key()? {
        if key == name {
            return Ok(members.value_at());
        }
    }
    Err(JsonError { at: object, expected: "another member" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTIFY: &str = r#"{"event":"$identify","uuid":"0198","properties":{"token":"phc_x","$lib":"web","plan":"pro","n":12345678901234567890,"half":"\ud83d","$big":[BIG]},"$set":{"email":"ann@example.com"}}"#;
    const CONSOLE: &str = r#"{"type":6,"data":{"plugin":"rrweb/console@1","payload":{"level":"warn","trace":[],"payload":["\"Slow: \\\"cart\\\"\"","{\"ms\":5}","7"]}},"timestamp":1500}"#;

    #[test]
    fn captured_events_and_console_lines_are_taken_out_of_a_finished_block() {
        let identify = IDENTIFY.replace("BIG", "1,".repeat(2000).trim_end_matches(','));
        let lines = format!(
            "{}\n{}\n{}\n{}\n",
            r#"{"type":"mutation","seq":0,"timestamp":0,"window_id":"w","event":{"name":"console"}}"#,
            format_args!(
                "{{\"type\":\"captured\",\"seq\":1,\"timestamp\":-5,\"window_id\":\"w\",\"name\":\"$identify\",\"captured\":{identify}}}"
            ),
            format_args!(
                "{{\"type\":\"event\",\"seq\":2,\"timestamp\":500,\"window_id\":\"w\",\"name\":\"console\",\"level\":\"warn\",\"event\":{CONSOLE}}}"
            ),
            r#"{"type":"checksum","seq":3,"lines":3,"sha256":""}"#,
        );
        let mut rows = SearchRows::default();
        add_finished_lines(&mut rows, lines.as_bytes(), 1000);
        assert!(rows.events.len() == 1 && rows.console.len() == 1, "{rows:?}");
        let event = &rows.events[0];
        assert_eq!((event.name.as_str(), event.at, event.uuid.as_deref()), ("$identify", 995, Some("0198")));
        let expected = r#"{"plan":"pro","n":12345678901234567890,"half":"\ud83d","$set":{"email":"ann@example.com"},"$lib":"web"}"#;
        assert_eq!(event.properties, expected);
        let line = &rows.console[0];
        assert_eq!((line.at, line.level.as_str()), (1500, "warn"));
        assert_eq!(line.message, r#"Slow: "cart" {"ms":5} 7"#);
    }

    #[test]
    fn lines_of_a_live_block_are_dated_by_its_first() {
        let item = "01a1fcf5-801b-7281-b87f-8084dfc6a672";
        let lines = format!(
            "{{\"type\":\"mutation\",\"time\":100,\"item\":\"{item}\",\"index\":0,\"window_id\":\"w\",\"event\":{{}}}}\n\
             {{\"type\":\"captured\",\"time\":130,\"item\":\"{item}\",\"index\":1,\"window_id\":\"w\",\"name\":\"x\",\"captured\":{{}}}}\n"
        );
        let mut rows = SearchRows::default();
        add_live_lines(&mut rows, lines.as_bytes(), 1100);
        assert_eq!((rows.events[0].at, rows.events[0].properties.as_str()), (1130, "{}"));
    }

    #[test]
    fn what_is_too_much_is_cut_and_what_is_odd_is_nothing() {
        let long = format!(r#"{{"data":{{"payload":{{"payload":["{}"]}}}}}}"#, "ä".repeat(MESSAGE_CHARS + 5));
        assert_eq!(message(&long).unwrap().chars().count(), MESSAGE_CHARS);
        for odd in ["{}", r#"{"data":[]}"#, r#"{"data":{"payload":{"payload":{}}}}"#] {
            assert!(message(odd).is_err(), "{odd}");
        }
        let many: String = (0..1000).map(|n| format!("\"p{n}\":\"{}\",", "x".repeat(20))).collect();
        let (_, kept) = properties(&format!("{{\"properties\":{{{}}}}}", many.trim_end_matches(','))).unwrap();
        assert!(kept.len() <= PROPERTIES_BYTES && json::one_value(&kept).is_ok());
    }
}
