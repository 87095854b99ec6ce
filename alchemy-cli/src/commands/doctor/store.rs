//! The store: what it is, what it promises, how its clock goes, who holds the stage's lock.

use std::time::{Duration, SystemTime};

use alchemy_state::{Guarantees, Liveness, LockState, StageKey, StateError, StateStore};

use super::finding::{Finding, Status};
use crate::clock;
use crate::commands::state_failure::{holder_text, state_failure};
use crate::ui::plural;

/// Clocks that differ by less are not told apart: the store gives whole seconds, and a request takes time.
const SAME: Duration = Duration::from_secs(3);

/// From here on services refuse what is signed, or come close to it (AWS: 15 minutes, "RequestTimeTooSkewed").
const FAR: Duration = Duration::from_mins(10);

/// Looks at a store and tries it out. Ends early where it cannot be reached.
pub(super) async fn looked(store: &dyn StateStore) -> Vec<Finding> {
    let realm = match store.realm(None).await {
        Ok(realm) => realm,
        Err(error) => return vec![failed("store.content", &error)],
    };
    let stages = match store.stages().await {
        Ok(stages) => stages,
        Err(error) => return vec![failed("store.content", &error)],
    };
    let content = match realm {
        Some((realm, _)) => format!("{}, realm {}", plural(stages.len(), "stage"), realm.as_str()),
        None => "nothing yet".to_owned(),
    };
    let mut findings = vec![Finding::good("store.content", content)];
    for stage in &stages {
        if let Err(reason) = &stage.state {
            let text = format!("{}/{}: {reason}", stage.key.stack, stage.key.stage);
            findings.push(Finding::new("store.content", Status::Bad, text));
        }
    }
    match store.guarantees().await {
        Ok(told) => findings.extend(promised(&told)),
        Err(error) => findings.push(failed("store.promises", &error)),
    }
    findings
}

fn failed(check: &'static str, error: &StateError) -> Finding {
    Finding::failed(check, &state_failure(error))
}

fn promised(told: &Guarantees) -> Vec<Finding> {
    let reason = told.notes.join("; ");
    let advice = "two deploys could hold one lock: name another store, one that honours If-None-Match and If-Match";
    let mut findings = Vec::new();
    if told.create_excludes && told.swap_excludes {
        let tried = if reason.is_empty() {
            "of several who create an object, or replace one version of it, one succeeds; what was written is read"
        } else {
            &reason
        };
        findings.push(Finding::good("store.promises", tried));
    } else {
        findings.push(Finding::new("store.promises", Status::Bad, reason).help(advice));
    }
    findings.push(Finding::good("store.durable", format!("a write counts {}", told.durable)));
    findings.push(Finding::good("store.locking", &*told.lock));
    findings.extend(told.clock.map(|theirs| clocks(theirs, clock::now().into())));
    findings
}

/// The store's clock beside ours.
fn clocks(theirs: SystemTime, ours: SystemTime) -> Finding {
    let (apart, way) = match theirs.duration_since(ours) {
        Ok(ahead) => (ahead, "behind"),
        Err(behind) => (behind.duration(), "ahead of"),
    };
    if apart <= SAME {
        return Finding::good("store.clock", "as ours, within 3 s");
    }
    let text = format!("our clock is {} s {way} the store's", apart.as_secs());
    if apart < FAR {
        return Finding::new("store.clock", Status::Warning, text)
            .help("set the clock; locks do not depend on it, signatures do");
    }
    Finding::new("store.clock", Status::Bad, text)
        .help("set the clock: signed requests are refused when it is 15 minutes off")
}

/// Who holds a stage's lock.
pub(super) async fn lock(store: &dyn StateStore, key: &StageKey) -> Finding {
    let stage = format!("{}/{}", key.stack, key.stage);
    match store.lock_state(key).await {
        Ok(LockState::Free) => Finding::good("lock", format!("{stage} is free")),
        Ok(LockState::Held(held)) => {
            let holder = held.info.as_ref().map(holder_text).unwrap_or_default();
            let (status, what) = match held.liveness {
                Liveness::Alive => (Status::Warning, "held"),
                Liveness::Gone => (Status::Good, "free: its holder is gone"),
                Liveness::Unknown => (Status::Warning, "held, as far as can be seen from here"),
            };
            Finding::new("lock", status, format!("{stage} is {what}: {holder}"))
                .help("`alchemy stage unlock` says whether that run can still be going on")
        }
        Err(error) => failed("lock", &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_with_room() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(1_000_000);
        let at = |theirs: SystemTime| clocks(theirs, now);
        let good = Finding::good("store.clock", "as ours, within 3 s");
        assert_eq!(at(now), good);
        assert_eq!(at(now - Duration::from_secs(2)), good);
        assert!(!at(now + Duration::from_mins(5)).is_bad());
        let text = format!("{:?}", at(now + Duration::from_secs(20)));
        assert!(text.contains("our clock is 20 s behind the store's"), "{text}");
        let text = format!("{:?}", at(now - Duration::from_hours(1)));
        assert!(text.contains("our clock is 3600 s ahead of the store's"), "{text}");
        assert!(at(now - Duration::from_hours(1)).is_bad());
    }
}
