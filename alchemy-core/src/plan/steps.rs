//! Pass: decisions become numbered steps, ordered by what each must wait for.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use super::attributes::changed;
use super::decision::Decision;
use super::declared::Declared;
use super::orphans::Leaving;
use super::records::RecordIndex;
use crate::index::Index;
use crate::{Action, Diagnostic, Fqn, Record, Step, StepId, Uid};

/// Steps of a plan and what needs none.
#[derive(Debug, Default)]
pub(super) struct Assembled {
    pub(super) steps: Vec<Step>,
    pub(super) untouched: Vec<(Fqn, String)>,
}

/// Numbers all steps: resources in declaration order, then what goes, dependents first.
pub(super) fn assemble<'a>(
    declared: &Declared<'a>,
    records: &RecordIndex<'a>,
    mut decisions: Vec<Decision<'a>>,
    leaving: &[Leaving],
    diagnostics: &mut Vec<Diagnostic>,
) -> Assembled {
    let mut builder = Builder { steps: Vec::new(), untouched: Vec::new() };
    let handles: Vec<Option<String>> = decisions.iter().map(taken_handle).collect();
    let main = builder.declared_steps(&mut decisions);
    let gone = builder.leaving_steps(leaving);
    builder.order_makes(declared, records, (&decisions, &handles), (&main, &gone));
    builder.order_leaving(declared, &decisions, leaving, (&main, &gone));
    for step in &mut builder.steps {
        step.after.sort_unstable();
        step.after.dedup();
    }
    if let Some(stuck) = first_in_circle(&builder.steps) {
        diagnostics.push(in_circle(&builder.steps, stuck));
    }
    Assembled { steps: builder.steps, untouched: builder.untouched }
}

struct Builder {
    steps: Vec<Step>,
    untouched: Vec<(Fqn, String)>,
}

type Gone<'l> = Index<&'l Uid, (StepId, usize)>;

impl Builder {
    fn next(&self) -> StepId {
        StepId(u32::try_from(self.steps.len()).expect("a plan has fewer steps than 2^32"))
    }

