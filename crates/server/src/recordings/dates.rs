//! Dates in queries: ISO 8601, or relative to now as PostHog writes them (`-3d`, `-24h`, `-1m` for a month).

use time::format_description::well_known::Iso8601;
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::api_error::ApiError;

/// Which end of a day or a span a date without a time stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The first moment of the day.
    Start,
    /// The last millisecond of the day.
    End,
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Expected an ISO 8601 date or time, or a relative one like -3d, -24h, -2w, -1m.")]
pub(crate) struct DateError;

/// Epoch milliseconds. None: no bound (`all`).
pub(crate) fn read(text: &str, edge: Edge, now: i64) -> Result<Option<i64>, DateError> {
    if text == "all" {
        return Ok(None);
    }
    match relative(text, now) {
        Some(time) => time.map(Some),
        None => absolute(text, edge).map(Some),
    }
}

/// The bound of a member or parameter that says since when; none of it: no bound.
pub(crate) fn begun_since(attr: &'static str, text: Option<&str>, now: i64) -> Result<Option<i64>, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    read(text, Edge::Start, now).map_err(|error| ApiError::Invalid { attr, detail: error.to_string() })
}

/// None: the text does not begin as a relative date.
fn relative(text: &str, now: i64) -> Option<Result<i64, DateError>> {
    let digits = text.strip_prefix('-')?;
    let unit = digits.chars().next_back()?;
    let amount = &digits[..digits.len() - unit.len_utf8()];
    // `parse` would take a second sign.
    let amount = amount.bytes().all(|byte| byte.is_ascii_digit()).then_some(amount).and_then(|text| text.parse().ok());
    Some(amount.ok_or(DateError).and_then(|amount| ago(amount, unit, now)))
}

fn ago(amount: i64, unit: char, now: i64) -> Result<i64, DateError> {
    const MINUTE: i64 = 60 * 1000;
    const DAY: i64 = 24 * 60 * MINUTE;
    let back = |unit: i64| amount.checked_mul(unit).and_then(|span| now.checked_sub(span)).ok_or(DateError);
    match unit {
        's' => back(1000),
        'M' => back(MINUTE),
        'h' => back(60 * MINUTE),
        'd' => back(DAY),
        'w' => back(7 * DAY),
        'm' => months_ago(amount, now),
        'q' => amount.checked_mul(3).ok_or(DateError).and_then(|months| months_ago(months, now)),
        'y' => amount.checked_mul(12).ok_or(DateError).and_then(|months| months_ago(months, now)),
        _ => Err(DateError),
    }
}

/// The same day of an earlier month, or that month's last.
fn months_ago(months: i64, now: i64) -> Result<i64, DateError> {
    let now = OffsetDateTime::from_unix_timestamp_nanos(i128::from(now) * 1_000_000).map_err(|_| DateError)?;
    let of_era = i64::from(now.year()) * 12 + i64::from(u8::from(now.month())) - 1;
    let target = of_era.checked_sub(months).ok_or(DateError)?;
    let year = i32::try_from(target.div_euclid(12)).map_err(|_| DateError)?;
    let number = u8::try_from(target.rem_euclid(12) + 1).expect("a remainder of twelve");
    let month = Month::try_from(number).expect("one to twelve");
    let date = Date::from_calendar_date(year, month, now.day().min(month.length(year))).map_err(|_| DateError)?;
    Ok(epoch_ms(now.replace_date(date)))
}

fn absolute(text: &str, edge: Edge) -> Result<i64, DateError> {
    if let Ok(time) = OffsetDateTime::parse(text, &Iso8601::PARSING) {
        return Ok(epoch_ms(time));
    }
    if let Ok(time) = PrimitiveDateTime::parse(text, &Iso8601::PARSING) {
        return Ok(epoch_ms(time.assume_utc()));
    }
    let date = Date::parse(text, &Iso8601::PARSING).map_err(|_| DateError)?;
    let start = date.with_time(Time::MIDNIGHT).assume_utc();
    Ok(match edge {
        Edge::Start => epoch_ms(start),
        Edge::End => epoch_ms(start.checked_add(Duration::days(1)).ok_or(DateError)?) - 1,
    })
}

fn epoch_ms(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).expect("a date of four digits fits")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T07:15:10.102Z
    const NOW: i64 = 1_795_245_310_102;

    #[test]
    fn relative_dates_count_back_from_now() {
        let read = |text| NOW - read(text, Edge::Start, NOW).unwrap().unwrap();
        assert_eq!(read("-90s"), 90_000);
        assert_eq!(read("-15M"), 15 * 60_000);
        assert_eq!(read("-24h"), 86_400_000);
        assert_eq!(read("-3d"), 3 * 86_400_000);
        assert_eq!(read("-2w"), 14 * 86_400_000);
        assert_eq!(read("-1m"), 31 * 86_400_000, "October has 31 days");
        assert_eq!(read("-1y"), 365 * 86_400_000);
    }

    #[test]
    fn a_month_ago_ends_with_the_month() {
        let at = |text| read(text, Edge::Start, 0).unwrap().unwrap();
        let march = at("2026-03-31T12:00:00Z");
        assert_eq!(read("-1m", Edge::Start, march).unwrap(), Some(at("2026-02-28T12:00:00Z")));
        assert_eq!(read("-1q", Edge::Start, march).unwrap(), Some(at("2025-12-31T12:00:00Z")));
    }

    #[test]
    fn absolute_dates_are_read_with_and_without_a_time() {
        for text in ["2026-11-21T07:15:10.102Z", "2026-11-21T08:15:10.102+01:00", "2026-11-21T07:15:10.102"] {
            assert_eq!(read(text, Edge::End, 0), Ok(Some(NOW)), "{text}");
        }
        let start = read("2026-11-21", Edge::Start, 0).unwrap().unwrap();
        assert_eq!(read("2026-11-21T00:00:00Z", Edge::Start, 0), Ok(Some(start)));
        assert_eq!(read("2026-11-21", Edge::End, 0), Ok(Some(start + 86_399_999)));
        assert_eq!(read("all", Edge::Start, 0), Ok(None));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "yesterday",
            "-d",
            "-3",
            "-3x",
            "--3d",
            "-+3d",
            "-3é",
            "2026-13-01",
            "2026-11-21T25:00:00Z",
            "5",
            "-99999999999999999999d",
            "-9223372036854775807y",
            "-999999999m",
        ] {
            assert_eq!(read(text, Edge::Start, NOW), Err(DateError), "{text:?}");
        }
    }
}
