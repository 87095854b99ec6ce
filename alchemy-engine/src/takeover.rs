//! Step 8 of the write protocol, *calls*: what a former holder of the lock had sent to the cloud cannot be fenced, so it
//! is outwaited before anybody looks what has become of it.

use std::time::Duration;

use alchemy_core::{Event, Record, Status};
use alchemy_state::Loaded;

use crate::environment::sleep;
use crate::{Engine, EventSink};

impl Engine {
    /// How much longer a call of the former holder of a lock that was taken over may still take effect; `loaded` is what
    /// was read under the lock. Nothing where no intent is open: no call is sent without one.
    pub fn calls_under_way(&self, loaded: &Loaded) -> Duration {
        let Some(former) = loaded.taken_over else { return Duration::ZERO };
        let open = loaded.snapshot.records.values().filter(|record| record.status != Status::Ready);
        let longest = open.map(|record| self.longest_call(record)).max();
        longest.map_or(Duration::ZERO, |longest| former.calls_under_way(longest))
    }

    /// Waits for so long, and says so; gives whether it had to. What was looked up in the cloud before may then have
    /// become another: whoever planned from it plans again. May be dropped at any time.
    pub async fn outwait_former_calls(&self, loaded: &Loaded, sink: &dyn EventSink) -> bool {
        let wait = self.calls_under_way(loaded);
        if wait.is_zero() {
            return false;
        }
        let reason = "the lock was taken over from a run that did not end; what that one asked of the cloud last may \
                      still take effect"
            .to_owned();
        sink.emit(Event::TakeOverWaiting { seconds: seconds(wait), reason });
        sleep(wait).await;
        true
    }

    fn longest_call(&self, record: &Record) -> Duration {
        let provider = self.registry().get(&record.ty);
        provider.map_or(crate::limits::LONGEST_CALL, |provider| provider.longest_call())
    }
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
