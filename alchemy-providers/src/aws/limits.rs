//! Limits of calls to AWS, each with its reason.

use std::time::Duration;

/// Longest wait for a connection. A reachable endpoint accepts within a round trip; people should learn of an
/// unreachable one while they still look.
pub(super) const CONNECT: Duration = Duration::from_secs(3);

/// Longest wait for an answer once the request is sent. The slowest calls that we make (`CreateFunction` with code)
/// answer within a few seconds; a hanging endpoint must be named within 15 s, connection included.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// Longest a call may take as a whole, finding credentials included (the metadata service of a machine that is
/// none of EC2's takes about five seconds to be given up).
pub(super) const CALL: Duration = Duration::from_secs(14);

/// How often the identity call, with which every command begins, is repeated after a passing fault.
pub(super) const IDENTITY_ATTEMPTS: u32 = 3;

/// Pause before the second attempt; doubled before each further one.
pub(super) const IDENTITY_PAUSE: Duration = Duration::from_millis(300);
