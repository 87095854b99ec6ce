//! Changes that put another key in a stage's place of the old one.

use alchemy_core::{Change, Record, Secret, Snapshot, Value, WrappedKey};

use super::{DataKey, SealError};

/// What re-seals everything in `opened` under `key`, and keeps `wrapped`. One append of it is all or nothing. A value
/// of which only the digest is known stays as it is, and shows as changed once.
pub fn resealed(
    opened: &Snapshot,
    key: &DataKey,
    wrapped: WrappedKey,
) -> Result<Vec<Change>, SealError> {
    let digested = |value: &Value| value.digested(key.hasher());
    let mut changes = vec![Change::Key(Some(wrapped))];
    changes.extend(key.sealed(&rewritten(opened, &digested))?);
    Ok(changes)
}

/// What gives up the key of `snapshot` with all that is sealed: digests stay, and the next deploy of the program shows
/// every redacted value as changed once.
pub fn given_up(snapshot: &Snapshot) -> Vec<Change> {
    let digest_only = |value: &Value| {
        let leaf = &mut |_: &[String], secret: &Secret| {
            Ok::<_, std::convert::Infallible>(Value::Secret(Secret::sealed(
                secret.digest().to_owned(),
            )))
        };
        let Ok(value) = value.with_secrets(&mut Vec::new(), leaf);
        value
    };
    let mut changes = vec![Change::Key(None)];
    changes.extend(rewritten(snapshot, &digest_only));
    changes
}

/// Every record with a redacted value, and the outputs if they have one, with `change` made to their values.
fn rewritten(snapshot: &Snapshot, change: &dyn Fn(&Value) -> Value) -> Vec<Change> {
    let put = |record: &Record| {
        let mut record = record.clone();
        record.props.values_mut().chain(record.attrs.values_mut()).for_each(|v| *v = change(v));
        Change::Put(record)
    };
    let live =
        snapshot.records.values().filter(|record| record.has_secret()).map(|record| put(record));
    let kept = snapshot.retained.values().filter(|record| record.has_secret());
    let kept = kept.flat_map(|record| [put(record), Change::Retained(record.uid.clone())]);
    let mut changes: Vec<_> = live.chain(kept).collect();
    if snapshot.outputs.has_secret() {
        changes.push(Change::Outputs(change(&snapshot.outputs)));
    }
    changes
}
