//! What an SDK posts, step by step; each type says what is already true of the value.
//!
//! | step | from → to | what becomes true |
//! | --- | --- | --- |
//! | [`inflate`] | bytes → [`BodyText`] | UTF-8, within the [`Budget`], whatever the encoding was |
//! | [`envelope`] | text → [`Envelope`] of [`Item`]s | valid JSON; token, ids and each rrweb event are found |
//! | [`decode`] | [`Item`] → [`DecodedEvent`]s | the SDK's per-event compression is undone, each event has a time |
//!
//! Before the answer only [`inflate`] runs, and [`token`] looks whose the body is. Nothing here builds a tree of JSON values; see
//! [`cassette_recording::json`].

pub mod budget;
pub mod clock;
pub mod decode;
pub mod envelope;
mod form;
mod gunzip;
pub mod inflate;
mod latin1;
mod shape;
pub mod token;

pub use budget::Budget;
pub use clock::{ItemClock, RequestClock};
pub use decode::{DecodedEvent, Decoder, Undecoded};
pub use envelope::{Envelope, EnvelopeError, FlagsRequest, Item, ItemRefused};
pub use inflate::{BodyError, BodyText, Inflater};
pub use token::names_known_token;
