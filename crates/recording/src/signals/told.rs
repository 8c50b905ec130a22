//! What was told of a window's clicks already, so that no moment is told twice: neither for two clicks of one run, nor because
//! the site's SDK noticed it as well.

use std::collections::VecDeque;

use super::clicks::RUN_MS;
use super::presses::Press;
use super::{Out, SignalKind, between};

/// How far in time what an SDK noticed may be from the press that it is about.
const NEAR_MS: i64 = 1000;
/// How long to wait until our own rules have judged the presses near it: longer than these take.
const WAIT_MS: i64 = 4000;
/// Presses, runs and reports that are remembered.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Told {
    /// The last presses, with the number of their run.
    presses: VecDeque<(Press, u64)>,
    /// What was told, by run.
    runs: VecDeque<(SignalKind, u64)>,
    /// What was told without any press near it.
    alone: VecDeque<(SignalKind, i64)>,
    /// What an SDK noticed and nobody looked into yet.
    reports: VecDeque<(SignalKind, i64)>,
}

impl Told {
    pub(super) fn press(&mut self, press: Press, run: u64) {
        remember(&mut self.presses, (press, run));
    }

    /// The number of the run to which a press belongs.
    pub(super) fn run_of(&self, press: &Press) -> Option<u64> {
        self.presses.iter().rev().find(|(known, _)| known == press).map(|(_, run)| *run)
    }

    /// Whether a moment of that kind was not told of the run yet; it is told with this.
    pub(super) fn is_new(&mut self, kind: SignalKind, run: u64) -> bool {
        let is_new = !self.runs.contains(&(kind, run));
        if is_new {
            remember(&mut self.runs, (kind, run));
        }
        is_new
    }

    pub(super) fn reported(&mut self, kind: SignalKind, at: i64, out: &mut Out<'_>) {
        if self.reports.len() == MOST {
            self.tell_oldest(out);
        }
        self.reports.push_back((kind, at));
    }

    /// Time went on to `now`; a run may be open since `run`.
    pub(super) fn pass(&mut self, now: i64, run: Option<i64>, out: &mut Out<'_>) {
        while let Some((_, at)) = self.reports.front()
            && between(*at, now) > WAIT_MS
            && run.is_none_or(|begun| between(*at, begun) > NEAR_MS)
        {
            self.tell_oldest(out);
        }
    }

    pub(super) fn finish(mut self, out: &mut Out<'_>) {
        while !self.reports.is_empty() {
            self.tell_oldest(out);
        }
    }

    /// Tells what an SDK noticed, unless our own rules did, with the press that it must be about.
    fn tell_oldest(&mut self, out: &mut Out<'_>) {
        let Some((kind, at)) = self.reports.pop_front() else { return };
        let distance = |(press, _): &&(Press, u64)| press.at.abs_diff(at);
        let nearest = self.presses.iter().filter(|near| distance(near) <= NEAR_MS.unsigned_abs()).min_by_key(distance);
        match nearest.copied() {
            Some((press, run)) => {
                let near = self.presses.iter().filter(|near| distance(near) <= NEAR_MS.unsigned_abs());
                let was_told = near.into_iter().any(|(_, run)| self.runs.contains(&(kind, *run)));
                if !was_told && self.is_new(kind, run) {
                    out.tell(kind, at, Some(&press));
                }
            }
            None => {
                let near =
                    |(other, then): &(SignalKind, i64)| *other == kind && then.abs_diff(at) < RUN_MS.unsigned_abs();
                if !self.alone.iter().any(near) {
                    out.tell(kind, at, None);
                }
                remember(&mut self.alone, (kind, at));
            }
        }
    }
}

fn remember<T>(list: &mut VecDeque<T>, new: T) {
    if list.len() == MOST {
        list.pop_front();
    }
    list.push_back(new);
}
