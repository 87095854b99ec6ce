//! The networks between a client and a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alchemy_state::remote::{FaultPlan, ObjectFault, ObjectRequest};

/// Nothing goes wrong.
pub(super) fn good() -> FaultPlan {
    Arc::new(|_: &ObjectRequest| None)
}

/// Every fifth request meets a fault.
pub(super) fn bad() -> FaultPlan {
    every(5)
}

/// So many requests are made that one in five would meet five faults in a row some time, which nobody puts up with.
pub(super) fn busy() -> FaultPlan {
    every(31)
}

/// Every `nth` request meets the next of these.
fn every(nth: usize) -> FaultPlan {
    let faults = [
        ObjectFault::Busy,
        ObjectFault::Lost,
        ObjectFault::ReplyLost,
        ObjectFault::Late(Duration::from_millis(60)),
        ObjectFault::Doubled,
        ObjectFault::Stalled(Duration::from_millis(20)),
    ];
    let count = AtomicUsize::new(0);
    Arc::new(move |_: &ObjectRequest| {
        let count = count.fetch_add(1, Ordering::Relaxed) + 1;
        count.is_multiple_of(nth).then(|| faults[count / nth % faults.len()])
    })
}
