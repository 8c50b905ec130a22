//! The visitor's clock.
//!
//! All times here are milliseconds since 1970 on that clock; how far it is off is for the caller to correct (arrival
//! minus [`RequestClock::sent`]). It may be years off, jump back, or be missing.

/// Times that JavaScript can hold, in milliseconds to either side of 1970. Others are unusable.
const USABLE_MS: i64 = 8_640_000_000_000_000;

/// How far before its item's sending an event may lie: the SDK ends a session after 24 hours, and retries for two more.
const OLDEST_MS: i64 = 26 * 3_600_000;

/// How far behind its item's sending an event may lie. Only a clock that was set back meanwhile does that.
const NEWEST_MS: i64 = 3_600_000;

/// A step back of the page's own events by more than this is a clock that jumped. Smaller steps are the asynchrony of
/// the recorder.
const JUMP_MS: i64 = 1000;

/// What a request's query says of the visitor's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestClock {
    /// `_`: the client's milliseconds when the request was made. Older SDKs send it instead of `sent_at`.
    pub query_sent_at: Option<i64>,
    /// `retry_count` is above 0: `_` may be that of the first attempt, and is not used.
    pub retry: bool,
}

impl RequestClock {
    /// When an item left, on the visitor's clock: its own `sent_at` (the SDK refreshes that one when it tries again),
    /// else the query's.
    pub fn sent(&self, sent_at: Option<i64>) -> Option<i64> {
        sent_at.or(self.query_sent_at.filter(|_| !self.retry)).filter(|sent| (-USABLE_MS..=USABLE_MS).contains(sent))
    }
}

/// An event's place in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTime {
    /// Milliseconds on the visitor's clock, any jump within the item evened out.
    pub time: i64,
    /// The event's own timestamp was unusable, and `time` is that of its predecessor.
    pub odd: bool,
}

/// Gives the events of one item, in their order, a time each.
///
/// ## Invariants
/// 1. An event with a usable timestamp, in an item without a jump, gets that timestamp, rounded down.
/// 2. No event of the page itself lies more than a second before an earlier one of the same item: after a jump back, all
///    that follows is shifted to go on from there, or the mutations would be played in the wrong order.
/// 3. An unusable timestamp becomes that of the predecessor; for the first event, the item's sending or arrival.
#[derive(Debug, Clone)]
pub struct ItemClock {
    sent: Option<i64>,
    last: i64,
    /// The latest event of the page itself.
    latest: Option<i64>,
    shift: i64,
}

impl ItemClock {
    /// The clock of an item that was sent and arrived then.
    pub fn new(sent: Option<i64>, arrival: i64) -> Self {
        Self { sent, last: sent.unwrap_or(arrival), latest: None, shift: 0 }
    }

    /// The time of the next event. `keeps_time` as in [`cassette_recording::event::EventFacts`].
    pub fn next(&mut self, timestamp: Option<f64>, keeps_time: bool) -> EventTime {
        let Some(mut time) = timestamp.and_then(|timestamp| self.plausible(timestamp)) else {
            return EventTime { time: self.last, odd: true };
        };
        if keeps_time {
            if let Some(latest) = self.latest.filter(|latest| time < latest - JUMP_MS) {
                self.shift += latest - time;
                time = latest;
            }
            self.latest = Some(self.latest.map_or(time, |latest| latest.max(time)));
        }
        self.last = time;
        EventTime { time, odd: false }
    }

    /// The timestamp in whole milliseconds, shifted; `None` if it cannot be right.
    fn plausible(&self, timestamp: f64) -> Option<i64> {
        let floor = timestamp.floor();
        if floor.is_nan() || floor.abs() > USABLE_MS as f64 {
            return None;
        }
        // In range, so the conversion is exact.
        let raw = floor as i64;
        let in_reach = |sent: i64| raw >= sent - OLDEST_MS && raw <= sent + NEWEST_MS;
        let time = raw + self.shift;
        (self.sent.is_none_or(in_reach) && time.abs() <= USABLE_MS).then_some(time)
    }
}

/// Milliseconds since 1970 of an ISO 8601 time as JavaScript writes it (`2026-11-21T07:15:15.726Z`), also with an offset,
/// without fractions or with a space for the `T`. A time without a zone is taken as UTC.
pub fn parse_iso(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
    };
    let is = |at: usize, any_of: &[u8]| bytes.get(at).filter(|byte| any_of.contains(byte)).map(|_| ());
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    is(4, b"-").and(is(7, b"-")).and(is(10, b"Tt ")).and(is(13, b":")).and(is(16, b":"))?;
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !in_range {
        return None;
    }
    let (millis, zone_at) = fraction(bytes, 19);
    let offset_minutes = zone(&bytes[zone_at..])?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some((seconds - offset_minutes * 60) * 1000 + millis)
}

/// Milliseconds of the fraction that begins at `at`, if one does, and the position behind it.
fn fraction(bytes: &[u8], at: usize) -> (i64, usize) {
    if !matches!(bytes.get(at), Some(b'.' | b',')) {
        return (0, at);
    }
    let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let millis = (0..3).fold(0, |value, place| {
        let digit = if place < digits { bytes[at + 1 + place] - b'0' } else { 0 };
        value * 10 + i64::from(digit)
    });
    (millis, at + 1 + digits)
}

