//! Functions that SQLite lacks, or has for ASCII only.

use regex::{Regex, RegexBuilder};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use super::super::filter::PATTERN_BYTES;

/// Adds them to a connection.
pub(super) fn add(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("lower", 1, flags, |call| Ok(text(call, 0).map(|text| text.to_lowercase())))?;
    connection.create_scalar_function("regexp", 2, flags, |call| {
        let (Some(pattern), Some(text)) = (text(call, 0), text(call, 1)) else { return Ok(None) };
        let regex = call.get_or_create_aux(0, |_| -> Result<Regex, regex::Error> {
            RegexBuilder::new(&pattern).size_limit(PATTERN_BYTES).build()
        })?;
        Ok(Some(regex.is_match(&text)))
    })
}

/// Half an emoji is no text for Rust: it counts as the sign for what is none.
fn text<'a>(call: &'a Context<'_>, at: usize) -> Option<std::borrow::Cow<'a, str>> {
    match call.get_raw(at) {
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes)),
        ValueRef::Integer(number) => Some(number.to_string().into()),
        ValueRef::Real(number) => Some(number.to_string().into()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}
