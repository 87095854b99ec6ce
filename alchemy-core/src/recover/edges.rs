//! Edges and parents that no program tells: who mentions whose ARN, URL or name, and whose name begins whose.

use std::collections::{BTreeMap, BTreeSet};

use super::Draft;
use crate::{Fqn, Record, Uid, Value};

/// Texts by which objects are mentioned.
#[derive(Debug, Default)]
struct Identities {
    /// ARNs and URLs with their object's name in them, which may be part of a longer text.
    parts: Vec<(String, Uid)>,
    /// Names, which must be the whole text.
    names: BTreeMap<String, Vec<Uid>>,
}

/// Gives objects that differ from the program, or that no program declares, the edges that their settings show, and
/// undeclared ones a parent. Without an edge a delete would come too early.
pub(super) fn complete(drafts: &mut [Draft<'_>]) {
    let mut identities = Identities::default();
    let fqns: BTreeSet<Fqn> = drafts.iter().map(|draft| draft.object.record.fqn.clone()).collect();
    for draft in drafts.iter() {
        identities.add(&draft.object.record);
    }
    for draft in drafts {
        let Some(config) = draft.mentions else { continue };
        let record = &mut draft.object.record;
        let mut found: Vec<Uid> = std::mem::take(&mut record.deps);
        for (_, value) in config.iter().filter(|(_, v)| v.as_str() != record.name.as_deref()) {
            identities.mentioned_in(value, &mut found);
        }
        found.retain(|uid| *uid != record.uid);
        found.sort_unstable();
        found.dedup();
        record.deps = found;
        if draft.undeclared {
            record.parent = parent(&record.fqn, &fqns);
        }
    }
}

/// The resource that the catalog may have expanded it from.
fn parent(fqn: &Fqn, known: &BTreeSet<Fqn>) -> Option<Fqn> {
    let (above, _) = fqn.as_str().rsplit_once('/')?;
    Fqn::parse(above).ok().filter(|above| known.contains(above))
}

impl Identities {
    fn add(&mut self, record: &Record) {
        let Some(name) = &record.name else { return };
        let telling = |text: &&str| text.contains([':', '/']) && text.contains(name.as_str());
        let texts = record.attrs.values().filter_map(Value::as_str).filter(telling);
        self.parts.extend(texts.map(|text| (text.to_owned(), record.uid.clone())));
        self.names.entry(name.clone()).or_default().push(record.uid.clone());
    }
    fn mentioned_in(&self, value: &Value, found: &mut Vec<Uid>) {
        match value {
            Value::Str(text) => {
                let names = self.names.get(text).into_iter().flatten();
                let parts = self.parts.iter().filter(|(part, _)| text.contains(part));
                found.extend(names.chain(parts.map(|(_, uid)| uid)).cloned());
            }
            Value::List(items) => {
                for item in items {
                    self.mentioned_in(item, found);
                }
            }
            Value::Map(members) => {
                for item in members.values() {
                    self.mentioned_in(item, found);
                }
            }
            _ => {}
        }
    }
}
