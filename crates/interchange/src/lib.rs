//! Recordings in every form, both ways.
//!
//! A recording leaves Cassette and comes back unchanged, in whichever form its user needs. Pure over `Read`, `Write` and one
//! folder for temporary files: no server, no async, no clock, so that it can be fuzzed and measured alone.
//!
//! - [`mod@read`]: a file of any form, recognised by its content, to a stored recording
//! - [`mod@write`]: a stored recording to any form
//! - [`convert()`]: from one form to another
//! - [`protobuf`]: the messages of `docs/format/recording.proto`, both ways
//! - `wrapping`: gzip and zstd around anything
//! - `limits`: every bound on what is read, with its reason
//!
//! What a form cannot carry is told as [`LeftOut`], by count and reason; nothing goes missing silently.

mod convert;
mod format;
mod left_out;
pub mod limits;
pub mod protobuf;
pub mod read;
mod wrapping;
pub mod write;

pub use self::convert::{ConvertError, Converted, convert};
pub use self::format::{Compression, Form, Format};
pub use self::left_out::LeftOut;
