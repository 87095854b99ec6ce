//! Machines that never meet: leases that lapse, holders that stall, contenders at once, locks broken by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alchemy_state::conformance::{key, put, request};
use alchemy_state::remote::{
    FaultPlan, FaultyObjects, MemoryObjects, ObjectFault, ObjectRequest, RemoteStore, SimHost,
};
use alchemy_state::{Liveness, LockRequest, LockState, StateError, StateStore, TakenOver};

/// A client on a machine of its own.
fn machine(objects: &MemoryObjects, name: &str) -> RemoteStore {
    RemoteStore::new(Arc::new(objects.clone()), Arc::new(SimHost::new(name)))
}

/// A client whose network can be cut.
fn cut_off(objects: &MemoryObjects, name: &str, cut: &Arc<AtomicBool>) -> RemoteStore {
    let (host, cut) = (Arc::new(SimHost::new(name)), Arc::clone(cut));
    let plan: FaultPlan =
        Arc::new(move |_: &ObjectRequest| cut.load(Ordering::Relaxed).then_some(ObjectFault::Lost));
    let way =
        FaultyObjects::new(Arc::new(objects.clone()), host.clone(), Duration::from_secs(4), plan);
    RemoteStore::new(Arc::new(way), host)
}

fn patient(user: &str) -> LockRequest {
    LockRequest { wait: Duration::from_mins(10), ..request(user) }
}

fn is_lost<T>(result: &Result<T, StateError>) -> bool {
    matches!(result, Err(StateError::LockLost { .. }))
}

/// Of fifty who wait for a holder that is gone one takes over, once; then each has it in turn.
#[tokio::test(start_paused = true)]
async fn an_expired_lease_is_taken_over_once_under_fifty_contenders() {
    let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
    let dead = machine(&objects, "fifty-dead").lock(&key, request("dead")).await.unwrap();
    dead.append(&[put("Begun")]).await.unwrap();
    drop(dead);
    let holders = Arc::new(std::sync::Mutex::new(0));
    let mut tasks = Vec::new();
    for i in 0..50 {
        let store = machine(&objects, &format!("fifty-{i}"));
        let (key, holders) = (key.clone(), Arc::clone(&holders));
        tasks.push(tokio::spawn(async move {
            let wait = Duration::from_mins(60);
            let lock = store.lock(&key, LockRequest { wait, ..request("c") }).await.unwrap();
            *holders.lock().unwrap() += 1;
            let loaded = lock.load().await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
            lock.append(&[put(&format!("Thing{i}"))]).await.unwrap();
            lock.commit().await.unwrap();
            assert_eq!(*holders.lock().unwrap(), 1, "two hold the lock");
            *holders.lock().unwrap() -= 1;
            lock.release().await.unwrap();
            loaded.taken_over
        }));
    }
    let mut taken_over = Vec::new();
    for task in tasks {
        taken_over.extend(task.await.unwrap());
    }
    assert_eq!(taken_over.len(), 1, "one takes over, the others are given it");
    let TakenOver { last_seen, gone } = taken_over[0];
    assert!(last_seen >= Duration::from_secs(40) && !gone, "{taken_over:?}");
    let seen = machine(&objects, "fifty-last").load(&key).await.unwrap().unwrap();
    assert_eq!((seen.snapshot.records.len(), seen.snapshot.serial), (51, 51));
}

/// A holder that cannot renew stops before anybody takes over, and every later write of it is refused.
#[tokio::test(start_paused = true)]
async fn a_fenced_out_writer_writes_nothing() {
    let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
    let cut = Arc::new(AtomicBool::new(false));
    let lock = cut_off(&objects, "fenced-a", &cut).lock(&key, request("a")).await.unwrap();
    let checker = lock.checker();
    lock.append(&[put("First")]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
    lock.check().expect("renewed all the time");
    cut.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(21)).await;
    assert!(is_lost(&checker()), "past its deadline, long before anybody may take over");
    let taken = machine(&objects, "fenced-b").lock(&key, patient("b")).await.unwrap();
    cut.store(false, Ordering::Relaxed);
    let before = objects.all();
    assert!(is_lost(&lock.append(&[put("Late")]).await));
    assert!(is_lost(&lock.commit().await));
    let snapshot = taken.load().await.unwrap().snapshot;
    assert!(is_lost(&lock.replace(snapshot).await));
    assert!(is_lost(&lock.check()));
    lock.release().await.expect("nothing to give back");
    let mut after = objects.all();
    // The new holder renews.
    let lease = "locks/myapp/dev.json";
    after.insert(lease.to_owned(), before[lease].clone());
    assert_eq!(before, after);
    taken.append(&[put("Second")]).await.unwrap();
    assert_eq!(taken.commit().await.unwrap().records.len(), 2);
}

