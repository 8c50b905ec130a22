//! PostHog's HTTP shapes, both ways: request bodies in, answers out.
//!
//! Pure: no I/O, no async, no clock. Knows `cassette-recording` and nothing else of ours, so that a change of PostHog's
//! wire changes this crate only. Names of the wire (`$session_id`, `cv`) exist here and nowhere else.
//!
//! - [`capture`]: what an SDK posts: bodies, envelopes, items, rrweb events
//! - [`person`]: what an item says of a person
//! - [`remote_config`]: what an SDK is told: recording settings and the answers to flags and config requests

pub mod capture;
pub mod person;
pub mod remote_config;
