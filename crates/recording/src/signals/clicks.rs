//! Rage clicks, dead clicks and error clicks of one window.
//!
//! Presses in quick succession on one place are a *run*, and a run is at most one moment of each kind: a button that does
//! nothing and is hit six times was hit in rage once and was dead once.

use super::dead::Waiting;
use super::nodes::NodeClass;
use super::presses::Press;
use super::told::Told;
use super::{Out, SignalKind, between};

/// Presses of a run at which it is rage, as posthog-js counts.
const RAGE_CLICKS: u32 = 3;
/// How near a press of a run is to the one before: nearer than this, along the axes. posthog-js's number.
const RUN_PX: f64 = 30.0;
/// How soon a press of a run comes after the one before: sooner than this. posthog-js's number.
pub(super) const RUN_MS: i64 = 1000;
/// Drawings on a canvas that are nearer to each other, and farther from any press, are an animation: our own number. Recorders take
/// a few pictures a second.
const STILL_MS: i64 = 1000;
/// Within which time an error belongs to a click. Amplitude's number.
const ERROR_MS: i64 = 2000;

/// The clicks of a window, as far as something may still come of them.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    run: Option<Run>,
    /// Runs so far, so that each has a number.
    runs: u64,
    last: Option<Press>,
    waiting: Waiting,
    told: Told,
    last_change: Option<i64>,
    last_selection: Option<i64>,
    last_error: Option<i64>,
    last_drawn: Option<i64>,
    /// When a canvas was last seen to be drawn on again and again without a press.
    last_animated: Option<i64>,
    /// That was so when the last run began: what is drawn since is no answer.
    animated: bool,
}

#[derive(Debug)]
struct Run {
    number: u64,
    first: Press,
    last: Press,
    presses: u32,
    /// Nothing that tells of frustration: a field, in which three clicks select, or something whose answer is not seen.
    exempt: bool,
    /// Every press before the last one was answered before the next.
    answered: bool,
    /// The last one was answered.
    last_answered: bool,
}

impl Run {
    fn takes(&self, press: &Press) -> bool {
        between(self.last.at, press.at) < RUN_MS && press.distance(&self.last) < RUN_PX
    }

    fn is_rage(&self) -> bool {
        self.presses >= RAGE_CLICKS && !self.exempt && !(self.answered && self.last_answered)
    }
}

impl Clicks {
    /// Time went on to `now`; `left` is where the page changes for another with this.
    pub(super) fn pass(&mut self, now: i64, left: bool, out: &mut Out<'_>) {
        if self.run.as_ref().is_some_and(|run| between(run.last.at, now) >= RUN_MS) {
            self.close_run(out);
        }
        for (press, run) in self.waiting.pass(now, left) {
            self.tell(SignalKind::DeadClick, &press, run, out);
        }
        self.told.pass(now, self.run.as_ref().map(|run| run.first.at), out);
    }

    /// Somebody pressed something of that class; `known` is whether the page was ever seen.
    pub(super) fn press(&mut self, press: Press, class: Option<NodeClass>, known: bool, out: &mut Out<'_>) {
        // What came while the button was down is an answer to it.
        let since = |at: Option<i64>| at.is_some_and(|at| at >= press.since);
        let selected = since(self.last_selection);
        if self.run.as_ref().is_some_and(|run| !run.takes(&press)) {
            self.close_run(out);
        }
        if self.run.is_none() {
            self.animated = self.last_animated.is_some_and(|shown| between(shown, press.since) < STILL_MS);
        }
        let answered = since(self.last_change) || since(self.last_drawn.filter(|_| !self.animated));
        let exempt = selected || matches!(class, Some(NodeClass::Field | NodeClass::Opaque));
        let run = match &mut self.run {
            Some(run) => {
                run.answered &= run.last_answered;
                run.exempt |= exempt;
                (run.last, run.last_answered) = (press, answered);
                run.presses = run.presses.saturating_add(1);
                run.number
            }
            None => {
                self.runs += 1;
                let (number, last_answered) = (self.runs, answered);
                self.run =
                    Some(Run { number, first: press, last: press, presses: 1, exempt, answered: true, last_answered });
                number
            }
        };
        self.told.press(press, run);
        if known && class.is_none() && !answered && !selected {
            self.waiting.push(press, run);
        }
        self.last = Some(press);
        if since(self.last_error) {
            self.tell(SignalKind::ErrorClick, &press, run, out);
        }
    }

    /// The page did something.
    pub(super) fn changed(&mut self, at: i64) {
        self.last_change = Some(at);
        self.waiting.changed();
        self.answer();
    }

    /// Something was drawn on a canvas.
    pub(super) fn drawn(&mut self, at: i64) {
        let soon = |before: Option<i64>| before.is_some_and(|before| between(before, at) < STILL_MS);
        if soon(self.last_drawn) && !soon(self.last.map(|press| press.at)) {
            self.last_animated = Some(at);
        }
        self.last_drawn = Some(at);
        if !self.animated {
            self.waiting.changed();
            self.answer();
        }
    }

    /// Something was scrolled: by the page if it was at once, else by the visitor.
    pub(super) fn scrolled(&mut self, at: i64) {
        self.waiting.soon_changed(at);
        self.answer();
    }

    /// Text was selected, or is no more.
    pub(super) fn selected(&mut self, at: i64) {
        self.last_selection = Some(at);
        self.waiting.soon_changed(at);
        if let Some(run) = &mut self.run {
            run.exempt = true;
        }
    }

    /// An error came.
    pub(super) fn failed(&mut self, at: i64, out: &mut Out<'_>) {
        self.last_error = Some(at);
        if let Some(press) = self.last.filter(|press| between(press.at, at) < ERROR_MS)
            && let Some(run) = self.told.run_of(&press)
        {
            self.tell(SignalKind::ErrorClick, &press, run, out);
        }
    }

    /// The site's SDK noticed one.
    pub(super) fn reported(&mut self, kind: SignalKind, at: i64, out: &mut Out<'_>) {
        self.told.reported(kind, at, out);
    }

    /// The last press.
    pub(super) fn last(&self) -> Option<&Press> {
        self.last.as_ref()
    }

    /// Nothing comes any more. Whether the last press of a run was answered is not known, so it is held to be.
    pub(super) fn finish(mut self, out: &mut Out<'_>) {
        self.answer();
        self.close_run(out);
        self.told.finish(out);
    }

    fn answer(&mut self) {
        if let Some(run) = &mut self.run {
            run.last_answered = true;
        }
    }

    fn close_run(&mut self, out: &mut Out<'_>) {
        if let Some(run) = self.run.take().filter(Run::is_rage) {
            self.tell(SignalKind::RageClick, &run.first, run.number, out);
        }
    }

    fn tell(&mut self, kind: SignalKind, press: &Press, run: u64, out: &mut Out<'_>) {
        if self.told.is_new(kind, run) {
            out.tell(kind, press.at, Some(press));
        }
    }
}
