//! The server: HTTP routes, ingest, finishing, configuration.
//!
//! - [`config`]: settings, read once
//! - [`serve`]: wiring, start and stop
//! - [`capture`]: what SDKs call
//! - [`ingest`]: journal, collector, live objects
//! - [`finish`]: quiet recordings into portable files
//! - [`erase`]: recordings deleted for good
//! - [`import`]: recordings that come as files
//! - [`playback`]: blocks, live events, downloads
//! - [`recordings`]: the list
//! - `sharing`: links that open one recording or collection
//! - `collections`: recordings under a name, and saved filters
//! - `comments`: remarks on recordings
//! - `search`: what the list can be asked for, read out of what is stored
//! - `snapshots`: events of a recording, as PostHog hands them out
//! - `persons`: whose recordings they are
//! - [`project`]: tokens and settings
//! - [`auth`]: who may ask, and what they may do
//! - [`users`], `keys`: people and programs
//! - `retention`: what has grown too old is deleted
//! - `storage_use`: what everything takes up
//! - `refusals`: what was sent and not taken, and why
//! - `throttle`: how often one may ask
//! - `audit`: what was done, by whom
//! - `api`: how the API's routes are addressed and described
//! - [`pages`]: the app and the demo shop
//! - [`health`]: is it up, is it well, what is it doing

#![expect(unused_qualifications, reason = "what describes a route names its types again in full")]

mod api;
pub mod api_error;
mod app;
mod audit;
pub mod auth;
mod author;
mod capture;
pub mod clock;
mod collections;
mod comments;
pub mod config;
pub mod erase;
pub mod finish;
mod health;
mod hex;
pub mod import;
pub mod ingest;
pub mod keyframes;
mod keys;
mod pages;
mod paging;
pub mod persons;
mod playback;
mod priority;
pub mod project;
mod random;
pub mod recordings;
pub mod refusals;
mod retention;
mod search;
pub mod serve;
mod server_timing;
mod sharing;
mod signer;
mod snapshots;
mod storage_use;
mod throttle;
pub mod users;
