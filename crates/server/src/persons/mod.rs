//! Whose recordings they are: persons, as PostHog's API has them.
//!
//! What is said of persons is gathered by the collector ([`Gathered`]), lies in objects of the bucket
//! (`cassette_store::persons`), and comes to persons in the catalog; the rules are those of
//! [`cassette_recording::person`].

mod gathered;

pub(crate) use self::gathered::Gathered;
