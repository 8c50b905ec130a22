//! Walking over the frames of a compressed file without decompressing them.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes of the longest header: magic, descriptor, window, dictionary id, content size.
const HEADER_BYTES: u64 = 18;

/// Whether a frame for readers to skip stands among the others. Of a damaged file, whether one stands before the damage.
pub(super) fn any_skippable<F: Read + Seek>(file: &mut F, size: u64) -> io::Result<bool> {
    let mut at = 0;
    while at < size {
        let head = read_at(file, at, HEADER_BYTES)?;
        match head.as_slice() {
            [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => return Ok(true),
            [0x28, 0xB5, 0x2F, 0xFD, descriptor, ..] => match frame_end(file, at, *descriptor)? {
                Some(end) => at = end,
                None => return Ok(false),
            },
            _ => return Ok(false),
        }
    }
    Ok(false)
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

    fn any(file: &[u8]) -> bool {
        any_skippable(&mut Cursor::new(file), file.len() as u64).unwrap()
    }

    #[test]
    fn a_skippable_frame_is_found_behind_frames_of_every_kind() {
        let noise: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let mut file = Vec::new();
        for raw in [b"".as_slice(), b"short", &[b'a'; 200_000], &noise] {
            for checksum in [false, true] {
                file.extend(zstd::bulk::compress(raw, 3).unwrap());
                let mut encoder = zstd::stream::write::Encoder::new(&mut file, 1).unwrap();
                encoder.include_checksum(checksum).unwrap();
                encoder.write_all(raw).unwrap();
                encoder.finish().unwrap();
            }
        }
        assert!(!any(&file));
        let frames = file.len();
        crate::trailer::write_skippable(&mut file, 5, b"");
        assert!(any(&file));
        assert!(!any(&file[..frames + 3]));
        assert!(!any(&file[..frames - 1]));
    }

    #[test]
    fn what_is_no_frame_holds_none() {
        assert!(!any(b""));
        assert!(!any(b"{\"type\":\"meta\"}"));
        assert!(!any(&[0x28, 0xB5, 0x2F, 0xFD]));
    }
}
