//! gzip and zstd around anything, recognised by their first bytes.
//!
//! ## Invariants
//! 1. All members and frames are read, and behind the last one nothing may stand.
//! 2. Memory does not depend on what the input says of itself: zstd's window is bounded, and so are the decompressed bytes.
//! 3. What is wrong with the compression is said as [`Damaged`], with the place.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::format::Compression;
use crate::limits;

/// What is read of a compressed file at once.
const BUFFER_BYTES: usize = 256 << 10;

/// zstd's window: 128 MiB is what its own tool accepts without being asked.
const WINDOW_LOG_MAX: u32 = 27;

/// Why a file cannot be read on; the error inside of an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Damaged(pub(crate) String);

impl Damaged {
    pub(crate) fn error(message: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self(message.into()))
    }
}

/// A file, read from a place of its own: several of these read one file at the same time.
#[derive(Debug, Clone)]
pub(crate) struct Positioned {
    file: Arc<File>,
    at: u64,
    stopped: Option<Arc<AtomicBool>>,
}

impl Positioned {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self { file, at: 0, stopped: None }
    }

    /// Reading fails once `stopped` is set.
    pub(crate) fn stopped_by(self, stopped: Arc<AtomicBool>) -> Self {
        Self { stopped: Some(stopped), ..self }
    }
}

impl Read for Positioned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stopped.as_ref().is_some_and(|stopped| stopped.load(Ordering::Relaxed)) {
            return Err(io::Error::other("stopped"));
        }
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Positioned {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.file.metadata()?.len(), by),
        };
        let outside = || io::Error::new(io::ErrorKind::InvalidInput, "expected a place within the file");
        self.at = from.checked_add_signed(by).ok_or_else(outside)?;
        Ok(self.at)
    }
}

/// A file without what is put around it.
pub(crate) struct Unwrapped {
    /// All of it, from its beginning.
    pub(crate) reader: Box<dyn Read + Send>,
    /// The beginning: [`limits::HEAD_BYTES`], or what there is.
    pub(crate) head: Vec<u8>,
    /// What was put around it, from the outside to the inside.
    pub(crate) layers: Vec<Compression>,
}

impl fmt::Debug for Unwrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unwrapped").field("layers", &self.layers).finish_non_exhaustive()
    }
}

/// Takes off what is put around a file.
pub(crate) fn unwrap(file: Positioned) -> io::Result<Unwrapped> {
    let mut reader: Box<dyn Read + Send> = Box::new(file);
    let mut layers = Vec::new();
    loop {
        let mut head = Vec::new();
        let read = reader.by_ref().take(limits::HEAD_BYTES as u64).read_to_end(&mut head);
        let compression = recognise(&head);
        reader = match read {
            Ok(_) => Box::new(Cursor::new(head.clone()).chain(reader)),
            // What stands before the damage is read first: whoever reads it can say more of the place.
            Err(error) if !head.is_empty() => Box::new(Cursor::new(head.clone()).chain(Failed(Some(error)))),
            Err(error) => return Err(error),
        };
        let Some(compression) = compression else { return Ok(Unwrapped { reader, head, layers }) };
        if layers.len() == limits::LAYERS {
            let message = format!("expected at most {} compressions around a recording, found more", limits::LAYERS);
            return Err(Damaged::error(message));
        }
        layers.push(compression);
        reader = Box::new(Layer::new(compression, reader)?);
    }
}

/// Takes off the outermost layer, which is there.
pub(crate) fn unwrap_once(mut file: Positioned) -> io::Result<Box<dyn Read + Send>> {
    let mut head = [0; 4];
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    match recognise(&head) {
        Some(compression) => Ok(Box::new(Layer::new(compression, Box::new(file))?)),
        None => Ok(Box::new(file)),
    }
}

/// What a file that begins so is compressed with.
pub(crate) fn recognise(head: &[u8]) -> Option<Compression> {
    match head {
        [0x1F, 0x8B, ..] => Some(Compression::Gzip),
        // A frame of data, or one to skip.
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Compression::Zstd),
        _ => None,
    }
}

