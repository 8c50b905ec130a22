//! zstd's skippable frames.