/// Minutes east of UTC.
fn zone(zone: &[u8]) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let (sign, digits) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match *digits {
        [a, b] => (digit(a)? * 10 + digit(b)?, 0),
        [a, b, b':', c, d] | [a, b, c, d] => (digit(a)? * 10 + digit(b)?, digit(c)? * 10 + digit(d)?),
        _ => return None,
    };
    Some(sign * (hours * 60 + minutes))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March so that the leap day
/// is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SENT: i64 = 1_795_245_315_984;

    fn times(sent: Option<i64>, events: &[(f64, bool)]) -> Vec<(i64, bool)> {
        let mut clock = ItemClock::new(sent, 7);
        let place = |&(timestamp, keeps_time)| clock.next(Some(timestamp), keeps_time);
        events.iter().map(place).map(|at| (at.time, at.odd)).collect()
    }

    #[test]
    fn a_plain_item_keeps_its_timestamps() {
        let base = SENT as f64 - 5000.0;
        let events = [(base + 0.9, true), (base + 500.0, true), (base - 300.0, true), (base - 9000.0, false)];
        let expected = [(SENT - 5000, false), (SENT - 4500, false), (SENT - 5300, false), (SENT - 14_000, false)];
        assert_eq!(times(Some(SENT), &events), expected);
    }

    #[test]
    fn fractions_round_down_on_either_side_of_1970() {
        assert_eq!(times(None, &[(-0.5, true), (1.999, true)]), [(-1, false), (1, false)]);
    }

    #[test]
    fn an_unusable_timestamp_takes_the_time_of_its_predecessor() {
        let mut clock = ItemClock::new(Some(SENT), 7);
        assert_eq!(clock.next(None, true), EventTime { time: SENT, odd: true });
        clock.next(Some(SENT as f64 - 100.0), true);
        let far =
            [f64::NAN, f64::INFINITY, 0.0, -5.0, 1e300, (SENT + NEWEST_MS + 1) as f64, (SENT - OLDEST_MS - 1) as f64];
        for timestamp in far {
            assert_eq!(clock.next(Some(timestamp), true), EventTime { time: SENT - 100, odd: true }, "{timestamp}");
        }
        assert!(!clock.next(Some((SENT - OLDEST_MS) as f64), false).odd);
        assert!(!clock.next(Some((SENT + NEWEST_MS) as f64), false).odd);
        assert_eq!(ItemClock::new(None, 7).next(None, false), EventTime { time: 7, odd: true });
    }

    #[test]
    fn a_clock_that_is_years_off_is_taken_as_it_is() {
        assert_eq!(times(Some(50), &[(10.0, true), (20.0, true)]), [(10, false), (20, false)]);
        assert_eq!(times(None, &[(4e12, true)]), [(4_000_000_000_000, false)]);
    }

    #[test]
    fn after_a_jump_back_all_that_follows_is_shifted() {
        let events =
            [(10_000.0, true), (4000.0, true), (4100.0, false), (4200.0, true), (1000.0, true), (1500.0, true)];
        let expected = [10_000, 10_000, 10_100, 10_200, 10_200, 10_700].map(|time| (time, false));
        assert_eq!(times(None, &events), expected);
    }

    #[test]
    fn markers_that_the_sdk_dates_back_are_no_jump() {
        let events = [(10_000.0, true), (4000.0, false), (10_100.0, true)];
        assert_eq!(times(None, &events), [(10_000, false), (4000, false), (10_100, false)]);
    }

    #[test]
    fn the_items_own_sending_time_goes_before_the_query() {
        let query = RequestClock { query_sent_at: Some(5), retry: false };
        assert_eq!(query.sent(Some(9)), Some(9));
        assert_eq!(query.sent(None), Some(5));
        assert_eq!(RequestClock { retry: true, ..query }.sent(None), None);
        assert_eq!(RequestClock { retry: true, ..query }.sent(Some(9)), Some(9));
        assert_eq!(query.sent(Some(i64::MIN + 1)), None);
    }

    #[test]
    fn iso_times_are_read() {
        for (text, expected) in [
            ("2026-11-21T07:15:15.726Z", 1_795_245_315_726),
            ("2026-11-21T07:15:15Z", 1_795_245_315_000),
            ("2026-11-21 07:15:15.7", 1_795_245_315_700),
            ("2026-11-21T08:15:15.726123+01:00", 1_795_245_315_726),
            ("2026-11-21T06:45:15.726-0030", 1_795_245_315_726),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T00:00:00+00", 951_782_400_000),
            ("0000-03-01T00:00:00Z", -62_162_035_200_000),
        ] {
            assert_eq!(parse_iso(text), Some(expected), "{text}");
        }
        for text in ["", "2026", "2026-11-21", "2026-13-21T07:15:15Z", "2026-11-21T07:15:15.1X", "2026-11-21T07:15:15é"]
        {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_timestamps_give_times_in_order_and_in_reach(
            sent in proptest::option::of(any::<i64>()),
            events in proptest::collection::vec((any::<f64>(), any::<bool>()), 0..50),
        ) {
            let sent = RequestClock::default().sent(sent);
            let mut clock = ItemClock::new(sent, 0);
            let mut latest = i64::MIN;
            for (timestamp, keeps_time) in events {
                let at = clock.next(Some(timestamp), keeps_time);
                prop_assert!(at.time.abs() <= USABLE_MS);
                if keeps_time && !at.odd {
                    prop_assert!(at.time >= latest.saturating_sub(JUMP_MS));
                    latest = latest.max(at.time);
                }
            }
        }

        #[test]
        fn parsing_a_time_never_panics(text in "\\PC{0,30}") {
            let _ = parse_iso(&text);
        }
    }
}
