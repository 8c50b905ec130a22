//! Leases: who does the finishing and the housekeeping, when several nodes could.

/// Grows each time a lease changes hands. Whoever acts under a lease hands it along, so that an owner who was asleep and
/// lost its lease can be told from the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub u64);
