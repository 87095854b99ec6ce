//! The independent checker: what must hold of any plan, whoever made it. Shares no code with the passes.

mod cover;
mod order;
mod owners;

use std::sync::Arc;

use smallvec::SmallVec;

use super::CheckedPlan;
use crate::index::{Index, sized};
use crate::{Action, Diagnostic, Plan, PlanInput, Record, Snapshot, Step, Uid};

/// Lets a plan through that keeps every promise a plan makes; else says which it breaks.
///
/// Takes the input the plan was made from. Refuses a plan with errors or unmade look-ups in it, and one that leaves a
/// resource or record out, deletes what must be kept, changes another's object, or cannot be ordered.
pub fn check_plan(input: &PlanInput<'_>, plan: Plan) -> Result<CheckedPlan, Vec<Diagnostic>> {
    let errors: Vec<Diagnostic> =
        plan.diagnostics.iter().filter(|d| d.is_error()).cloned().collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let findings = findings(input, &plan);
    if findings.is_empty() { Ok(CheckedPlan(plan)) } else { Err(findings) }
}

fn findings(input: &PlanInput<'_>, plan: &Plan) -> Vec<Diagnostic> {
    let mut check = Check::new(input, plan);
    if !plan.needs.is_empty() {
        check.note(format!("{} look-ups were not made", plan.needs.len()));
    }
    check.numbering();
    if check.findings.is_empty() {
        check.uids();
        check.coverage();
        check.fates();
        check.names();
        check.circles();
        check.makes();
        check.deletes();
        check.replacements();
        check.owners();
        check.retained();
    }
    check.findings
}

/// The plan under check, indexed its own way.
struct Check<'c, 'a> {
    input: &'c PlanInput<'a>,
    plan: &'c Plan,
    snapshot: &'a Snapshot,
    /// Records, each with its place in `by_uid` if steps speak of it.
    records: Vec<(&'a Record, Option<usize>)>,
    /// Steps by the record they make or change.
    by_uid: Index<&'c Uid, SmallVec<[&'c Step; 1]>>,
    findings: Vec<Diagnostic>,
}

impl<'c, 'a> Check<'c, 'a> {
    fn new(input: &'c PlanInput<'a>, plan: &'c Plan) -> Self {
        let mut by_uid: Index<&Uid, SmallVec<[&Step; 1]>> = sized(plan.steps.len());
        for step in &plan.steps {
            by_uid.entry(&step.uid).or_default().push(step);
        }
        let snapshot = input.snapshot;
        let records = snapshot.records.values();
        let records =
            records.map(|record| (record.as_ref(), by_uid.get_index_of(&record.uid))).collect();
        Self { input, plan, snapshot, records, by_uid, findings: Vec::new() }
    }

    fn note(&mut self, detail: String) {
        self.findings.push(
            Diagnostic::error("broken-plan", "the plan breaks a rule that every plan keeps")
                .detail(detail)
                .help("nothing was changed; this is a defect of alchemy: please report it with the output of --debug"),
        );
    }

    fn blame(&mut self, step: &Step, what: &str) {
        self.note(format!(
            "step {} ({} {}, generation {}) {what}",
            step.id.0, step.action, step.fqn, step.generation
        ));
        if let Some(last) = self.findings.last_mut() {
            last.resource = Some(step.fqn.clone());
        }
    }

    fn record(&self, uid: &Uid) -> Option<&'a Record> {
        self.snapshot.records.get(uid).map(Arc::as_ref)
    }

    fn steps_on(&self, uid: &Uid) -> &[&'c Step] {
        self.by_uid.get(uid).map_or(&[], SmallVec::as_slice)
    }

    /// Every record with the steps that speak of it.
    fn records(&self) -> impl Iterator<Item = (&'a Record, &[&'c Step])> {
        self.records.iter().map(|(record, place)| {
            let steps = place.and_then(|place| self.by_uid.get_index(place));
            (*record, steps.map_or(&[][..], |(_, steps)| steps.as_slice()))
        })
    }

    /// The step that brings a declared resource to its props, of this record.
    fn settling(&self, uid: &Uid) -> Option<&'c Step> {
        self.steps_on(uid).iter().copied().find(|step| settles(step.action))
    }

    /// The step that takes this record out of the stage.
    fn parting(&self, uid: &Uid) -> Option<&'c Step> {
        self.steps_on(uid).iter().copied().find(|step| parts(step.action))
    }
}

/// Whether a step leaves its resource as the program wants it.
fn settles(action: Action) -> bool {
    match action {
        Action::Create | Action::Update | Action::Replace | Action::Adopt | Action::Record => true,
        Action::Delete | Action::Retain | Action::Rename | Action::Forget => false,
    }
}

/// Whether a step takes a record out of the stage.
fn parts(action: Action) -> bool {
    matches!(action, Action::Delete | Action::Retain | Action::Forget)
}

/// Whether a step makes an object that was not there under its record before.
fn makes(action: Action) -> bool {
    matches!(action, Action::Create | Action::Replace | Action::Adopt)
}
