//! A row of the catalog as PostHog's Recording object.

use cassette_recording::signals::SignalKind;
use cassette_recording::{ProjectId, RecordingId};
use cassette_store::catalog::{RecordingFacts, RecordingRow, RecordingState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::iso;
use crate::persons::PersonAnswer;
use crate::retention::{DAY_MS, expires_at};

/// A recording to which something came within this time is going on. PostHog's number.
pub(super) const ONGOING_MS: i64 = 5 * 60 * 1000;

/// One recording. Members that Cassette has nothing for yet hold the value that PostHog sends for "none".
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Recording)]
pub struct RecordingAnswer {
    id: String,
    distinct_id: Option<String>,
    viewed: bool,
    viewers: Vec<String>,
    recording_duration: u64,
    active_seconds: Option<f64>,
    inactive_seconds: Option<f64>,
    start_time: Option<String>,
    end_time: Option<String>,
    click_count: u64,
    keypress_count: u64,
    mouse_activity_count: u64,
    console_log_count: u64,
    console_warn_count: u64,
    console_error_count: u64,
    /// Moments of trouble: null until the recording is finished and was looked into.
    rage_click_count: Option<u64>,
    dead_click_count: Option<u64>,
    error_click_count: Option<u64>,
    quick_back_count: Option<u64>,
    thrashing_count: Option<u64>,
    start_url: Option<String>,
    person: PersonAnswer,
    retention_period_days: Option<u32>,
    expiry_time: Option<String>,
    recording_ttl: Option<u32>,
    snapshot_source: Option<String>,
    snapshot_library: Option<String>,
    ongoing: bool,
    activity_score: Option<f64>,
    has_summary: bool,
    #[schema(value_type = Option<Object>)]
    summary_outcome: Option<()>,
    external_references: Vec<String>,
    matches_filters: bool,
    total_size: u64,
    event_count: u64,
    exception_count: u64,
    window_count: usize,
    pages: Vec<String>,
}

impl RecordingAnswer {
    /// A row of the catalog, and what memory holds beyond it.
    pub fn of(mut row: RecordingRow, unflushed: Option<&RecordingFacts>, now: i64) -> Self {
        if let Some(unflushed) = unflushed {
            row.facts.add(unflushed);
            row.state = RecordingState::Live;
        }
        let facts = row.facts;
        let counts = facts.counts;
        let signals = |kind| row.signals.map(|signals| signals.of(kind));
        let active_seconds = facts.active_ms.map(seconds);
        Self {
            id: row.session.to_string(),
            distinct_id: facts.distinct_ids.first().map(|id| id.as_str().to_owned()),
            viewed: false,
            viewers: Vec::new(),
            recording_duration: facts.duration_ms() / 1000,
            active_seconds,
            inactive_seconds: facts.active_ms.map(|active| seconds(facts.duration_ms().saturating_sub(active))),
            start_time: iso(facts.started_at()),
            end_time: iso(facts.ended_at()),
            click_count: counts.clicks,
            keypress_count: counts.keypresses,
            mouse_activity_count: counts.mouse_activity,
            console_log_count: counts.console_log,
            console_warn_count: counts.console_warn,
            console_error_count: counts.console_error,
            rage_click_count: signals(SignalKind::RageClick),
            dead_click_count: signals(SignalKind::DeadClick),
            error_click_count: signals(SignalKind::ErrorClick),
            quick_back_count: signals(SignalKind::QuickBack),
            thrashing_count: signals(SignalKind::ThrashingMouse),
            start_url: facts.first_url().map(str::to_owned),
            person: PersonAnswer::of_ids(&facts.distinct_ids),
            retention_period_days: None,
            expiry_time: None,
            recording_ttl: None,
            ongoing: row.state == RecordingState::Live && now - facts.last_arrival < ONGOING_MS,
            activity_score: activity_score(&facts),
            has_summary: false,
            summary_outcome: None,
            external_references: Vec::new(),
            matches_filters: true,
            total_size: facts.raw_bytes,
            event_count: counts.events,
            exception_count: counts.exceptions,
            window_count: facts.windows.len(),
            snapshot_source: facts.snapshot_source,
            snapshot_library: facts.library,
            pages: facts.urls,
        }
    }

