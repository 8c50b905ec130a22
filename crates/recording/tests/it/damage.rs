//! Whatever happens to a file, it is noticed, and what is whole is said to be whole.

use std::io::Cursor;

use cassette_recording::file::{Trailer, TrailerState, verify, verify_file};

use crate::sample;

fn plain() -> String {
    String::from_utf8(sample::decompressed(&sample::visit_file())).unwrap()
}

/// The visit with its lines changed, and what is said of it.
fn told(change: impl FnOnce(&mut Vec<String>)) -> Vec<String> {
    let mut lines: Vec<String> = plain().lines().map(str::to_owned).collect();
    change(&mut lines);
    let report = verify((lines.join("\n") + "\n").as_bytes());
    report.problems.iter().map(|problem| problem.to_string().split(" SHA-256").next().unwrap().to_owned()).collect()
}

#[test]
fn a_lost_line_is_told_with_its_place() {
    let problems = told(|lines| drop(lines.remove(7)));
    assert_eq!(
        problems,
        ["line 8: expected seq 6, found 7", "lines 6 to 11: expected the 7 lines of the checksum line, found 6",]
    );
}

#[test]
fn a_changed_byte_is_told_with_its_block() {
    let problems = told(|lines| lines[7] = lines[7].replace("no such item", "no such idea"));
    assert_eq!(problems, ["lines 6 to 12: expected"]);
}

#[test]
fn a_line_that_is_no_json_is_told() {
    let problems = told(|lines| lines[6].truncate(50));
    assert_eq!(problems[0], "line 7: expected the end of a string at byte 50 of the line");
    assert_eq!(problems[1], "lines 6 to 12: expected");
    assert_eq!(problems.len(), 2);
}

#[test]
fn swapped_lines_are_told() {
    let problems = told(|lines| lines.swap(5, 6));
    assert_eq!(problems[..2], ["line 6: expected seq 4, found 5", "line 7: expected seq 6, found 4"]);
    assert!(problems[2].contains("timestamp"));
}

#[test]
fn a_file_that_does_not_begin_with_a_meta_line_is_told() {
    let problems = told(|lines| drop(lines.remove(0)));
    assert_eq!(problems[0], r#"line 1: expected a line of type "meta", found "captured""#);
    let other = plain().replacen("cassette/1", "cassette/9", 1);
    let report = verify(other.as_bytes());
    assert_eq!(report.problems[0].to_string(), r#"line 1: expected format "cassette/1", found "cassette/9""#);
    assert_eq!(
        verify(&b""[..]).problems[0].to_string(),
        "after line 0: expected an end line, found the end of the file"
    );
}

#[test]
fn what_precedes_the_damage_is_said_to_be_intact() {
    let file = plain().replace("no such item", "no such idea");
    let intact = verify(file.as_bytes()).intact;
    assert_eq!((intact.lines, intact.events, intact.until_ms, intact.playable), (5, 2, Some(2), true));
    let file = plain().replace("\"free\"", "\"paid\"");
    let intact = verify(file.as_bytes()).intact;
    assert_eq!((intact.lines, intact.playable), (0, false));
}

#[test]
fn checksum_lines_and_the_order_of_blocks_are_covered_by_the_end_line() {
    let file = plain();
    let at = file.find("\"type\":\"checksum\"").unwrap();
    let changed = format!("{}{}", &file[..at], file[at..].replacen(",\"lines\"", ", \"lines\"", 1));
    let report = verify(changed.as_bytes());
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].message.contains("over all before"), "{report}");
}

#[test]
fn at_most_twenty_problems_are_listed() {
    let meta = r#"{"type":"meta","format":"cassette/1","session_id":"a","project_id":1,"started_at":0,"ended_at":5}"#;
    let lines = "nonsense\n".repeat(100);
    let report = verify(format!("{meta}\n{lines}").as_bytes());
    assert_eq!((report.problems.len(), report.more_problems), (20, 81));
}

#[test]
fn a_cut_anywhere_is_noticed() {
    let file = sample::visit_file();
    let lines_end = file.len() - Trailer::from_tail(&file).unwrap().bytes();
    for length in 0..file.len() {
        let report = verify_file(Cursor::new(&file[..length])).unwrap();
        match length == lines_end {
            // All lines and nothing else: as if somebody had compressed them anew.
            true => assert!(report.is_good() && report.trailer == TrailerState::Absent),
            false => assert!(!report.is_good(), "cut at {length} of {}", file.len()),
        }
    }
    let file = plain();
    for length in 0..file.len() {
        assert!(!verify(&file.as_bytes()[..length]).is_good(), "cut at {length}");
    }
}

/// Each byte is changed, by one bit and by all of them. What cannot be noticed must not matter: whoever reads the file
/// gets the same lines and the same index.
#[test]
fn a_changed_byte_anywhere_is_noticed_or_changes_nothing() {
    let file = sample::visit_file();
    let lines = sample::decompressed(&file);
    let index = Trailer::from_tail(&file).unwrap().index_json().to_vec();
    // zstd can say the same in several ways; only of the index there is no digest of the compressed bytes.
    let trailer = Trailer::from_tail(&file).unwrap();
    let start = file.len() - trailer.bytes();
    let index_frame = start + 8..start + trailer.seek_table().last().unwrap().compressed as usize - 4;
    for at in 0..file.len() {
        for mask in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] ^= mask;
            let report = verify_file(Cursor::new(&damaged)).unwrap();
            if report.is_good() {
                assert!(index_frame.contains(&at), "byte {at} ^ {mask:#x}");
                assert_eq!(report.trailer, TrailerState::Good, "byte {at} ^ {mask:#x}");
                assert_eq!(sample::decompressed(&damaged), lines, "byte {at} ^ {mask:#x}");
                assert_eq!(Trailer::from_tail(&damaged).unwrap().index_json(), index, "byte {at} ^ {mask:#x}");
            }
        }
    }
}

#[test]
fn a_changed_byte_of_the_plain_form_is_noticed() {
    let file = plain().into_bytes();
    for at in 0..file.len() {
        for mask in [0x01, 0x20, 0xFF] {
            let mut damaged = file.clone();
            damaged[at] ^= mask;
            assert!(!verify(damaged.as_slice()).is_good(), "byte {at} ^ {mask:#x}");
        }
    }
}

#[test]
fn an_index_that_tells_of_another_file_is_noticed() {
    let (meta, lines) = sample::visit();
    let file = sample::visit_file();
    let (other, _) = sample::write(&meta, &lines[..lines.len() - 1]);
    let lines_of = |file: &[u8]| file.len() - Trailer::from_tail(file).unwrap().bytes();
    let mixed = [&file[..lines_of(&file)], &other[lines_of(&other)..]].concat();
    let report = verify_file(Cursor::new(mixed)).unwrap();
    assert_eq!(report.trailer, TrailerState::Damaged);
    assert!(verify(&file[..lines_of(&file)]).is_good());
}
