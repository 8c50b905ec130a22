//! Which links hold, and which distinct ids they make one person.
//!
//! For each id, its *first link* is the earliest in which it stands, on either side. A link that is no merge holds exactly
//! if it is the first link of its other id. So every id has at most one main id above it, from a strictly earlier link:
//! following them ends, at the representative. Merges join whole persons, in their order; the main's representative stays.

use std::collections::{BTreeMap, HashMap};

use super::{LinkKind, Stamp};
use crate::DistinctId;

/// A link of the catalog or of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampedLink {
    /// When.
    pub stamp: Stamp,
    /// How.
    pub kind: LinkKind,
    /// The id that stays.
    pub main: DistinctId,
    /// The id that joins. None: erased.
    pub other: Option<DistinctId>,
}

/// The distinct ids of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The id that was there first.
    pub representative: DistinctId,
    /// All of them, in their order.
    pub members: Vec<DistinctId>,
}

impl StampedLink {
    /// Orders links totally; a link that came twice is one.
    fn order(&self) -> (Stamp, LinkKind, &DistinctId, Option<&DistinctId>) {
        (self.stamp, self.kind, &self.main, self.other.as_ref())
    }
}

/// Groups `ids` by the links between them.
///
/// `links` must hold every link in which one of the ids stands. Those that lead out of `ids` join nothing here: the caller
/// hands in whole persons, and what else a link of theirs leads to was refused.
pub fn group(ids: &[DistinctId], links: &[StampedLink]) -> Vec<Group> {
    let place: HashMap<&DistinctId, usize> = ids.iter().zip(0..).collect();
    let mut first: Vec<Option<usize>> = vec![None; ids.len()];
    for (number, link) in links.iter().enumerate() {
        for id in std::iter::once(&link.main).chain(&link.other) {
            let Some(&at) = place.get(id) else { continue };
            if first[at].is_none_or(|earlier| link.order() < links[earlier].order()) {
                first[at] = Some(number);
            }
        }
    }
    let mut above: Vec<usize> = (0..ids.len()).collect();
    let mut merges = Vec::new();
    for link in links {
        let other = link.other.as_ref().and_then(|other| place.get(other));
        let (Some(&main), Some(&other)) = (place.get(&link.main), other) else { continue };
        if link.kind == LinkKind::Merge {
            merges.push((link.order(), main, other));
        } else if first[other].is_some_and(|first| links[first].order() == link.order()) && main != other {
            above[other] = main;
        }
    }
    merges.sort_unstable();
    for (_, main, other) in merges {
        let (main, other) = (top(&mut above, main), top(&mut above, other));
        above[other] = main;
    }
    let mut groups: BTreeMap<&DistinctId, Vec<DistinctId>> = BTreeMap::new();
    for (at, id) in ids.iter().enumerate() {
        groups.entry(&ids[top(&mut above, at)]).or_default().push(id.clone());
    }
    let group = |(representative, mut members): (&DistinctId, Vec<DistinctId>)| {
        members.sort_unstable();
        Group { representative: representative.clone(), members }
    };
    groups.into_iter().map(group).collect()
}

