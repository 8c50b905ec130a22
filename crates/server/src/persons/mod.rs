//! Whose recordings they are: persons, as PostHog's API has them.
//!
//! What is said of persons is gathered by the collector ([`Gathered`]), lies in objects of the bucket
//! (`cassette_store::persons`), and comes to persons in the catalog; the rules are those of
//! [`cassette_recording::person`].

mod answer;
mod erasing;
mod filters;
mod gathered;
mod routes;

pub use self::answer::PersonAnswer;
pub(crate) use self::gathered::Gathered;
pub(crate) use self::routes::routes;
