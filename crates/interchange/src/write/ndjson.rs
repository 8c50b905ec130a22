//! The recording's own lines: plain, or as a stored file.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Write};

use cassette_recording::assemble::{Frames, FramesError};
use cassette_recording::file::ParsedLine;

use super::losses::Losses;
use super::source::Source;
use super::{WriteError, Written};

/// zstd's, of a file that is compressed here.
const LEVEL: i32 = 3;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Writes the lines as they are.
pub(super) fn write_plain(mut source: Source<impl Read>, out: &mut impl Write) -> Result<Written, WriteError> {
    let mut put = |line: &str| out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n"));
    put(source.meta_line()).map_err(WriteError::Out)?;
    let mut events = 0;
    while let Some(line) = source.next_line()? {
        put(line.raw).map_err(WriteError::Out)?;
        events += u64::from(line.event.is_some());
    }
    Ok(written(&source, events))
}

/// Writes a stored file: of one that is compressed already the same bytes, of others the same lines with an index behind.
///
/// What came from elsewhere has an index without items: they are known to whoever received the recording.
pub(super) fn write_stored(
    mut recording: impl Read,
    well_formed: bool,
    out: &mut impl Write,
) -> Result<Written, WriteError> {
    let mut head = Vec::new();
    recording.by_ref().take(ZSTD_MAGIC.len() as u64).read_to_end(&mut head).map_err(WriteError::Open)?;
    let copied = head == ZSTD_MAGIC && !well_formed;
    let whole = Cursor::new(head).chain(recording);
    if !copied {
        return write_frames(Source::open(whole, well_formed)?, out);
    }
    let failed = Cell::new(None);
    copy(Tee { input: whole, out, failed: &failed }).map_err(|error| failed.take().map_or(error, WriteError::Out))
}

fn copy(stored: impl Read) -> Result<Written, WriteError> {
    let mut source = Source::open(stored, false)?;
    let mut events = 0;
    while let Some(line) = source.next_line()? {
        events += u64::from(line.event.is_some());
    }
    Ok(written(&source, events))
}

fn write_frames(mut source: Source<impl Read>, out: &mut impl Write) -> Result<Written, WriteError> {
    let refused = |error| match error {
        FramesError::Out(error) => WriteError::Out(error),
        error @ (FramesError::NoChecksum | FramesError::Empty) => WriteError::Frames(error),
    };
    let mut frames = Frames::begin(out, LEVEL).map_err(WriteError::Out)?;
    let meta = ParsedLine::parse(source.meta_line()).map_err(|cause| WriteError::Line { number: 1, cause })?;
    frames.line(meta.raw.as_bytes(), &meta).map_err(refused)?;
    let mut events = 0;
    while let Some(line) = source.next_line()? {
        frames.line(line.raw.as_bytes(), &line).map_err(refused)?;
        events += u64::from(line.event.is_some());
    }
    frames.finish(&[]).map_err(refused)?;
    Ok(written(&source, events))
}

fn written(source: &Source<impl Read>, events: u64) -> Written {
    let mut losses = Losses::default();
    losses.add("halves of surrogate pairs", source.halves_replaced(), "replaced by U+FFFD, as asked");
    Written { events, left_out: losses.told() }
}

/// Writes what is read through it.
struct Tee<'a, R, W> {
    input: R,
    out: W,
    /// What the output said when it took no more: the reader sees an error of reading.
    failed: &'a Cell<Option<io::Error>>,
}

impl<R: Read, W: Write> Read for Tee<'_, R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.out.write_all(&buffer[..read]).map_err(|error| {
            let kind = error.kind();
            self.failed.set(Some(error));
            io::Error::from(kind)
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use cassette_recording::file::{to_ndjson, verify_file};

    use super::super::sample;
    use super::*;

    fn stored(recording: &[u8], well_formed: bool) -> Vec<u8> {
        let mut out = Vec::new();
        write_stored(recording, well_formed, &mut out).unwrap();
        out
    }

    fn plain(stored: &[u8]) -> String {
        let mut out = Vec::new();
        to_ndjson(stored, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_lines_become_a_stored_file_and_come_back() {
        let text = sample::recording(&[(0, "w", r#"{"type":2,"data":"\ud83d","timestamp":1000}"#), (7, "v", "{}")]);
        let file = stored(text.as_bytes(), false);
        assert_eq!(plain(&file), text);
        let report = verify_file(Cursor::new(&file)).unwrap();
        assert!(report.is_good(), "{report}");
        assert_eq!(stored(&file, false), file, "a stored file leaves as it is");
    }

    #[test]
    fn a_well_formed_stored_file_still_verifies() {
        let text = sample::recording(&[(0, "w", r#"{"type":2,"data":"\ud83d","timestamp":1000}"#)]);
        let file = stored(&stored(text.as_bytes(), false), true);
        assert!(plain(&file).contains(r#""data":"\ufffd""#));
        let report = verify_file(Cursor::new(&file)).unwrap();
        assert!(report.is_good(), "{report}");
    }

    #[test]
    fn an_output_that_takes_no_more_is_told_as_such() {
        let text = sample::recording(&[(0, "w", "{}")]);
        let file = stored(text.as_bytes(), false);
        let mut small = [0; 10];
        let failed = write_stored(file.as_slice(), false, &mut small.as_mut_slice());
        assert!(matches!(failed, Err(WriteError::Out(_))), "{failed:?}");
    }
}
