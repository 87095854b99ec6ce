//! Faults, by the number of the changing call they strike.

use std::collections::BTreeMap;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The call is refused for good.
    Fail,
    /// The process dies before the call has its effect.
    CrashBefore,
    /// The process dies after the call has had its effect.
    CrashAfter,
    /// The call has its effect, the reply is lost.
    LoseReply,
    /// No answer, no effect.
    TimeOut,
    /// The process dies with the call under way, which has its effect later.
    CrashLate,
}

impl Fault {
    /// All that are over when the run is.
    pub const ALL: [Self; 5] =
        [Self::Fail, Self::CrashBefore, Self::CrashAfter, Self::LoseReply, Self::TimeOut];
}

/// Which changing calls (1, 2, …) are struck.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    faults: BTreeMap<u64, Fault>,
}

impl FaultPlan {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }
    /// One fault at the `k`-th changing call.
    pub fn at_call(k: u64, fault: Fault) -> Self {
        Self { faults: BTreeMap::from([(k, fault)]) }
    }
    pub(crate) fn at(&self, number: u64) -> Option<Fault> {
        self.faults.get(&number).copied()
    }
}
