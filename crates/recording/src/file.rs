//! The finished recording.
