//! The rules of the protocol that can be taken out, each belonging to one of its eight steps.

/// One rule taken out. The protocol as it is has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removal {
    /// The lock is put, not compared and swapped.
    AcquireByPut,
    /// The lock object is deleted on release, so that epochs begin again.
    LockDeleted,
    /// A renewal writes the same body again.
    SameNonce,
    /// A waiter takes over without having waited.
    NoWaiting,
    /// The same-machine shortcut takes a living process for a dead one (no process start time).
    ShortcutByPidOnly,
    /// The holder does not look at its deadline.
    NoDeadline,
    /// The deadline counts from the reply to a renewal, not from its sending.
    DeadlineFromReply,
    /// A reply that comes after the deadline is believed.
    LateReplyBelieved,
    /// The successor seals nothing.
    NoSeal,
    /// Segments are put, not created.
    SegmentByPut,
    /// A foreign body at its key does not stop a writer.
    ForeignBodyIgnored,
    /// Segments that the snapshot covers are read as if it did not.
    NoThrough,
    /// After a take-over nothing is swapped before the first intent.
    NoHealing,
    /// The snapshot is put, not compared and swapped.
    StateByPut,
    /// The old snapshot goes to history after it was replaced.
    HistoryAfterSwap,
    /// Segments are removed before the snapshot that covers them is there.
    RemovedBeforeSwap,
    /// The lock is freed by a put.
    FreedByPut,
    /// Nothing is read back: whatever is no clear success counts as somebody else's.
    NoReadBack,
    /// A time-out counts as success.
    TimeoutIsSuccess,
    /// The successor does not wait for calls of the former holder.
    NoWaitForCalls,
    /// The successor does not look for what open intents have made.
    NoLookAtIntents,
    /// An object whose deletion is open is created again under the same generation.
    SameGeneration,
}

impl Removal {
    /// All of them, by step.
    pub const ALL: [Self; 22] = [
        Self::AcquireByPut,
        Self::LockDeleted,
        Self::SameNonce,
        Self::NoWaiting,
        Self::ShortcutByPidOnly,
        Self::NoDeadline,
        Self::DeadlineFromReply,
        Self::LateReplyBelieved,
        Self::NoSeal,
        Self::SegmentByPut,
        Self::ForeignBodyIgnored,
        Self::NoThrough,
        Self::NoHealing,
        Self::StateByPut,
        Self::HistoryAfterSwap,
        Self::RemovedBeforeSwap,
        Self::FreedByPut,
        Self::NoReadBack,
        Self::TimeoutIsSuccess,
        Self::NoWaitForCalls,
        Self::NoLookAtIntents,
        Self::SameGeneration,
    ];

    /// The step of the protocol that the rule belongs to, and its name.
    pub fn step(self) -> (u8, &'static str) {
        match self {
            Self::AcquireByPut | Self::LockDeleted | Self::SameNonce => (1, "acquire"),
            Self::NoWaiting | Self::ShortcutByPidOnly => (2, "wait"),
            Self::NoDeadline | Self::DeadlineFromReply | Self::LateReplyBelieved => (3, "deadline"),
            Self::NoSeal | Self::SegmentByPut | Self::ForeignBodyIgnored => (4, "segments"),
            Self::NoThrough | Self::NoHealing => (5, "snapshot"),
            Self::StateByPut
            | Self::HistoryAfterSwap
            | Self::RemovedBeforeSwap
            | Self::FreedByPut => (6, "commit"),
            Self::NoReadBack | Self::TimeoutIsSuccess => (7, "lost reply"),
            Self::NoWaitForCalls | Self::NoLookAtIntents | Self::SameGeneration => (8, "calls"),
        }
    }

    /// What is done without the rule.
    pub fn words(self) -> &'static str {
        match self {
            Self::AcquireByPut => "the lock is put, not compared and swapped",
            Self::LockDeleted => "release deletes the lock object, epochs begin again",
            Self::SameNonce => "a renewal writes the same body again",
            Self::NoWaiting => "a waiter takes over without waiting",
            Self::ShortcutByPidOnly => "the same-machine shortcut takes a living process for gone",
            Self::NoDeadline => "the holder does not look at its deadline",
            Self::DeadlineFromReply => "the deadline counts from a renewal's reply",
            Self::LateReplyBelieved => "a reply that comes after the deadline is believed",
            Self::NoSeal => "the successor seals nothing",
            Self::SegmentByPut => "segments are put, not created",
            Self::ForeignBodyIgnored => "a foreign body at its key does not stop a writer",
            Self::NoThrough => "segments that the snapshot covers are read again",
            Self::NoHealing => "after a take-over intents are written before a swap",
            Self::StateByPut => "the snapshot is put, not compared and swapped",
            Self::HistoryAfterSwap => "history is written after the swap",
            Self::RemovedBeforeSwap => "segments are removed before the swap",
            Self::FreedByPut => "the lock is freed by a put",
            Self::NoReadBack => "nothing is read back; what is no clear success is a failure",
            Self::TimeoutIsSuccess => "a time-out counts as success",
            Self::NoWaitForCalls => "the successor does not wait for the former holder's calls",
            Self::NoLookAtIntents => "the successor does not look for what open intents made",
            Self::SameGeneration => "an open delete is created again under its generation",
        }
    }
}
