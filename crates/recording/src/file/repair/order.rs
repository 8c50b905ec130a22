//! Which of some values to leave out so that the others are in order.

/// Marks the longest choice of `values` in which none is less than the one before it; of several such choices the one whose
/// values stand earliest. One wrong value thus costs itself, and not all that is greater or less.
pub(super) fn longest_in_order(values: &[i64]) -> Vec<bool> {
    // Patience sorting, from the end: `ends[n]` is where the best choice of n + 1 values begins so far, the best being that
    // which begins with the greatest value.
    let mut ends: Vec<usize> = Vec::new();
    let mut next = vec![None; values.len()];
    for at in (0..values.len()).rev() {
        let longer = ends.partition_point(|&end| values[end] >= values[at]);
        next[at] = longer.checked_sub(1).map(|one| ends[one]);
        match ends.get_mut(longer) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut kept = vec![false; values.len()];
    let mut at = ends.last().copied();
    while let Some(place) = at {
        kept[place] = true;
        at = next[place];
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(values: &[i64]) -> Vec<i64> {
        let marks = longest_in_order(values);
        values.iter().zip(marks).filter(|(_, kept)| *kept).map(|(value, _)| *value).collect()
    }

    #[test]
    fn one_wrong_value_costs_itself_alone() {
        assert_eq!(kept(&[]), [0; 0]);
        assert_eq!(kept(&[1, 2, 900, 3, 4]), [1, 2, 3, 4]);
        assert_eq!(kept(&[5, 6, -7, 6, 8]), [5, 6, 6, 8]);
        assert_eq!(kept(&[5, 3, 9]), [5, 9]);
    }

    proptest! {
        #[test]
        fn no_choice_is_longer(values in proptest::collection::vec(-4_i64..4, 0..10)) {
            let chosen = kept(&values);
            prop_assert!(chosen.is_sorted());
            let longest = (0..1_u32 << values.len()).filter_map(|choice| {
                let taken: Vec<_> =
                    values.iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1).map(|(_, value)| value).collect();
                taken.is_sorted().then_some(taken.len())
            });
            prop_assert_eq!(chosen.len(), longest.max().unwrap());
        }
    }
}
