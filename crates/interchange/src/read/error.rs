//! Why a file was not read.

use std::io;

use crate::wrapping::Damaged;

/// Why a file was not read. Nothing of it counts then, whatever was written.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not, or not wholly, what it can be read as. Says what is wrong, and where.
    #[error("{0}")]
    Invalid(String),
    /// The file, the spool or the output failed.
    #[error("cannot {action}")]
    Io {
        /// What was to be done.
        action: &'static str,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

impl ReadError {
    /// An error of reading or writing; what a reader found wrong with the file stays that.
    pub(crate) fn io(action: &'static str, cause: io::Error) -> Self {
        match cause.get_ref().and_then(|inner| inner.downcast_ref::<Damaged>()) {
            Some(damaged) => Self::Invalid(damaged.to_string()),
            None => Self::Io { action, cause },
        }
    }
}
