//! Sealed values: they come back, only where they belong and only whole.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use alchemy_core::{
    Change, Intent, KeyCost, Record, Secret, SecretHasher, Snapshot, Uid, Value, WrappedKey,
};
use alchemy_state::conformance::{key, record, request};
use alchemy_state::{
    DataKey, MemoryStore, Passphrase, SealError, Sealer, StageKey, StageLock, StateError,
    StateStore, given_up, resealed, sealing,
};
use proptest::prelude::*;

const CANARY: &str = "canary-7f3a-hunter2";

fn stage() -> StageKey {
    key("MyApp", "pr-147")
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

/// One key for many cases: making the wrapping key is slow on purpose.
static KEY: LazyLock<(DataKey, WrappedKey)> = LazyLock::new(|| {
    let key = DataKey::make(&stage()).unwrap();
    let wrapped = key.wrap(&passphrase("correct horse")).unwrap();
    (key, wrapped)
});

/// Redacted under this machine's own key, as an evaluated program gives it.
fn secret(plain: Value) -> Value {
    Value::Secret(Secret::new(plain, &SecretHasher::new([9; 32])))
}

fn holding(uid: &str, path: &[&str], leaf: Value) -> Record {
    let value = path[1..].iter().rev().fold(leaf, |value, name| Value::map([(*name, value)]));
    let mut record = record("Api", 0);
    record.uid = Uid::new(uid);
    record.props = BTreeMap::from([(path[0].to_owned(), value)]);
    record
}

fn folded(changes: &[Change]) -> Snapshot {
    let mut snapshot = Snapshot::new(stage().stack, stage().stage);
    for change in changes {
        snapshot.apply(change);
    }
    snapshot
}

/// What state gives back: nothing plain.
fn read_back(record: &Record) -> Record {
    let leaf = &mut |_: &[String], secret: &Secret| {
        let known = Secret::sealed(secret.digest().to_owned());
        Ok::<_, ()>(Value::Secret(match secret.ciphertext() {
            Some(text) => known.with_ciphertext(text),
            None => known,
        }))
    };
    let mut record = record.clone();
    for value in record.props.values_mut().chain(record.attrs.values_mut()) {
        *value = value.with_secrets(&mut Vec::new(), leaf).unwrap();
    }
    record
}

fn sealed_record(record: &Record) -> Record {
    let sealed = folded(&KEY.0.sealed(&[Change::Put(record.clone())]).unwrap());
    read_back(&sealed.records[&record.uid])
}

fn opened(record: Record) -> Result<Record, SealError> {
    let uid = record.uid.clone();
    let opened = KEY.0.opened(folded(&[Change::Put(record)]))?;
    Ok(Record::clone(&opened.records[&uid]))
}

fn leaf_of(record: &Record) -> Secret {
    let mut found = None;
    for value in record.props.values() {
        let result: Result<Value, ()> = value.with_secrets(&mut Vec::new(), &mut |_, secret| {
            found = Some(secret.clone());
            Ok(Value::Null)
        });
        result.unwrap();
    }
    found.unwrap()
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_filter("a number equals itself", |n| !n.is_nan()).prop_map(Value::Num),
        any::<String>().prop_map(Value::Str),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_sealed_opens_to_the_same(
        plain in values(),
        names in prop::collection::vec(".{0,8}", 1..4),
    ) {
        let path: Vec<&str> = names.iter().map(String::as_str).collect();
        let sealed = sealed_record(&holding("uid", &path, secret(plain.clone())));
        prop_assert!(leaf_of(&sealed).expose().is_none());
        let back = leaf_of(&opened(sealed).unwrap());
        prop_assert_eq!(back.expose(), Some(&plain));
        let digest = KEY.0.hasher().digest(&plain);
        prop_assert_eq!(back.digest(), digest.as_str());
    }

    #[test]
    fn no_other_place_opens_it(
        uid in "[ab]{1,2}",
        other in "[ab]{1,2}",
        at in "[ab./]{1,2}",
        elsewhere in "[ab./]{1,2}",
    ) {
        let sealed = leaf_of(&sealed_record(&holding(&uid, &["env", &at], secret(Value::str(CANARY)))));
        let moved = holding(&other, &["env", &elsewhere], Value::Secret(sealed));
        let same = (uid, at) == (other, elsewhere);
        match opened(moved) {
            Ok(_) => prop_assert!(same),
            Err(SealError::Damaged { place }) => {
                prop_assert!(!same);
                prop_assert!(place.ends_with("of Api"), "{}", place);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn a_changed_bit_is_refused(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let record = sealed_record(&holding("uid", &["env"], secret(Value::str(CANARY))));
        let sealed = leaf_of(&record);
        let mut bytes = data_encoding::BASE64.decode(sealed.ciphertext().unwrap().as_bytes()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let text = data_encoding::BASE64.encode(&bytes);
        let bad = Secret::sealed(sealed.digest().to_owned()).with_ciphertext(&text);
        let result = opened(holding("uid", &["env"], Value::Secret(bad)));
        let refused = matches!(result, Err(SealError::Damaged { .. }));
        prop_assert!(refused);
    }
}

#[test]
fn every_byte_and_every_cut_of_a_ciphertext_counts() {
    let record = sealed_record(&holding("uid", &["env"], secret(Value::str(CANARY))));
    let sealed = leaf_of(&record);
    let text = sealed.ciphertext().unwrap();
    let bytes = data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    let with = |text: &str| {
        let bad = Secret::sealed(sealed.digest().to_owned()).with_ciphertext(text);
        opened(holding("uid", &["env"], Value::Secret(bad)))
    };
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 0x40;
        assert!(with(&data_encoding::BASE64.encode(&bad)).is_err(), "byte {at}");
        assert!(with(&data_encoding::BASE64.encode(&bytes[..at])).is_err(), "cut at {at}");
    }
    assert!(with("not base64!").is_err());
    assert!(with(text).is_ok());
    let foreign = Secret::sealed("ab".repeat(32)).with_ciphertext(text);
    let foreign = opened(holding("uid", &["env"], Value::Secret(foreign)));
    assert!(foreign.is_err(), "another digest");
}

#[test]
fn props_attributes_outputs_and_stages_are_places_of_their_own() {
    let sealed = leaf_of(&sealed_record(&holding("", &["x"], secret(Value::str(CANARY)))));
    let mut moved = holding("", &["y"], Value::Null);
    moved.attrs = BTreeMap::from([("x".to_owned(), Value::Secret(sealed.clone()))]);
    assert!(opened(moved).is_err());
    assert!(KEY.0.opened_outputs(&Value::Secret(sealed)).is_err());
    for stage in [key("MyApp", "prod"), key("Other", "pr-147")] {
        let other = DataKey::unlock(&stage, &KEY.1, &passphrase("correct horse"));
        assert!(matches!(other, Err(SealError::WrongPassphrase { .. })), "{other:?}");
    }
}

#[test]
fn the_passphrase_opens_the_key() {
    let again = DataKey::unlock(&stage(), &KEY.1, &passphrase("correct horse")).unwrap();
    let plain = Value::str(CANARY);
    assert_eq!(again.hasher().digest(&plain), KEY.0.hasher().digest(&plain));
    let wrong = DataKey::unlock(&stage(), &KEY.1, &passphrase("correct horse ")).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the passphrase does not open the key of stage `pr-147` of stack `MyApp`"
    );
    assert!(Passphrase::new("").is_none());
    assert_ne!(KEY.0.wrap(&passphrase("correct horse")).unwrap().salt, KEY.1.salt);
}

#[test]
fn a_key_that_asks_for_too_much_is_refused_before_it_is_tried() {
    for cost in [
        KeyCost { memory: u32::MAX, ..KEY.1.cost },
        KeyCost { passes: 1000, ..KEY.1.cost },
        KeyCost { lanes: 1000, ..KEY.1.cost },
        KeyCost { memory: 0, ..KEY.1.cost },
    ] {
        let asked = WrappedKey { cost, ..KEY.1.clone() };
        let result = DataKey::unlock(&stage(), &asked, &passphrase("correct horse"));
        assert!(matches!(result, Err(SealError::BadKey { .. })), "{result:?}");
    }
    let owasp = KeyCost { memory: 47_104, passes: 1, lanes: 1 };
    assert_eq!(KEY.1.cost, owasp, "not weaker than what is recommended");
}

#[test]
fn what_is_sealed_already_is_not_sealed_again() {
    let record = sealed_record(&holding("uid", &["env"], secret(Value::str(CANARY))));
    let text = leaf_of(&record).ciphertext().unwrap().to_owned();
    for record in [record.clone(), opened(record.clone()).unwrap()] {
        assert_eq!(leaf_of(&sealed_record(&record)).ciphertext(), Some(text.as_str()));
    }
    let other = sealed_record(&holding("uid", &["env"], secret(Value::str(CANARY))));
    assert_ne!(leaf_of(&other).ciphertext(), Some(text.as_str()), "a nonce is never used twice");
    let moved = holding("other", &["env"], Value::Secret(leaf_of(&record)));
    assert_eq!(leaf_of(&sealed_record(&moved)).ciphertext(), None, "of no use there");
    let taken = holding("other", &["env"], Value::Secret(leaf_of(&opened(record).unwrap())));
    let taken = opened(sealed_record(&taken)).unwrap();
    assert_eq!(leaf_of(&taken).expose(), Some(&Value::str(CANARY)), "an opened one is sealed anew");
}

#[test]
fn every_change_with_values_is_sealed() {
    let record = holding("uid", &["env"], secret(Value::str(CANARY)));
    let changes = [
        Change::Intend(vec![Intent::Create(record.clone())]),
        Change::Put(record),
        Change::Outputs(Value::List(vec![secret(Value::str(CANARY))])),
    ];
    for change in &changes[..2] {
        let snapshot = folded(&KEY.0.sealed(std::slice::from_ref(change)).unwrap());
        assert!(leaf_of(snapshot.records.values().next().unwrap()).ciphertext().is_some());
    }
    let snapshot = folded(&KEY.0.sealed(&changes).unwrap());
    let Some([Value::Secret(output)]) = snapshot.outputs.as_list() else { panic!("{snapshot:?}") };
    assert!(output.ciphertext().is_some());
    let debug = format!("{snapshot:?} {changes:?} {:?} {:?}", *KEY, passphrase("correct horse"));
    assert!(!debug.contains(CANARY) && !debug.contains("correct horse"), "{debug}");
}

async fn sealed_lock(store: &MemoryStore, written: bool) -> Box<dyn StageLock> {
    let unwritten = (!written).then(|| KEY.1.clone());
    let sealer = Sealer { key: Arc::new(KEY.0.clone()), unwritten };
    sealing(store.lock(&stage(), request("sam")).await.unwrap(), Some(sealer))
}

#[tokio::test(start_paused = true)]
async fn a_lock_seals_what_it_writes_and_opens_what_it_reads() {
    let store = MemoryStore::new();
    let lock = sealed_lock(&store, false).await;
    let secrets = holding("uid", &["env"], secret(Value::str(CANARY)));
    lock.append(&[Change::Put(secrets)]).await.unwrap();
    lock.append(&[Change::Outputs(secret(Value::str(CANARY)))]).await.unwrap();
    let seen = lock.load().await.unwrap().snapshot;
    assert_eq!(seen.key, Some(KEY.1.clone()));
    assert_eq!(seen.outputs.exposed(), Value::str(CANARY));
    lock.commit().await.unwrap();
    let seen = lock.load().await.unwrap().snapshot;
    let replaced = lock.replace(seen).await.unwrap();
    lock.release().await.unwrap();
    let stored = store.load(&stage()).await.unwrap().unwrap().snapshot;
    assert_eq!(stored, replaced);
    assert_eq!(stored.outputs.exposed(), Value::Null);
    let opened = KEY.0.opened(stored).unwrap();
    assert_eq!(opened.outputs.exposed(), Value::str(CANARY));
    for (name, bytes) in store.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_without_secrets_writes_no_key() {
    let store = MemoryStore::new();
    let lock = sealed_lock(&store, false).await;
    let mut plain = record("Plain", 0);
    plain.props.clear();
    lock.append(&[Change::Put(plain), Change::Outputs(Value::str("x"))]).await.unwrap();
    assert_eq!(lock.commit().await.unwrap().key, None);
}

#[tokio::test(start_paused = true)]
async fn rotation_is_one_append_and_the_old_key_opens_nothing() {
    let store = MemoryStore::new();
    let lock = sealed_lock(&store, false).await;
    let kept = holding("kept", &["env"], secret(Value::str(CANARY)));
    lock.append(&[
        Change::Put(holding("uid", &["env"], secret(Value::str(CANARY)))),
        Change::Put(Record { generation: alchemy_core::Generation(1), ..kept.clone() }),
        Change::Retained(kept.uid.clone()),
        Change::Outputs(secret(Value::str(CANARY))),
    ])
    .await
    .unwrap();
    lock.commit().await.unwrap();
    let before = lock.load().await.unwrap().snapshot;
    lock.release().await.unwrap();
    let new = DataKey::make(&stage()).unwrap();
    let wrapped = new.wrap(&passphrase("battery staple")).unwrap();
    let lock = store.lock(&stage(), request("sam")).await.unwrap();
    lock.append(&resealed(&before, &new, wrapped.clone()).unwrap()).await.unwrap();
    let after = lock.commit().await.unwrap();
    assert_eq!((after.serial, &after.key), (2, &Some(wrapped.clone())));
    assert!(KEY.0.opened(after.clone()).is_err());
    let key = DataKey::unlock(&stage(), &wrapped, &passphrase("battery staple")).unwrap();
    let after = key.opened(after).unwrap();
    assert_eq!(after.outputs.exposed(), Value::str(CANARY));
    assert_eq!(leaf_of(&after.retained[&kept.uid]).expose(), Some(&Value::str(CANARY)));
    assert_eq!(after.records.len(), 1, "what is retained stays so");
    let digest = leaf_of(&after.retained[&kept.uid]).digest().to_owned();
    assert_ne!(digest, KEY.0.hasher().digest(&Value::str(CANARY)));
    let mut forgotten = after.clone();
    for change in given_up(&after) {
        forgotten.apply(&change);
    }
    assert_eq!((&forgotten.key, forgotten.retained.len()), (&None, 1));
    assert_eq!(leaf_of(&forgotten.retained[&kept.uid]).ciphertext(), None);
    assert_eq!(forgotten.outputs, after.outputs, "digests stay");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_does_not_open_is_an_error_and_state_stays() {
    let store = MemoryStore::new();
    let lock = store.lock(&stage(), request("sam")).await.unwrap();
    let bad = Secret::sealed("ab".repeat(32)).with_ciphertext("AAAA");
    let bad = holding("uid", &["env", "TOKEN"], Value::Secret(bad));
    lock.append(&[Change::Put(bad)]).await.unwrap();
    lock.commit().await.unwrap();
    let before = store.files();
    lock.release().await.unwrap();
    let lock = sealed_lock(&store, true).await;
    let refused = lock.load().await.unwrap_err();
    let StateError::Sealed { source } = &refused else { panic!("{refused:?}") };
    assert_eq!(
        source.to_string(),
        "the sealed value at props.env.TOKEN of Api does not open: it was changed, or it belongs elsewhere"
    );
    lock.release().await.unwrap();
    let state = "stages/myapp/pr-147/state.json";
    assert_eq!(store.files()[state], before[state]);
}
