//! Which failures are repeated, after how long, and when to give up. Pure: time and randomness come in.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ProviderErrorKind;
use crate::limits::{
    FAULT_BUDGET, NOT_YET_BUDGET, READ_BUDGET, READ_FAULT_BUDGET, THROTTLED_BUDGET,
    UNREACHABLE_BUDGET,
};

/// How one kind of failure is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Policy {
    /// First pause, before jitter.
    first: Duration,
    /// Longest pause.
    longest: Duration,
    /// From the first failure of the kind to the last attempt.
    budget: Duration,
}

/// What the retries are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A step: the object must come about.
    Step,
    /// A look-up before anything has changed.
    Read,
}

/// The state of one step's or look-up's retries.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    purpose: Purpose,
    random: SplitMix,
    failures: BTreeMap<&'static str, (u32, Duration)>,
}

impl Retry {
    /// Fresh, with jitter from `seed`.
    pub(crate) fn new(purpose: Purpose, seed: u64) -> Self {
        Self { purpose, random: SplitMix::new(seed), failures: BTreeMap::new() }
    }

    /// How long to wait after an attempt from `began` to `now` (times since the work began) that failed with `kind`, or
    /// none to give up. `at_least` is what the service asked for. An attempt that took long has used up its budget.
    pub(crate) fn after(
        &mut self,
        kind: ProviderErrorKind,
        at_least: Option<Duration>,
        (began, now): (Duration, Duration),
    ) -> Option<Duration> {
        let (class, policy) = policy(kind, self.purpose)?;
        let (count, since) = self.failures.entry(class).or_insert((0, began));
        let spent = now.saturating_sub(*since);
        let room = policy.budget.checked_sub(spent).filter(|room| !room.is_zero())?;
        let pause = policy.first.saturating_mul(1_u32 << (*count).min(16)).min(policy.longest);
        *count += 1;
        let pause = self.random.between(pause / 2, pause).max(at_least.unwrap_or_default());
        // The last attempt is made at the end of the budget, not given up for a pause that would pass it.
        Some(pause.min(room))
    }
}

fn policy(kind: ProviderErrorKind, purpose: Purpose) -> Option<(&'static str, Policy)> {
    let millis = Duration::from_millis;
    let (class, policy) = match kind {
        ProviderErrorKind::Throttled => (
            "throttled",
            Policy { first: millis(500), longest: millis(10_000), budget: THROTTLED_BUDGET },
        ),
        ProviderErrorKind::NotYet => (
            "not yet",
            Policy { first: millis(1000), longest: millis(5000), budget: NOT_YET_BUDGET },
        ),
        ProviderErrorKind::Transient => (
            "transient",
            Policy { first: millis(500), longest: millis(8000), budget: FAULT_BUDGET },
        ),
        ProviderErrorKind::Conflict => (
            "conflict",
            Policy { first: millis(1000), longest: millis(5000), budget: FAULT_BUDGET },
        ),
        ProviderErrorKind::Unreachable => (
            "unreachable",
            Policy { first: millis(500), longest: millis(1000), budget: UNREACHABLE_BUDGET },
        ),
        ProviderErrorKind::NameTaken
        | ProviderErrorKind::NotOurs
        | ProviderErrorKind::Denied
        | ProviderErrorKind::Credentials
        | ProviderErrorKind::Invalid => return None,
    };
    let limit = match purpose {
        Purpose::Step => policy.budget,
        Purpose::Read if kind == ProviderErrorKind::Transient => READ_FAULT_BUDGET,
        Purpose::Read => policy.budget.min(READ_BUDGET),
    };
    Some((class, Policy { budget: limit, ..policy }))
}

/// SplitMix64 (Steele, Lea, Flood 2014): jitter needs no better.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix(u64);

impl SplitMix {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let width = u64::try_from(high.saturating_sub(low).as_micros()).unwrap_or(u64::MAX - 1);
        low + Duration::from_micros(self.below(width + 1))
    }
    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A seed for the retries of the object `uid` in a run seeded with `seed`.
