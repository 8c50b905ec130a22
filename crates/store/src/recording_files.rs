//! Finished recordings, read by ranges.

use std::sync::Arc;

use bytes::Bytes;
use cassette_recording::file::{
    self, BlockDecoder, BlockEntry, DecodeBlockError, Index, IndexError, ItemEntry, Meta, Trailer, TrailerError,
};

use crate::bucket::{Bucket, BucketError};

/// A finished recording whose end was read.
#[derive(Debug, Clone)]
pub struct RecordingFile {
    bucket: Bucket,
    name: Arc<str>,
    trailer: Arc<Trailer>,
    index: Arc<Index>,
    /// Bytes of the whole object.
    pub size: u64,
}

/// Why a finished recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadRecordingError {
    /// The store failed, or there is no such object.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The end of the file is no trailer.
    #[error("the end of {name} cannot be read")]
    Trailer {
        /// The object.
        name: String,
        /// What is wrong.
        #[source]
        source: TrailerError,
    },
    /// The index is not one.
    #[error("the index of {name} cannot be read")]
    Index {
        /// The object.
        name: String,
        /// What is wrong.
        #[source]
        source: IndexError,
    },
    /// A block is damaged.
    #[error("a block of {name} cannot be read")]
    Block {
        /// The object.
        name: String,
        /// What is wrong.
        #[source]
        source: DecodeBlockError,
    },
    /// The meta line is not one.
    #[error("the meta line of {name} cannot be read")]
    Meta {
        /// The object.
        name: String,
    },
}

impl ReadRecordingError {
    /// Whether the object is simply not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Bucket(error) if error.is_not_found())
    }

    /// Trying again does not help: the object is not there, or not what was written.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Bucket(error) => error.is_not_found(),
            Self::Trailer { .. } | Self::Index { .. } | Self::Block { .. } | Self::Meta { .. } => true,
        }
    }
}

impl RecordingFile {
    /// Reads the end of the object of that name.
    ///
    /// # Errors
    /// When the store fails or the end is damaged.
    pub async fn open(bucket: &Bucket, name: &str) -> Result<Self, ReadRecordingError> {
        let mut wanted = file::TAIL_BYTES as u64;
        let (trailer, size) = loop {
            let (tail, size) = bucket.get_tail(name, wanted).await?;
            match Trailer::from_tail(&tail) {
                Ok(trailer) => break (trailer, size),
                Err(TrailerError::NeedMore(more)) if wanted < size && (more as u64) <= size => wanted = more as u64,
                Err(source) => return Err(ReadRecordingError::Trailer { name: name.to_owned(), source }),
            }
        };
        let index = trailer.index().map_err(|source| ReadRecordingError::Index { name: name.to_owned(), source })?;
        let (trailer, index) = (Arc::new(trailer), Arc::new(index));
        Ok(Self { bucket: bucket.clone(), name: name.into(), trailer, index, size })
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its blocks are.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The items it contains.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn items(&self) -> Result<Vec<ItemEntry>, ReadRecordingError> {
        let damaged = |source| ReadRecordingError::Index { name: self.name.to_string(), source };
        self.trailer.items().map_err(damaged)
    }

    /// The meta line.
    ///
    /// # Errors
    /// When the store fails or the line is damaged.
    pub async fn meta(&self) -> Result<Meta, ReadRecordingError> {
        let entry = &self.index.meta;
        let frame = self.bucket.get_range(&self.name, entry.offset..entry.offset + u64::from(entry.length)).await?;
        let damaged = |source| ReadRecordingError::Block { name: self.name.to_string(), source };
        let line = file::decode_meta(&frame, entry).map_err(damaged)?;
        let line = std::str::from_utf8(&line).ok();
        let meta = line.and_then(|line| Meta::parse(line).ok());
        meta.ok_or_else(|| ReadRecordingError::Meta { name: self.name.to_string() })
    }

    /// A block as it is stored: one zstd frame.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn frame(&self, block: &BlockEntry) -> Result<Bytes, ReadRecordingError> {
        let range = block.offset..block.offset + u64::from(block.length);
        Ok(self.bucket.get_range(&self.name, range).await?)
    }

    /// A block's lines; the digest is checked.
    ///
    /// # Errors
    /// When the store fails or the block is damaged.
    pub async fn lines(&self, block: &BlockEntry) -> Result<Vec<u8>, ReadRecordingError> {
        let frame = self.frame(block).await?;
        let damaged = |source| ReadRecordingError::Block { name: self.name.to_string(), source };
        file::decode_block(&frame, block).map_err(damaged)
    }

    /// The lines of each of `blocks`, which [lie one behind the other](lie_behind_each_other), read at once; the digests are
    /// checked. `each` makes of them what is wanted; a damaged block spoils no other.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run<T: Send + 'static>(
        &self,
        blocks: Vec<BlockEntry>,
        mut each: impl FnMut(Result<Vec<u8>, ReadRecordingError>) -> T + Send + 'static,
    ) -> Result<Vec<T>, ReadRecordingError> {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(Vec::new()) };
        let (start, end) = (first.offset, last.offset.saturating_add(u64::from(last.length)));
        let name = self.name.clone();
        let decode = move |bytes: Bytes| {
            let mut decoder = BlockDecoder::default();
            let mut lines = |block: &BlockEntry| {
                let from = usize::try_from(block.offset.saturating_sub(start)).unwrap_or(usize::MAX);
                let frame = bytes.get(from..from.saturating_add(block.length as usize)).unwrap_or_default();
                let damaged = |source| ReadRecordingError::Block { name: name.to_string(), source };
                each(decoder.decode(frame, block).map_err(damaged))
            };
            blocks.iter().map(&mut lines).collect()
        };
        Ok(self.bucket.work_on_range(&self.name, start..end, decode).await?)
    }
}

/// Whether the frame of `next` begins where that of `block` ends.
pub fn lie_behind_each_other(block: &BlockEntry, next: &BlockEntry) -> bool {
    block.offset.checked_add(u64::from(block.length)) == Some(next.offset)
}
