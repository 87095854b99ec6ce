//! Pass: resources whose record says that a run ended in the middle of a create or a delete.

use std::sync::Arc;

use super::decision::{Decision, Object, Superseded};
use super::settle::{Settler, Wanted};
use crate::{Action, NameUse, Observed, Record};

impl<'a> Settler<'_, 'a> {
    /// A create was interrupted: go on with the same object, unless something that cannot be changed now differs.
    /// With `older` generations beside it, it was a replacement.
    pub(super) fn interrupted_create(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        record: &'a Arc<Record>,
        older: &[&'a Arc<Record>],
    ) -> Decision<'a> {
        let explicit = self.explicit_name(index, wanted);
        let absent = matches!(self.seen(record), Some(Observed::Absent));
        let other_name =
            explicit.as_deref().is_some_and(|name| record.name.as_deref() != Some(name));
        let moved = self.moved(index, record);
        let known = |path: &str| record.props.contains_key(path.split('.').next().unwrap_or(path));
        let forcing = self.differences(index, wanted, Some(record), None).service.into_iter();
        let forcing = forcing
            .filter(|change| change.forces_replacement && known(&change.path))
            .collect::<Vec<_>>();
        // Its generated name obeys another rule now (a queue that is to be FIFO no longer).
        let other_rule = match &self.declared.descriptors[index].name {
            NameUse::Named { rule_if: Some((prop, _)), .. } => {
                forcing.iter().any(|change| change.path == *prop)
            }
            _ => false,
        };
        if other_name || other_rule || moved.is_some() || (!absent && !forcing.is_empty()) {
            let reason =
                moved.unwrap_or_else(|| "an interrupted create made it otherwise".to_owned());
            return self.replace(index, wanted, record, explicit.as_deref(), (reason, forcing));
        }
        let mut decision = self.create_known(index, wanted, record, explicit.is_some());
        decision.current = Some(record);
        if let Some(old) = older.last() {
            decision.action = Some(Action::Replace);
            decision.prior = Some(old);
            "finishes an interrupted replacement".clone_into(&mut decision.reason);
        }
        decision
    }

    fn create_known(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        record: &'a Arc<Record>,
        explicit: bool,
    ) -> Decision<'a> {
        let mut decision = self.blank(index, Object::of(record));
        decision.action = Some(Action::Create);
        "finishes an interrupted create".clone_into(&mut decision.reason);
        // Half made, it may carry no tags yet: under a generated name the open intent says that it is ours.
        decision.adopt |= self.claims_untagged(index, record);
        self.meet(index, wanted, &decision.object, explicit, decision.adopt);
        decision.props = self.full_props(index, wanted, &decision.object);
        decision
    }

    /// A delete was interrupted and the resource is wanted again: finish the delete, then make the next generation.
    pub(super) fn interrupted_delete(
        &mut self,
        index: usize,
        wanted: &Wanted<'a>,
        record: &'a Arc<Record>,
    ) -> Decision<'a> {
        let explicit = self.explicit_name(index, wanted);
        let object = self.fresh(index, wanted, explicit.as_deref());
        let first = self.takes_place(index, wanted, object.name.as_deref(), record);
        let mut decision = if first {
            let mut decision = self.blank(index, object);
            decision.action = Some(Action::Create);
            decision.props = self.full_props(index, wanted, &decision.object);
            decision
        } else {
            self.create(index, wanted, object, explicit.is_some(), "")
        };
        "the deletion of the former one had begun".clone_into(&mut decision.reason);
        let reason = "finishes an interrupted delete".to_owned();
        decision.superseded.push(Superseded { record, reason, first });
        decision
    }
}