/// A segment on its way while the lease lapses: it counts if it lands before the end of its epoch is written, and else
/// nobody takes it for durable.
#[tokio::test(start_paused = true)]
async fn a_segment_that_lands_late_is_counted_or_fenced() {
    for (case, delay) in (10..90).step_by(5).enumerate() {
        let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
        let host = Arc::new(SimHost::new(&format!("late-{case}")));
        let stalls = AtomicBool::new(true);
        let plan: FaultPlan = Arc::new(move |request: &ObjectRequest| {
            let segment = request.key.starts_with("journal/") && request.kind == "create";
            let late = ObjectFault::Late(Duration::from_secs(delay));
            let first = segment && stalls.swap(false, Ordering::Relaxed);
            if first {
                Some(late)
            } else {
                (!stalls.load(Ordering::Relaxed)).then_some(ObjectFault::Lost)
            }
        });
        let way = FaultyObjects::new(
            Arc::new(objects.clone()),
            host.clone(),
            Duration::from_secs(4),
            plan,
        );
        let lock = RemoteStore::new(Arc::new(way), host).lock(&key, request("a")).await.unwrap();
        let writing = tokio::spawn(async move { lock.append(&[put("Late")]).await });
        let other = machine(&objects, &format!("late-other-{case}"));
        let taken = other.lock(&key, patient("b")).await.unwrap();
        let counted = taken.load().await.unwrap().snapshot.records.len();
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert!(is_lost(&writing.await.unwrap()), "nobody was told that it is durable");
        taken.append(&[put("Next")]).await.unwrap();
        assert_eq!(taken.commit().await.unwrap().records.len(), counted + 1);
        taken.release().await.unwrap();
        let seen = machine(&objects, "late-last").load(&key).await.unwrap().unwrap();
        assert_eq!((seen.snapshot.records.len(), seen.interrupted), (counted + 1, false));
    }
}

/// A lock broken by hand: its holder does not know yet, and is stopped by its next write all the same.
#[tokio::test(start_paused = true)]
async fn a_broken_lock_fences_its_holder() {
    let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
    let lock = machine(&objects, "broken-a").lock(&key, request("a")).await.unwrap();
    lock.append(&[put("First")]).await.unwrap();
    let other = machine(&objects, "broken-b");
    let LockState::Held(held) = other.lock_state(&key).await.unwrap() else { panic!("held") };
    assert_eq!(held.liveness, Liveness::Unknown);
    other.unlock(&key, held.epoch).await.unwrap();
    let next = other.lock(&key, request("b")).await.unwrap();
    let taken_over = async || next.load().await.unwrap().taken_over.expect("it was broken");
    assert_eq!(taken_over().await, TakenOver { last_seen: Duration::ZERO, gone: false });
    let longest_call = Duration::from_secs(15);
    assert_eq!(taken_over().await.calls_under_way(longest_call), Duration::from_secs(45));
    tokio::time::sleep(Duration::from_secs(5)).await;
    let left = taken_over().await.calls_under_way(longest_call);
    assert_eq!(left, Duration::from_secs(40), "what has passed since counts");
    next.append(&[put("Second")]).await.unwrap();
    next.commit().await.unwrap();
    next.release().await.unwrap();
    lock.check().expect("it has not heard yet");
    assert!(is_lost(&lock.append(&[put("Late")]).await), "the end of its epoch is still there");
    let seen = other.load(&key).await.unwrap().unwrap();
    assert_eq!(seen.snapshot.records.len(), 2);
}

