//! Which lines of a damaged file are kept: as many as stand in order, and rather those that a checksum line vouches for.
//!
//! A line that was changed may say any `seq` and any time. So blocks that are intact are chosen first, over the whole file, and
//! what stands between two of them must fit in between.

use super::order::longest_in_order;
use super::runs::{Held, Run};

/// Where an intact block belongs.
#[derive(Debug, Clone, Copy)]
struct Place {
    run: u64,
    seq: [u64; 2],
    /// The first and the last timestamp, if lines of it have one.
    time: Option<[i64; 2]>,
}

/// The intact blocks of a file.
#[derive(Clone, Default)]
pub(super) struct Places {
    places: Vec<Place>,
    runs: u64,
}

/// Chooses lines, run by run.
pub(super) struct Chooser {
    places: std::iter::Peekable<std::vec::IntoIter<Place>>,
    runs: u64,
    last_seq: Option<u64>,
    last_timestamp: i64,
}

impl Places {
    /// Takes the next run of the file.
    pub(super) fn note(&mut self, run: &Run<'_>) {
        let mut seqs = run.lines.iter().filter_map(|line| line.seq);
        if let (true, Some(first)) = (run.intact, seqs.next()) {
            let times = || run.lines.iter().filter_map(|line| line.timestamp);
            let time = times().next().zip(times().next_back()).map(|(first, last)| [first, last]);
            self.places.push(Place { run: self.runs, seq: [first, seqs.next_back().unwrap_or(first)], time });
        }
        self.runs += 1;
    }

    /// The intact blocks that stand in order.
    pub(super) fn chooser(mut self) -> Chooser {
        // Numbers of lines fit: there would have to be 2^63 of them.
        let seqs: Vec<i64> = self.places.iter().map(|place| i64::try_from(place.seq[0]).unwrap_or(i64::MAX)).collect();
        let mut kept = longest_in_order(&seqs).into_iter();
        self.places.retain(|_| kept.next().unwrap_or(false));
        let mut last = None;
        self.places.retain(|place| {
            let follows = last.is_none_or(|last| place.seq[0] > last);
            last = if follows { Some(place.seq[1]) } else { last };
            follows
        });
        let timed: Vec<i64> = self.places.iter().filter_map(|place| place.time).map(|[first, _]| first).collect();
        let mut kept = longest_in_order(&timed).into_iter();
        self.places.retain(|place| place.time.is_none() || kept.next().unwrap_or(false));
        Chooser { places: self.places.into_iter().peekable(), runs: 0, last_seq: None, last_timestamp: i64::MIN }
    }
}

impl Chooser {
    /// Marks the lines of the next run that are kept, and says below which `seq` they all are.
    pub(super) fn choose(&mut self, run: &Run<'_>) -> (Vec<bool>, u64) {
        while self.places.next_if(|place| place.run <= self.runs).is_some() {}
        self.runs += 1;
        let below = self.places.peek().map_or(u64::MAX, |place| place.seq[0]);
        let until = self.places.peek().and_then(|place| place.time).map_or(i64::MAX, |[first, _]| first);
        let fits = |line: &Held| {
            let seq = line.seq.is_some_and(|seq| seq < below && self.last_seq.is_none_or(|last| seq > last));
            line.usable && seq && line.timestamp.is_none_or(|at| (self.last_timestamp..=until).contains(&at))
        };
        let mut kept: Vec<bool> = run.lines.iter().map(fits).collect();
        keep_in_order(run.lines, &mut kept, |line| line.seq.and_then(|seq| i64::try_from(seq).ok()));
        let mut last = None;
        for (line, kept) in run.lines.iter().zip(&mut kept) {
            *kept &= last.is_none() || line.seq > last;
            last = if *kept { line.seq } else { last };
        }
        keep_in_order(run.lines, &mut kept, |line| line.timestamp);
        let chosen = || run.lines.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(line, _)| line);
        self.last_seq = chosen().next_back().map_or(self.last_seq, |line| line.seq);
        self.last_timestamp = chosen().filter_map(|line| line.timestamp).next_back().unwrap_or(self.last_timestamp);
        (kept, below)
    }
}

/// Leaves out what is not in order by the value that lines have; lines without one stay.
fn keep_in_order(lines: &[Held], kept: &mut [bool], value: impl Fn(&Held) -> Option<i64>) {
    let with_value = || lines.iter().enumerate().filter_map(|(at, line)| Some((at, value(line)?)));
    let (places, values): (Vec<usize>, Vec<i64>) = with_value().filter(|&(at, _)| kept[at]).unzip();
    for (place, in_order) in places.into_iter().zip(longest_in_order(&values)) {
        kept[place] = in_order;
    }
}
