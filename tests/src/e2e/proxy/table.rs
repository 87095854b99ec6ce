//! The table of AWS's refusals: every rule by its name, alone or all at once.

use std::time::Duration;

use super::Rule;
use super::rules::{self, FunctionStates, QueueDeletedRecently};

/// Name of a refusal, and its rule.
pub type Row = (&'static str, fn() -> Box<dyn Rule>);

/// Every refusal that a deploy or destroy has to get over by itself or with the run after it. A call that several
/// refuse is refused by the first; replies are lost only of calls that nothing refuses.
pub const TABLE: &[Row] = &[
    ("throttling", rules::throttling),
    ("role not assumable for the first 3 creates", || rules::role_not_assumable(3)),
    ("queue deleted recently, for 60 s", || QueueDeletedRecently::new(Duration::from_secs(60))),
    ("mapping without permission", || rules::mapping_without_permission(2)),
    ("overlapping updates of a function", || {
        FunctionStates::new(Duration::ZERO, Duration::from_secs(2))
    }),
    ("function pending for 5 s", || FunctionStates::new(Duration::from_secs(5), Duration::ZERO)),
    ("delete conflict", rules::delete_conflict),
    ("bucket already exists", rules::first_bucket_taken),
    ("lost reply on every changing call", rules::lost_replies),
];

/// All of them.
pub fn whole() -> Vec<Box<dyn Rule>> {
    TABLE.iter().map(|(_, rule)| rule()).collect()
}
