//! Reading parts of events. Keys are compared as JavaScript does: escapes undone, and of two that are equal the last counts.

use std::borrow::Cow;

use crate::json::{self, Array, JsonError, Object};

use super::tree::Id;
use super::trouble::Trouble;

/// The values of the members with these names, as they are written.
pub(super) fn members<'a, const N: usize>(
    object: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], JsonError> {
    let mut values = [None; N];
    each_member(object, |key, value| {
        if let Some(at) = names.iter().position(|&name| name == key) {
            values[at] = Some(value);
        }
    })?;
    Ok(values)
}

/// Shows each member, its key without escapes.
pub(super) fn each_member<'a>(object: &'a str, mut member: impl FnMut(&str, &'a str)) -> Result<(), JsonError> {
    let mut members = Object::open(object, 0)?;
    while let Some(key) = members.next_key()? {
        let key = plain(key);
        let value = members.value()?;
        member(&key, value);
    }
    Ok(())
}

/// A key as JavaScript sees it.
pub(super) fn plain(key: &str) -> Cow<'_, str> {
    json::unescape(key)
}

/// Elements of a list that are read. Real mutations have some ten thousand.
const MOST_ELEMENTS: usize = 1_000_000;

/// The elements of an array, as they are written.
pub(super) fn elements(array: &str) -> Result<Vec<&str>, Trouble> {
    let mut elements = Array::open(array, 0)?;
    let mut values = Vec::new();
    while let Some(value) = elements.next_value()? {
        if values.len() == MOST_ELEMENTS {
            return Err(Trouble::TooLarge);
        }
        values.push(value);
    }
    Ok(values)
}

/// A whole number.
pub(super) fn whole(value: Option<&str>) -> Option<Id> {
    value?.parse().ok()
}

pub(super) fn is_true(value: Option<&str>) -> bool {
    value == Some("true")
}

pub(super) fn is_string(value: &str) -> bool {
    value.starts_with('"')
}
