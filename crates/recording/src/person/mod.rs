//! Persons: whose distinct ids belong together, and what is known of them.
//!
//! An SDK says it in passing: an `$identify` links the visitor's anonymous id with a user's, any event may `$set`
//! properties. Each such saying is a [`PersonChange`]. All that is known of persons is a function of the **set** of changes.
//!
//! ## Invariants
//! 1. **The order of arrival changes nothing.** Changes carry a [`Stamp`], their time and item, which orders them totally;
//!    a change that came twice counts once. Nodes that write changes at the same time need not know of each other.
//! 2. **Links** ([`links`]). A link joins another id to a main one. It is refused if the other id stood in an earlier link,
//!    on either side: it belongs to somebody by then, and two users who share a browser stay two persons, as in PostHog.
//!    Only `$merge_dangerously` is never refused. So whether a link holds depends on the links of one id alone.
//! 3. **A person is a connected component** of the links that hold. Its representative is the main id that was there first:
//!    the end of the chain of mains. What is derived from the representative is the same in every rebuild.
//! 4. **Properties** ([`property`]). The latest `$set` counts, unless an `$unset` is later; else the earliest `$set_once`,
//!    by the time of the events, over all ids of the person.
//! 5. Values are JSON text, kept as it came: half emojis, huge integers and deep trees survive.

pub mod change;
pub mod links;
pub mod object;
pub mod property;

pub use change::{Link, LinkKind, PersonChange, Stamp};
pub use links::Group;
pub use object::{PersonObject, PersonObjectError};
pub use property::Property;
