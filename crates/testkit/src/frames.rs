//! The zstd frames of a stored file, walked from its start; and what its index says.

use serde_json::Value;

/// The magic numbers of skippable frames are this and the fifteen after it.
const SKIPPABLE: u32 = 0x184D_2A50;

/// One frame of a file.
#[derive(Debug)]
pub struct Frame {
    /// Its first byte in the file.
    pub offset: usize,
    /// Its bytes in the file.
    pub length: usize,
    /// What it holds.
    pub content: Content,
}

/// What a frame holds.
#[derive(Debug)]
pub enum Content {
    /// Lines, decompressed.
    Lines(Vec<u8>),
    /// Something that zstd skips: which of the sixteen kinds, and the payload.
    Skipped(u32, Vec<u8>),
}

/// All frames of a file.
///
/// # Errors
/// Where the bytes are not a row of complete frames.
pub fn frames(bytes: &[u8]) -> Result<Vec<Frame>, String> {
    let mut frames = Vec::new();
    let mut offset = 0;
    while offset < bytes.len() {
        let rest = &bytes[offset..];
        let kind = word(rest, 0)?.wrapping_sub(SKIPPABLE);
        let (length, content) = if kind < 16 {
            let length = 8 + word(rest, 4)? as usize;
            let payload = rest.get(8..length).ok_or("a skippable frame is cut")?.to_vec();
            (length, Content::Skipped(kind, payload))
        } else {
            let length =
                zstd::zstd_safe::find_frame_compressed_size(rest).map_err(|_| format!("no frame at byte {offset}"))?;
            let lines =
                zstd::decode_all(&rest[..length]).map_err(|error| format!("frame at byte {offset}: {error}"))?;
            (length, Content::Lines(lines))
        };
        frames.push(Frame { offset, length, content });
        offset += length;
    }
    Ok(frames)
}

/// The block index of a file: the JSON in its first skippable frame.
///
/// # Errors
/// Where there is none, or it does not read.
pub fn index(bytes: &[u8]) -> Result<Value, String> {
    let payload = frames(bytes)?
        .into_iter()
        .find_map(|frame| match frame.content {
            Content::Skipped(0, payload) => Some(payload),
            _ => None,
        })
        .ok_or("there is no index frame")?;
    let (json, length) = payload
        .split_last_chunk::<4>()
        .ok_or("the index frame is too short")
        .map(|(json, length)| (json, u32::from_le_bytes(*length) as usize))?;
    if json.len() != length {
        return Err(format!("the index says {length} bytes and has {}", json.len()));
    }
    let json = zstd::decode_all(json).map_err(|error| format!("index: {error}"))?;
    serde_json::from_slice(&json).map_err(|error| format!("index: {error}"))
}

fn word(bytes: &[u8], at: usize) -> Result<u32, String> {
    bytes
        .get(at..at + 4)
        .and_then(|word| word.try_into().ok())
        .map(u32::from_le_bytes)
        .ok_or_else(|| "a frame is cut".to_owned())
}
