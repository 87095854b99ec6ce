//! Lists own objects by type: for the first deploy of a stage without state, and after a destroy.

use alchemy_core::{Descriptor, Found, NameUse, Target};
use futures::future::BoxFuture;
use futures::stream::{StreamExt as _, iter};

use crate::observe::{Patience, ReadFailure};
use crate::retry::sub_seed;
use crate::{Engine, ListRequest, ObserveError, ProviderError, StageOwner};

/// A type and what its list call gave.
type Listed<'a> = (&'a Descriptor, Result<Vec<Found>, ProviderError>);

impl Engine {
    /// Objects in `target` that carry the tags of this stack and stage, whatever the realm, in order of type and name.
    pub async fn scan(&self, target: &Target) -> Result<Vec<Found>, ObserveError> {
        let mut lists: Vec<BoxFuture<'_, Listed<'_>>> = Vec::new();
        for descriptor in self.catalog().iter().filter(|descriptor| descriptor.taggable) {
            lists.push(Box::pin(async move { (descriptor, self.list(descriptor, target).await) }));
        }
        let lists: Vec<_> = iter(lists).buffered(self.parallelism()).collect().await;
        let mut found = Vec::new();
        let mut failures = Vec::new();
        for (descriptor, result) in lists {
            match result {
                Ok(list) => found.extend(list),
                Err(error) => {
                    failures.push(ReadFailure {
                        fqn: None,
                        ty: descriptor.ty.clone(),
                        name: None,
                        error,
                    });
                }
            }
        }
        if !failures.is_empty() {
            return Err(ObserveError { failures });
        }
        found.sort_by(|a, b| (&a.ty, &a.name).cmp(&(&b.ty, &b.name)));
        Ok(found)
    }

    /// [`Engine::scan`] in several places; what is global is found once.
    pub async fn scan_all(&self, targets: &[Target]) -> Result<Vec<(Target, Found)>, ObserveError> {
        let mut all: Vec<(Target, Found)> = Vec::new();
        for target in targets {
            for found in self.scan(target).await? {
                let global = self.catalog().get(&found.ty).is_some_and(|ty| ty.global);
                let known = |(_, other): &(Target, Found)| {
                    (&other.ty, &other.name) == (&found.ty, &found.name)
                };
                if !(global && all.iter().any(known)) {
                    all.push((target.clone(), found));
                }
            }
        }
        Ok(all)
    }

    async fn list(
        &self,
        descriptor: &Descriptor,
        target: &Target,
    ) -> Result<Vec<Found>, ProviderError> {
        let Some(provider) = self.registry().get(&descriptor.ty) else { return Ok(Vec::new()) };
        let owner = self.owner();
        let request = ListRequest {
            target: target.clone(),
            name_prefix: name_prefix(owner, descriptor),
            stack: owner.stack.as_str().to_owned(),
            stage: owner.stage.as_str().to_owned(),
        };
        let mut patience = Patience::new(sub_seed(self.seed(), descriptor.ty.as_str()));
        loop {
            match provider.list(&request).await {
                Ok(found) => return Ok(found),
                Err(error) => patience.after(error, |_| {}).await?,
            }
        }
    }
}

/// How generated names of this stage begin under a type's rule. Empty for types without names.
fn name_prefix(owner: &StageOwner, descriptor: &Descriptor) -> String {
    let NameUse::Named { rule, .. } = &descriptor.name else { return String::new() };
    format!("{}-{}-", rule.part(owner.stack.as_str()), rule.part(owner.stage.as_str()))
}
