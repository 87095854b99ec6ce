//! Limits of the engine, each with its reason.

use std::time::Duration;

/// Steps or look-ups at once unless the caller says otherwise. Services allow tens of control-plane calls a second
/// and an account; more at once only earns throttling.
pub const DEFAULT_PARALLELISM: usize = 32;

/// Longest that one changing call is under way before its provider gives it up, unless the provider says otherwise.
pub const LONGEST_CALL: Duration = Duration::from_secs(15);

/// How long a step goes on being throttled before it fails. An account whose quota is used up by somebody else for
/// a minute must still be deployed to.
pub(crate) const THROTTLED_BUDGET: Duration = Duration::from_secs(90);

/// How long a step waits for something it depends on to become visible. SQS refuses to make a queue again for 60 s
/// after its deletion ("CreateQueue", Amazon SQS API Reference: QueueDeletedRecently); a fresh IAM role is
/// assumable after some ten seconds. Twice the longer one.
pub(crate) const NOT_YET_BUDGET: Duration = Duration::from_mins(2);

/// How long a step repeats calls whose answer never came or was a server's fault, or that another object stood in
/// the way of (a policy just detached, a function still being updated).
pub(crate) const FAULT_BUDGET: Duration = Duration::from_secs(30);

/// How long a step repeats calls to an endpoint that does not answer: short, because one attempt may itself take ten
/// seconds and the message must be there within 15.
pub(crate) const UNREACHABLE_BUDGET: Duration = Duration::from_secs(3);

/// How long a look-up before the plan is repeated, whatever the reason. Nothing has changed yet, so failing is
/// cheap, and the message must be there within 15 s.
pub(crate) const READ_BUDGET: Duration = Duration::from_secs(12);

/// The same after answers that never came, each of which may have taken its time.
pub(crate) const READ_FAULT_BUDGET: Duration = Duration::from_secs(4);

/// Longest silence while a step waits: people want to see that something goes on.
pub(crate) const WAIT_NOTICE: Duration = Duration::from_secs(5);

/// How long destroy looks for what it has deleted before it says that something is left. Deletions of log groups,
/// queues (60 s in lists) and functions become visible late.
pub(crate) const VERIFY_BUDGET: Duration = Duration::from_secs(90);

/// Pause between two such looks.
pub(crate) const VERIFY_PAUSE: Duration = Duration::from_secs(2);
