//! Lines of ours as lines of PostHog's: `["<window id>", event]`.

use std::ops::Range;

use cassette_recording::file::Carried;

/// Makes of a block's lines those of its events, each *behind* a line break; lines without an event are left out. In place:
/// a line of ours is always longer than what becomes of it, so what is not read yet is never written over.
pub(super) fn to_jsonl(lines: &mut Vec<u8>) {
    let (mut from, mut to) = (0, 0);
    while from < lines.len() {
        let end = memchr::memchr(b'\n', &lines[from..]).map_or(lines.len(), |at| from + at);
        to = move_line(lines, from..end, to);
        from = end + 1;
    }
    lines.truncate(to);
}

/// Writes the event of the line at `line` to `to`; returns where that ends.
fn move_line(lines: &mut [u8], line: Range<usize>, to: usize) -> usize {
    let start = line.start;
    let Some((window, event)) = Carried::places(&lines[line]) else { return to };
    let comma = to + 2 + window.len();
    let bracket = comma + 1 + event.len();
    lines[to..to + 2].copy_from_slice(b"\n[");
    lines.copy_within(start + window.start..start + window.end, to + 2);
    lines[comma] = b',';
    lines.copy_within(start + event.start..start + event.end, comma + 1);
    lines[bracket] = b']';
    bracket + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_out_as_they_are_stored_and_nothing_else_does() {
        let lines = concat!(
            r#"{"type":"full_snapshot","seq":0,"timestamp":0,"window_id":"w\"1","event":{"type":2,"n":12345678901234567890,"n":1.50}}"#,
            "\n",
            r#"{"type":"captured","seq":1,"timestamp":0,"window_id":"w","name":"$identify","captured":{"event":{}}}"#,
            "\n",
            r#"{"type":"mutation","seq":2,"timestamp":3,"window_id":"w","event":{"half":"\ud83d"}}"#,
            "\n",
            r#"{"type":"checksum","seq":3,"lines":3,"sha256":""}"#,
            "\n",
        );
        let expected = concat!(
            "\n",
            r#"["w\"1",{"type":2,"n":12345678901234567890,"n":1.50}]"#,
            "\n",
            r#"["w",{"half":"\ud83d"}]"#,
        );
        assert_eq!(converted(lines), expected);
    }

    #[test]
    fn the_shortest_lines_with_the_longest_windows_do_not_run_into_each_other() {
        for window in [0, 1, 30, 200] {
            let window = "w".repeat(window);
            let line = |n: i32| format!(r#"{{"type":"event","window_id":"{window}","event":{{"n":{n}}}}}"#);
            let ours: Vec<String> = (0..50).map(line).collect();
            let expected: String = (0..50).map(|n| format!("\n[\"{window}\",{{\"n\":{n}}}]")).collect();
            assert_eq!(converted(&ours.join("\n")), expected, "without a break at the end");
            assert_eq!(converted(&(ours.join("\n") + "\n\n")), expected);
        }
        assert_eq!(converted(""), "");
        assert_eq!(converted("\n"), "");
    }

    fn converted(lines: &str) -> String {
        let mut bytes = lines.as_bytes().to_vec();
        to_jsonl(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }
}
