//! `--since`: how long ago, or a date.
//!
//! Units are those of durations in the configuration, so `1m` is a minute. PostHog's API writes relative dates with a
//! minus sign and means a month by `-1m`; with a sign only the units that mean the same there are taken.

use std::str::FromStr;

use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

/// A moment, as far as it can be known before the clock is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// So many milliseconds before now.
    Ago(i64),
    /// Epoch milliseconds.
    At(i64),
}

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SinceError {
    #[error(
        "expected how long ago (30m, 24h, 3d, 2w) or a UTC date or time such as 2026-11-21 or 2026-11-21T07:15:10Z"
    )]
    Unknown,
    #[error("a minute or a month? write 1m for a minute, 30d for a month")]
    MinuteOrMonth,
}

impl Since {
    /// Epoch milliseconds.
    pub(crate) fn epoch_ms(self, now: i64) -> i64 {
        match self {
            Self::Ago(milliseconds) => now.saturating_sub(milliseconds),
            Self::At(epoch_ms) => epoch_ms,
        }
    }
}

impl FromStr for Since {
    type Err = SinceError;

    fn from_str(text: &str) -> Result<Self, SinceError> {
        let unsigned = text.strip_prefix('-');
        match ago(unsigned.unwrap_or(text)) {
            Some((_, 'm')) if unsigned.is_some() => Err(SinceError::MinuteOrMonth),
            Some((milliseconds, _)) => Ok(Self::Ago(milliseconds)),
            None => date(text).map(Self::At).ok_or(SinceError::Unknown),
        }
    }
}

fn ago(text: &str) -> Option<(i64, char)> {
    let unit = text.chars().next_back()?;
    let number = &text[..text.len() - unit.len_utf8()];
    let number: i64 = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())??;
    let milliseconds = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 7 * 86_400_000,
        _ => return None,
    };
    Some((number.checked_mul(milliseconds)?, unit))
}

fn date(text: &str) -> Option<i64> {
    let at = OffsetDateTime::parse(text, &Iso8601::PARSING)
        .or_else(|_| PrimitiveDateTime::parse(text, &Iso8601::PARSING).map(PrimitiveDateTime::assume_utc))
        .or_else(|_| Date::parse(text, &Iso8601::PARSING).map(|date| date.with_time(Time::MIDNIGHT).assume_utc()))
        .ok()?;
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_dates_are_read() {
        for (text, expected) in [
            ("90s", Since::Ago(90_000)),
            ("30m", Since::Ago(1_800_000)),
            ("24h", Since::Ago(86_400_000)),
            ("-3d", Since::Ago(3 * 86_400_000)),
            ("2w", Since::Ago(14 * 86_400_000)),
            ("2026-11-21", Since::At(1_795_219_200_000)),
            ("2026-11-21T07:15:10.102Z", Since::At(1_795_245_310_102)),
            ("2026-11-21T08:15:10.102+01:00", Since::At(1_795_245_310_102)),
            ("2026-11-21T07:15:10", Since::At(1_795_245_310_000)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert_eq!(Since::Ago(5).epoch_ms(8), 3);
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        assert_eq!("-1m".parse::<Since>(), Err(SinceError::MinuteOrMonth));
        for text in ["", "-", "d", "soon", "3", "3x", "--3d", "99999999999999999999d", "2026-13-01", "3é"] {
            assert_eq!(text.parse::<Since>(), Err(SinceError::Unknown), "{text}");
        }
    }
}
