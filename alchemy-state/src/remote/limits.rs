//! The protocol's numbers, each with its reason.

use std::time::Duration;

/// A lock that is not renewed for so long may be taken over, [`MARGIN`] later.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// What a waiter adds to the lease: its reading may have been under way while a renewal was.
const MARGIN: Duration = Duration::from_secs(10);

/// How long a waiter must have seen one and the same nonce on its own clock.
pub(super) const TAKEOVER_AFTER: Duration = Duration::from_secs(LEASE.as_secs() + MARGIN.as_secs());

/// Time between two renewals: three fit into a lease, so that two may fail.
pub(super) const RENEW: Duration = Duration::from_secs(10);

/// How long a holder goes on after it *sent* the last renewal that was acknowledged. Half of what a waiter waits: clocks
/// may differ in speed by much more than they do, and what the holder has in flight has as long again to land.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// How long one request may take. Several must fit between a renewal and the deadline.
pub(super) const REQUEST: Duration = Duration::from_secs(4);

/// The same for a document that grows with the stage, or a listing.
pub(super) const LARGE_REQUEST: Duration = Duration::from_secs(15);

/// From this size on a document may take longer than a small one.
pub(super) const LARGE: usize = 1 << 20;

/// How long a write is tried that no deadline ends before.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a reading is tried.
pub(super) const READ_ATTEMPTS: usize = 5;

/// Time between two attempts, at first and at most.
pub(super) const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Time between two looks at a lock that somebody holds, at first and at most.
pub(super) const POLL: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));

/// How many requests of one command are under way at once.
pub(super) const AT_ONCE: usize = 32;

/// How often a stage that is committed meanwhile is read again.
pub(super) const STAGE_ATTEMPTS: usize = 20;
