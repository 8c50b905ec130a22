//! Moments, as the API says and takes them.

use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;
use time::macros::format_description;

/// Epoch milliseconds as `2026-11-21T07:15:10.102Z`. None: beyond the years that a date can show.
pub(crate) fn iso(epoch_ms: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(epoch_ms) * 1_000_000).ok()?;
    time.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z")).ok()
}

/// Epoch milliseconds of an ISO 8601 time with its zone.
pub(crate) fn epoch_ms(iso: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(iso, &Iso8601::PARSING).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_to_the_millisecond() {
        assert_eq!(iso(1_795_245_310_102).as_deref(), Some("2026-11-21T07:15:10.102Z"));
        assert_eq!(epoch_ms("2026-11-21T07:15:10.102Z"), Some(1_795_245_310_102));
        assert_eq!(epoch_ms("2026-11-21T08:15:10.102+01:00"), Some(1_795_245_310_102));
        assert_eq!(iso(-1).as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!((iso(i64::MAX), iso(i64::MIN)), (None, None));
        for text in ["", "soon", "2026-11-21", "2026-11-21T07:15:10"] {
            assert_eq!(epoch_ms(text), None, "{text}");
        }
    }
}
