//! What the walked program takes of `effect` and of the library, and whether a cache that holds a part of them holds that.

use std::collections::BTreeSet;

use super::super::demand::{Demand, Names, Offer};
use super::super::shake::PACKAGES;
use super::{Exports, Module, ModuleGraph, Walk};
use crate::embedded::Embedded;

impl Walk<'_, '_> {
    /// Notes the modules that may become one, and what of them is taken; or whether those that did hold it.
    pub(super) fn see_what_is_taken(&mut self) {
        let keep = &self.graph.keep;
        let fronts: BTreeSet<&String> =
            keep.iter().filter(|(_, kept)| kept.only.is_some()).map(|(id, _)| id).collect();
        if fronts.is_empty() {
            let parts = keep.keys().filter(|id| self.is_part(id)).collect();
            let taken = self.taken_of(&parts);
            let parts = parts.into_iter().cloned().collect();
            (self.graph.taken, self.graph.parts, self.graph.fits) = (taken, parts, true);
            return;
        }
        let known = |id: &str| self.kept.as_ref().is_some_and(|pack| pack.module(id).is_some());
        let all_known = keep.keys().all(|id| !self.is_part(id) || known(id));
        let taken = self.taken_of(&fronts);
        // A name that the module does not have is found wrong whatever is held of it.
        let held = |id: &String, names: &BTreeSet<String>| {
            let Some(kept) = keep.get(id) else { return false };
            let held = |name: &String| {
                kept.only.as_ref().is_some_and(|only| only.contains(name))
                    || !kept.open && !kept.exports.contains(name)
            };
            names.iter().all(held)
        };
        let holds = taken.as_ref().is_some_and(|it| it.iter().all(|(id, names)| held(id, names)));
        (self.graph.taken, self.graph.fits) = (taken, all_known && holds);
    }

    /// Whether a module may become part of one that holds only what is taken.
    fn is_part(&self, id: &str) -> bool {
        let Some(kept) = self.graph.keep.get(id) else { return false };
        match &kept.path {
            Some(path) => self.imports.effect().is_some_and(|effect| path.starts_with(effect)),
            None => !Embedded::ALONE.iter().any(|alone| id.starts_with(alone)),
        }
    }

    /// What is taken of the modules `of` by all others.
    fn taken_of(&self, of: &BTreeSet<&String>) -> Option<Names> {
        let mut demand = Demand::new(|id: &str| {
            let Exports { names, namespaces, open } = self.exports.get(id)?;
            of.contains(&id.to_owned()).then_some(Offer { names, namespaces, open: *open })
        });
        for (own, import) in &self.taken {
            let module = self.graph.modules.get(own);
            if let Some(id) = module.and_then(|module| module.imports.get(&import.specifier)) {
                let chains = self.chains.iter().find(|(other, _)| other == own);
                demand.import(id, import, chains.map_or(&[], |(_, chains)| &chains[..]));
            }
        }
        for (id, module) in &self.graph.modules {
            if module.own.is_none() && !of.contains(id) && id != PACKAGES {
                module.imports.values().for_each(|to| demand.whole(to));
            }
        }
        for root in Embedded::ROOTS {
            demand.whole(root);
        }
        demand.finish()
    }
}

impl ModuleGraph {
    /// Whether all but the project's own modules are those of `other`: the very same bytes where they are bytecode.
    pub(crate) fn has_packages_of(&self, other: &Self) -> bool {
        let (own, others) = (self.packages(), other.packages());
        own.len() == others.len()
            && own.iter().zip(&others).all(|((id, own), (other_id, other))| {
                id == other_id && own.imports == other.imports && own.code.is(&other.code)
            })
    }

    fn packages(&self) -> Vec<(&String, &Module)> {
        self.modules.iter().filter(|(_, module)| module.own.is_none()).collect()
    }

    /// What is taken, and what was before of modules that still offer it.
    pub(crate) fn taken_with(&self, earlier: &Names) -> Option<Names> {
        let mut taken = self.taken.clone()?;
        for (id, names) in earlier.iter().filter(|(id, _)| self.parts.contains(*id)) {
            let offered = self.keep.get(id).map(|kept| &kept.exports);
            let still = names.iter().filter(|name| offered.is_some_and(|it| it.contains(*name)));
            taken.entry(id.clone()).or_default().extend(still.cloned());
        }
        Some(taken)
    }
}
