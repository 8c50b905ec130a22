//! Walking over the frames of a compressed file without decompressing them.

use std::io::{self, Read, Seek, SeekFrom};

use crate::trailer::{INDEX_NIBBLE, SEEK_TABLE_NIBBLE, SKIPPABLE_HEADER_BYTES};

/// Bytes of the longest header: magic, descriptor, window, dictionary id, content size.
const HEADER_BYTES: u64 = 18;

/// Frames to skip that stand behind the last frame of lines. Others put such frames before and between (pzstd does), which means
/// nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BehindLines {
    /// One of the kind that holds the index.
    pub(super) index: bool,
    /// One of the kind that holds a seek table.
    pub(super) seek_table: bool,
}

/// Looks for what stands behind the lines. Of a damaged file, behind those that precede the damage.
pub(super) fn behind_lines<F: Read + Seek>(file: &mut F, size: u64) -> io::Result<BehindLines> {
    let (mut behind, mut at) = (BehindLines::default(), 0);
    while at < size {
        let head = read_at(file, at, HEADER_BYTES)?;
        match *head.as_slice() {
            [kind @ 0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, ..] => {
                behind.index |= kind == 0x50 + INDEX_NIBBLE;
                behind.seek_table |= kind == 0x50 + SEEK_TABLE_NIBBLE;
                at += SKIPPABLE_HEADER_BYTES as u64 + u64::from(u32::from_le_bytes([a, b, c, d]));
            }
            [0x28, 0xB5, 0x2F, 0xFD, descriptor, ..] => match frame_end(file, at, descriptor)? {
                Some(end) => (behind, at) = (BehindLines::default(), end),
                None => break,
            },
            _ => break,
        }
    }
    Ok(behind)
}

/// Where the frame ends that begins at `start` (RFC 8878, section 3.1.1); `None` if the file ends before.
fn frame_end<F: Read + Seek>(file: &mut F, start: u64, descriptor: u8) -> io::Result<Option<u64>> {
    let single_segment = descriptor & 0x20 != 0;
    let dictionary_id = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content_size = match descriptor >> 6 {
        0 => u64::from(single_segment),
        flag => 1 << flag,
    };
    let mut at = start + 5 + u64::from(!single_segment) + dictionary_id + content_size;
    loop {
        let head = read_at(file, at, 3)?;
        let &[low, middle, high] = head.as_slice() else { return Ok(None) };
        let head = u32::from_le_bytes([low, middle, high, 0]);
        let repeated = head >> 1 & 3 == 1;
        at += 3 + if repeated { 1 } else { u64::from(head >> 3) };
        if head & 1 == 1 {
            let checksum = if descriptor & 4 != 0 { 4 } else { 0 };
            return Ok(Some(at + checksum));
        }
    }
}

fn read_at<F: Read + Seek>(file: &mut F, at: u64, bytes: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut head = Vec::new();
    file.take(bytes).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn behind(file: &[u8]) -> (bool, bool) {
        let found = behind_lines(&mut Cursor::new(file), file.len() as u64).unwrap();
        (found.index, found.seek_table)
    }

    #[test]
    fn skippable_frames_are_found_behind_frames_of_every_kind() {
        let noise: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut file = Vec::new();
        for raw in [b"".as_slice(), b"short", &[b'a'; 200_000], &noise] {
            for checksum in [false, true] {
                file.extend(zstd::bulk::compress(raw, 3).unwrap());
                crate::trailer::write_skippable(&mut file, 0, b"as pzstd does");
                let mut encoder = zstd::stream::write::Encoder::new(&mut file, 1).unwrap();
                encoder.include_checksum(checksum).unwrap();
                encoder.write_all(raw).unwrap();
                encoder.finish().unwrap();
            }
        }
        assert_eq!(behind(&file), (false, false));
        let frames = file.len();
        crate::trailer::write_skippable(&mut file, 5, b"another");
        assert_eq!(behind(&file), (false, false));
        crate::trailer::write_skippable(&mut file, 0, b"index");
        assert_eq!(behind(&file), (true, false));
        crate::trailer::write_skippable(&mut file, 14, b"seek table");
        assert_eq!(behind(&file), (true, true));
        assert_eq!(behind(&file[..frames + 3]), (false, false));
        assert_eq!(behind(&file[..frames - 1]), (false, false));
    }

    #[test]
    fn what_is_no_frame_holds_none() {
        assert_eq!(behind(b""), (false, false));
        assert_eq!(behind(b"{\"type\":\"meta\"}"), (false, false));
        assert_eq!(behind(&[0x28, 0xB5, 0x2F, 0xFD]), (false, false));
    }
}
