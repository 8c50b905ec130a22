//! What tests share: the real server as a child process, a client, recorded requests, and a reader of recording files.
//!
//! Used from `tests/` folders and the bench only, never from `src/` of the product. It knows none of our other crates,
//! on purpose: what it reads it reads by the documents (`docs/format/`), so a mistake that writer and reader of the
//! product share does not pass unseen.

mod capture;
mod client;
mod export;
mod frames;
mod posthog;
mod process;
mod search;
mod server;

pub use capture::{CapturedRequest, Expected, ExpectedSession, Folder, fixtures};
pub use client::{Answer, Client, Recording};
pub use export::{Export, Line, Meta};
pub use frames::{Content, Frame, frames, index};
pub use posthog::{Call, HeldRecording, Posthog, Trouble, Ways};
pub use process::{Ended, Process};
pub use search::files_that_hold;
pub use server::{Server, Settings};