/// A process of the same machine that is gone is replaced at once; one that runs is waited for.
#[tokio::test(start_paused = true)]
async fn the_same_machine_needs_no_waiting() {
    let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
    let first = SimHost::new("shortcut");
    let open = |host: SimHost| RemoteStore::new(Arc::new(objects.clone()), Arc::new(host));
    let lock = open(first.clone()).lock(&key, request("a")).await.unwrap();
    lock.append(&[put("First")]).await.unwrap();
    drop(lock);
    let second = open(first.another_process(2));
    assert!(matches!(
        second.lock(&key, request("b")).await.map(|_| ()),
        Err(StateError::Locked { .. })
    ));
    first.end();
    let lock = second.lock(&key, request("b")).await.unwrap();
    let taken_over = lock.load().await.unwrap().taken_over.expect("it was not given back");
    assert!(taken_over.gone);
    assert_eq!(taken_over.calls_under_way(Duration::from_secs(15)), Duration::ZERO);
    assert_eq!(lock.commit().await.unwrap().records.len(), 1);
}

/// What the protocol may do to a store, from the log of a whole life: locks are only swapped, never removed; nothing is
/// written but under a condition.
#[tokio::test(start_paused = true)]
async fn no_lock_object_is_ever_removed() {
    let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
    let store = machine(&objects, "log");
    for round in 0..3 {
        let lock = store.lock(&key, request("a")).await.unwrap();
        lock.append(&[put(&format!("Thing{round}"))]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(45)).await;
        lock.commit().await.unwrap();
        lock.release().await.unwrap();
    }
    let log = objects.log();
    let count = |wanted: &str| log.iter().filter(|line| line.starts_with(wanted)).count();
    assert_eq!(count("create locks/"), 1);
    assert_eq!(count("delete locks/"), 0);
    assert_eq!(count("swap locks/"), 3 * 4 + 2 + 3, "renewals, acquisitions, releases: {log:#?}");
    assert_eq!(count("swap journal/") + count("swap history/"), 0);
    assert_eq!(count("delete journal/"), 3, "what the state covers is removed");
}

/// A process that sleeps between its request and the answer: a successor may meanwhile have ended the epoch and counted
/// the segment in, or not; so the answer counts for nothing.
#[tokio::test(start_paused = true)]
async fn an_answer_after_the_deadline_proves_nothing() {
    let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
    let host = Arc::new(SimHost::new("asleep"));
    let asleep = AtomicBool::new(false);
    let plan: FaultPlan = Arc::new(move |request: &ObjectRequest| {
        let segment = request.key.starts_with("journal/") && request.kind == "create";
        if segment && !asleep.swap(true, Ordering::Relaxed) {
            return Some(ObjectFault::Stalled(Duration::from_secs(25)));
        }
        asleep.load(Ordering::Relaxed).then_some(ObjectFault::Lost)
    });
    let way =
        FaultyObjects::new(Arc::new(objects.clone()), host.clone(), Duration::from_secs(4), plan);
    let lock = RemoteStore::new(Arc::new(way), host).lock(&key, request("a")).await.unwrap();
    let appended = lock.append(&[put("Late")]).await;
    assert!(objects.all().keys().any(|key| key.starts_with("journal/")), "it was carried out");
    assert!(is_lost(&appended), "{appended:?}");
}

/// Somebody removes the lock object: epochs go on where state and journal end, so that no earlier holder's request fits.
#[tokio::test(start_paused = true)]
async fn epochs_go_on_when_the_lock_object_is_removed() {
    let (objects, key) = (MemoryObjects::new(), key("myapp", "dev"));
    for (serial, user) in (1..).zip(["a", "b"]) {
        let lock = machine(&objects, user).lock(&key, request(user)).await.unwrap();
        lock.append(&[put(user)]).await.unwrap();
        assert_eq!(lock.commit().await.unwrap().serial, serial);
        lock.release().await.unwrap();
    }
    let stalled = machine(&objects, "stalled").lock(&key, request("c")).await.unwrap();
    stalled.append(&[put("c")]).await.unwrap();
    objects.tamper("locks/myapp/dev.json", None);
    let next = machine(&objects, "next").lock(&key, request("d")).await.unwrap();
    assert!(next.load().await.unwrap().interrupted, "what the journal holds is seen");
    next.append(&[put("d")]).await.unwrap();
    assert!(is_lost(&stalled.append(&[put("late")]).await));
    assert_eq!(next.commit().await.unwrap().records.len(), 4);
}
