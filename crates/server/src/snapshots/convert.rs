//! Lines of ours as lines of PostHog's: `["<window id>", event]`.

use cassette_recording::file::Carried;

/// Appends the events of a block's lines, one a line, each with its line break. Lines without an event are passed over.
pub(super) fn append_jsonl(out: &mut Vec<u8>, lines: &[u8]) {
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', lines) {
        append_line(out, &lines[from..end]);
        from = end + 1;
    }
    append_line(out, &lines[from..]);
}

fn append_line(out: &mut Vec<u8>, line: &[u8]) {
    let Some(Carried { window_id, event }) = Carried::read(line) else { return };
    out.push(b'[');
    out.extend_from_slice(window_id);
    out.push(b',');
    out.extend_from_slice(event);
    out.extend_from_slice(b"]\n");
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
        let mut out = Vec::new();
        append_jsonl(&mut out, lines.as_bytes());
        let expected = concat!(
            r#"["w\"1",{"type":2,"n":12345678901234567890,"n":1.50}]"#,
            "\n",
            r#"["w",{"half":"\ud83d"}]"#,
            "\n",
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
