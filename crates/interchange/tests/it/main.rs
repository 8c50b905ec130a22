//! Recordings through every form, as whoever imports and exports sees it.

#![expect(clippy::unwrap_used, reason = "all of it is test code, the functions without #[test] too")]

mod damage;
mod files;
mod foreign;
mod order;
mod own;
mod pairs;
mod posthog;
mod posthog_zip;
mod rrweb;
mod writers;
