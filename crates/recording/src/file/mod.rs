//! The finished recording: one file that anybody can read, `cassette/1`.
//!
//! The normative text is `docs/format/recording.md`; this module is its implementation and must not know more than it.
//!
//! ## Layout
//!
//! ```text
//! zstd frame        meta line
//! zstd frame        lines … | checksum line                        (a block, about 256 KiB raw)
//! …
//! zstd frame        lines … | checksum line | end line             (the last block)
//! skippable frame   index: where the blocks are, what is in them, which items the file contains
//! skippable frame   seek table of zstd's seekable format
//! ```
//!
//! ## Invariants
//! 1. Decompressed, the file is NDJSON: what `zstd -dc` prints is the recording, and the rest only makes it quick.
//! 2. `seq` counts every line but the first from 0 on, without gaps.
//! 3. Timestamps never decrease from line to line.
//! 4. Every line is covered by a checksum line behind it, and every byte by the `end` line.
//! 5. An event stands in its line with the bytes it came with. Nothing here parses into a tree.
//! 6. The same lines, meta and items give the same bytes (of one version of zstd).
//! 7. Writer and readers hold one block or one line at a time; only the index grows with the recording.
//!
//! ## Life of a file
//! A finisher feeds a [`Writer`] and stores what it wrote. Whoever seeks reads the [`Trailer`] from the file's end, then
//! blocks by their offsets ([`decode_block`], [`Lines`]). Whoever wants all of it takes a [`LineReader`], which reads the
//! plain form just as well; [`inspect()`] and the conversions stand on it. [`verify()`] reads in pieces, with several threads.

mod carried;
mod digest;
mod digests;
mod index;
mod input;
mod inspect;
mod line;
mod line_reader;
mod meta;
mod ndjson;
mod parsed;
mod repair;
mod sink;
mod twin_digest;
mod verify;
mod writer;

pub use self::carried::Carried;
pub use self::digest::Digest;
pub use self::index::{
    BlockDecoder, BlockEntry, DecodeBlockError, FullSnapshotAt, Index, IndexError, ItemEntry, MetaEntry, TAIL_BYTES,
    Trailer, decode_block, decode_meta,
};
pub use self::inspect::{Gap, InspectError, Inspection, LargestLine, PageVisit, WindowSummary, inspect};
pub use self::line::{Line, LineBody, RestHead, write_rest, write_rest_head};
pub use self::line_reader::{LineReader, RawLine, ReadLineError};
pub use self::meta::{FORMAT, Meta, MetaError};
pub use self::ndjson::{NdjsonError, to_ndjson};
pub use self::parsed::{Content, LineError, Lines, ParsedLine};
pub use self::repair::{Loss, RepairError, Repaired, repair};
pub use self::sink::{BlockFacts, Finished, Plain, Sink, Stored};
pub use self::twin_digest::TwinDigest;
pub use self::verify::{Behind, Intact, Problem, Report, TrailerState, verify, verify_file};
pub use self::writer::Writer;
pub use crate::trailer::{SeekEntry, TrailerError};
