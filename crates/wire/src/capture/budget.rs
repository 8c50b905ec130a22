//! How many bytes one request may decode to.

use cassette_recording::limits;

/// What is left of a request's decoded bytes. The outer body and all compressed members inside it draw on the same one,
/// so that a bomb cannot be cut into harmless pieces.
#[derive(Debug)]
pub struct Budget {
    left: usize,
}

impl Budget {
    /// The budget of one request: [`limits::DECODED_BYTES_PER_REQUEST`].
    pub fn of_request() -> Self {
        Self::of(limits::DECODED_BYTES_PER_REQUEST)
    }

    /// A budget of that many bytes.
    pub fn of(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// Bytes that may still be decoded.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Notes that bytes were decoded. They were bounded by [`Self::left`] while it was done.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}
