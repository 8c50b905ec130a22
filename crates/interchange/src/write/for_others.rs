//! Lines for those who watch through a link: what an offline file shows, and less.
//!
//! ## Rules
//! 1. Only lines with an rrweb event, as [`super::share`] leaves them. Captured events tell of persons and are left out.
//! 2. Only lines of the time that is shown. What happened outside of it does not leave the server, so a picture at its
//!    beginning needs a full snapshot inside.
//! 3. A line that cannot be read is left out: nobody can say what it would show.

use std::ops::RangeInclusive;

use cassette_recording::file::{Content, ParsedLine};

use super::share::{Share, Shared};

/// Of these lines, of a finished recording or of one that runs, those that others may see; `shown` in the time of the
/// lines. Each ends with a line break.
pub fn for_others(lines: &[u8], shown: &RangeInclusive<i64>) -> Vec<u8> {
    let mut share = Share::default();
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.split(|&byte| byte == b'\n') {
        let Some(line) = std::str::from_utf8(line).ok().and_then(|line| ParsedLine::parse(line).ok()) else { continue };
        if !matches!(line.content, Content::Event { .. }) || !line.timestamp.is_some_and(|at| shown.contains(&at)) {
            continue;
        }
        let seen = match share.line(&line) {
            Shared::AsItIs => line.raw,
            Shared::Changed(changed) => changed,
            Shared::LeftOut | Shared::Passed => continue,
        };
        out.extend_from_slice(seen.as_bytes());
        out.push(b'\n');
    }
    out
}

/// Of a line, the window it happened in, as JSON, and its event, byte for byte.
pub fn window_and_event(line: &str) -> Option<(String, &str)> {
    let line = ParsedLine::parse(line).ok()?;
    let mut window = Vec::new();
    cassette_recording::json::write_string(&mut window, line.window_id.as_deref()?);
    Some((String::from_utf8(window).ok()?, line.event?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &str, from: i64, to: i64) -> String {
        String::from_utf8(for_others(lines.as_bytes(), &(from..=to))).unwrap()
    }

    fn line(at: i64, event: &str) -> String {
        format!(r#"{{"type":"event","seq":1,"timestamp":{at},"window_id":"w","name":"x","event":{event}}}"#) + "\n"
    }

    #[test]
    fn only_the_time_that_is_shown_leaves() {
        let (early, first, last, late) = (line(9, "{}"), line(10, "{\"a\":1}"), line(20, "{\"b\":2}"), line(21, "{}"));
        assert_eq!(shown(&[early, first.clone(), last.clone(), late].concat(), 10, 20), [first, last].concat());
    }

    #[test]
    fn settings_requests_and_persons_are_not_for_others() {
        let request = r#"{"type":6,"data":{"plugin":"rrweb/network@1","payload":{"requests":[{"name":"/a?key=1","responseBody":"secret"}]}}}"#;
        let settings = r#"{"type":5,"data":{"tag":"$posthog_config","payload":{"token":"phc_1"}}}"#;
        let captured = r#"{"type":"captured","seq":2,"timestamp":5,"window_id":"w","name":"$identify","distinct_id":"ann","captured":{"event":"$identify"}}"#;
        let checksum = r#"{"type":"checksum","seq":3,"lines":2,"sha256":"00"}"#;
        let lines = format!("{}{}{captured}\n{checksum}\nnot a line\n", line(1, settings), line(2, request));
        let seen = shown(&lines, 0, 100);
        assert_eq!(seen.lines().count(), 1, "{seen}");
        assert!(seen.contains(r#"{"name":"/a"}"#) && !seen.contains("secret") && !seen.contains("ann"), "{seen}");
    }

    #[test]
    fn a_line_of_a_running_recording_is_read_too_and_half_emojis_stay() {
        let line = r#"{"type":"mutation","timestamp":7,"item":"01a1fcf5-801b-7281-b87f-8084dfc6a672","index":0,"window_id":"w\u0022","event":{"t":"\ud83d","n":123456789012345678901234567890}}"#;
        let seen = shown(&format!("{line}\n"), 0, 10);
        assert_eq!(seen, format!("{line}\n"));
        let (window, event) = window_and_event(seen.trim_end()).unwrap();
        assert_eq!(window, r#""w\"""#);
        assert_eq!(event, r#"{"t":"\ud83d","n":123456789012345678901234567890}"#);
    }
}
