//! Lines with their times counted from where the listing says.

use cassette_recording::live::LiveLine;

/// Lines of a live block, or of a chunk that is not flushed yet, as a player reads them: like lines of a finished
/// recording, without `seq`, and with `item` and `index` so that repeats are known. `correction` and `base` in
/// milliseconds.
pub(super) fn live_lines(lines: &[u8], correction: i64, base: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.split(|&byte| byte == b'\n') {
        let Some(line) = std::str::from_utf8(line).ok().and_then(LiveLine::read) else { continue };
        let timestamp = line.key.time.saturating_add(correction).saturating_sub(base);
        let head = format!(
            "{{\"type\":\"{}\",\"timestamp\":{timestamp},\"item\":\"{}\",\"index\":{},",
            line.line_type, line.key.item, line.key.index
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(line.rest.as_bytes());
        out.push(b'\n');
    }
    out
}

/// The time of the first line of a live block, by the visitor's clock.
pub(super) fn first_time(lines: &[u8]) -> Option<i64> {
    let line = lines.split(|&byte| byte == b'\n').next()?;
    Some(LiveLine::read(std::str::from_utf8(line).ok()?)?.key.time)
}

/// Lines of a finished block, `shift` milliseconds later.
pub(super) fn finished_lines(lines: &[u8], shift: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        match std::str::from_utf8(line).ok().and_then(split_timestamp) {
            Some((before, timestamp, after)) => {
                out.extend_from_slice(before.as_bytes());
                out.extend_from_slice(timestamp.saturating_add(shift).to_string().as_bytes());
                out.extend_from_slice(after.as_bytes());
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// Lines of a keyframe, `shift` milliseconds later.
pub(super) fn keyframe_lines(lines: &[u8], shift: i64) -> Vec<u8> {
    const KEY: &str = "\",\"timestamp\":";
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        let parts = std::str::from_utf8(line).ok().and_then(|line| {
            let (line_type, rest) = line.split_once(KEY)?;
            let (timestamp, rest) = rest.split_once(',')?;
            Some((line_type, timestamp.parse::<i64>().ok()?, rest))
        });
        match parts {
            Some((line_type, timestamp, rest)) => {
                let timestamp = timestamp.saturating_add(shift);
                out.extend_from_slice(format!("{line_type}{KEY}{timestamp},").as_bytes());
                out.extend_from_slice(rest.as_bytes());
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// A line of our own writer, cut at its timestamp; `None` for lines that have none.
fn split_timestamp(line: &str) -> Option<(&str, i64, &str)> {
    const KEY: &str = ",\"timestamp\":";
    let after_type = line.strip_prefix("{\"type\":\"")?;
    let (_, after_seq) = after_type.split_once(",\"seq\":")?;
    let digits = after_seq.find(|c: char| !c.is_ascii_digit())?;
    let after_key = after_seq[digits..].strip_prefix(KEY)?;
    let end = after_key.find(',')?;
    let timestamp = after_key[..end].parse().ok()?;
    Some((&line[..line.len() - after_key.len()], timestamp, &after_key[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_lines_count_from_the_base() {
        let line = "{\"type\":\"event\",\"time\":1500,\"item\":\"01a1fcf5-801b-7281-b87f-8084dfc6a672\",\"index\":3,\
                    \"window_id\":\"w\",\"event\":{\"time\":1}}\n";
        let out = String::from_utf8(live_lines(line.as_bytes(), 20, 1000)).unwrap();
        let expected = "{\"type\":\"event\",\"timestamp\":520,\"item\":\"01a1fcf5-801b-7281-b87f-8084dfc6a672\",\
                        \"index\":3,\"window_id\":\"w\",\"event\":{\"time\":1}}\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn lines_of_a_keyframe_are_shifted_and_their_events_are_not() {
        let lines = "{\"type\":\"full_snapshot\",\"timestamp\":40,\"window_id\":\"w\",\"event\":{\"timestamp\":40}}\n\
                     {\"type\":\"event\",\"timestamp\":40,\"window_id\":\"w\",\"name\":\"scroll\",\"event\":{}}\n";
        let out = String::from_utf8(keyframe_lines(lines.as_bytes(), -50)).unwrap();
        assert_eq!(out, lines.replace("\"timestamp\":40,", "\"timestamp\":-10,"));
    }

    #[test]
    fn finished_lines_are_shifted_and_others_left_alone() {
        let lines = "{\"type\":\"event\",\"seq\":7,\"timestamp\":-5,\"window_id\":\"w\",\"event\":{}}\n\
                     {\"type\":\"checksum\",\"seq\":8,\"lines\":1,\"sha256\":\"\"}\n";
        let out = String::from_utf8(finished_lines(lines.as_bytes(), 100)).unwrap();
        assert_eq!(out, lines.replace("-5", "95"));
    }
}
