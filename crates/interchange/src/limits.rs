//! Every bound on what is read, with the reason for its number. Those of lines, ids and nesting are `cassette_recording::limits`.

/// Decompressed bytes of one import: of each layer, and of all events together, whose own compression is undone. The largest recordings known are some GB; a file that claims more is a
/// bomb. What stands below is held back by the disk that the spool lies on.
pub const READ_BYTES: u64 = 64 << 30;

/// Layers of compression around a recording. One is usual, and a stored file that a browser packed once more has two.
pub const LAYERS: usize = 2;

/// Bytes from the beginning of a file by which it is recognised: more than stands before the first event of any form.
pub const HEAD_BYTES: usize = 64 << 10;

/// Entries of a zip. PostHog's have four and one for each upload of ten seconds.
pub const ZIP_ENTRIES: usize = 10_000;

/// Blocks that a zip names. One is written every ten seconds; a million are four months.
pub const ZIP_BLOCKS: usize = 1_000_000;

/// Bytes of one block of PostHog's, compressed and decompressed. Theirs are flushed at 100 MB.
pub const SNAPPY_BYTES: usize = 512 << 20;

/// Windows of a foreign recording. Each costs the state of a digest.
pub const WINDOWS: usize = 10_000;

/// Bytes of a `person`, which becomes part of the meta line.
pub const PERSON_BYTES: usize = 1 << 20;

/// Lines that are put in order in memory, in bytes; a run of a merge each. Some of them are under way at the same time, and
/// the smaller they are, the sooner they are found in a processor's cache.
pub const CHUNK_BYTES: usize = 1 << 20;