    /// Steps of declared resources; gives the number of each one's last step.
    fn declared_steps(&mut self, decisions: &mut [Decision<'_>]) -> Vec<Option<StepId>> {
        let mut main = Vec::with_capacity(decisions.len());
        let mut moved_away: BTreeMap<&Fqn, StepId> = BTreeMap::new();
        let mut moved_to: Vec<(&Fqn, StepId)> = Vec::new();
        for decision in decisions {
            let moving = decision.current.filter(|_| decision.renames());
            let renamed = moving.map(|record| self.rename(decision, record));
            if let (Some(id), Some(record)) = (renamed, decision.current) {
                moved_away.insert(&record.fqn, id);
                moved_to.push((&decision.resource.fqn, id));
            }
            if decision.action.is_some() {
                let id = self.next();
                let step = main_step(id, decision, renamed);
                self.steps.push(step);
                main.push(Some(id));
                continue;
            }
            if renamed.is_none() {
                let reason = std::mem::take(&mut decision.reason);
                self.untouched.push((decision.resource.fqn.clone(), reason));
            }
            main.push(renamed);
        }
        // A name is free before another record moves to it.
        for (fqn, step) in moved_to {
            if let Some(other) = moved_away.get(fqn) {
                self.wait(step, *other);
            }
        }
        main
    }

    fn rename(&mut self, decision: &Decision<'_>, record: &Arc<Record>) -> StepId {
        let id = self.next();
        let mut step = record_step(id, Action::Rename, record, format!("was `{}`", record.fqn));
        step.fqn = decision.resource.fqn.clone();
        step.parent.clone_from(&decision.resource.parent);
        step.location = decision.resource.span.as_ref().map(|span| span.location.clone());
        self.steps.push(step);
        id
    }

    /// Steps of records that go, dependents first; by uid, with the position in `leaving`.
    fn leaving_steps<'l>(&mut self, leaving: &'l [Leaving]) -> Gone<'l> {
        let mut gone = Gone::default();
        for index in dependents_first(leaving) {
            let (item, id) = (&leaving[index], self.next());
            let record = &item.record;
            gone.insert(&record.uid, (id, index));
            self.steps.push(record_step(id, item.action, record, item.reason.clone()));
        }
        gone
    }

    fn wait(&mut self, step: StepId, other: StepId) {
        if step != other {
            self.steps[step.0 as usize].after.push(other);
        }
    }

    /// A resource waits for those it depends on, and for an object whose name or key it takes.
    fn order_makes(
        &mut self,
        declared: &Declared<'_>,
        records: &RecordIndex<'_>,
        (decisions, handles): (&[Decision<'_>], &[Option<String>]),
        (main, gone): (&[Option<StepId>], &Gone<'_>),
    ) {
        for (index, handle) in handles.iter().enumerate() {
            let settled =
                main[index].filter(|step| self.steps[step.0 as usize].action != Action::Rename);
            let Some(step) = settled else { continue };
            for &to in &declared.edges[index] {
                if let Some(other) = main[to] {
                    self.wait(step, other);
                }
            }
            let Some(handle) = handle else { continue };
            let decision = &decisions[index];
            for record in records.in_the_way(decision.descriptor, &decision.target, handle) {
                if let Some((other, _)) = gone.get(&record.uid) {
                    self.wait(step, *other);
                }
            }
        }
    }

    /// An object goes after all that still uses it, and after the one that takes its place; or before that one.
    fn order_leaving(
        &mut self,
        declared: &Declared<'_>,
        decisions: &[Decision<'_>],
        leaving: &[Leaving],
        (main, gone): (&[Option<StepId>], &Gone<'_>),
    ) {
        for (index, decision) in decisions.iter().enumerate() {
            let Some(step) = main[index].filter(|_| decision.action.is_some()) else { continue };
            for dep in decision.current.iter().flat_map(|record| &record.deps) {
                if let Some((other, position)) = gone.get(dep)
                    && !leaving[*position].first
                    && !leaving[*position]
                        .taker
                        .is_some_and(|taker| waits_for(declared, index, taker))
                {
                    self.wait(*other, step);
                }
            }
        }
        for item in leaving {
            let (step, _) = gone[&item.record.uid];
            let circle = item.successor.is_some() && !item.first;
            for dep in &item.record.deps {
                if let Some((other, position)) = gone.get(dep)
                    && !(circle && leaving[*position].first)
                    && (step < *other)
                {
                    self.wait(*other, step);
                }
            }
            match item.successor.and_then(|index| main[index]) {
                Some(successor) if item.first => self.wait(successor, step),
                Some(successor) => self.wait(step, successor),
                None => {}
            }
        }
    }
}

/// The name or key that a decision takes for a new object.
fn taken_handle(decision: &Decision<'_>) -> Option<String> {
    decision.handle().filter(|_| decision.makes_object()).map(Cow::into_owned)
}

/// A step that leaves the object as its record says, or takes it away.
fn record_step(id: StepId, action: Action, record: &Arc<Record>, reason: String) -> Step {
    Step {
        id,
        action,
        fqn: record.fqn.clone(),
        ty: record.ty.clone(),
        uid: record.uid.clone(),
        generation: record.generation,
        name: record.name.clone(),
        target: record.target.clone(),
        props: BTreeMap::new(),
        prior: Some(Arc::clone(record)),
        changes: Vec::new(),
        reason,
        after: Vec::new(),
        deps: record.deps.clone(),
        removal: record.removal,
        parent: record.parent.clone(),
        location: record.location.clone(),
        adopt: false,
    }
}

/// The record that a step starts from. Where only the record changes it has the attributes that were seen, since nothing
/// but the step writes them down.
fn prior_of(decision: &Decision<'_>) -> Option<Arc<Record>> {
    let prior = decision.prior?;
    let seen = decision.seen.filter(|_| decision.action == Some(Action::Record));
    let newer = seen.into_iter().flat_map(|seen| changed(decision.descriptor, prior, seen));
    let newer: Vec<_> = newer.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    if newer.is_empty() {
        return Some(Arc::clone(prior));
    }
    let mut fresh = Record::clone(prior);
    fresh.attrs.extend(newer);
    Some(Arc::new(fresh))
}

/// Takes what it can out of the decision: from here on only its resource, records and action count.
fn main_step(id: StepId, decision: &mut Decision<'_>, renamed: Option<StepId>) -> Step {
    Step {
        id,
        action: decision.action.unwrap_or(Action::Rename),
        fqn: decision.resource.fqn.clone(),
        ty: decision.resource.ty.clone(),
        uid: decision.object.uid.clone(),
        generation: decision.object.generation,
        name: decision.object.name.clone(),
        target: decision.target.clone().into_owned(),
        props: std::mem::take(&mut decision.props),
        prior: prior_of(decision),
        changes: std::mem::take(&mut decision.changes),
        reason: std::mem::take(&mut decision.reason),
        after: renamed.into_iter().collect(),
        deps: std::mem::take(&mut decision.deps),
        removal: decision.removal,
        parent: decision.resource.parent.clone(),
        location: decision.resource.span.as_ref().map(|span| span.location.clone()),
        adopt: decision.adopt,
    }
}

/// Whether a resource waits, directly or not, for another.
fn waits_for(declared: &Declared<'_>, index: usize, goal: usize) -> bool {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![index]);
    while let Some(at) = waiting.pop() {
        if at == goal {
            return true;
        }
        if seen.insert(at) {
            waiting.extend(&declared.edges[at]);
        }
    }
    false
}

/// Positions of what goes, each after everything that depends on it; else in the order given. A circle of recorded
/// edges (state of old that was edited by hand) is cut at its first member.
fn dependents_first(leaving: &[Leaving]) -> Vec<usize> {
    let position: Index<&Uid, usize> =
        leaving.iter().enumerate().map(|(i, l)| (&l.record.uid, i)).collect();
    let needs: Vec<Vec<usize>> = leaving
        .iter()
        .map(|l| l.record.deps.iter().filter_map(|uid| position.get(uid).copied()).collect())
        .collect();
    let mut dependents = vec![0_usize; leaving.len()];
    needs.iter().flatten().for_each(|&to| dependents[to] += 1);
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..leaving.len()).filter(|&i| dependents[i] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(leaving.len());
    let mut left: BTreeSet<usize> = (0..leaving.len()).collect();
    while let Some(next) = ready.pop().map(|Reverse(next)| next).or_else(|| left.first().copied()) {
        if !left.remove(&next) {
            continue;
        }
        order.push(next);
        for &to in &needs[next] {
            dependents[to] = dependents[to].saturating_sub(1);
            if dependents[to] == 0 {
                ready.push(Reverse(to));
            }
        }
    }
    order
}

/// A step that waits, directly or not, for itself.
fn first_in_circle(steps: &[Step]) -> Option<usize> {
    if steps.iter().all(|step| step.after.iter().all(|other| *other < step.id)) {
        return None;
    }
    let mut waiting: Vec<usize> = steps.iter().map(|step| step.after.len()).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        step.after.iter().for_each(|other| followers[other.0 as usize].push(index));
    }
    let mut ready: Vec<usize> = (0..steps.len()).filter(|&i| waiting[i] == 0).collect();
    let mut done = 0;
    while let Some(next) = ready.pop() {
        done += 1;
        for &follower in &followers[next] {
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                ready.push(follower);
            }
        }
    }
    if done == steps.len() { None } else { waiting.iter().position(|&n| n > 0) }
}

fn in_circle(steps: &[Step], stuck: usize) -> Diagnostic {
    let step = &steps[stuck];
    let others = step.after.iter().map(|id| &steps[id.0 as usize]);
    let others = others.map(|s| format!("{} {}", s.action, s.fqn)).collect::<Vec<_>>().join(", ");
    Diagnostic::error("no-order", format!("no order of steps can {} `{}`", step.action, step.fqn))
        .detail(format!("It would have to wait for itself, by way of: {others}. Objects that swap fixed names do that."))
        .help("deploy in two steps: first give one of them another name")
        .resource(&step.fqn)
}
