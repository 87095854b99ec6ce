//! What a program's own files take of the modules of `effect` and of the library: the rest need not be there.

use std::collections::{BTreeMap, BTreeSet};

use super::transform::{Chain, Import};

/// Names by module id.
pub(crate) type Names = BTreeMap<String, BTreeSet<String>>;

/// What one module offers to others.
pub(crate) struct Offer<'a> {
    /// Names it exports.
    pub(crate) names: &'a BTreeSet<String>,
    /// Of these, those that are other modules as a whole, with their ids.
    pub(crate) namespaces: &'a BTreeMap<String, String>,
    /// Whether it may export more.
    pub(crate) open: bool,
}

/// Gathers what is taken.
pub(crate) struct Demand<'a, F: Fn(&str) -> Option<Offer<'a>>> {
    offer: F,
    names: Names,
    wholes: BTreeSet<String>,
    known: bool,
}

impl<'a, F: Fn(&str) -> Option<Offer<'a>>> Demand<'a, F> {
    /// Of nothing yet; `offer` says what a module offers, and nothing for those that are left as they are.
    pub(crate) fn new(offer: F) -> Self {
        Self { offer, names: Names::new(), wholes: BTreeSet::new(), known: true }
    }

    /// Everything that was taken; none if that cannot be told.
    pub(crate) fn finish(self) -> Option<Names> {
        self.known.then_some(self.names)
    }

    /// What `import`, which leads to `id`, takes in a file whose members of names are `chains`.
    pub(crate) fn import(&mut self, id: &str, import: &Import, chains: &[Chain]) {
        if (self.offer)(id).is_none() {
            return;
        }
        if import.whole {
            return self.whole(id);
        }
        self.names.entry(id.to_owned()).or_default();
        for chain in chains.iter().filter(|chain| import.namespaces.contains(&chain.local)) {
            self.path(id, &members(chain));
        }
        for (name, _) in &import.names {
            let inner = import.members_only.iter().find(|(imported, _)| imported == name);
            match inner {
                Some((_, local)) => {
                    for chain in chains.iter().filter(|chain| chain.local == *local) {
                        self.path(id, &[&[name.as_str()], &members(chain)[..]].concat());
                    }
                }
                None => self.path(id, &[name]),
            }
        }
    }

    /// All of a module.
    pub(crate) fn whole(&mut self, id: &str) {
        let Some(offer) = (self.offer)(id) else { return };
        if !self.wholes.insert(id.to_owned()) {
            return;
        }
        self.known &= !offer.open;
        self.names.entry(id.to_owned()).or_default();
        for name in offer.names {
            self.path(id, &[name]);
        }
    }

    /// `first.second…` of a module.
    fn path(&mut self, id: &str, members: &[&str]) {
        let (Some(offer), Some((first, rest))) = ((self.offer)(id), members.split_first()) else {
            return;
        };
        self.names.entry(id.to_owned()).or_default().insert((*first).to_owned());
        match offer.namespaces.get(*first) {
            Some(inner) if rest.is_empty() => self.whole(inner),
            Some(inner) => self.path(inner, rest),
            None => {}
        }
    }
}

fn members(chain: &Chain) -> Vec<&str> {
    chain.members.iter().map(|(name, _)| name.as_str()).collect()
}
