//! The files of `fixtures/recordings/` as this version makes them, by their names. Section 12 of the format's document says
//! what each is for.

use std::io::Write;

use cassette_recording::file::Trailer;

use crate::sample::{self, event, full_snapshot, mutation};

const META: &str =
    r#"{"type":"meta","format":"cassette/1","session_id":"by-hand","project_id":1,"started_at":0,"ended_at":9}"#;
const SNAPSHOT: &str = r##"{"type":"full_snapshot","seq":#,"timestamp":0,"window_id":"w","event":{"type":2}}"##;

pub(crate) fn made() -> Vec<(&'static str, Vec<u8>)> {
    [whole(), recompressed(), damaged_text(), damaged_order(), damaged_words(), damaged_frames()].concat()
}

fn by_hand(meta: &str, blocks: &[&[&str]]) -> Vec<u8> {
    sample::sealed_by_hand(meta, blocks).into_bytes()
}

fn visit() -> String {
    String::from_utf8(sample::decompressed(&sample::visit_file())).unwrap()
}

/// The visit with some of its lines changed.
fn visit_with(change: impl FnOnce(&mut Vec<String>)) -> Vec<u8> {
    let mut lines: Vec<String> = visit().lines().map(str::to_owned).collect();
    change(&mut lines);
    (lines.join("\n") + "\n").into_bytes()
}