pub(crate) fn sub_seed(seed: u64, uid: &str) -> u64 {
    // FNV-1a: spreads the uids, which are hashes already.
    uid.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: (Duration, Duration) = (Duration::ZERO, Duration::ZERO);

    /// Attempts are instant; gives the pauses until the policy gives up.
    fn pauses(
        kind: ProviderErrorKind,
        purpose: Purpose,
        at_least: Option<Duration>,
    ) -> Vec<Duration> {
        let mut retry = Retry::new(purpose, 7);
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        while let Some(pause) = retry.after(kind, at_least, (now, now)) {
            assert!(!pause.is_zero(), "a retry without a pause");
            now += pause;
            pauses.push(pause);
            assert!(pauses.len() < 1000, "never gives up");
        }
        pauses
    }

    #[test]
    fn every_kind_ends_exactly_at_its_budget() {
        for (kind, step, read) in [
            (ProviderErrorKind::Throttled, THROTTLED_BUDGET, READ_BUDGET),
            (ProviderErrorKind::NotYet, NOT_YET_BUDGET, READ_BUDGET),
            (ProviderErrorKind::Transient, FAULT_BUDGET, READ_FAULT_BUDGET),
            (ProviderErrorKind::Conflict, FAULT_BUDGET, READ_BUDGET),
            (ProviderErrorKind::Unreachable, UNREACHABLE_BUDGET, UNREACHABLE_BUDGET),
        ] {
            assert_eq!(
                pauses(kind, Purpose::Step, None).iter().sum::<Duration>(),
                step,
                "{kind:?}"
            );
            assert_eq!(
                pauses(kind, Purpose::Read, None).iter().sum::<Duration>(),
                read,
                "{kind:?}"
            );
        }
    }

    #[test]
    fn an_endpoint_that_hangs_is_not_asked_again() {
        let mut retry = Retry::new(Purpose::Step, 1);
        let hung = (Duration::from_secs(60), Duration::from_secs(70));
        assert_eq!(retry.after(ProviderErrorKind::Unreachable, None, hung), None);
        let refused = (Duration::from_secs(60), Duration::from_secs(60));
        let mut retry = Retry::new(Purpose::Step, 1);
        assert!(retry.after(ProviderErrorKind::Unreachable, None, refused).is_some());
    }

    #[test]
    fn permanent_failures_are_not_repeated() {
        for kind in [
            ProviderErrorKind::NameTaken,
            ProviderErrorKind::NotOurs,
            ProviderErrorKind::Denied,
            ProviderErrorKind::Credentials,
            ProviderErrorKind::Invalid,
        ] {
            assert_eq!(pauses(kind, Purpose::Step, None), [], "{kind:?}");
        }
    }

    #[test]
    fn pauses_grow_to_the_cap_and_jitter_stays_in_the_upper_half() {
        let pauses = pauses(ProviderErrorKind::Throttled, Purpose::Step, None);
        let mut cap = Duration::from_millis(500);
        for pause in &pauses[..pauses.len() - 1] {
            assert!(*pause >= cap / 2 && *pause <= cap, "{pause:?} for {cap:?}");
            cap = (cap * 2).min(Duration::from_secs(10));
        }
    }

    #[test]
    fn a_service_that_names_a_time_is_heard() {
        let asked = Duration::from_secs(40);
        let pauses = pauses(ProviderErrorKind::NotYet, Purpose::Step, Some(asked));
        assert_eq!(pauses, [asked, asked, asked]);
    }

    #[test]
    fn kinds_have_budgets_of_their_own() {
        let mut retry = Retry::new(Purpose::Step, 1);
        assert!(retry.after(ProviderErrorKind::Transient, None, AT_ONCE).is_some());
        assert!(
            retry.after(ProviderErrorKind::Throttled, None, (FAULT_BUDGET, FAULT_BUDGET)).is_some()
        );
        assert_eq!(
            retry.after(ProviderErrorKind::Transient, None, (FAULT_BUDGET, FAULT_BUDGET)),
            None
        );
    }

    #[test]
    fn jitter_depends_on_the_object_and_on_the_seed() {
        assert_ne!(sub_seed(1, "a"), sub_seed(1, "b"));
        assert_ne!(sub_seed(1, "a"), sub_seed(2, "a"));
    }
}
