//! Laws that every provider keeps, on both emulators: what is made is what was asked for, twice is once, an update
//! reaches every version and comes back to the first (what is no longer given is at its default again), another
//! stage's object is left alone, a delete leaves nothing.

/// A law on each emulator.
macro_rules! laws {
    ($law:ident) => {
        mod $law {
            use crate::laws::bench::hold;
            use alchemy_tests::e2e::Kind;

            #[test]
            fn on_ministack() {
                hold(Kind::MiniStack, super::$law);
            }
            #[test]
            fn on_moto() {
                hold(Kind::Moto, super::$law);
            }
        }
    };
}

mod bench;
mod iam;
mod lambda;
mod storage;

use std::collections::BTreeMap;

use alchemy_core::{Observed, Record, Status, Value};
use alchemy_engine::ProviderErrorKind;

use bench::{Bench, Object};

/// Runs one object through its life: each of `versions` is reached from the one before, and back to the first.
async fn keep_the_laws(bench: &Bench, object: &Object, versions: &[BTreeMap<String, Value>]) {
    let mut versions: Vec<_> = versions.iter().map(|given| bench.kept(object, given)).collect();
    versions.dedup();
    let first = &versions[0];
    assert_eq!(bench.read(object, first).await, Observed::Absent, "{}: before", object.ty);
    let made = bench.reconcile(object, first, None).await.expect("create");
    assert!(made.changes > 0, "{}: a create changes something", object.ty);
    assert_eq!(
        bench.differences(object, first, &made.attrs).await,
        BTreeMap::new(),
        "{}",
        object.ty
    );

    let again = bench.reconcile(object, first, None).await.expect("create again");
    assert_eq!((again.changes, &again.attrs), (0, &made.attrs), "{}: twice is once", object.ty);

    let mut record = bench.record(object, first, &made.attrs);
    for version in versions[1..].iter().chain([first]) {
        let changed = bench.reconcile(object, version, Some(record)).await.expect("update");
        assert!(changed.changes > 0, "{}: an update changes something", object.ty);
        let left = bench.differences(object, version, &changed.attrs).await;
        assert_eq!(left, BTreeMap::new(), "{}: after an update to {version:?}", object.ty);
        record = bench.record(object, version, &changed.attrs);
        let again =
            bench.reconcile(object, version, Some(record.clone())).await.expect("update again");
        assert_eq!(again.changes, 0, "{}: an update twice is once", object.ty);
    }

    keep_nothing_of_failed_attempts(bench, object, &versions, &record).await;

    let other = bench.of_another_stage();
    let refused = other.reconcile(object, first, None).await.map_err(|e| e.kind).err();
    assert_eq!(refused, Some(ProviderErrorKind::NotOurs), "{}: another stage's", object.ty);
    let refused = other.delete(object, &record).await.map_err(|e| e.kind).err();
    assert_eq!(refused, Some(ProviderErrorKind::NotOurs), "{}: another stage's", object.ty);
    assert_eq!(bench.is_listed(object).await, object.listed, "{}: listed", object.ty);
    assert!(!other.is_listed(object).await, "{}: not listed for another stage", object.ty);

    assert!(
        bench.delete(object, &record).await.expect("delete") > 0,
        "{}: a delete changes something",
        object.ty
    );
    bench.delete(object, &record).await.expect("absence is success");
    assert_eq!(bench.read(object, first).await, Observed::Absent, "{}: after", object.ty);
    assert!(!bench.is_listed(object).await, "{}: not listed any more", object.ty);
}

/// What a failed attempt at another version wrote is taken back once the props are the first version's again: after an
/// update, whose record has these, and after a create, of which the engine hands over no record.
async fn keep_nothing_of_failed_attempts(
    bench: &Bench,
    object: &Object,
    versions: &[BTreeMap<String, Value>],
    record: &Record,
) {
    let first = &versions[0];
    for version in &versions[1..] {
        for status in [None, Some(Status::Creating), Some(Status::Updating)] {
            let before = bench.reconcile(object, version, Some(record.clone())).await;
            before.expect("an attempt");
            let prior = status.map(|status| Record { status, ..record.clone() });
            let reverted = bench.reconcile(object, first, prior).await.expect("a reverted update");
            let left = bench.left_of(object, version, first, &reverted.attrs).await;
            assert_eq!(left, [""; 0], "{}: left of {version:?} after {status:?}", object.ty);
        }
    }
}

/// Props from pairs.
fn props(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}

/// `base` with these pairs over it.
fn with(base: &BTreeMap<String, Value>, pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
    base.clone().into_iter().chain(props(pairs)).collect()
}
