//! One property of a person: what all sayings about it come to.
//!
//! Kept are the latest `$set`, the latest `$unset`, and the earliest and the latest `$set_once`. Each is a maximum or a
//! minimum by [`Stamp`], so merging is associative, commutative and idempotent; a property takes constant room however
//! often it was said.
//!
//! | the latest is | the property is |
//! | --- | --- |
//! | a `$set` | its value |
//! | an `$unset` | the earliest `$set_once` if that is later, else the latest one if that is later, else nothing |
//! | neither there | the earliest `$set_once` |
//!
//! Within one event `$unset` comes after `$set`, as in PostHog.

use super::Stamp;

/// A value with its stamp.
pub type Stamped = (Stamp, String);

/// All that is known of one property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Property {
    /// The latest `$set`: the value as JSON text.
    pub set: Option<Stamped>,
    /// The latest `$unset`.
    pub unset: Option<Stamp>,
    /// The earliest `$set_once`.
    pub first: Option<Stamped>,
    /// The latest `$set_once`.
    pub last: Option<Stamped>,
}

impl Property {
    /// As one `$set` makes it.
    pub fn of_set(stamp: Stamp, value: String) -> Self {
        Self { set: Some((stamp, value)), ..Self::default() }
    }

    /// As one `$set_once` makes it.
    pub fn of_set_once(stamp: Stamp, value: String) -> Self {
        Self { first: Some((stamp, value.clone())), last: Some((stamp, value)), ..Self::default() }
    }

    /// As one `$unset` makes it.
    pub fn of_unset(stamp: Stamp) -> Self {
        Self { unset: Some(stamp), ..Self::default() }
    }

    /// Adds what is known elsewhere of the same property.
    pub fn merge(&mut self, other: Self) {
        self.set = self.set.take().max(other.set);
        self.unset = self.unset.max(other.unset);
        self.first = match (self.first.take(), other.first) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.last = self.last.take().max(other.last);
    }

    /// The value, as JSON text.
    pub fn value(&self) -> Option<&str> {
        let later = |(stamp, _): &&Stamped| self.unset.is_none_or(|unset| *stamp > unset);
        let found = self.set.as_ref().filter(later).or(self.first.as_ref().filter(later));
        found.or(self.last.as_ref().filter(later)).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ItemId;

    fn stamp(at: i64) -> Stamp {
        Stamp { at, item: ItemId::of_bytes(b"i") }
    }

    fn of(said: &[(char, i64)]) -> Property {
        said.iter().fold(Property::default(), |mut property, &(what, at)| {
            property.merge(match what {
                's' => Property::of_set(stamp(at), format!("s{at}")),
                'o' => Property::of_set_once(stamp(at), format!("o{at}")),
                _ => Property::of_unset(stamp(at)),
            });
            property
        })
    }

    #[test]
    fn what_is_said_comes_to_one_value() {
        for (said, expected) in [
            (&[][..], None),
            (&[('s', 1), ('s', 3), ('s', 2)][..], Some("s3")),
            (&[('o', 2), ('o', 1)][..], Some("o1")),
            (&[('o', 1), ('s', 2)][..], Some("s2")),
            (&[('s', 2), ('o', 3)][..], Some("s2")),
            (&[('s', 2), ('u', 3)][..], None),
            (&[('s', 2), ('u', 2)][..], None),
            (&[('s', 4), ('u', 3)][..], Some("s4")),
            (&[('o', 1), ('u', 2)][..], None),
            (&[('o', 1), ('u', 2), ('o', 3)][..], Some("o3")),
            (&[('u', 2), ('o', 3), ('o', 4)][..], Some("o3")),
        ] {
            assert_eq!(of(said).value(), expected, "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_and_repetition_of_sayings_change_nothing(
            said in proptest::collection::vec((proptest::sample::select(vec!['s', 'o', 'u']), 0_i64..6), 0..10),
            turn in 0_usize..10,
        ) {
            let mut turned = said.clone();
            turned.rotate_left(turn.min(said.len()));
            turned.reverse();
            turned.extend(said.iter().take(turn));
            prop_assert_eq!(of(&said), of(&turned));
        }
    }
}
