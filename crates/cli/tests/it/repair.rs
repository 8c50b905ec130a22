//! `cassette verify --repair`: what is intact of a damaged file is a recording again.

use std::{fs, path::Path};

use cassette_testkit::Export;

use crate::{
    import::events,
    portable::{Desk, contents},
    run::{all, cassette, done, out, said},
};

/// A recording of many blocks.
fn recording(desk: &Desk) -> String {
    let names: Vec<String> = (0..20_000).map(|n| format!("marker {n}")).collect();
    let file = desk.file("a.json", events(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let recording = desk.at("a.ndjson.zst");
    done(&["convert", &file, &recording]);
    recording
}

fn count(file: &str) -> usize {
    let bytes = fs::read(file).expect("a readable file");
    Export::read_zstd(&bytes).unwrap_or_else(|why| panic!("{file}: {why}")).events().count()
}

#[test]
fn what_is_intact_is_kept_and_what_is_lost_is_said() {
    let desk = Desk::new();
    let whole = recording(&desk);
    let bytes = fs::read(&whole).expect("it was written");
    let (mut flipped, cut) = (bytes.clone(), &bytes[..bytes.len() / 2]);
    flipped[bytes.len() / 2] ^= 0x10;
    for (name, damaged) in [("flipped", &flipped[..]), ("cut", cut)] {
        let damaged = desk.file(&format!("{name}.ndjson.zst"), damaged);
        let repaired = desk.at(&format!("{name}-repaired.ndjson.zst"));
        assert_eq!(cassette(&["verify", &damaged]).status.code(), Some(1));
        let repair = done(&["verify", &damaged, "--repair", &repaired]);
        assert!(out(&repair).contains("lost") && out(&repair).contains("playable"), "{}", all(&repair));
        done(&["verify", &repaired]);
        let kept = count(&repaired);
        assert!(kept > 100 && kept < 20_001, "{name}: {kept}");
        let imported = done(&["import", &repaired, "--data", &desk.at(name)]);
        assert!(out(&imported).contains("created"), "{}", all(&imported));
        assert_eq!(
            cassette(&["verify", &damaged, "--repair", &repaired]).status.code(),
            Some(2),
            "it is there already"
        );
    }
    let again = desk.at("again.ndjson.zst");
    done(&["verify", &whole, "--repair", &again]);
    assert_eq!(count(&again), 20_001, "nothing is lost of what is whole");
}

#[test]
fn where_nothing_can_be_kept_nothing_is_written() {
    let desk = Desk::new();
    let list = desk.file("list.txt", "eggs, milk");
    let refused = cassette(&["verify", &list, "--repair", &desk.at("out.ndjson.zst")]);
    assert_eq!(refused.status.code(), Some(1), "{}", all(&refused));
    assert!(said(&refused).contains("cannot be repaired"), "{}", all(&refused));
    let folder = Path::new(&list).parent().expect("it lies in a folder");
    assert_eq!(contents(folder).into_keys().collect::<Vec<_>>(), ["list.txt"]);
    assert_eq!(cassette(&["verify", &list, &list, "--repair", &desk.at("x")]).status.code(), Some(2));
}
