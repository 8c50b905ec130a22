//! Blocks of a recording that still runs (`live/1`).
