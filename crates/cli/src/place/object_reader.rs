//! An object of the bucket as a file that is read and seeked in.

use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use cassette_store::{Bucket, BucketError};
use tokio::runtime::Runtime;

/// Read at once: much more than a block, little beside what a command needs otherwise.
const PIECE_BYTES: u64 = 1 << 20;

/// Holds one piece of the object at a time.
pub(crate) struct ObjectReader<'a> {
    runtime: &'a Runtime,
    bucket: &'a Bucket,
    name: &'a str,
    size: u64,
    at: u64,
    piece: Bytes,
    piece_at: u64,
}

impl<'a> ObjectReader<'a> {
    /// Begins to read an object.
    ///
    /// # Errors
    /// When the store fails or there is no such object.
    pub(crate) fn open(runtime: &'a Runtime, bucket: &'a Bucket, name: &'a str) -> Result<Self, BucketError> {
        let size = runtime.block_on(bucket.size(name))?;
        let size = size.ok_or_else(|| BucketError::NotFound { name: name.to_owned() })?;
        Ok(Self { runtime, bucket, name, size, at: 0, piece: Bytes::new(), piece_at: 0 })
    }

    /// Bytes of the object.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// What of the piece at hand stands at the place to read from; empty where another piece is wanted.
    fn at_hand(&self) -> &[u8] {
        let skipped = self.at.checked_sub(self.piece_at).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.piece.get(skipped..)).unwrap_or_default()
    }
}

impl Read for ObjectReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at_hand().is_empty() && self.at < self.size {
            let range = self.at..self.size.min(self.at + PIECE_BYTES);
            self.piece = self.runtime.block_on(self.bucket.get_range(self.name, range)).map_err(io::Error::other)?;
            self.piece_at = self.at;
        }
        let read = self.at_hand().read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for ObjectReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(from) => self.size.checked_add_signed(from),
            SeekFrom::Current(from) => self.at.checked_add_signed(from),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_reads_like_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::folder(folder.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes: Vec<u8> = (0..2_500_000_u32).map(|i| (i % 251).to_le_bytes()[0]).collect();
        let _ = runtime.block_on(bucket.put_new("a", Bytes::from(bytes.clone()))).unwrap();
        let mut reader = ObjectReader::open(&runtime, &bucket, "a").unwrap();
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        let mut some = [0; 5];
        for (to, at) in [
            (SeekFrom::Start(1_048_574), 1_048_574),
            (SeekFrom::Current(-1_000_000), 48_579),
            (SeekFrom::End(-5), 2_499_995),
        ] {
            assert_eq!(reader.seek(to).unwrap(), at as u64);
            reader.read_exact(&mut some).unwrap();
            assert_eq!(some, bytes[at..at + 5]);
        }
        assert_eq!(reader.read(&mut some).unwrap(), 0);
        assert!(reader.seek(SeekFrom::End(-2_500_001)).is_err());
        assert!(ObjectReader::open(&runtime, &bucket, "b").is_err_and(|error| error.is_not_found()));
    }
}
