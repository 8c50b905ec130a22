//! Keyframes of finished recordings, read by ranges. Derived: an object that is not there, or damaged, is made again.

use std::sync::Arc;

use cassette_recording::keyframes::{self, Entry, Index, KeyframesError};

use crate::bucket::{Bucket, BucketError};

/// How much of an object's end to read at first: some hundred keyframes.
const TAIL_BYTES: u64 = 64 << 10;

/// The keyframes of one finished recording, whose end was read.
#[derive(Debug, Clone)]
pub struct KeyframeFile {
    bucket: Bucket,
    name: Arc<str>,
    index: Arc<Index>,
}

/// Why keyframes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadKeyframesError {
    /// The store failed, or there is no such object.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The object is not what was written, or of another version.
    #[error("the keyframes {name} cannot be read")]
    Unreadable {
        /// The object.
        name: String,
        /// What is wrong.
        #[source]
        source: KeyframesError,
    },
}

impl ReadKeyframesError {
    /// Trying again does not help: the object has to be made again.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Bucket(error) => error.is_not_found(),
            Self::Unreadable { .. } => true,
        }
    }
}

impl KeyframeFile {
    /// Reads the end of the object of that name.
    ///
    /// # Errors
    /// When the store fails or the end is damaged.
    pub async fn open(bucket: &Bucket, name: &str) -> Result<Self, ReadKeyframesError> {
        let mut wanted = TAIL_BYTES;
        let index = loop {
            let (tail, size) = bucket.get_tail(name, wanted).await?;
            match keyframes::read_index(&tail) {
                Ok(index) => break index,
                Err(KeyframesError::NeedMore(more)) if wanted < size && more as u64 <= size => wanted = more as u64,
                Err(source) => return Err(ReadKeyframesError::Unreadable { name: name.to_owned(), source }),
            }
        };
        Ok(Self { bucket: bucket.clone(), name: name.into(), index: Arc::new(index) })
    }

    /// Which there are.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The lines of one; the digest is checked.
    ///
    /// # Errors
    /// When the store fails or the keyframe is damaged.
    pub async fn lines(&self, entry: &Entry) -> Result<Vec<u8>, ReadKeyframesError> {
        let (name, entry) = (self.name.to_string(), entry.clone());
        let range = entry.offset..entry.offset.saturating_add(u64::from(entry.length));
        let decode = move |frame: bytes::Bytes| keyframes::decode(&frame, &entry);
        let decoded = self.bucket.work_on_range(&self.name, range, decode).await?;
        decoded.map_err(|source| ReadKeyframesError::Unreadable { name, source })
    }
}