    /// How long the project keeps it; `None`: for ever.
    pub(super) fn set_retention(&mut self, days: Option<u32>, last_arrival: i64, now: i64) {
        let Some(days) = days else { return };
        let expires_at = expires_at(last_arrival, days);
        self.retention_period_days = Some(days);
        self.expiry_time = iso(expires_at);
        self.recording_ttl = Some(u32::try_from((expires_at - now).div_euclid(DAY_MS)).unwrap_or(0));
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether the caller watched it, and who else did.
    pub(super) fn set_views(&mut self, viewed: bool, viewers: Vec<String>) {
        (self.viewed, self.viewers) = (viewed, viewers);
    }

    /// Whose it is.
    pub(super) fn person_mut(&mut self) -> &mut PersonAnswer {
        &mut self.person
    }

    /// It is shown although it is not what was asked for.
    pub(super) fn set_unmatched(&mut self) {
        self.matches_filters = false;
    }

    /// A recording that is only in memory so far.
    pub fn only_unflushed(project: ProjectId, session: RecordingId, facts: RecordingFacts, now: i64) -> Self {
        let row = RecordingRow {
            project,
            session,
            state: RecordingState::Live,
            revision: 0,
            object: None,
            file_blocks: 0,
            finished_at: None,
            signals: None,
            facts,
        };
        Self::of(row, None, now)
    }
}

/// PostHog's formula, rounded as there; none where it would divide by nothing.
fn activity_score(facts: &RecordingFacts) -> Option<f64> {
    let counts = &facts.counts;
    let active = seconds(facts.active_ms.unwrap_or(0));
    let done = active + number(counts.clicks + counts.keypresses + counts.console_error);
    let idle = seconds(facts.duration_ms() / 1000 * 1000)
        + number(counts.mouse_activity + counts.console_error + counts.console_log + counts.console_warn);
    (idle > 0.0).then(|| (done / idle * 10_000.0).round() / 100.0)
}

fn seconds(milliseconds: u64) -> f64 {
    number(milliseconds) / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, and for people to read")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use cassette_recording::signals::SignalCounts;
    use cassette_recording::summary::Counts;
    use cassette_store::catalog::Span;
    use serde_json::{Value, json};

    use super::*;

    const START: i64 = 1_795_245_310_102;

    fn row() -> RecordingRow {
        RecordingRow {
            project: ProjectId(1),
            session: "01a1fcf5-801b-7281-b87f-8084dfc6a672".parse().unwrap(),
            state: RecordingState::Finished,
            revision: 1,
            object: Some("recordings/x".into()),
            file_blocks: 3,
            finished_at: Some(START + 100_000),
            signals: Some(SignalCounts { rage_clicks: 2, quick_backs: 1, ..SignalCounts::default() }),
            facts: RecordingFacts {
                span: Some(Span { first: START, last: START + 60_999 }),
                first_arrival: START + 3000,
                last_arrival: START + 62_000,
                counts: Counts {
                    events: 120,
                    clicks: 4,
                    keypresses: 6,
                    mouse_activity: 30,
                    console_log: 3,
                    console_warn: 2,
                    console_error: 1,
                    exceptions: 5,
                },
                active_ms: Some(12_500),
                urls: vec!["https://shop.example/".into(), "https://shop.example/cart".into()],
                distinct_ids: vec![
                    "01a1fcf5-801b-7281-b87f-8084dfc6a673".parse().unwrap(),
                    "ann@example.com".parse().unwrap(),
                ],
                windows: vec!["w1".parse().unwrap()],
                snapshot_source: Some("web".into()),
                library: Some("web 1.449.2".into()),
                user_agent: None,
                raw_bytes: 4096,
                stored_bytes: 512,
            },
        }
    }

    fn json_of(answer: &RecordingAnswer) -> Value {
        serde_json::to_value(answer).unwrap()
    }

    #[test]
    fn a_row_becomes_posthogs_recording() {
        let expected = json!({
            "id": "01a1fcf5-801b-7281-b87f-8084dfc6a672",
            "distinct_id": "01a1fcf5-801b-7281-b87f-8084dfc6a673",
            "viewed": false,
            "viewers": [],
            "recording_duration": 60,
            "active_seconds": 12.5,
            "inactive_seconds": 48.499,
            "start_time": "2026-11-21T07:15:10.102Z",
            "end_time": "2026-11-21T07:16:11.101Z",
            "click_count": 4,
            "keypress_count": 6,
            "mouse_activity_count": 30,
            "console_log_count": 3,
            "console_warn_count": 2,
            "console_error_count": 1,
            "rage_click_count": 2,
            "dead_click_count": 0,
            "error_click_count": 0,
            "quick_back_count": 1,
            "thrashing_count": 0,
            "start_url": "https://shop.example/",
            "person": {
                "id": null,
                "name": "ann@example.com",
                "distinct_ids": ["01a1fcf5-801b-7281-b87f-8084dfc6a673", "ann@example.com"],
                "properties": {},
                "created_at": null,
                "uuid": null
            },
            "retention_period_days": null,
            "expiry_time": null,
            "recording_ttl": null,
            "snapshot_source": "web",
            "snapshot_library": "web 1.449.2",
            "ongoing": false,
            // 100 * (12.5 + 4 + 6 + 1) / (30 + 60 + 1 + 3 + 2)
            "activity_score": 24.48,
            "has_summary": false,
            "summary_outcome": null,
            "external_references": [],
            "matches_filters": true,
            "total_size": 4096,
            "event_count": 120,
            "exception_count": 5,
            "window_count": 1,
            "pages": ["https://shop.example/", "https://shop.example/cart"]
        });
        assert_eq!(json_of(&RecordingAnswer::of(row(), None, START + 63_000)), expected);
    }

    #[test]
    fn what_memory_holds_is_added_and_makes_it_live() {
        let mut facts = row().facts;
        facts.span = Some(Span { first: START + 61_000, last: START + 70_000 });
        facts.last_arrival = START + 71_000;
        let answer = json_of(&RecordingAnswer::of(row(), Some(&facts), START + 72_000));
        assert_eq!((&answer["click_count"], &answer["recording_duration"]), (&json!(8), &json!(70)));
        assert_eq!(answer["ongoing"], true);
        let answer = json_of(&RecordingAnswer::of(row(), Some(&facts), START + 71_000 + ONGOING_MS));
        assert_eq!(answer["ongoing"], false, "nothing came for five minutes");
        assert_eq!(
            json_of(&RecordingAnswer::only_unflushed(ProjectId(1), row().session, facts, START + 72_000))["click_count"],
            4
        );
    }

    #[test]
    fn a_recording_says_when_it_goes() {
        let mut answer = RecordingAnswer::of(row(), None, START);
        answer.set_retention(None, START, START);
        assert_eq!(json_of(&answer)["expiry_time"], Value::Null);
        answer.set_retention(Some(30), START, START + 1);
        let json = json_of(&answer);
        assert_eq!((&json["retention_period_days"], &json["recording_ttl"]), (&json!(30), &json!(29)));
        assert_eq!(json["expiry_time"], "2026-12-21T07:15:10.102Z");
        answer.set_retention(Some(1), START - 2 * DAY_MS, START);
        assert_eq!(json_of(&answer)["recording_ttl"], 0, "it goes with the next run");
    }

    #[test]
    fn what_is_unknown_is_null() {
        let facts = RecordingFacts { first_arrival: START, last_arrival: START, ..RecordingFacts::default() };
        let answer = json_of(&RecordingAnswer::of(RecordingRow { facts, signals: None, ..row() }, None, START));
        for member in [
            "rage_click_count",
            "thrashing_count",
            "distinct_id",
            "active_seconds",
            "inactive_seconds",
            "start_url",
            "activity_score",
            "snapshot_source",
        ] {
            assert_eq!(answer[member], Value::Null, "{member}");
        }
        assert_eq!(answer["person"]["name"], Value::Null);
        assert_eq!(answer["start_time"], "2026-11-21T07:15:10.102Z");
    }
}
