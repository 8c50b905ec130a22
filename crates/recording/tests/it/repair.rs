//! What a repair keeps of a damaged file, and that it is a good recording.

use std::io::Cursor;

use cassette_recording::file::{
    Digest, Lines, Meta, RepairError, Repaired, Trailer, TrailerState, repair, verify, verify_file,
};
use proptest::prelude::*;

use crate::sample::{self, full_snapshot, mutation};

/// Repairs, and checks what every repaired file must be.
fn repaired(file: &[u8]) -> (Repaired, String) {
    let mut out = Vec::new();
    let repaired = repair(Cursor::new(file), &mut out, 3).unwrap();
    let report = verify_file(Cursor::new(&out)).unwrap();
    assert!(report.is_good(), "{report}");
    assert_eq!(report.trailer, TrailerState::Good);
    assert_eq!((report.events, report.intact.playable), (repaired.kept_events, repaired.playable));
    assert_eq!(report.session_id.as_deref(), Some(repaired.session_id.as_str()));
    assert_eq!(repaired.finished.sha256, Digest::of(&out));
    (repaired, String::from_utf8(sample::decompressed(&out)).unwrap())
}

/// The lines that carry something, without their numbers.
fn carried(text: &str) -> Vec<String> {
    let lines = text.lines().skip(1).filter(|line| !line.contains(r#""type":"checksum""#));
    let lines = lines.filter(|line| !line.contains(r#""type":"end""#));
    lines
        .map(|line| {
            let (before, behind) = line.split_once("\"seq\":").unwrap_or((line, ""));
            format!("{before}{}", behind.trim_start_matches(|digit: char| digit.is_ascii_digit()))
        })
        .collect()
}

fn plain() -> String {
    String::from_utf8(sample::decompressed(&sample::visit_file())).unwrap()
}

fn changed(change: impl FnOnce(&mut Vec<String>)) -> Vec<u8> {
    let mut lines: Vec<String> = plain().lines().map(str::to_owned).collect();
    change(&mut lines);
    (lines.join("\n") + "\n").into_bytes()
}

fn losses(repaired: &Repaired) -> Vec<String> {
    repaired.lost.iter().map(ToString::to_string).collect()
}

/// Twelve blocks of one line of 300 KB and some small ones.
fn many_blocks() -> Vec<u8> {
    let mut lines = vec![full_snapshot(0, "a", 40_000)];
    for n in 0..12 {
        lines.push(mutation(n * 100 + 1, "a", 300_000));
        lines.extend((2..9).map(|ms| mutation(n * 100 + ms, "b", 20)));
    }
    sample::write(&sample::meta(), &lines).0
}

#[test]
fn a_whole_file_loses_nothing() {
    let file = sample::visit_file();
    let (repaired, text) = repaired(&file);
    assert_eq!((repaired.kept_lines, repaired.kept_events, repaired.lost.len()), (10, 9, 0));
    assert_eq!(carried(&text), carried(&plain()));
    let mark = r#","repaired":{"lines_lost":0,"unverified":0,"end_lost":false,"meta_lost":false}}"#;
    let meta = plain().lines().next().unwrap().strip_suffix('}').unwrap().to_owned() + mark;
    assert_eq!(text.lines().next(), Some(meta.as_str()));
    let mut again = Vec::new();
    repair(Cursor::new(&file), &mut again, 3).unwrap();
    assert_eq!(Trailer::from_tail(&again).unwrap().items().unwrap(), sample::items());
}

#[test]
fn a_lost_line_is_told_and_the_others_kept() {
    let (repaired, text) = repaired(&changed(|lines| drop(lines.remove(7))));
    assert_eq!(losses(&repaired), ["before line 8: 1 line lost: they are not where they belong"]);
    assert_eq!((repaired.kept_lines, repaired.unverified_lines, repaired.lost_lines), (9, 6, 1));
    let mut expected = carried(&plain());
    expected.remove(5);
    assert_eq!(carried(&text), expected);
    assert!(
        text.contains(r#""repaired":{"lines_lost":1,"unverified":6,"end_lost":false,"meta_lost":false}"#),
        "{text}"
    );
}

#[test]
fn a_line_that_is_none_is_told() {
    let (repaired, _) = repaired(&changed(|lines| lines[6].truncate(50)));
    assert_eq!(
        losses(&repaired),
        ["before line 8: 1 line lost: line 7: expected the end of a string at byte 50 of the line"]
    );
}

#[test]
fn lines_that_changed_places_are_put_back() {
    let (repaired, text) = repaired(&changed(|lines| lines[5..12].reverse()));
    assert_eq!((repaired.lost_lines, repaired.unverified_lines), (0, 0));
    assert_eq!(carried(&text), carried(&plain()));
}

#[test]
fn a_wrong_time_costs_its_line_alone() {
    for wrong in ["\"timestamp\":9900,", "\"timestamp\":-900,"] {
        let file = changed(|lines| lines[7] = lines[7].replace("\"timestamp\":900,", wrong));
        let (repaired, text) = repaired(&file);
        assert_eq!(losses(&repaired), ["before line 9: 1 line lost: they are out of order"]);
        let mut expected = carried(&plain());
        expected.remove(5);
        assert_eq!(carried(&text), expected);
    }
}

#[test]
fn a_cut_file_is_whole_up_to_the_cut() {
    let file = plain();
    let cut = file.find("\"no such item").unwrap();
    let (repaired, text) = repaired(&file.as_bytes()[..cut]);
    assert!(repaired.end_lost && repaired.playable);
    assert_eq!(carried(&text), carried(&file)[..5]);
    assert_eq!(
        losses(&repaired),
        ["after line 7: what followed is lost: line 8: expected an escape sequence at byte 182 of the line"]
    );
    assert!(text.contains("\"end_lost\":true"));
}

#[test]
fn a_damaged_frame_costs_its_block_alone() {
    let file = many_blocks();
    let all = carried(std::str::from_utf8(&sample::decompressed(&file)).unwrap());
    let index = Trailer::from_tail(&file).unwrap().index().unwrap();
    for block in &index.blocks {
        for place in [0, 3, 5, block.length as usize / 2, block.length as usize - 1] {
            let mut damaged = file.clone();
            damaged[block.offset as usize + place] ^= 0x41;
            let (repaired, text) = repaired(&damaged);
            let kept = carried(&text);
            let missing = all.len() - kept.len();
            assert!(missing <= block.lines as usize, "{missing} of {}", block.lines);
            assert_eq!(repaired.lost_lines == 0 && !repaired.end_lost, missing == 0, "{repaired:?}");
            let mut others = all.iter();
            assert!(kept.iter().all(|line| others.any(|other| other == line)), "only lines of the file, in its order");
        }
    }
}

#[test]
fn blocks_that_lie_elsewhere_are_found() {
    let file = many_blocks();
    let index = Trailer::from_tail(&file).unwrap().index().unwrap();
    let cut = index.blocks[4].offset as usize + 7..index.blocks[6].offset as usize + 9;
    let mut damaged = file.clone();
    damaged.drain(cut);
    let (repaired, _) = repaired(&damaged);
    let lost: u64 = index.blocks[4..=6].iter().map(|block| block.seq[1] - block.seq[0] + 1).sum();
    assert_eq!(repaired.lost_lines, lost);
    assert_eq!(repaired.lost.len(), 1);
    assert_eq!(repaired.unverified_lines, 0);
}

#[test]
fn a_damaged_trailer_costs_the_items_alone() {
    let file = sample::visit_file();
    let (repaired, text) = repaired(&file[..file.len() - 30]);
    assert_eq!((repaired.lost_lines, repaired.end_lost), (0, false));
    assert_eq!(carried(&text), carried(&plain()));
}

#[test]
fn without_a_meta_line_the_lines_are_kept_under_a_name_of_their_own() {
    let (repaired, text) = repaired(&changed(|lines| drop(lines.remove(0))));
    assert!(repaired.meta_lost);
    assert!(repaired.session_id.as_str().starts_with("repaired-"), "{}", repaired.session_id);
    assert_eq!(carried(&text), carried(&plain()));
    let meta = Meta::parse(text.lines().next().unwrap()).unwrap();
    assert_eq!((meta.started_at, meta.ended_at), (sample::visit().0.started_at, sample::visit().0.ended_at));
    let mut compressed = sample::visit_file();
    compressed[1] ^= 0xFF;
    let (from_compressed, _) = self::repaired(&compressed);
    assert!(from_compressed.meta_lost);
    assert_eq!(from_compressed.session_id, repaired.session_id);
}

#[test]
fn of_several_recordings_the_first_is_kept() {
    let file = sample::visit_file();
    let (repaired, text) = repaired(&[file.as_slice(), &many_blocks()].concat());
    assert_eq!(carried(&text), carried(&plain()));
    assert_eq!(losses(&repaired), ["after line 12: what followed is lost: another recording begins at line 15"]);
    assert!(!repaired.end_lost);
    // The items at the end are those of the other recording.
    let mut out = Vec::new();
    repair(Cursor::new([many_blocks(), file].concat()), &mut out, 3).unwrap();
    assert_eq!(Trailer::from_tail(&out).unwrap().items().unwrap(), []);
}

#[test]
fn a_repaired_file_that_is_damaged_again_remembers_both() {
    let (_, text) = repaired(&changed(|lines| drop(lines.remove(7))));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.remove(8);
    let (_, text) = repaired((lines.join("\n") + "\n").as_bytes());
    assert!(text.contains("\"lines_lost\":2,"), "{text}");
    assert_eq!(text.matches("\"repaired\"").count(), 1);
}

#[test]
fn what_nothing_can_be_kept_of_is_refused_with_a_reason() {
    let refused = |file: &[u8]| repair(Cursor::new(file), Vec::new(), 3).unwrap_err().to_string();
    assert_eq!(refused(b""), "expected at least one line of a recording that can be kept, found no line at all");
    assert!(refused(b"not a recording\n").ends_with("found line 1: expected an object at byte 0 of the line"));
    let other = plain().replacen("cassette/1", "cassette/9", 1);
    let error = repair(Cursor::new(other), Vec::new(), 3).unwrap_err();
    assert!(matches!(error, RepairError::Format(_)), "{error}");
}

#[test]
fn an_empty_recording_without_trailer_is_repaired() {
    let file = sample::write(&sample::meta(), &[]).0;
    let bytes = Trailer::from_tail(&file).unwrap().bytes();
    let (repaired, _) = repaired(&file[..file.len() - bytes]);
    assert_eq!((repaired.kept_lines, repaired.playable, repaired.lost_lines), (0, false, 0));
}

#[test]
fn a_full_snapshot_of_a_window_that_there_cannot_be_is_nothing_to_play() {
    let window = "\"window_id\":\"\\u0007\"";
    let file = changed(|lines| lines[3] = lines[3].replace("\"window_id\":\"w1\"", window));
    let (repaired, text) = repaired(&file[..file.len() - 1500]);
    assert!(text.contains(window) && !repaired.playable, "{text}");
}

/// Each byte is changed; whatever that does, the result is good, and lines that were not touched are kept.
#[test]
fn a_changed_byte_anywhere_leaves_a_good_recording() {
    // A line break that is changed costs two lines, a frame its block.
    for (file, bound) in [(plain().into_bytes(), 2), (sample::visit_file(), 8)] {
        for at in (0..file.len()).step_by(3) {
            let mut damaged = file.clone();
            damaged[at] ^= 0x11;
            let mut out = Vec::new();
            match repair(Cursor::new(&damaged), &mut out, 1) {
                Ok(repaired) => {
                    let report = verify(out.as_slice());
                    assert!(report.is_good(), "byte {at}: {report}");
                    assert!(repaired.kept_lines + bound >= 10, "byte {at}: {repaired:?}");
                }
                Err(error) => assert!(matches!(error, RepairError::Format(_)), "byte {at}: {error}"),
            }
        }
    }
}

#[test]
fn a_cut_anywhere_leaves_a_good_recording_or_none() {
    for file in [plain().into_bytes(), sample::visit_file()] {
        let mut kept = 0;
        for length in 0..file.len() {
            let mut out = Vec::new();
            match repair(Cursor::new(&file[..length]), &mut out, 1) {
                Ok(repaired) => {
                    assert!(verify(out.as_slice()).is_good(), "cut at {length}");
                    assert!(repaired.kept_lines >= kept, "cut at {length}");
                    kept = repaired.kept_lines;
                }
                Err(error) => {
                    assert!(matches!(error, RepairError::Nothing { .. }) && kept == 0, "cut at {length}: {error}")
                }
            }
        }
        assert_eq!(kept, 10);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_damage_leaves_a_good_recording_or_none(
        compressed in any::<bool>(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..4, any::<prop::sample::Index>()), 1..6),
    ) {
        let mut file = if compressed { many_blocks() } else { plain().into_bytes() };
        for (at, what, to) in damage {
            let (at, to) = (at.index(file.len()), to.index(file.len()));
            match what {
                0 => file[at] ^= 0x24,
                1 => drop(file.drain(at.min(to)..at.max(to).min(at.min(to) + 2000))),
                2 => {
                    let piece = file[at..(at + 500).min(file.len())].to_vec();
                    file.splice(to..to, piece);
                }
                _ => file.truncate(at.max(file.len() / 2)),
            }
        }
        let mut out = Vec::new();
        if let Ok(repaired) = repair(Cursor::new(&file), &mut out, 1) {
            let report = verify_file(Cursor::new(&out)).unwrap();
            prop_assert!(report.is_good(), "{}", report);
            prop_assert_eq!(report.events, repaired.kept_events);
            let plain = sample::decompressed(&out);
            prop_assert!(Lines::new(&plain).all(|line| line.is_ok()));
        }
    }
}
