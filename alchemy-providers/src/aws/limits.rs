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

// After a take-over so much is waited for calls of the former holder. An upload may take longer: one that was cut off has
// no effect, a function is made under a name of its own, and an update of it names the revision that it changes.
const _: () = assert!(CALL.as_secs() <= alchemy_engine::LONGEST_CALL.as_secs());

/// Bytes a second of the slowest line over which code is uploaded: 1 Mbit/s. A zip of 50 MB then takes seven minutes.
pub(super) const UPLOAD_RATE: usize = 128 * 1024;

/// How often the identity call, with which every command begins, is repeated after a passing fault.
pub(super) const IDENTITY_ATTEMPTS: u32 = 3;

/// Pause before the second attempt; doubled before each further one.
pub(super) const IDENTITY_PAUSE: Duration = Duration::from_millis(300);

/// First pause of a wait; each is twice the one before.
pub(super) const POLL_FIRST: Duration = Duration::from_millis(200);

/// Longest pause of a wait: reads of Lambda are limited to 100 a second ("Lambda quotas"), and 32 steps may wait.
pub(super) const POLL_LONGEST: Duration = Duration::from_secs(2);

/// A function is active within seconds; one in a VPC may take minutes ("Lambda function states").
pub(super) const FUNCTION_READY: Duration = Duration::from_mins(5);

/// Deletion is asynchronous and usually takes a second ("DeleteFunction").
pub(super) const FUNCTION_GONE: Duration = Duration::from_mins(1);

/// Attempts when somebody else changes the same function between our read and our update.
pub(super) const REVISION_ATTEMPTS: usize = 3;

/// "Lambda quotas": a zip uploaded through the API may have 50 MB.
pub(super) const ZIP_LIMIT: usize = 50 * 1024 * 1024;

/// A mapping from a queue is enabled within a minute or so ("CreateEventSourceMapping" names no bound).
pub(super) const MAPPING_SETTLED: Duration = Duration::from_secs(90);

/// A mapping stays in state `Deleting` for some seconds, up to a minute or so ("DeleteEventSourceMapping").
pub(super) const MAPPING_GONE: Duration = Duration::from_secs(90);

/// "Lambda quotas": 15 control plane requests a second, all functions of an account and region together.
pub(super) const CONTROL_PLANE_AT_ONCE: usize = 10;

/// IAM throttles an account's changing calls early and names no rate ("IAM and AWS STS quotas").
pub(super) const IAM_AT_ONCE: usize = 8;

/// "IAM and AWS STS quotas": versions of a managed policy that are kept.
pub(super) const POLICY_VERSIONS: usize = 5;

/// Deletion of a queue takes up to a minute ("DeleteQueue").
pub(super) const QUEUE_GONE: Duration = Duration::from_secs(70);

/// "ListObjectVersions", "DeleteObjects": entries of one page, and keys of one request.
pub(super) const OBJECTS_AT_ONCE: i32 = 1000;

/// How often a bucket is emptied again because somebody wrote to it meanwhile.
pub(super) const EMPTYING_ROUNDS: u32 = 3;

/// "CloudWatch Logs quotas": 5 changing calls of a kind a second, an account and region.
pub(super) const LOG_GROUPS_AT_ONCE: usize = 5;
