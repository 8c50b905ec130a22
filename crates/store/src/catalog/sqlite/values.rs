//! Values on their way into columns and out of them.
//!
//! SQL integers are signed: counts beyond 2^63 do not occur, and are cut there rather than refused.

use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{Error, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::CatalogError;

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn size(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn parsed<T>(row: &Row<'_>, column: &str) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| unreadable(Box::new(error)))
}

pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(Box::new(error)))
}

pub(super) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("lists of texts and numbers are always JSON")
}

fn unreadable(cause: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::FromSqlConversionFailure(0, Type::Text, cause)
}

/// Tells a damaged value from a database that does not answer.
pub(super) fn failed(error: Error) -> CatalogError {
    match error {
        Error::FromSqlConversionFailure(_, _, cause) => CatalogError::Damaged { what: "value", cause },
        Error::InvalidColumnType(..) | Error::IntegralValueOutOfRange(..) => {
            CatalogError::Damaged { what: "value", cause: Box::new(error) }
        }
        error if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt) => {
            CatalogError::Damaged { what: "page", cause: Box::new(error) }
        }
        error => CatalogError::Unavailable(Box::new(error)),
    }
}
