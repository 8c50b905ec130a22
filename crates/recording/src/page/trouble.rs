//! Why a page cannot be followed any further.

use crate::json::JsonError;

/// Why a page cannot be followed any further: what comes after may look otherwise than a player would show it. It is given up
/// until its next full snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// What the replayer reads is not there, or something else.
    #[error("an event has not the shape of rrweb's")]
    Shape,
    /// The full snapshot holds no tree, as those of mobile apps.
    #[error("the full snapshot holds no page")]
    NoPage,
    /// It takes more memory than a page may.
    #[error("the page is too large")]
    TooLarge,
    /// An id that means two nodes.
    #[error("an id means two nodes")]
    TwoOfOneId,
    /// Events of old recorders, that name neighbours which come later.
    #[error("an event is of a recorder that is too old")]
    Legacy,
    /// A node was taken away from where it is not.
    #[error("a node was taken away from where it is not")]
    WrongParent,
    /// What a replayer makes of it depends on the browser, or on what it was before.
    #[error("a change comes out differently from one browser to another")]
    Unclear,
    /// More windows than are followed at a time.
    #[error("too many windows are open at a time")]
    TooManyWindows,
}

impl Trouble {
    /// Its name in files and figures: never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::NoPage => "no_page",
            Self::TooLarge => "too_large",
            Self::TwoOfOneId => "two_of_one_id",
            Self::Legacy => "legacy",
            Self::WrongParent => "wrong_parent",
            Self::Unclear => "unclear",
            Self::TooManyWindows => "too_many_windows",
        }
    }
}

impl From<JsonError> for Trouble {
    fn from(_: JsonError) -> Self {
        Self::Shape
    }
}
