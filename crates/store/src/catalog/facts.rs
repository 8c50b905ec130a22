//! What is known of a recording, and how two pieces of knowledge become one.
//!
//! The same shape serves for what one block adds, for what lies in memory, and for the whole: adding is associative, and
//! all but the order of ids that appear at the same moment is commutative, so blocks may be committed in any order.

use cassette_recording::summary::Counts;
use cassette_recording::{DistinctId, ProjectId, RecordingId, WindowId, limits};
use serde::{Deserialize, Serialize};

/// Corrected times of the first and the last rrweb event, epoch ms, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first event.
    pub first: i64,
    /// The last event.
    pub last: i64,
}

impl Span {
    /// The smallest span that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// What is known of a recording, or of a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordingFacts {
    /// None as long as there are only captured events.
    pub span: Option<Span>,
    /// Server clock, epoch ms.
    pub first_arrival: i64,
    /// Server clock, epoch ms.
    pub last_arrival: i64,
    /// Provisional while the recording is live.
    pub counts: Counts,
    /// Known of whole recordings only: the sum over parts is not the active time of the whole.
    pub active_ms: Option<u64>,
    /// Distinct, in time order, at most [`limits::URLS_PER_RECORDING`].
    pub urls: Vec<String>,
    /// Distinct, in order of first appearance, at most [`limits::IDS_PER_RECORDING`].
    pub distinct_ids: Vec<DistinctId>,
    /// Distinct, in order of first appearance, at most [`limits::IDS_PER_RECORDING`].
    pub windows: Vec<WindowId>,
    /// `web` or `mobile`.
    pub snapshot_source: Option<String>,
    /// Name and version of the SDK.
    pub library: Option<String>,
    /// The browser's.
    pub user_agent: Option<String>,
    /// Lines of NDJSON, before compression.
    pub raw_bytes: u64,
    /// In the bucket.
    pub stored_bytes: u64,
}

impl RecordingFacts {
    /// Takes up what another part says. `other.first_arrival` and `last_arrival` are taken as meant, so `self` must have
    /// arrivals of its own: begin with a clone of the first part, not with an empty value.
    pub fn add(&mut self, other: &Self) {
        self.add_seen(other);
        self.counts += other.counts;
        self.raw_bytes += other.raw_bytes;
        self.stored_bytes += other.stored_bytes;
    }

    /// As [`Self::add`], without counts and sizes.
    pub fn add_seen(&mut self, other: &Self) {
        let other_is_earlier = match (self.span, other.span) {
            (Some(mine), Some(others)) => others.first < mine.first,
            (None, Some(_)) => true,
            (_, None) => other.first_arrival < self.first_arrival,
        };
        self.span = match (self.span, other.span) {
            (Some(mine), Some(others)) => Some(mine.union(others)),
            (mine, others) => mine.or(others),
        };
        self.first_arrival = self.first_arrival.min(other.first_arrival);
        self.last_arrival = self.last_arrival.max(other.last_arrival);
        merge(&mut self.urls, &other.urls, other_is_earlier, limits::URLS_PER_RECORDING);
        merge(&mut self.distinct_ids, &other.distinct_ids, other_is_earlier, limits::IDS_PER_RECORDING);
        merge(&mut self.windows, &other.windows, other_is_earlier, limits::IDS_PER_RECORDING);
        absent_only(&mut self.snapshot_source, other.snapshot_source.as_ref());
        absent_only(&mut self.library, other.library.as_ref());
        absent_only(&mut self.user_agent, other.user_agent.as_ref());
    }

    /// When the recording began, epoch ms: its first event, or its first arrival as long as there is none.
    pub fn started_at(&self) -> i64 {
        self.span.map_or(self.first_arrival, |span| span.first)
    }

    /// When it ended so far, epoch ms.
    pub fn ended_at(&self) -> i64 {
        self.span.map_or(self.last_arrival, |span| span.last)
    }

    /// From the first event to the last.
    pub fn duration_ms(&self) -> u64 {
        u64::try_from(self.ended_at().saturating_sub(self.started_at())).unwrap_or(0)
    }

    /// The first page.
    pub fn first_url(&self) -> Option<&str> {
        self.urls.first().map(String::as_str)
    }
}

fn absent_only(mine: &mut Option<String>, other: Option<&String>) {
    if mine.is_none() {
        *mine = other.cloned();
    }
}

/// The union, those of the earlier part first; what is over the limit is cut from the end.
fn merge<T: Clone + PartialEq>(mine: &mut Vec<T>, others: &[T], others_first: bool, limit: usize) {
    if others_first {
        let later = std::mem::replace(mine, Vec::with_capacity(others.len()));
        for one in others.iter().chain(&later) {
            push_new(mine, one, limit);
        }
    } else {
        for one in others {
            push_new(mine, one, limit);
        }
    }
}

fn push_new<T: Clone + PartialEq>(list: &mut Vec<T>, one: &T, limit: usize) {
    if list.len() < limit && !list.contains(one) {
        list.push(one.clone());
    }
}

/// What a flushed block, or what lies in memory, adds to a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingDelta {
    /// The recording's project.
    pub project: ProjectId,
    /// The recording.
    pub session: RecordingId,
    /// What is added.
    pub facts: RecordingFacts,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(first: i64, last: i64, urls: &[&str]) -> RecordingFacts {
        RecordingFacts {
            span: Some(Span { first, last }),
            first_arrival: last + 10,
            last_arrival: last + 20,
            counts: Counts { events: 3, ..Counts::default() },
            urls: urls.iter().map(ToString::to_string).collect(),
            raw_bytes: 100,
            ..RecordingFacts::default()
        }
    }

    #[test]
    fn parts_add_up_in_either_order() {
        let (a, b) = (part(100, 200, &["/a", "/b"]), part(150, 300, &["/b", "/c"]));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.add(&b);
        ba.add(&a);
        assert_eq!(ab, ba);
        assert_eq!(ab.urls, ["/a", "/b", "/c"]);
        assert_eq!((ab.started_at(), ab.ended_at(), ab.counts.events, ab.raw_bytes), (100, 300, 6, 200));
        assert_eq!((ab.first_arrival, ab.last_arrival), (210, 320));
    }

    #[test]
    fn a_recording_without_events_starts_with_its_arrival_until_one_comes() {
        let mut facts = RecordingFacts { first_arrival: 50, last_arrival: 60, ..RecordingFacts::default() };
        assert_eq!((facts.started_at(), facts.ended_at()), (50, 60));
        facts.add(&part(70, 80, &[]));
        assert_eq!((facts.started_at(), facts.ended_at()), (70, 80));
    }

    #[test]
    fn what_is_only_seen_does_not_count() {
        let mut facts = part(100, 200, &[]);
        facts.add_seen(&part(0, 300, &["/x"]));
        assert_eq!((facts.counts.events, facts.raw_bytes, facts.duration_ms()), (3, 100, 300));
        assert_eq!(facts.first_url(), Some("/x"));
    }

    #[test]
    fn the_earliest_urls_stay_when_there_are_too_many() {
        let urls: Vec<String> = (0..limits::URLS_PER_RECORDING).map(|n| format!("/late/{n}")).collect();
        let mut facts = RecordingFacts { urls, ..part(100, 200, &[]) };
        facts.add(&part(10, 20, &["/early"]));
        assert_eq!(facts.urls.len(), limits::URLS_PER_RECORDING);
        assert_eq!((facts.urls[0].as_str(), facts.urls[1].as_str()), ("/early", "/late/0"));
    }
}
