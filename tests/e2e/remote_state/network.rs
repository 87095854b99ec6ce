//! The networks between a client and a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alchemy_state::remote::{FaultPlan, ObjectFault, ObjectRequest};

/// Nothing goes wrong.
pub(super) fn good() -> FaultPlan {
    Arc::new(|_: &ObjectRequest| None)
}

/// Every fifth request meets the next of these.
pub(super) fn bad() -> FaultPlan {
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
        count.is_multiple_of(5).then(|| faults[count / 5 % faults.len()])
    })
}
