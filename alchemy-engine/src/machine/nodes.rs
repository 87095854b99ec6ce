//! The steps as a graph: what each still waits for, which may start, in which order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::{Action, Plan, Step, StepId};

use super::MachineSettings;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Waits for others, for its turn, or for ever if the run stops first.
    Waiting,
    /// A driver has it.
    Running,
    /// It succeeded.
    Done,
    /// It began and did not succeed.
    Broken,
    /// It needs one that did not succeed.
    Skipped,
}

#[derive(Debug)]
struct Node {
    state: State,
    /// Steps it still waits for.
    missing: usize,
    dependents: Vec<Edge>,
    service: usize,
    /// Steps on the longest way from here to the end: long ways start first.
    height: usize,
}

#[derive(Debug)]
struct Edge {
    to: usize,
    /// Whether the dependent waits for the result to be durable.
    durable: bool,
}

/// A ready step: longest remaining way first, then plan order.
type Ready = (Reverse<usize>, usize);

#[derive(Debug)]
struct Service {
    limit: usize,
    running: usize,
    ready: BTreeSet<Ready>,
}

#[derive(Debug)]
pub(super) struct Nodes {
    steps: Vec<Node>,
    services: Vec<Service>,
    parallelism: usize,
    running: usize,
}

impl Nodes {
    pub(super) fn new(plan: &Plan, settings: &MachineSettings) -> Self {
        let mut names = BTreeMap::new();
        let mut services = Vec::new();
        let mut nodes = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let name = service(step.ty.as_str());
            let service = *names.entry(name).or_insert_with(|| {
                let limit = settings.per_service.get(name).copied().unwrap_or(usize::MAX);
                services.push(Service { limit: limit.max(1), running: 0, ready: BTreeSet::new() });
                services.len() - 1
            });
            nodes.push(Node {
                state: State::Waiting,
                missing: 0,
                dependents: Vec::new(),
                service,
                height: 0,
            });
        }
        for (to, step) in plan.steps.iter().enumerate() {
            for from in &step.after {
                let from = from.0 as usize;
                let durable = needs_durable(&plan.steps[from], step, settings);
                nodes[from].dependents.push(Edge { to, durable });
                nodes[to].missing += 1;
            }
        }
        let mut this =
            Self { steps: nodes, services, parallelism: settings.parallelism.max(1), running: 0 };
        this.measure();
        for index in 0..this.steps.len() {
            this.offer(index);
        }
        this
    }

    /// Sets heights, dependents before what they wait for.
    fn measure(&mut self) {
        let mut missing: Vec<usize> = self.steps.iter().map(|node| node.missing).collect();
        let mut order: Vec<usize> = (0..self.steps.len()).filter(|&i| missing[i] == 0).collect();
        let mut next = 0;
        while let Some(&index) = order.get(next) {
            next += 1;
            for edge in &self.steps[index].dependents {
                missing[edge.to] -= 1;
                if missing[edge.to] == 0 {
                    order.push(edge.to);
                }
            }
        }
        for &index in order.iter().rev() {
            let below =
                self.steps[index].dependents.iter().map(|edge| self.steps[edge.to].height + 1);
            self.steps[index].height = below.max().unwrap_or(0);
        }
    }

    fn offer(&mut self, index: usize) {
        let node = &self.steps[index];
        if node.state == State::Waiting && node.missing == 0 {
            self.services[node.service].ready.insert((Reverse(node.height), index));
        }
    }

    /// Takes the step that is to start next, if one may.
    pub(super) fn next_to_start(&mut self) -> Option<StepId> {
        if self.running >= self.parallelism {
            return None;
        }
        let free = self.services.iter_mut().filter(|service| service.running < service.limit);
        let service = free
            .filter(|service| !service.ready.is_empty())
            .min_by_key(|service| service.ready.first().copied())?;
        let (_, index) = service.ready.pop_first()?;
        service.running += 1;
        self.running += 1;
        self.steps[index].state = State::Running;
        Some(id(index))
    }

    /// The driver gave it back; false if it never had it.
    pub(super) fn ended(&mut self, step: StepId) -> bool {
        let Some(node) =
            self.steps.get(step.0 as usize).filter(|node| node.state == State::Running)
        else {
            return false;
        };
        self.running -= 1;
        self.services[node.service].running -= 1;
        true
    }

    pub(super) fn set(&mut self, step: StepId, state: State) {
        self.steps[step.0 as usize].state = state;
    }

    /// It succeeded: dependents that do not ask for durability go on.
    pub(super) fn made(&mut self, step: StepId) {
        self.release(step, false);
    }
    /// Its result is durable: the other dependents go on too.
    pub(super) fn made_durable(&mut self, step: StepId) {
        self.release(step, true);
    }
    fn release(&mut self, step: StepId, durable: bool) {
        let edges = &self.steps[step.0 as usize].dependents;
        let freed: Vec<usize> =
            edges.iter().filter(|edge| edge.durable == durable).map(|edge| edge.to).collect();
        for index in freed {
            self.steps[index].missing -= 1;
            self.offer(index);
        }
    }

    /// Marks everything that needs `step`, directly or not; gives what was not marked before, in plan order.
    pub(super) fn skip_dependents(&mut self, step: StepId) -> Vec<StepId> {
        let mut skipped = BTreeSet::new();
        let mut todo = vec![step.0 as usize];
        while let Some(index) = todo.pop() {
            for edge in 0..self.steps[index].dependents.len() {
                let to = self.steps[index].dependents[edge].to;
                if self.steps[to].state == State::Waiting {
                    self.steps[to].state = State::Skipped;
                    skipped.insert(to);
                    todo.push(to);
                }
            }
        }
        skipped.into_iter().map(id).collect()
    }

    pub(super) fn never_started(&self, step: StepId) -> bool {
        matches!(self.steps[step.0 as usize].state, State::Waiting | State::Skipped)
    }
    pub(super) fn running(&self) -> usize {
        self.running
    }
}

/// The service of a type: `AWS.SQS` of `AWS.SQS.Queue`.
pub(crate) fn service(ty: &str) -> &str {
    ty.rsplit_once('.').map_or(ty, |(service, _)| service)
}

/// Whether `to` may begin only when the result of `from` cannot be forgotten any more: where the id that `to` uses
/// is one that only the service knows, and where `to` takes away what `from` has just stopped using.
fn needs_durable(from: &Step, to: &Step, settings: &MachineSettings) -> bool {
    let removes =
        |step: &Step| matches!(step.action, Action::Delete | Action::Retain | Action::Forget);
    let makes = matches!(from.action, Action::Create | Action::Replace | Action::Adopt);
    (makes && settings.natural.contains(&from.ty)) || (removes(to) && !removes(from))
}

#[expect(clippy::cast_possible_truncation, reason = "steps are numbered by u32")]
fn id(index: usize) -> StepId {
    StepId(index as u32)
}