/// Where reading failed before.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.take().unwrap_or_else(|| io::Error::other("failed before")))
    }
}

type Inner = BufReader<Box<dyn Read + Send>>;

enum Decoder {
    Gzip(Box<MultiGzDecoder<Inner>>),
    Zstd(zstd::stream::read::Decoder<'static, Inner>),
}

/// One layer of compression, taken off.
struct Layer {
    decoder: Decoder,
    compression: Compression,
    bytes: u64,
}

impl Layer {
    fn new(compression: Compression, input: Box<dyn Read + Send>) -> io::Result<Self> {
        let input = BufReader::with_capacity(BUFFER_BYTES, input);
        let decoder = match compression {
            Compression::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Decoder::Zstd(decoder)
            }
        };
        Ok(Self { decoder, compression, bytes: 0 })
    }

    /// What is wrong, in words that do not depend on the version of a library.
    fn damaged(&self, error: io::Error) -> io::Error {
        if error.get_ref().is_some_and(|cause| cause.is::<Damaged>()) {
            return error;
        }
        let found = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the end of the file",
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
                "something that does not decompress"
            }
            _ => return error,
        };
        let name = self.compression.name();
        Damaged::error(format!("expected more {name} after {} decompressed bytes, found {found}", self.bytes))
    }
}

impl Read for Layer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.read(buffer),
            Decoder::Zstd(decoder) => decoder.read(buffer),
        };
        let read = read.map_err(|error| self.damaged(error))?;
        self.bytes += read as u64;
        if self.bytes > limits::READ_BYTES {
            let limit = limits::READ_BYTES;
            return Err(Damaged::error(format!("expected at most {limit} bytes once decompressed, found more")));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ::zstd::bulk::compress(bytes, 1).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<(Vec<u8>, Vec<Compression>), String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let unwrapped = unwrap(Positioned::new(Arc::new(file))).map_err(|error| error.to_string())?;
        let (mut reader, mut all) = (unwrapped.reader, Vec::new());
        reader.read_to_end(&mut all).map_err(|error| error.to_string())?;
        assert!(all.starts_with(&unwrapped.head));
        Ok((all, unwrapped.layers))
    }

    #[test]
    fn layers_are_taken_off_by_content() {
        use Compression::{Gzip, Zstd};
        let text = b"{\"a\":1}\n".repeat(20_000);
        let parts = [gzip(&text[..9]), gzip(b""), gzip(&text[9..])].concat();
        assert_eq!(read(&text), Ok((text.clone(), vec![])));
        assert_eq!(read(b""), Ok((vec![], vec![])));
        assert_eq!(read(&parts), Ok((text.clone(), vec![Gzip])));
        assert_eq!(read(&[zstd(&text[..9]), zstd(&text[9..])].concat()), Ok((text.clone(), vec![Zstd])));
        assert_eq!(read(&gzip(&zstd(&text))), Ok((text.clone(), vec![Gzip, Zstd])));
    }

    #[test]
    fn damage_is_said_with_its_place() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let (gz, zst) = (gzip(&text), zstd(&text));
        for (bytes, expected) in [
            (gz[..gz.len() - 9].to_vec(), ("more gzip after", "found the end of the file")),
            ([&gz, b"and some junk".as_slice()].concat(), ("more gzip after 400000 ", "does not decompress")),
            (zst[..zst.len() - 9].to_vec(), ("more zstd after", "found the end of the file")),
            ([&zst, b"and some junk".as_slice()].concat(), ("more zstd after 400000 ", "does not decompress")),
            (gzip(&gzip(&gzip(b"a"))), ("at most 2 compressions", "found more")),
        ] {
            let error = read(&bytes).unwrap_err();
            assert!(error.contains(expected.0) && error.ends_with(expected.1), "{error}");
        }
    }

    #[test]
    fn a_window_beyond_any_honest_one_is_refused() {
        let mut encoder = ::zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(28).unwrap();
        encoder.write_all(b"small").unwrap();
        let error = read(&encoder.finish().unwrap()).unwrap_err();
        assert!(error.contains("does not decompress"), "{error}");
    }
}
