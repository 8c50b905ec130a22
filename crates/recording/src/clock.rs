//! Correcting the visitor's clock.
//!
//! Events are dated by a clock that may be hours off or jump; only the server's is ours. An item that says when it was
//! sent tells how far off it is: arrival − sending, plus the time under way. Correcting each item by its own figure would
//! let items that travelled at different speeds overtake each other and scramble mutations. So a window's correction
//! stands until an item contradicts it by more than [`TOLERANCE_MS`], and is 0 until then.

use std::collections::{BTreeMap, HashMap};

use crate::file::ItemEntry;
use crate::ids::{ItemId, WindowId};
use crate::limits;

/// How far an item's figure may lie from the correction in force. Longer than a request travels, shorter than an error
/// that anybody would notice in a list of recordings.
pub const TOLERANCE_MS: i64 = 30_000;

/// What is to be added to the times of a window's items; follows them in the order of their arrival.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Correction(i64);

impl Correction {
    /// Takes the next item; returns the milliseconds to add to its times.
    pub fn next(&mut self, arrived_at: i64, sent_at: Option<i64>) -> i64 {
        if let Some(sent_at) = sent_at {
            let figure = arrived_at.saturating_sub(sent_at);
            if figure.saturating_sub(self.0).saturating_abs() > TOLERANCE_MS {
                self.0 = figure;
            }
        }
        self.0
    }
}

/// Milliseconds to add to the times of each item to get server time; items that need none are left out.
///
/// Depends on the set of items alone, not on their order, so that any two nodes agree.
pub fn corrections<'a>(items: impl Iterator<Item = &'a ItemEntry>) -> HashMap<ItemId, i64> {
    let mut corrections = HashMap::new();
    correct(items, |item, _, after| {
        if after != 0 {
            corrections.insert(item.item, after);
        }
    });
    corrections
}

/// That a window's clock was found to be off by more than before, or by less; 0 is where each begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockJump {
    /// When the first item of the new correction arrived, epoch ms.
    pub at: i64,
    /// Whose clock.
    pub window_id: WindowId,
    /// Milliseconds by which the correction changed.
    pub milliseconds: i64,
}

/// The earliest [`limits::CLOCK_JUMPS_PER_RECORDING`] changes of correction, in order.
pub fn jumps<'a>(items: impl Iterator<Item = &'a ItemEntry>) -> Vec<ClockJump> {
    let mut jumps = Vec::new();
    correct(items, |item, before, after| {
        if before != after {
            let (at, milliseconds) = (item.arrived_at, after.saturating_sub(before));
            jumps.push(ClockJump { at, window_id: item.window_id.clone(), milliseconds });
        }
    });
    jumps.sort();
    jumps.truncate(limits::CLOCK_JUMPS_PER_RECORDING);
    jumps
}

/// Shows each item with the correction before it and its own: a window's in the order of their arrival.
fn correct<'a>(items: impl Iterator<Item = &'a ItemEntry>, mut show: impl FnMut(&ItemEntry, i64, i64)) {
    let mut windows: BTreeMap<&WindowId, Vec<&ItemEntry>> = BTreeMap::new();
    for item in items {
        windows.entry(&item.window_id).or_default().push(item);
    }
    for items in windows.values_mut() {
        items.sort_by_key(|item| (item.arrived_at, item.item));
        let mut correction = Correction::default();
        for item in items {
            let before = correction.0;
            show(item, before, correction.next(item.arrived_at, item.sent_at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: u8, arrived_at: i64, sent_at: Option<i64>) -> ItemEntry {
        ItemEntry {
            item: ItemId::Uuid([number; 16]),
            window_id: "w".parse().unwrap(),
            distinct_id: None,
            arrived_at,
            sent_at,
        }
    }

    fn figures(items: &[ItemEntry]) -> Vec<i64> {
        let corrections = corrections(items.iter());
        items.iter().map(|item| corrections.get(&item.item).copied().unwrap_or(0)).collect()
    }

    #[test]
    fn time_under_way_corrects_nothing() {
        assert_eq!(
            figures(&[item(1, 1000, Some(900)), item(2, 60_000, Some(31_000)), item(3, 70_000, None)]),
            [0, 0, 0]
        );
    }

    #[test]
    fn a_clock_an_hour_slow_is_corrected_evenly() {
        let hour = 3_600_000;
        let items = [item(1, hour + 100, Some(0)), item(2, hour + 5050, Some(5000)), item(3, hour + 9000, None)];
        assert_eq!(figures(&items), [hour + 100; 3]);
    }

    #[test]
    fn a_jump_counts_from_the_item_that_shows_it() {
        let items = [item(1, 1_000_000, Some(1_000_000)), item(2, 1_010_000, Some(410_000)), item(3, 1_020_000, None)];
        assert_eq!(figures(&items), [0, 600_000, 600_000]);
        let jump = |at, milliseconds| ClockJump { at, window_id: "w".parse().unwrap(), milliseconds };
        assert_eq!(jumps(items.iter()), [jump(1_010_000, 600_000)]);
        let back = [&items[..], &[item(4, 1_030_000, Some(1_030_000))]].concat();
        assert_eq!(jumps(back.iter()), [jump(1_010_000, 600_000), jump(1_030_000, -600_000)]);
        assert_eq!(jumps([item(1, 1000, Some(900))].iter()), []);
    }

    #[test]
    fn absurd_clocks_do_not_overflow() {
        figures(&[item(1, i64::MAX, Some(i64::MIN)), item(2, 0, Some(i64::MAX))]);
    }
}
