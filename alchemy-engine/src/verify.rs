//! After a destroy: is anything left? Lists, then direct reads, because lists show deleted objects for a while.

use std::sync::Arc;

use alchemy_core::{
    Found, Fqn, Generation, KnownObjects, Lookup, Observed, Ownership, Record, ResourceType,
    Target, Uid,
};
use futures::future::BoxFuture;
use futures::stream::{StreamExt as _, iter};

use crate::environment::{Stopwatch, sleep};
use crate::limits::{VERIFY_BUDGET, VERIFY_PAUSE};
use crate::{Engine, EventSink, ObserveError, ProviderError};

/// An object of the stage that is still there although it was deleted, or that state never knew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// Its type.
    pub ty: ResourceType,
    /// Physical name, or the resource's FQN for types without names.
    pub name: String,
    /// The resource it was made for.
    pub fqn: String,
}

impl Engine {
    /// Looks for `deleted` objects, and for any other that carries this stage's tags and is not `kept`, for at most
    /// 90 s; gives what is still there then, in order.
    pub async fn verify_destroyed(
        &self,
        target: &Target,
        deleted: &[Arc<Record>],
        kept: &[Arc<Record>],
        sink: &dyn EventSink,
    ) -> Result<Vec<Leftover>, ObserveError> {
        let watch = Stopwatch::start();
        let mut lookups: Vec<Lookup> = deleted.iter().map(|record| of_record(record)).collect();
        let records = deleted.iter().chain(kept).map(Arc::as_ref);
        let known = KnownObjects::of(self.catalog(), &self.owner().realm, records);
        let found = self.scan(target).await?;
        let unknown = found.into_iter().filter(|found| self.owner().owns(&found.owner));
        let unknown = unknown.filter(|found| !known.has(found));
        lookups.extend(unknown.filter_map(|found| of_found(found, target)));
        loop {
            lookups = self.still_there(lookups, sink).await?;
            if lookups.is_empty() || watch.elapsed() >= VERIFY_BUDGET {
                break;
            }
            sleep(VERIFY_PAUSE).await;
        }
        let mut left: Vec<Leftover> = lookups.into_iter().map(leftover).collect();
        left.sort();
        Ok(left)
    }

    async fn still_there(
        &self,
        lookups: Vec<Lookup>,
        sink: &dyn EventSink,
    ) -> Result<Vec<Lookup>, ObserveError> {
        let gates = self.read_gates();
        let gates = &gates;
        let mut reads: Vec<BoxFuture<'_, (Result<Observed, ProviderError>, Lookup)>> = Vec::new();
        for lookup in lookups {
            reads.push(Box::pin(async move { (self.read(&lookup, gates, sink).await, lookup) }));
        }
        let reads: Vec<_> = iter(reads).buffered(self.parallelism()).collect().await;
        let mut left = Vec::new();
        let mut failures = Vec::new();
        for (result, lookup) in reads {
            match result {
                Ok(observed) if self.is_ours(&observed) => left.push(lookup),
                Ok(_) => {}
                Err(error) => {
                    let Lookup { fqn, ty, name, .. } = lookup;
                    failures.push(crate::ReadFailure { fqn: Some(fqn), ty, name, error });
                }
            }
        }
        if failures.is_empty() { Ok(left) } else { Err(ObserveError { failures }) }
    }

    /// Whether it is there and not somebody else's new object under a freed name.
    fn is_ours(&self, observed: &Observed) -> bool {
        match observed {
            Observed::Present { ownership: Ownership::Tagged(owner), .. } => {
                self.owner().owns(owner)
            }
            Observed::Present { ownership: Ownership::Untagged | Ownership::ByParent, .. } => true,
            Observed::Absent | Observed::Unreadable { .. } => false,
        }
    }
}

fn of_record(record: &Record) -> Lookup {
    Lookup {
        uid: record.uid.clone(),
        fqn: record.fqn.clone(),
        ty: record.ty.clone(),
        generation: record.generation,
        target: record.target.clone(),
        name: record.name.clone(),
        props: record.props.clone(),
        attrs: record.attrs.clone(),
    }
}

/// None for tags that are not ours after all: an id that is no FQN.
fn of_found(found: Found, target: &Target) -> Option<Lookup> {
    let fqn = Fqn::parse(&found.owner.id).ok()?;
    Some(Lookup {
        uid: Uid::new(format!("{} {}", found.ty, found.name)),
        fqn,
        ty: found.ty,
        generation: Generation(found.owner.generation),
        target: target.clone(),
        name: Some(found.name),
        props: std::collections::BTreeMap::default(),
        attrs: found.attrs,
    })
}

fn leftover(lookup: Lookup) -> Leftover {
    let fqn = lookup.fqn.as_str().to_owned();
    Leftover { ty: lookup.ty, name: lookup.name.unwrap_or_else(|| fqn.clone()), fqn }
}
