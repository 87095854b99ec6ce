//! The planner: a list of passes over one input. Pure: same input, same plan.

use super::declared::Declared;
use super::records::RecordIndex;
use super::{doubles, needs, orphans, outputs, pin, renames, settle, steps};
use crate::{Plan, PlanInput, PlanMode};

/// The steps that bring a stage to its graph, each with its reason, and what is needed to be surer.
///
/// Takes everything it depends on; gives a plan whose diagnostics say what forbids applying it. Linear in resources,
/// records and edges.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let mut plan = Plan::default();
    if let Err(other_place) = pin::check_pin(input.snapshot, input.target) {
        plan.diagnostics.push(*other_place);
        return plan;
    }
    let declared = match Declared::new(input) {
        Ok(declared) => declared,
        Err(found) => {
            plan.diagnostics = found;
            return plan;
        }
    };
    let records = RecordIndex::new(input.snapshot, input.catalog);
    let renames = renames::find(&declared, &records, &mut plan.diagnostics);
    let settled = settle::settle(input, &declared, &records, &renames);
    plan.diagnostics.extend(settled.diagnostics);
    let decisions = settled.decisions;
    let leaving = orphans::leaving(input, &declared, &records, &decisions);
    orphans::judge_found(input, &decisions, &mut plan.diagnostics);
    doubles::refuse_doubles(input, &decisions, &leaving, &mut plan.diagnostics);
    plan.needs = needs::collect(input, settled.needs);
    plan.outputs = outputs::resolve(input, &declared, &decisions, &mut plan.diagnostics);
    let assembled =
        steps::assemble(&declared, &records, decisions, &leaving, &mut plan.diagnostics);
    plan.steps = assembled.steps;
    plan.untouched = assembled.untouched;
    if input.mode == PlanMode::Deploy {
        let changed = input.references.changed(&input.snapshot.references);
        plan.changed_references = changed.cloned().collect();
        plan.references = Some(input.references.to_record());
    }
    plan
}
