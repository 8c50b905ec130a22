//! Recordings as messages of `docs/format/recording.proto`, each preceded by its length.
//!
//! ## Invariants
//! 1. Lines → messages → lines gives the same bytes. A line that its message would not give byte for byte travels as text.
//! 2. Memory is one message, whatever the input promises: nothing is reserved that did not come.

mod decode;
mod encode;
mod layout;
mod messages;
mod meta;

use std::io;

pub use self::decode::to_lines;
pub(crate) use self::encode::Encoder;

/// Why messages are no recording.
#[derive(Debug, thiserror::Error)]
pub enum ProtobufError {
    /// The input cannot be read.
    #[error("expected message {message} at byte {at}")]
    Read {
        /// The message; the first is 1.
        message: u64,
        /// Where it begins.
        at: u64,
        /// What the input says.
        #[source]
        cause: io::Error,
    },
    /// A message is none of a recording.
    #[error("message {message} at byte {at}: expected {expected}, found {found}")]
    Message {
        /// The message; the first is 1.
        message: u64,
        /// Where it begins, its length included.
        at: u64,
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// Whoever takes the lines takes no more.
    #[error("expected to write on")]
    Out(#[source] io::Error),
}

/// Whether a file that begins so is one of messages: a length, the tag of a meta, its length, the tag of its first field, and a
/// text that begins as the name of our format does. Some thirty bytes are enough to tell.
pub fn is_protobuf(head: &[u8]) -> bool {
    /// Field 1 with a length: the meta of a line, and the format of a meta.
    const FIRST_FIELD: u8 = 0x0A;
    let meta = |head| after_varint(head)?.strip_prefix(&[FIRST_FIELD]);
    let format = meta(head).and_then(meta).and_then(after_varint);
    format.is_some_and(|format| format.starts_with(b"cassette/"))
}

/// What stands behind a number of at most five bytes.
fn after_varint(head: &[u8]) -> Option<&[u8]> {
    let last = head.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    Some(&head[last + 1..])
}

#[cfg(test)]
mod tests;
