//! The independent checker: what must hold of any plan, whoever made it. Shares no code with the passes.

mod cover;
mod order;
mod owners;

use indexmap::IndexMap;

use super::CheckedPlan;
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
    let mut check = Check::new(input, &plan);
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
    let findings = check.findings;
    if findings.is_empty() { Ok(CheckedPlan(plan)) } else { Err(findings) }
}

/// The plan under check, indexed its own way.
struct Check<'c, 'a> {
    input: &'c PlanInput<'a>,
    plan: &'c Plan,
    snapshot: &'a Snapshot,
    /// Steps by the record they make or change.
    by_uid: IndexMap<&'c Uid, Vec<&'c Step>>,
    findings: Vec<Diagnostic>,
}

impl<'c, 'a> Check<'c, 'a> {
    fn new(input: &'c PlanInput<'a>, plan: &'c Plan) -> Self {
        let mut by_uid: IndexMap<&Uid, Vec<&Step>> = IndexMap::with_capacity(plan.steps.len());
        for step in &plan.steps {
            by_uid.entry(&step.uid).or_default().push(step);
        }
        Self { input, plan, snapshot: input.snapshot, by_uid, findings: Vec::new() }
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
        self.snapshot.records.get(uid)
    }

    fn steps_on(&self, uid: &Uid) -> &[&'c Step] {
        self.by_uid.get(uid).map_or(&[], Vec::as_slice)
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
