//! Text of which parts stand in another file.
//!
//! The events of a plain file that can be read again need not be copied: what is kept is the text around them, and where they
//! are. Read back, the pieces come as one text.
//!
//! ```text
//! record = bytes of text (u32) | length of event (u32) | place of event (u64) | text …        numbers little-endian
//! ```
//!
//! A record stands for its text and, behind it, the event.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::wrapping::Positioned;

const HEADER_BYTES: usize = 16;

/// What is read of the text at once. Some dozens are open at the same time.
const BUFFER_BYTES: usize = 16 << 10;

/// What is read of an event at once that is only looked at.
const PIECE_BYTES: usize = 256 << 10;

/// What closes a line behind its event.
pub(super) const BEHIND_EVENT: &[u8] = b"}\n";

/// Where an event stands in the file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: u64,
    pub(super) length: u32,
}

/// Records on their way into a file.
#[derive(Default)]
pub(super) struct RopeWriter {
    records: Vec<u8>,
    /// Where the open record begins, if one is open.
    open: Option<usize>,
    /// Bytes that will be read back.
    length: u64,
}

impl RopeWriter {
    /// Takes text, which `write` appends.
    pub(super) fn text(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.open.is_none() {
            self.open = Some(self.records.len());
            self.records.extend_from_slice(&[0; HEADER_BYTES]);
        }
        let before = self.records.len();
        write(&mut self.records);
        self.length += (self.records.len() - before) as u64;
    }

    /// Takes an event that stands elsewhere.
    pub(super) fn event(&mut self, place: Place) {
        self.text(|_| {});
        self.close(place);
        self.length += u64::from(place.length);
    }

    /// The records, and how many bytes they stand for. Those taken from now on are others.
    pub(super) fn finish(&mut self) -> (&[u8], u64) {
        self.close(Place { at: 0, length: 0 });
        (&self.records, self.length)
    }

    /// Drops what it holds and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        (self.open, self.length) = (None, 0);
    }

    fn close(&mut self, event: Place) {
        let Some(start) = self.open.take() else { return };
        let text = self.records.len() - start - HEADER_BYTES;
        let text = u32::try_from(text).expect("a record holds a chunk of lines at the most");
        let header = &mut self.records[start..start + HEADER_BYTES];
        header[..4].copy_from_slice(&text.to_le_bytes());
        header[4..8].copy_from_slice(&event.length.to_le_bytes());
        header[8..].copy_from_slice(&event.at.to_le_bytes());
    }
}

/// Reads records back as one text.
pub(super) struct RopeReader {
    records: BufReader<io::Take<Positioned>>,
    source: Arc<File>,
    /// Bytes of the record's text that were not read.
    text: u64,
    /// What of its event was not read.
    event: Place,
}

impl RopeReader {
    /// Reads the records that stand in `records` from `offset` on, with events of `source`.
    pub(super) fn new(records: Arc<File>, offset: u64, length: u64, source: Arc<File>) -> io::Result<Self> {
        let mut file = Positioned::new(records);
        file.seek(SeekFrom::Start(offset))?;
        let records = BufReader::with_capacity(BUFFER_BYTES, file.take(length));
        Ok(Self { records, source, text: 0, event: Place { at: 0, length: 0 } })
    }

    /// Opens the next record; `false` behind the last.
    fn next_record(&mut self) -> io::Result<bool> {
        let mut header = [0; HEADER_BYTES];
        if self.records.read(&mut header[..1])? == 0 {
            return Ok(false);
        }
        self.records.read_exact(&mut header[1..])?;
        let (lengths, at) = header.split_at(8);
        let (text, event) = lengths.split_at(4);
        self.text = u64::from(u32::from_le_bytes(text.try_into().expect("four bytes")));
        let length = u32::from_le_bytes(event.try_into().expect("four bytes"));
        self.event = Place { at: u64::from_le_bytes(at.try_into().expect("eight bytes")), length };
        Ok(true)
    }
}

impl Read for RopeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.text > 0 {
                let read = self.records.by_ref().take(self.text).read(buffer)?;
                self.text -= read as u64;
                return if read == 0 && !buffer.is_empty() { Err(changed()) } else { Ok(read) };
            }
            if self.event.length > 0 {
                let most = buffer.len().min(self.event.length as usize);
                let read = self.source.read_at(&mut buffer[..most], self.event.at)?;
                self.event.at += read as u64;
                self.event.length -= u32::try_from(read).expect("no more is read than the length says");
                return if read == 0 && most > 0 { Err(changed()) } else { Ok(read) };
            }
            if !self.next_record()? {
                return Ok(0);
            }
        }
    }
}

/// Shows an event that stands in `source`, piece by piece.
pub(super) fn show_event(
    source: &File,
    mut place: Place,
    buffer: &mut Vec<u8>,
    mut piece: impl FnMut(&[u8]),
) -> io::Result<()> {
    buffer.resize(PIECE_BYTES, 0);
    while place.length > 0 {
        let most = PIECE_BYTES.min(place.length as usize);
        let read = source.read_at(&mut buffer[..most], place.at)?;
        if read == 0 {
            return Err(changed());
        }
        piece(&buffer[..read]);
        place.at += read as u64;
        place.length -= u32::try_from(read).expect("no more is read than the length says");
    }
    Ok(())
}

/// What was read before is not there any more.
pub(super) fn changed() -> io::Error {
    io::Error::other("expected the file to stay as it is while it is read, it was changed")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn file(bytes: &[u8]) -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Arc::new(file)
    }

    #[test]
    fn an_event_that_is_gone_is_told() {
        let mut rope = RopeWriter::default();
        rope.event(Place { at: 3, length: 9 });
        let (records, length) = rope.finish();
        assert_eq!(length, 9);
        let mut reader = RopeReader::new(file(records), 0, records.len() as u64, file(b"0123456")).unwrap();
        let mut read = Vec::new();
        assert!(reader.read_to_end(&mut read).is_err());
        assert_eq!(read, b"3456");
    }

    proptest! {
        #[test]
        fn pieces_come_back_as_one_text(
            source in proptest::collection::vec(any::<u8>(), 1..400),
            pieces in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..30),
            piece in 1_usize..50,
        ) {
            let (mut rope, mut expected) = (RopeWriter::default(), Vec::new());
            for (inline, from, length) in pieces {
                let from = from.index(source.len());
                let part = &source[from..from + length.index(source.len() - from + 1).min(source.len() - from)];
                expected.extend_from_slice(part);
                match inline {
                    true => rope.text(|out| out.extend_from_slice(part)),
                    false => rope.event(Place { at: from as u64, length: part.len() as u32 }),
                }
            }
            let (records, length) = rope.finish();
            prop_assert_eq!(length, expected.len() as u64);
            let before = [b"before".as_slice(), records, b"behind"].concat();
            let mut reader = RopeReader::new(file(&before), 6, records.len() as u64, file(&source)).unwrap();
            let (mut read, mut buffer) = (Vec::new(), vec![0; piece]);
            loop {
                let some = reader.read(&mut buffer).unwrap();
                if some == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..some]);
            }
            prop_assert_eq!(read, expected);
        }
    }
}
