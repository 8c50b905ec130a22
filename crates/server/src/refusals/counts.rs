//! Counts over time, in slots of five minutes, of a bounded number of things.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reason::Outcome;

/// The finest that is told apart.
pub(super) const SLOT_MS: i64 = 5 * 60_000;

/// Things of one sort that are counted each for itself on one day; more are counted together, as [`OTHERS`]. Tokens and
/// names of SDKs are whatever somebody sends.
const MOST: usize = 50;

/// The rest.
pub(super) const OTHERS: &str = "others";

/// Of whom something came: enough to find the page or app, and nothing that names a visitor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Name and version of the SDK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
    /// Host of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// How often something was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Epoch ms.
    pub(super) first_at: i64,
    /// Epoch ms.
    pub(super) last_at: i64,
    /// Of the last one.
    #[serde(default)]
    pub(super) example: Example,
    /// Counts by the number of the slot since the epoch.
    pub(super) slots: BTreeMap<i64, u64>,
}

impl Tally {
    fn add(&mut self, at: i64, count: u64, example: Example) {
        self.first_at = if self.slots.is_empty() { at } else { self.first_at.min(at) };
        *self.slots.entry(at.div_euclid(SLOT_MS)).or_default() += count;
        if at >= self.last_at {
            (self.last_at, self.example) = (at, example);
        }
    }

    /// Takes another's counts up.
    fn merge(&mut self, other: &Self) {
        if self.slots.is_empty() {
            self.clone_from(other);
            return;
        }
        self.first_at = self.first_at.min(other.first_at);
        if other.last_at > self.last_at {
            (self.last_at, self.example) = (other.last_at, other.example.clone());
        }
        for (slot, count) in &other.slots {
            *self.slots.entry(*slot).or_default() += count;
        }
    }

    /// How many since then; slots that have begun before count with the part that lies behind it.
    pub(super) fn since(&self, at: i64) -> u64 {
        self.slots.range(at.div_euclid(SLOT_MS)..).map(|(_, count)| count).sum()
    }
}

/// What was not taken for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    pub(super) tally: Tally,
}

/// What was counted of a project on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    /// What was not taken.
    #[serde(default)]
    pub(super) refused: Vec<Refusal>,
    /// Tokens that are nobody's, in a form that does not tell them.
    #[serde(default)]
    pub(super) tokens: BTreeMap<String, Tally>,
    /// What was taken, by SDK and version.
    #[serde(default)]
    pub(super) sdks: BTreeMap<String, Tally>,
}

impl Counts {
    pub(super) fn refuse(&mut self, outcome: Outcome, reason: &str, at: i64, count: u64, example: Example) {
        self.refusal(outcome, reason).add(at, count, example);
    }

    pub(super) fn token(&mut self, masked: &str, at: i64, example: Example) {
        bounded(&mut self.tokens, masked).add(at, 1, example);
    }

    pub(super) fn take(&mut self, sdk: &str, at: i64) {
        bounded(&mut self.sdks, sdk).add(at, 1, Example::default());
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for Refusal { outcome, reason, tally } in &other.refused {
            self.refusal(*outcome, reason).merge(tally);
        }
        for (mine, others) in [(&mut self.tokens, &other.tokens), (&mut self.sdks, &other.sdks)] {
            for (name, tally) in others {
                mine.entry(name.clone()).or_default().merge(tally);
            }
        }
    }

    fn refusal(&mut self, outcome: Outcome, reason: &str) -> &mut Tally {
        let found = self.refused.iter().position(|of| of.outcome == outcome && of.reason == reason);
        let index = found.unwrap_or_else(|| {
            self.refused.push(Refusal { outcome, reason: reason.to_owned(), tally: Tally::default() });
            self.refused.len() - 1
        });
        &mut self.refused[index].tally
    }
}

fn bounded<'a>(tallies: &'a mut BTreeMap<String, Tally>, name: &str) -> &'a mut Tally {
    let name = if tallies.len() < MOST || tallies.contains_key(name) { name } else { OTHERS };
    if !tallies.contains_key(name) {
        tallies.insert(name.to_owned(), Tally::default());
    }
    tallies.get_mut(name).expect("it was put there a line above")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str) -> Example {
        Example { sdk: None, host: Some(host.into()) }
    }

    #[test]
    fn counts_are_told_for_the_time_that_is_asked_for() {
        let mut counts = Counts::default();
        for (minute, host) in [(0, "a"), (3, "b"), (70, "c"), (62, "late")] {
            counts.refuse(Outcome::Refused, "no_token", minute * 60_000, 1, of(host));
        }
        counts.refuse(Outcome::SetAside, "no_token", 0, 5, of("other"));
        let tally = &counts.refused[0].tally;
        assert_eq!((tally.first_at, tally.last_at), (0, 70 * 60_000));
        assert_eq!(tally.example, of("c"), "what came last, not what was told last");
        assert_eq!((tally.since(0), tally.since(60 * 60_000), tally.since(71 * 60_000)), (4, 2, 1));
        assert_eq!(tally.since(75 * 60_000), 0);
    }

    #[test]
    fn what_somebody_makes_up_is_bounded() {
        let mut counts = Counts::default();
        for number in 0..1000 {
            counts.take(&format!("made up {number}"), 1000);
            counts.token(&format!("{number}…"), 1000, of("x"));
        }
        assert_eq!((counts.sdks.len(), counts.tokens.len()), (MOST + 1, MOST + 1));
        assert_eq!(counts.sdks[OTHERS].since(0), 1000 - MOST as u64);
    }

    #[test]
    fn what_is_merged_counts_together() {
        let (mut one, mut two) = (Counts::default(), Counts::default());
        one.refuse(Outcome::Refused, "no_token", 1000, 2, of("one"));
        two.refuse(Outcome::Refused, "no_token", 500, 3, of("two"));
        two.refuse(Outcome::Dropped, "deleted", 700, 1, of("two"));
        two.take("web 1.0", 700);
        one.merge(&two);
        assert_eq!(one.refused.len(), 2);
        let tally = &one.refused[0].tally;
        assert_eq!((tally.since(0), tally.first_at, tally.last_at, &tally.example), (5, 500, 1000, &of("one")));
        assert_eq!(one.sdks["web 1.0"].since(0), 1);
    }
}
