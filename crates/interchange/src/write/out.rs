//! Where a form goes, and what is put around it.

use std::io::{self, BufWriter, Write};

use crate::Compression;

/// What is written at once.
const BUFFER_BYTES: usize = 256 << 10;
const GZIP_LEVEL: flate2::Compression = flate2::Compression::new(6);
const ZSTD_LEVEL: i32 = 3;

/// The output, buffered and compressed as asked.
pub(super) enum Out<W: Write> {
    Plain(BufWriter<W>),
    Gzip(Box<flate2::write::GzEncoder<BufWriter<W>>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, BufWriter<W>>>),
}

impl<W: Write> Out<W> {
    pub(super) fn new(out: W, compression: Option<Compression>) -> io::Result<Self> {
        let out = BufWriter::with_capacity(BUFFER_BYTES, out);
        Ok(match compression {
            None => Self::Plain(out),
            // The header holds neither a name nor a time: the same recording gives the same bytes.
            Some(Compression::Gzip) => Self::Gzip(Box::new(flate2::write::GzEncoder::new(out, GZIP_LEVEL))),
            Some(Compression::Zstd) => {
                let mut encoder = zstd::stream::write::Encoder::new(out, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(Box::new(encoder))
            }
        })
    }

    /// Writes what is left.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut out) => out.flush(),
            Self::Gzip(encoder) => encoder.finish()?.flush(),
            Self::Zstd(encoder) => encoder.finish()?.flush(),
        }
    }
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
            Self::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
            Self::Zstd(out) => out.flush(),
        }
    }
}