/// Follows the chain to its end, and shortens it.
fn top(above: &mut [usize], from: usize) -> usize {
    let mut end = from;
    while above[end] != end {
        end = above[end];
    }
    let mut at = from;
    while above[at] != end {
        at = std::mem::replace(&mut above[at], end);
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ItemId;

    fn id(text: &str) -> DistinctId {
        text.parse().unwrap()
    }

    fn link(at: i64, kind: LinkKind, main: &str, other: &str) -> StampedLink {
        let stamp = Stamp { at, item: ItemId::of_bytes(&at.to_le_bytes()) };
        StampedLink { stamp, kind, main: id(main), other: (!other.is_empty()).then(|| id(other)) }
    }

    /// As `representative: member member`.
    fn grouped(ids: &str, links: &[StampedLink]) -> Vec<String> {
        let ids: Vec<DistinctId> = ids.split(' ').map(id).collect();
        let text = |group: Group| {
            let members: Vec<&str> = group.members.iter().map(DistinctId::as_str).collect();
            format!("{}: {}", group.representative.as_str(), members.join(" "))
        };
        group(&ids, links).into_iter().map(text).collect()
    }

    use LinkKind::{Alias, Identify, Merge};

    #[test]
    fn a_user_on_two_devices_is_one_person() {
        let links = [link(1, Identify, "ann", "x1"), link(5, Identify, "ann", "x2")];
        assert_eq!(grouped("ann x1 x2 y", &links), ["ann: ann x1 x2", "y: y"]);
    }

    #[test]
    fn two_users_of_one_browser_stay_two() {
        let links = [link(1, Identify, "ann", "x"), link(2, Identify, "bob", "x"), link(3, Identify, "bob", "ann")];
        assert_eq!(grouped("ann bob x", &links), ["ann: ann x", "bob: bob"]);
    }

    #[test]
    fn the_earlier_link_holds_even_if_it_comes_later() {
        let links = [link(2, Identify, "ann", "x"), link(1, Identify, "bob", "x")];
        assert_eq!(grouped("ann bob x", &links), ["ann: ann", "bob: bob x"]);
    }

    #[test]
    fn who_was_identified_is_joined_to_nobody_but_by_a_dangerous_merge() {
        let links = [link(1, Identify, "ann", "x"), link(2, Alias, "bob", "ann")];
        assert_eq!(grouped("ann bob x", &links), ["ann: ann x", "bob: bob"]);
        let links = [links[0].clone(), links[1].clone(), link(3, Merge, "bob", "x")];
        assert_eq!(grouped("ann bob x", &links), ["bob: ann bob x"]);
    }

    #[test]
    fn the_representative_is_at_the_end_of_the_chain() {
        let links = [link(3, Identify, "b", "c"), link(2, Alias, "a", "b"), link(9, Alias, "c", "d")];
        assert_eq!(grouped("a b c d", &links), ["a: a b c d"]);
    }

    #[test]
    fn merges_in_a_circle_end() {
        let links = [link(1, Merge, "a", "b"), link(2, Merge, "b", "c"), link(3, Merge, "c", "a")];
        assert_eq!(grouped("a b c", &links), ["a: a b c"]);
    }

    #[test]
    fn a_link_whose_other_end_was_erased_still_tells_that_its_main_was_linked() {
        let links = [link(1, Identify, "ann", ""), link(2, Identify, "bob", "ann")];
        assert_eq!(grouped("ann bob", &links), ["ann: ann", "bob: bob"]);
    }

    fn any_links() -> impl Strategy<Value = Vec<StampedLink>> {
        let one = (0_i64..12, 1_u8..=3, 0_usize..7, 0_usize..7).prop_map(|(at, kind, main, other)| {
            let names = ["a", "b", "c", "d", "e", "f", "g"];
            link(at, LinkKind::from_number(kind).unwrap(), names[main], names[other])
        });
        proptest::collection::vec(one, 0..14)
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_changes_nothing(links in any_links(), seed in any::<u64>()) {
            let mut shuffled = links.clone();
            shuffled.sort_by_key(|link| {
                let (stamp, kind, main, other) = link.order();
                let text = format!("{seed}{stamp:?}{kind:?}{}{:?}", main.as_str(), other.map(DistinctId::as_str));
                ItemId::of_bytes(text.as_bytes())
            });
            prop_assert_eq!(grouped("a b c d e f g", &links), grouped("a b c d e f g", &shuffled));
        }

        #[test]
        fn a_group_by_itself_is_the_same_group(links in any_links()) {
            let ids: Vec<DistinctId> = ["a", "b", "c", "d", "e", "f", "g"].map(id).into();
            for whole in group(&ids, &links) {
                let inside = |link: &&StampedLink| {
                    std::iter::once(&link.main).chain(&link.other).any(|id| whole.members.contains(id))
                };
                let own: Vec<StampedLink> = links.iter().filter(inside).cloned().collect();
                prop_assert_eq!(group(&whole.members, &own), vec![whole]);
            }
        }
    }
}
