//! Where one block ends and the next begins.

use cassette_recording::ItemId;
use cassette_recording::file::{FullSnapshotAt, ItemEntry, TAIL_BYTES, Trailer, TrailerError, Writer};

use crate::sample::{self, Written, full_snapshot, mutation};

/// First `seq` of each block, without the checksum lines counted in.
fn begins(lines: &[Written]) -> Vec<u64> {
    let (_, finished) = sample::write(&sample::meta(), lines);
    (0..).zip(&finished.index.blocks).map(|(checksums, block)| block.seq[0] - checksums).collect()
}

#[test]
fn the_first_full_snapshot_ends_its_block() {
    assert_eq!(
        begins(&[mutation(0, "w", 9), full_snapshot(1, "w", 9), mutation(2, "w", 9), mutation(3, "w", 9)]),
        [0, 2]
    );
}

#[test]
fn a_later_full_snapshot_begins_a_block_unless_the_open_one_is_tiny() {
    let first = full_snapshot(0, "w", 9);
    let lines = [first.clone(), mutation(1, "w", 15_000), full_snapshot(2, "w", 9), mutation(3, "w", 9)];
    assert_eq!(begins(&lines), [0, 1]);
    let lines = [first, mutation(1, "w", 17_000), full_snapshot(2, "w", 9), mutation(3, "w", 9)];
    assert_eq!(begins(&lines), [0, 1, 2]);
}

#[test]
fn a_block_ends_at_256_kib() {
    let lines: Vec<_> = (0..6).map(|n| mutation(n, "w", 100_000)).collect();
    assert_eq!(begins(&lines), [0, 3]);
}

#[test]
fn the_end_stands_in_the_last_block_even_if_that_is_full() {
    let (file, finished) = sample::write(&sample::meta(), &[full_snapshot(0, "w", 300_000)]);
    assert_eq!(finished.index.blocks.len(), 1);
    assert_eq!(finished.index.blocks[0].seq, [0, 2]);
    let text = String::from_utf8(sample::decompressed(&file)).unwrap();
    assert!(text.lines().last().unwrap().starts_with(r#"{"type":"end","seq":2,"events":1,"#));
}

#[test]
fn the_index_tells_where_windows_can_be_drawn_from() {
    let lines =
        [full_snapshot(0, "a", 20_000), full_snapshot(1, "b", 9), mutation(2, "b", 20_000), full_snapshot(3, "a", 9)];
    let (_, finished) = sample::write(&sample::meta(), &lines);
    let at = |window: &str, timestamp| FullSnapshotAt { window_id: window.parse().unwrap(), timestamp };
    let found: Vec<_> = finished.index.blocks.iter().map(|block| block.full_snapshots.clone()).collect();
    assert_eq!(found, [vec![at("a", 0)], vec![at("b", 1)], vec![at("a", 3)]]);
}

#[test]
fn the_seek_table_is_that_of_zstd() {
    let lines: Vec<_> = (0..6).map(|n| mutation(n, "w", 100_000)).collect();
    let (file, finished) = sample::write(&sample::meta(), &lines);
    let trailer = Trailer::from_tail(&file).unwrap();
    let table = trailer.seek_table();
    assert_eq!(table.len(), finished.index.blocks.len() + 2);
    assert_eq!(table.last().unwrap().decompressed, 0);
    // Whoever knows only zstd's format finds each frame, and what it decompresses to.
    let mut at = 0;
    for entry in table {
        let frame = &file[at..at + entry.compressed as usize];
        assert_eq!(zstd::zstd_safe::find_frame_compressed_size(frame), Ok(frame.len()));
        assert_eq!(zstd::stream::decode_all(frame).unwrap().len(), entry.decompressed as usize);
        at += entry.compressed as usize;
    }
    assert_eq!(file.len() - at, 8 + 8 * table.len() + 9);
}

#[test]
fn a_tail_that_is_too_short_asks_for_what_it_needs() {
    let lines: Vec<_> = (0..400).map(|n| mutation(n, "w", 3000)).collect();
    let (file, finished) = sample::write(&sample::meta(), &lines);
    let mut bytes = 1;
    let mut rounds = 0;
    let trailer = loop {
        rounds += 1;
        match Trailer::from_tail(&file[file.len() - bytes..]) {
            Ok(trailer) => break trailer,
            Err(TrailerError::NeedMore(more)) => bytes = more,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(rounds <= 5, "{rounds}");
    assert_eq!(trailer.index().unwrap(), finished.index);
    assert_eq!(trailer.bytes(), bytes);
}

#[test]
fn the_items_of_a_long_recording_are_found_again() {
    let item = |n: u64| ItemEntry {
        item: ItemId::of_bytes(&n.to_le_bytes()),
        window_id: "w".parse().unwrap(),
        distinct_id: None,
        arrived_at: 5 * n as i64,
        sent_at: None,
    };
    let mut file = Vec::new();
    let writer = Writer::begin(&mut file, &sample::meta(), 1).unwrap();
    writer.finish((0..100_000).map(item)).unwrap();
    let Err(TrailerError::NeedMore(bytes)) = Trailer::from_tail(&file[file.len() - TAIL_BYTES..]) else { panic!() };
    let items = Trailer::from_tail(&file[file.len() - bytes..]).unwrap().items().unwrap();
    assert_eq!(items.len(), 100_000);
    assert_eq!(items[99_999], item(99_999));
}
