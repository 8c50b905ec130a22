//! What can be asked of the list of recordings, and how it is paged.
//!
//! Paging is by keyset: a cursor names the last row that was seen by its sort key and its session id, so rows that appear
//! meanwhile move nothing, and page 1,000 costs what page 1 costs.

use std::fmt;
use std::str::FromStr;

use cassette_recording::{DistinctId, ProjectId, RecordingId};

use super::{Condition, RecordingRow};

/// What to sort by. Names as PostHog's API has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// When the recording began.
    #[default]
    StartTime,
    /// Its length.
    Duration,
    /// Active time; recordings that were never finished come last.
    ActiveSeconds,
    /// Length less active time; recordings that were never finished come last.
    InactiveSeconds,
    /// Clicks.
    ClickCount,
    /// Input events.
    KeypressCount,
    /// Mouse events.
    MouseActivityCount,
    /// Console errors.
    ConsoleErrorCount,
    /// Rage clicks; here and below, recordings that were not looked into come last.
    RageClickCount,
    /// Dead clicks.
    DeadClickCount,
    /// Error clicks.
    ErrorClickCount,
    /// Quick backs.
    QuickBackCount,
    /// Shakings of the mouse.
    ThrashingCount,
    /// PostHog's formula.
    ActivityScore,
}

impl Order {
    const ALL: [Self; 14] = [
        Self::StartTime,
        Self::Duration,
        Self::ActiveSeconds,
        Self::InactiveSeconds,
        Self::ClickCount,
        Self::KeypressCount,
        Self::MouseActivityCount,
        Self::ConsoleErrorCount,
        Self::RageClickCount,
        Self::DeadClickCount,
        Self::ErrorClickCount,
        Self::QuickBackCount,
        Self::ThrashingCount,
        Self::ActivityScore,
    ];

    /// The name in the API and in cursors.
    pub fn name(self) -> &'static str {
        match self {
            Self::StartTime => "start_time",
            Self::Duration => "duration",
            Self::ActiveSeconds => "active_seconds",
            Self::InactiveSeconds => "inactive_seconds",
            Self::ClickCount => "click_count",
            Self::KeypressCount => "keypress_count",
            Self::MouseActivityCount => "mouse_activity_count",
            Self::ConsoleErrorCount => "console_error_count",
            Self::RageClickCount => "rage_click_count",
            Self::DeadClickCount => "dead_click_count",
            Self::ErrorClickCount => "error_click_count",
            Self::QuickBackCount => "quick_back_count",
            Self::ThrashingCount => "thrashing_count",
            Self::ActivityScore => "activity_score",
        }
    }

    /// The order of that name; `recording_duration` is PostHog's second name of `duration`.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "recording_duration" { "duration" } else { name };
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// Which way to sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Greatest first.
    #[default]
    Descending,
    /// Smallest first.
    Ascending,
}

/// The last row of a page. Only good for the order and direction that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Of the list.
    pub order: Order,
    /// Of the list.
    pub direction: Direction,
    /// The row's sort key.
    pub value: i64,
    /// The row.
    pub session: RecordingId,
}

/// Why a text is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is the `next_cursor` of an earlier answer")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Descending => "desc",
            Direction::Ascending => "asc",
        };
        write!(f, "{}.{direction}.{}.{}", self.order.name(), self.value, self.session)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(4, '.');
        let mut part = || parts.next().ok_or(CursorError);
        Ok(Self {
            order: Order::named(part()?).ok_or(CursorError)?,
            direction: match part()? {
                "desc" => Direction::Descending,
                "asc" => Direction::Ascending,
                _ => return Err(CursorError),
            },
            value: part()?.parse().map_err(|_| CursorError)?,
            session: part()?.parse().map_err(|_| CursorError)?,
        })
    }
}

/// Part of a distinct id, as somebody typed it. Personal data: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonText(pub String);

impl fmt::Debug for PersonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonText(***)")
    }
}

/// What to list. All conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    /// Recordings of this project.
    pub project: ProjectId,
    /// Begun at or after this time, epoch ms.
    pub date_from: Option<i64>,
    /// Begun at or before this time, epoch ms.
    pub date_to: Option<i64>,
    /// Only these, in this order, whatever `date_from`, `date_to`, `order` and `after` say.
    pub session_ids: Option<Vec<RecordingId>>,
    /// Text within a distinct id, large and small letters alike.
    pub person: Option<PersonText>,
    /// One of these distinct ids, exactly.
    pub distinct_ids: Option<Vec<DistinctId>>,
    /// Text within the URL of a visited page, large and small letters alike.
    pub page: Option<String>,
    /// With a console error or an exception.
    pub errors_only: bool,
    /// Not finished.
    pub live_only: bool,
    /// To which something came at or after this time, server clock, epoch ms.
    pub arrived_since: Option<i64>,
    /// What else must be so.
    pub condition: Option<Condition>,
    /// Finished recordings without any rrweb event too.
    pub include_empty: bool,
    /// What to sort by.
    pub order: Order,
    /// Which way.
    pub direction: Direction,
    /// Rows of a page.
    pub limit: usize,
    /// Rows to pass over; costs as much as showing them.
    pub offset: usize,
    /// Only what comes after this row. Ignored if it came from another order or direction.
    pub after: Option<Cursor>,
}

impl ListQuery {
    /// The newest 50 recordings of a project.
    pub fn newest(project: ProjectId) -> Self {
        Self {
            project,
            date_from: None,
            date_to: None,
            session_ids: None,
            person: None,
            distinct_ids: None,
            page: None,
            errors_only: false,
            live_only: false,
            arrived_since: None,
            condition: None,
            include_empty: false,
            order: Order::default(),
            direction: Direction::default(),
            limit: 50,
            offset: 0,
            after: None,
        }
    }
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// The rows, sorted.
    pub rows: Vec<RecordingRow>,
    /// More rows come after these.
    pub has_next: bool,
    /// Where they begin; none if there are none, or if the rows were asked for by their ids.
    pub next_cursor: Option<Cursor>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_survives_its_text() {
        let cursor = Cursor {
            order: Order::ActivityScore,
            direction: Direction::Ascending,
            value: -1,
            session: "01a1fcf5-801b-7281-b87f-8084dfc6a672".parse().unwrap(),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn cursor_refuses_what_we_never_wrote() {
        for text in
            ["", "start_time", "start_time.desc.5", "start_time.up.5.a", "nothing.asc.5.a", "start_time.asc.x.a"]
        {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
        assert_eq!("start_time.asc.5.a.b".parse::<Cursor>(), Err(CursorError));
    }

    #[test]
    fn every_order_is_found_by_its_name() {
        for order in Order::ALL {
            assert_eq!(Order::named(order.name()), Some(order));
        }
        assert_eq!(Order::named("recording_duration"), Some(Order::Duration));
        assert_eq!(Order::named("recording_ttl"), None);
    }
}
