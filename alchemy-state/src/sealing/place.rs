//! Where a value stands: what its ciphertext is bound to.

use alchemy_core::{Fqn, Uid};

use crate::StageKey;

/// A value of a record, or the outputs.
#[derive(Debug)]
pub(super) struct Place<'a> {
    fqn: Option<&'a Fqn>,
    uid: &'a str,
    part: &'a str,
    name: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn in_record(fqn: &'a Fqn, uid: &'a Uid, part: &'a str, name: &'a str) -> Self {
        Self { fqn: Some(fqn), uid: uid.as_str(), part, name }
    }
    pub(super) fn outputs() -> Self {
        Self { fqn: None, uid: "", part: "outputs", name: "" }
    }
    /// Every part with its length before it, so that no two places read the same. The FQN is not in it: a rename
    /// leaves the record's uid, and its sealed values.
    pub(super) fn associated(&self, stage: &StageKey, path: &[String]) -> Vec<u8> {
        let fixed = ["alchemy: value 1", stage.stack.as_str(), stage.stage.as_str()];
        let own = [self.uid, self.part, self.name];
        let parts = fixed.into_iter().chain(own).chain(path.iter().map(String::as_str));
        joined(parts)
    }
    /// For people.
    pub(super) fn shown(&self, path: &[String]) -> String {
        let names = [self.part, self.name].into_iter().chain(path.iter().map(String::as_str));
        let dotted = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".");
        self.fqn.map_or_else(|| dotted.clone(), |fqn| format!("{dotted} of {fqn}"))
    }
}

/// `parts`, each after its length in eight bytes.
pub(super) fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend((part.len() as u64).to_be_bytes());
        out.extend(part.as_bytes());
    }
    out
}
