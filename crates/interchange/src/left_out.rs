//! What a form could not carry.

/// Something that did not come along, by count and reason. Never nothing: what came along whole has no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is, in words, as in `captured events`.
    pub what: &'static str,
    /// How many.
    pub count: u64,
    /// Why, as the end of a sentence.
    pub reason: &'static str,
}