fn whole() -> Vec<(&'static str, Vec<u8>)> {
    let mut blocks = vec![full_snapshot(0, "a", 40_000), full_snapshot(10, "b", 40_000)];
    blocks.extend((0..90).map(|n| mutation(20 + n, "a", 4000)));
    blocks.push(full_snapshot(200, "a", 40_000));
    blocks.push(event(210, "b", r#"{"type":3,"data":{"source":3,"id":1,"x":0,"y":100},"timestamp":210}"#));
    let empty = sample::write(&sample::meta(), &[]).0;
    vec![
        ("v1/visit.ndjson.zst", sample::visit_file()),
        ("v1/visit.ndjson", visit().into_bytes()),
        ("v1/many-blocks.ndjson.zst", sample::write(&sample::meta(), &blocks).0),
        ("v1/without-lines.ndjson", sample::decompressed(&empty)),
        ("v1/without-lines.ndjson.zst", empty),
        ("v1/unknown-types.ndjson", unknown_types()),
        ("v1/unknown-members.ndjson", unknown_members()),
        ("v1/half-emojis.ndjson", half_emojis()),
        ("v1/huge-integers.ndjson", huge_integers()),
        ("v1/deep-trees.ndjson", deep_trees()),
        ("v1/times.ndjson", times()),
        ("v1/windows.ndjson", windows()),
        ("v1/imported.ndjson", imported()),
        ("v1/repaired.ndjson", repaired()),
        ("v1/line-breaks-in-text.ndjson", line_breaks_in_text()),
    ]
}

fn unknown_types() -> Vec<u8> {
    let block: &[&str] = &[
        r##"{"type":"mood","seq":#,"mood":["😀","\ud83d"]}"##,
        r##"{"type":"mood","seq":#,"timestamp":1,"event":{"type":3,"from":"the future"}}"##,
        r##"{ "seq" : #, "new":1, "event":{"type":3}, "type":"event", "name":"wink", "timestamp":2, "window_id":"w" }"##,
        r##"{"type":"full_snapshot","seq":#,"timestamp":3,"window_id":"w","event":{"type":2}}"##,
    ];
    by_hand(&META.replace("\"ended_at\":9", "\"ended_at\":9,\"weather\":\"fine\""), &[block])
}

/// Members that nobody knows, twice the same key, any order, white space, `null` for what may be absent.
fn unknown_members() -> Vec<u8> {
    let meta = r#"{"new":{"a":[1,"\ud83d"]},"ended_at":9,"started_at":0,"project_id":1,"project_id":4294967295,"session_id":"by-hand","format":"cassette/1","type":"meta","user_agent":null,"counts":null,"revision":null,"type":"meta"}"#;
    let block: &[&str] = &[
        r##"{"type":"event","seq":#,"timestamp":0,"window_id":"w","name":"click","target":{"id":7,"x":1.5,"y":-2,"force":0.5},"colour":"red","event":{"type":3,"data":{"source":2,"type":2,"id":7,"x":1.5,"y":-2},"timestamp":0}}"##,
        r##"{"type":"event","type":"event","seq":99,"seq":#,"timestamp":1,"window_id":"w","name":"click","target":null,"event":{"type":3}}"##,
        r##"{	"event":{"type":6,"data":{"plugin":"rrweb/console@1","payload":{"payload":["\"said\""],"level":"shout"}}},"level":"shout","name":"console" ,"window_id":"w","timestamp":2,"seq":#,"type":"event"}"##,
        r##"{"type":"event","seq":#,"timestamp":3,"window_id":"w","name":"console","level":null,"event":{"type":6,"data":null}}"##,
        r##"{"type":"event","seq":#,"timestamp":4,"window_id":"w","name":"page_view","event":{"type":4}}"##,
    ];
    by_hand(meta, &[block, &[SNAPSHOT.replace("\"timestamp\":0", "\"timestamp\":9").as_str()]])
}

/// Half of a surrogate pair wherever a string may stand.
fn half_emojis() -> Vec<u8> {
    let meta = META.replace("}", r#","distinct_ids":["a"],"first_url":"https://shop.example/é"}"#);
    let block: &[&str] = &[
        r##"{"type":"full_snapshot","seq":#,"timestamp":0,"window_id":"w","event":{"type":2,"data":{"\udc00":"\ud83d","text":"\ud83d\ude00 😀 \ude00\ud83d"}}}"##,
        r##"{"type":"event","seq":#,"timestamp":1,"window_id":"w","name":"page_view","href":"https://shop.example/?q=\ud83d","event":{"type":4,"data":{"href":"https://shop.example/?q=\ud83d"}}}"##,
        r##"{"type":"event","seq":#,"timestamp":2,"window_id":"w","name":"console","level":"log","event":{"type":6,"data":{"plugin":"rrweb/console@1","payload":{"level":"log","payload":["\"half: \ud83d\"","\"whole: 🦔\""]}}}}"##,
        r##"{"type":"captured","seq":#,"timestamp":3,"window_id":"w","name":"half \ud83d","captured":{"event":"half \ud83d"}}"##,
    ];
    by_hand(&meta, &[block])
}

fn huge_integers() -> Vec<u8> {
    let block: &[&str] = &[
        SNAPSHOT,
        r##"{"type":"event","seq":#,"timestamp":1,"window_id":"w","name":"unknown","event":{"type":123456789012345678901234567890,"data":{"a":-99999999999999999999,"b":0.1234567890123456789012345678901234567890,"c":1e400,"d":-1E-400,"e":-0}}}"##,
        r##"{"type":"event","seq":#,"timestamp":2,"window_id":"w","name":"click","target":{"id":123456789012345678901234567890,"x":1e3,"y":-0.5},"event":{"type":3,"data":{"source":2,"type":2,"id":123456789012345678901234567890,"x":1e3,"y":-0.5}}}"##,
        r##"{"type":"mutation","seq":#,"timestamp":9007199254740993,"window_id":"w","event":{"type":3,"data":{"source":0},"timestamp":18446744073709551617}}"##,
    ];
    by_hand(META, &[block])
}

fn deep_trees() -> Vec<u8> {
    let depth = 3000;
    let tree = format!("{}{}", r#"{"childNodes":["#.repeat(depth), "]}".repeat(depth));
    let snapshot = SNAPSHOT.replace("{\"type\":2}", &format!("{{\"type\":2,\"data\":{{\"node\":{tree}}}}}"));
    let list = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let mutation = format!(
        r##"{{"type":"mutation","seq":#,"timestamp":1,"window_id":"w","event":{{"type":3,"data":{{"source":0,"adds":{list}}}}}}}"##
    );
    let page = r##"{"type":"event","seq":#,"timestamp":2,"window_id":"w","name":"page_view","href":"https://shop.example/","event":{"type":4}}"##;
    by_hand(META, &[&[&snapshot, &mutation, page]])
}

/// Captured lines before the start, fractional and negative times of events, several lines of one millisecond, a recording that
/// began before 1970.
fn times() -> Vec<u8> {
    let meta = META.replace("\"started_at\":0,\"ended_at\":9", "\"started_at\":-1500,\"ended_at\":86398500");
    let block: &[&str] = &[
        r##"{"type":"captured","seq":#,"timestamp":-3600000,"window_id":"","name":"$pageview","distinct_id":"ann","captured":{"event":"$pageview"}}"##,
        r##"{"type":"captured","seq":#,"timestamp":-1,"window_id":"","name":"$identify","captured":{"event":"$identify"}}"##,
        r##"{"type":"full_snapshot","seq":#,"timestamp":0,"window_id":"","event":{"type":2,"timestamp":-1499.5}}"##,
        r##"{"type":"mutation","seq":#,"timestamp":0,"window_id":"","event":{"type":3,"data":{"source":0},"timestamp":-1499.25}}"##,
        r##"{"type":"event","seq":#,"timestamp":0,"window_id":"","name":"click","target":{"id":3},"event":{"type":3,"data":{"source":2,"type":2,"id":3},"timestamp":-1.4990e3}}"##,
        r##"{"type":"event","seq":#,"timestamp":86400000,"window_id":"","name":"page_view","href":"https://shop.example/","event":{"type":4,"data":{"href":"https://shop.example/"}}}"##,
    ];
    by_hand(&meta, &[block])
}

/// Three windows at once, one of which nobody drew, with ids as others name them.
fn windows() -> Vec<u8> {
    let meta = META.replace('}', r#","windows":["1","w \"2\"","ω"]}"#);
    let line = |window: &str, at: u32, rest: &str| {
        format!(r##"{{"type":{rest}"timestamp":{at},"window_id":"{window}","event":{{"type":3}}}}"##)
    };
    let lines = [
        line("1", 0, r##""full_snapshot","seq":#,"##),
        line(r#"w \"2\""#, 0, r##""full_snapshot","seq":#,"##),
        line("ω", 1, r##""event","name":"click","target":{"id":1,"x":0,"y":0},"seq":#,"##),
        line("1", 2, r##""mutation","seq":#,"##),
        line(r#"w \"2\""#, 3, r##""event","name":"page_view","href":"/\u00e9","seq":#,"##),
        line("1", 4, r##""full_snapshot","seq":#,"##),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    by_hand(&meta, &[&lines[..2], &lines[2..5], &lines[5..]])
}

/// As an importer writes it: no library, arrivals by the last event, and members of the form it came from.
fn imported() -> Vec<u8> {
    let meta = r#"{"type":"meta","format":"cassette/1","session_id":"import-00112233445566778899aabbccddeeff","project_id":1,"started_at":1795245310102,"ended_at":1795245310302,"first_arrival":1795245310302,"last_arrival":1795245310302,"revision":1,"distinct_ids":["ann"],"windows":["1"],"source":"web","counts":{"events":2,"clicks":1,"keypresses":0,"mouse_activity":1,"console_log":0,"console_warn":0,"console_error":0,"exceptions":0},"active_ms":1,"urls":[],"live_blocks":[],"odd_timestamps":1,"undecoded":0,"person":{"distinct_ids":["ann"],"properties":{"plan":"free","emoji":"\ud83d"}}}"#;
    let block: &[&str] = &[
        r##"{"type":"full_snapshot","seq":#,"timestamp":0,"window_id":"1","event":{"type":2,"data":{},"timestamp":1795245310102}}"##,
        r##"{"type":"event","seq":#,"timestamp":200,"window_id":"1","name":"click","target":{"id":2},"event":{"type":3,"data":{"source":2,"type":2,"id":2},"timestamp":1795245310302}}"##,
    ];
    by_hand(meta, &[block])
}

fn repaired() -> Vec<u8> {
    let mark = r#","repaired":{"lines_lost":2,"unverified":1,"end_lost":true,"meta_lost":false}}"#;
    by_hand(&META.replace('}', mark), &[&[SNAPSHOT]])
}

/// Characters that some readers take for line breaks.
fn line_breaks_in_text() -> Vec<u8> {
    let text = "a\u{2028}b\u{2029}c\u{85}d\u{b}e"
        .chars()
        .map(|c| if c == '\u{b}' { "\\u000b".to_owned() } else { c.to_string() })
        .collect::<String>();
    let page = format!(
        r##"{{"type":"event","seq":#,"timestamp":1,"window_id":"w","name":"page_view","href":"/{text}","event":{{"type":4, 	 "data":{{"href":"/{text}"}}}}}}"##
    );
    by_hand(META, &[&[SNAPSHOT, &page]])
}

fn recompressed() -> Vec<(&'static str, Vec<u8>)> {
    let plain = visit().into_bytes();
    let frame = |bytes: &[u8], level| zstd::bulk::compress(bytes, level).unwrap();
    let pieces = plain.chunks(500).flat_map(|piece| frame(piece, 1)).collect();
    let mut skippable = skippable(5, b"what others put there");
    skippable.extend(frame(b"", 3));
    for half in plain.chunks(plain.len() / 2) {
        skippable.extend(frame(half, 3));
        skippable.extend(self::skippable(15, b""));
    }
    // As pzstd does it: before each frame one to skip, of the kind that our index has, with the frame's size.
    let mut parallel = Vec::new();
    // As zstd's seekable format has it, without an index of ours.
    let (mut seekable, mut entries) = (Vec::new(), Vec::new());
    for part in plain.chunks(1000) {
        let compressed = frame(part, 3);
        parallel.extend(self::skippable(0, &u32::try_from(compressed.len()).unwrap().to_le_bytes()));
        parallel.extend(&compressed);
        seekable.extend(&compressed);
        entries.extend([compressed.len(), part.len()].map(|length| u32::try_from(length).unwrap().to_le_bytes()));
    }
    let footer = [&u32::try_from(entries.len() / 2).unwrap().to_le_bytes()[..], &[0], &0x8F92_EAB1_u32.to_le_bytes()];
    seekable.extend(self::skippable(14, &[entries.concat(), footer.concat()].concat()));
    let mut large_window = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    large_window.window_log(27).unwrap();
    large_window.long_distance_matching(true).unwrap();
    large_window.write_all(&plain).unwrap();
    vec![
        ("v1/recompressed.ndjson.zst", zstd::stream::encode_all(plain.as_slice(), 3).unwrap()),
        ("v1/recompressed-with-size.ndjson.zst", frame(&plain, 19)),
        ("v1/recompressed-in-pieces.ndjson.zst", pieces),
        ("v1/recompressed-among-skippable.ndjson.zst", skippable),
        ("v1/recompressed-in-parallel.ndjson.zst", parallel),
        ("v1/recompressed-seekable.ndjson.zst", seekable),
        ("v1/recompressed-large-window.ndjson.zst", large_window.finish().unwrap()),
        ("v1/recompressed-stored.ndjson.zst", stored(&plain)),
    ]
}

fn skippable(nibble: u8, payload: &[u8]) -> Vec<u8> {
    let head = [0x50 + nibble, 0x2A, 0x4D, 0x18];
    [head.as_slice(), &u32::try_from(payload.len()).unwrap().to_le_bytes(), payload].concat()
}

/// A frame of blocks that are not compressed, without size and checksum.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 0x50];
    frame.extend(stored_blocks(bytes));
    frame
}

fn stored_blocks(bytes: &[u8]) -> Vec<u8> {
    let last = u32::try_from(bytes.len()).unwrap() << 3 | 1;
    [&last.to_le_bytes()[..3], bytes].concat()
}

fn damaged_text() -> Vec<(&'static str, Vec<u8>)> {
    let text = visit();
    let plain = text.clone().into_bytes();
    let mut not_utf8 = plain.clone();
    not_utf8[text.find("no such item").unwrap()] = 0xFF;
    vec![
        ("damaged/empty.ndjson", Vec::new()),
        ("damaged/no-recording.ndjson", b"[]\n".to_vec()),
        ("damaged/byte-changed.ndjson", text.replace("no such item", "no such idea").into_bytes()),
        ("damaged/not-utf8.ndjson", not_utf8),
        ("damaged/no-json.ndjson", visit_with(|lines| lines[6] = lines[6].replace("\"window_id\"", "window_id"))),
        ("damaged/cut-in-a-line.ndjson", plain[..2500].to_vec()),
        ("damaged/cut-before-the-last-line-break.ndjson", plain[..plain.len() - 1].to_vec()),
        ("damaged/byte-order-mark.ndjson", ["\u{feff}", &text].concat().into_bytes()),
        ("damaged/carriage-returns.ndjson", text.replace('\n', "\r\n").into_bytes()),
        ("damaged/wrong-version.ndjson", text.replacen("cassette/1", "cassette/2", 1).into_bytes()),
        ("damaged/empty-line.ndjson", visit_with(|lines| lines.insert(6, String::new()))),
    ]
}

fn damaged_order() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("damaged/line-lost.ndjson", visit_with(|lines| drop(lines.remove(7)))),
        ("damaged/line-twice.ndjson", visit_with(|lines| lines.insert(8, lines[7].clone()))),
        ("damaged/lines-swapped.ndjson", visit_with(|lines| lines.swap(6, 9))),
        ("damaged/blocks-swapped.ndjson", visit_with(|lines| lines[1..13].rotate_left(4))),
        ("damaged/without-meta.ndjson", visit_with(|lines| drop(lines.remove(0)))),
        ("damaged/without-end.ndjson", visit_with(|lines| drop(lines.remove(13)))),
        ("damaged/without-checksum.ndjson", visit_with(|lines| drop(lines.remove(4)))),
        ("damaged/line-after-the-end.ndjson", visit_with(|lines| lines.push(lines[6].clone()))),
        ("damaged/concatenated.ndjson", visit().repeat(2).into_bytes()),
        ("damaged/second-meta.ndjson", by_hand(META, &[&[SNAPSHOT, META]])),
    ]
}

/// What no accident makes, but a writer with a mistake: all digests are right, unless they are the mistake.
fn damaged_words() -> Vec<(&'static str, Vec<u8>)> {
    let line = |seq: &str, timestamp: u32| SNAPSHOT.replace('#', seq).replace(":0,", &format!(":{timestamp},"));
    let whole = String::from_utf8(by_hand(META, &[&[SNAPSHOT]])).unwrap();
    let digest_at =
        |line: &str| whole.find(line).unwrap() + whole[whole.find(line).unwrap()..].find("sha256").unwrap() + 9;
    let with_digest = |line: &str| {
        let mut text = whole.clone();
        text.replace_range(digest_at(line)..digest_at(line) + 8, "00000000");
        text
    };
    // The end line's digest goes over the checksum line: made anew where that was changed.
    let sealed_again = |text: String| {
        let end = text.rfind("{\"type\":\"end\"").unwrap();
        let digest = cassette_recording::file::Digest::of(&text.as_bytes()[..end]).to_string();
        let at = end + text[end..].find("sha256").unwrap() + 9;
        let mut text = text;
        text.replace_range(at..at + 64, &digest);
        text.into_bytes()
    };
    vec![
        ("damaged/clock-runs-back.ndjson", by_hand(META, &[&[&line("#", 5), &line("#", 3), &line("#", 9)]])),
        ("damaged/seq-gap.ndjson", by_hand(META, &[&[SNAPSHOT, &line("5", 1)]])),
        ("damaged/seq-missing.ndjson", by_hand(META, &[&[SNAPSHOT, &line("#", 1).replace("\"seq\":#,", "")]])),
        ("damaged/checksum-wrong.ndjson", sealed_again(with_digest("\"type\":\"checksum\""))),
        ("damaged/checksum-counts-wrong.ndjson", sealed_again(whole.replace("\"lines\":2", "\"lines\":3"))),
        ("damaged/end-wrong.ndjson", with_digest("\"type\":\"end\"").into_bytes()),
        ("damaged/end-counts-wrong.ndjson", whole.replace("\"events\":1", "\"events\":2").into_bytes()),
        ("damaged/meta-incomplete.ndjson", by_hand(&META.replace("\"started_at\":0,", ""), &[&[SNAPSHOT]])),
        ("damaged/without-window.ndjson", by_hand(META, &[&[SNAPSHOT, &line("#", 1).replace("\"w\"", "1")]])),
        ("damaged/fractional-time.ndjson", by_hand(META, &[&[SNAPSHOT, &line("#", 1).replace(":1,", ":1.5,")]])),
    ]
}

fn damaged_frames() -> Vec<(&'static str, Vec<u8>)> {
    let visit = sample::visit_file();
    let trailer = visit.len() - Trailer::from_tail(&visit).unwrap().bytes();
    let changed = |at: usize| {
        let mut file = visit.clone();
        file[at] ^= 0x10;
        file
    };
    let huge = 100_u64 << 30;
    // A window of 96 GiB: 2^36 and half of it again.
    let window = [&[0x28, 0xB5, 0x2F, 0xFD, 0, 26 << 3 | 4], &stored_blocks(b"{}\n")[..]].concat();
    let size = [&[0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0x50], &huge.to_le_bytes()[..], &stored_blocks(b"{}\n")].concat();
    let mut index = visit[..trailer].to_vec();
    index.extend(skippable(0, &u32::MAX.to_le_bytes()));
    let mut table = visit.clone();
    let count = table.len() - 9;
    table[count..count + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    index.extend_from_slice(&visit[visit.len() - (17 + 8 * 4)..]);
    vec![
        ("damaged/cut-in-a-frame.ndjson.zst", visit[..visit.len() * 2 / 3].to_vec()),
        ("damaged/cut-in-the-trailer.ndjson.zst", visit[..visit.len() - 30].to_vec()),
        ("damaged/index-changed.ndjson.zst", changed(trailer + 60)),
        ("damaged/frame-changed.ndjson.zst", changed(trailer + 60 - 400)),
        ("damaged/first-frame-changed.ndjson.zst", changed(40)),
        ("damaged/magic-changed.ndjson.zst", changed(1)),
        ("damaged/concatenated.ndjson.zst", visit.repeat(2)),
        ("damaged/bytes-behind.ndjson.zst", [visit.as_slice(), b"what does not belong here"].concat()),
        ("damaged/claims-100-gb-of-text.ndjson.zst", size),
        ("damaged/claims-100-gb-of-window.ndjson.zst", window),
        ("damaged/claims-4-gb-of-index.ndjson.zst", index),
        ("damaged/claims-32-gb-of-seek-table.ndjson.zst", table),
    ]
}
