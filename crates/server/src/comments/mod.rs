//! Comments on a recording, or on a moment of it, and answers to them.
//!
//! Everybody who may read comments reads all of a project; only who wrote one changes it. A comment that is deleted is
//! marked so and shown to nobody; its answers stay.

mod ask;
mod comment;
mod routes;

pub(crate) use routes::routes;
