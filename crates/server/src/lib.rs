//! The server: HTTP routes, ingest, finishing, configuration.
//!
//! - [`config`]: settings, read once
//! - [`serve`]: wiring, start and stop
//! - [`capture`]: what SDKs call
//! - [`ingest`]: journal, collector, live objects
//! - [`finish`]: quiet recordings into portable files
//! - [`import`]: recordings that come as files
//! - [`playback`]: blocks, live events, downloads
//! - [`recordings`]: the list
//! - [`project`]: tokens and settings
//! - [`auth`]: who may ask
//! - [`pages`]: the app and the demo shop
//! - [`health`]: is it up, is it well, what is it doing

pub mod api_error;
mod app;
pub mod auth;
mod capture;
pub mod clock;
pub mod config;
pub mod finish;
mod health;
pub mod import;
pub mod ingest;
mod pages;
mod playback;
mod priority;
pub mod project;
mod random;
pub mod recordings;
pub mod serve;
