//! What a person reads: times, lengths, sizes, and texts that somebody else chose.
//!
//! Ids, addresses and names come from browsers that anybody controls. On a terminal, control characters in them are
//! commands, so nothing is printed for people that did not go through [`clean`]. `--json` needs none of this: JSON escapes.

use std::borrow::Cow;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const SECONDS: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const ISO: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The text without characters that a terminal obeys, or that turn the reading direction.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| {
        c.is_control() || matches!(c, '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    match text.contains(obeyed) {
        true => Cow::Owned(text.replace(obeyed, "\u{FFFD}")),
        false => Cow::Borrowed(text),
    }
}

/// As [`clean`], and at most `width` characters of it.
pub(crate) fn short(text: &str, width: usize) -> String {
    let text = clean(text);
    match text.chars().nth(width) {
        None => text.into_owned(),
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A moment in UTC, to the second.
pub(crate) fn moment(epoch_ms: i64) -> String {
    formatted(epoch_ms, SECONDS)
}

/// A moment as the HTTP API takes and gives it.
pub(crate) fn iso(epoch_ms: i64) -> String {
    formatted(epoch_ms, ISO)
}

fn formatted(epoch_ms: i64, format: &[BorrowedFormatItem<'_>]) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(epoch_ms) * 1_000_000);
    let text = time.ok().and_then(|time| time.format(format).ok());
    // Beyond the years that a date can show; clocks are that wrong.
    text.unwrap_or_else(|| format!("{epoch_ms} ms"))
}

/// A length of time: `0:07`, `12:30`, `1:02:03`.
pub(crate) fn length(milliseconds: i64) -> String {
    let seconds = milliseconds.unsigned_abs() / 1000;
    let sign = if milliseconds < 0 && seconds > 0 { "-" } else { "" };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{sign}{minutes}:{seconds:02}"),
        _ => format!("{sign}{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A number of bytes: `812 B`, `3.1 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // In tenths, so that nothing is rounded twice.
    let (mut tenths, mut unit) = (u128::from(bytes) * 10 / 1024, 0);
    while tenths >= 10 * 1024 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1024, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A number and its noun: `1 event`, `2 events`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_commanded_by_recorded_text() {
        assert_eq!(clean("a\x1b[2Jb\u{202e}c\n"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
        assert_eq!(clean("größer 🙂"), "größer 🙂");
        assert_eq!(short("größer", 4), "grö…");
        assert_eq!(short("größer", 6), "größer");
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(
            [length(7_900), length(750_000), length(3_723_000), length(-1_000), length(-90)],
            ["0:07", "12:30", "1:02:03", "-0:01", "0:00"]
        );
        assert_eq!([bytes(812), bytes(1024), bytes(3_250_585)], ["812 B", "1.0 KiB", "3.0 MiB"]);
        assert_eq!([count(1, "event"), count(0, "event")], ["1 event", "0 events"]);
        assert_eq!(moment(1_795_245_310_102), "2026-11-21 07:15:10");
        assert_eq!(iso(1_795_245_310_102), "2026-11-21T07:15:10.102Z");
        assert_eq!(moment(i64::MAX), "9223372036854775807 ms");
    }
}
