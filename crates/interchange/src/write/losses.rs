//! Counting what a form could not carry.

use std::collections::BTreeSet;

use cassette_recording::file::Meta;

use crate::LeftOut;

/// What was left out so far, in the order in which it is told.
#[derive(Debug, Default)]
pub(super) struct Losses(Vec<LeftOut>);

impl Losses {
    /// Notes that it happened `count` times; not at all is nothing to tell.
    pub(super) fn add(&mut self, what: &'static str, count: u64, reason: &'static str) {
        if count == 0 {
            return;
        }
        match self.0.iter_mut().find(|loss| loss.what == what && loss.reason == reason) {
            Some(loss) => loss.count += count,
            None => self.0.push(LeftOut { what, count, reason }),
        }
    }

    /// All of it.
    pub(super) fn told(self) -> Vec<LeftOut> {
        self.0
    }
}

/// What a form of plain JSON events leaves out, whichever it is.
#[derive(Debug, Default)]
pub(super) struct EventFormLosses {
    /// `captured` lines.
    pub(super) captured: u64,
    /// Lines of unknown types without an event.
    pub(super) unknown: u64,
    /// Events whose line has another time than they say themselves.
    pub(super) corrected: u64,
}

impl EventFormLosses {
    pub(super) fn tell(&self, losses: &mut Losses) {
        losses.add("captured events", self.captured, "the form holds rrweb events only");
        losses.add("lines of unknown types", self.unknown, "the form holds rrweb events only");
        losses.add(
            "corrected times",
            self.corrected,
            "the form holds each event's own timestamp only, on the visitor's clock",
        );
    }
}

/// Members of a meta line that nobody can compute from the events, besides those that the form carries.
pub(super) fn facts_lost(meta: &Meta, carried: &[&str]) -> u64 {
    let mut facts: BTreeSet<&str> = meta.other.iter().map(|(key, _)| key.as_str()).collect();
    facts.insert("session_id");
    let some = [
        ("distinct_ids", !meta.distinct_ids.is_empty()),
        ("user_agent", meta.user_agent.is_some()),
        ("library", meta.library.is_some()),
        ("live_blocks", !meta.live_blocks.is_empty()),
        ("first_arrival", meta.first_arrival != 0),
        ("last_arrival", meta.last_arrival != 0),
    ];
    facts.extend(some.into_iter().filter(|(_, there)| *there).map(|(key, _)| key));
    facts.iter().filter(|fact| !carried.contains(*fact)).count() as u64
}
