//! Moments in answers and bodies: ISO 8601 outside, epoch milliseconds inside.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Iso8601;
use time::macros::format_description;

const ISO: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// As answers have it. None: beyond the years that a date can show.
pub(crate) fn iso(epoch_ms: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(epoch_ms) * 1_000_000).ok()?;
    time.format(ISO).ok()
}

/// A moment with its time zone. None: it is none.
pub(crate) fn read_iso(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &Iso8601::PARSING).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_its_text() {
        assert_eq!(iso(1_795_245_310_102).as_deref(), Some("2026-11-21T07:15:10.102Z"));
        assert_eq!(read_iso("2026-11-21T07:15:10.102Z"), Some(1_795_245_310_102));
        assert_eq!(read_iso("2026-11-21T08:15:10.102+01:00"), Some(1_795_245_310_102));
        for none in ["", "tomorrow", "2026-11-21", "2026-11-21T07:15:10", "2026-13-01T00:00:00Z"] {
            assert_eq!(read_iso(none), None, "{none}");
        }
    }
}
