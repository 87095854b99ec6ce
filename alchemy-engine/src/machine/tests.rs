//! Table tests of the machine: what happened on the left, what is to be done on the right.

mod bench;
mod random_runs;

use alchemy_core::{Action, PlanMode, Status, Value};

use super::{Input, StepFailure};
use crate::ProviderErrorKind;
use bench::{Bench, record, step};

fn failure(kind: Option<ProviderErrorKind>) -> StepFailure {
    StepFailure::Failed { message: "refused".to_owned(), kind }
}

#[test]
fn intents_are_durable_before_the_first_step() {
    let mut bench =
        Bench::new(vec![step(0, Action::Create, "A", &[]), step(1, Action::Create, "B", &[0])]);
    assert_eq!(
        bench.on(Input::Begin),
        ["event started 2", "append deployed intend(create A, create B)"]
    );
    assert_eq!(bench.on(Input::Appended), ["event start A", "run A"]);
    assert_eq!(bench.done("A"), ["event finished A", "append put A", "event start B", "run B"]);
    assert_eq!(bench.done("B"), ["event finished B"]);
    assert_eq!(bench.on(Input::Appended), ["append put B"]);
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
    assert_eq!(bench.machine.outcome().done, 2);
}

#[test]
fn results_of_one_append_time_go_together() {
    let steps = ["A", "B", "C"].iter().zip(0..).map(|(fqn, id)| step(id, Action::Create, fqn, &[]));
    let mut bench = Bench::new(steps.collect());
    bench.start();
    assert_eq!(bench.done("A"), ["event finished A", "append put A"]);
    assert_eq!(bench.done("B"), ["event finished B"]);
    assert_eq!(bench.done("C"), ["event finished C"]);
    assert_eq!(bench.on(Input::Appended), ["append put B, put C"]);
}

#[test]
fn long_ways_start_first_and_never_more_than_allowed() {
    let mut bench = Bench::new(vec![
        step(0, Action::Create, "Alone", &[]),
        step(1, Action::Create, "Long", &[]),
        step(2, Action::Create, "Also", &[]),
        step(3, Action::Create, "Longer", &[1]),
    ])
    .parallelism(2);
    assert_eq!(bench.start(), ["event start Long", "run Long", "event start Alone", "run Alone"]);
    assert_eq!(
        bench.done("Alone"),
        ["event finished Alone", "append put Alone", "event start Also", "run Also"]
    );
}

#[test]
fn a_service_with_a_limit_does_not_hold_up_the_others() {
    let mut steps = vec![
        step(0, Action::Create, "A", &[]),
        step(1, Action::Create, "B", &[]),
        step(2, Action::Create, "C", &[]),
    ];
    steps[2].ty = alchemy_core::ResourceType::new("Other.Thing");
    let mut bench = Bench::new(steps).service_limit("Test.Sim", 1);
    assert_eq!(bench.start(), ["event start A", "run A", "event start C", "run C"]);
    assert_eq!(bench.done("A"), ["event finished A", "append put A", "event start B", "run B"]);
}

#[test]
fn what_uses_an_assigned_id_waits_until_the_id_cannot_be_forgotten() {
    let mut bench =
        Bench::new(vec![step(0, Action::Create, "A", &[]), step(1, Action::Create, "B", &[0])])
            .natural();
    bench.start();
    assert_eq!(bench.done("A"), ["event finished A", "append put A"]);
    assert_eq!(bench.on(Input::Appended), ["event start B", "run B"]);
}

#[test]
fn the_old_generation_goes_after_its_dependents_have_moved_durably() {
    let old = record("A", 0);
    let mut replace = step(0, Action::Replace, "A", &[]);
    replace.uid = alchemy_core::Uid::new("A-1");
    replace.prior = Some(old.clone().into());
    let mut delete = step(2, Action::Delete, "A", &[0, 1]);
    delete.uid = old.uid.clone();
    delete.prior = Some(old.clone().into());
    let user = step(1, Action::Update, "B", &[0]);
    let mut bench =
        Bench::new(vec![replace, user, delete]).with_record(old).with_record(record("B", 0));
    bench.start();
    assert_eq!(
        bench.done_step(0),
        ["event finished A", "append put A, replaced A-0", "event start B", "run B"]
    );
    assert_eq!(bench.on(Input::Appended), [""; 0]);
    assert_eq!(bench.done("B"), ["event finished B", "append put B"]);
    assert_eq!(bench.on(Input::Appended), ["event start A", "run A"]);
    assert_eq!(bench.done_step(2), ["event finished A", "append removed A-0"]);
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
}

#[test]
fn a_failed_dependent_keeps_both_generations() {
    let old = record("A", 0);
    let mut replace = step(0, Action::Replace, "A", &[]);
    replace.uid = alchemy_core::Uid::new("A-1");
    replace.prior = Some(old.clone().into());
    let mut delete = step(2, Action::Delete, "A", &[0, 1]);
    delete.uid = old.uid.clone();
    delete.prior = Some(old.clone().into());
    let mut bench = Bench::new(vec![replace, step(1, Action::Update, "B", &[0]), delete])
        .with_record(old)
        .with_record(record("B", 0));
    bench.start();
    bench.done_step(0);
    bench.on(Input::Appended);
    let left = bench.fails(1, failure(None));
    assert_eq!(
        left,
        ["event failed B", "event skipped A because of B", "append put A"],
        "the delete is taken back"
    );
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
    let records = &bench.machine.snapshot().records;
    let old = &records[&alchemy_core::Uid::new("A-0")];
    assert_eq!((old.status, old.replaced, records.len()), (Status::Ready, true, 3));
}

#[test]
fn a_failure_skips_what_needs_it_and_nothing_else() {
    let mut bench = Bench::new(vec![
        step(0, Action::Create, "A", &[]),
        step(1, Action::Create, "B", &[0]),
        step(2, Action::Create, "C", &[1]),
        step(3, Action::Create, "D", &[]),
    ]);
    bench.start();
    assert_eq!(
        bench.fails(0, failure(None)),
        ["event failed A", "event skipped B because of A", "event skipped C because of A"]
    );
    bench.done("D");
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
    let outcome = bench.machine.outcome();
    assert_eq!((outcome.done, outcome.failed.len(), outcome.skipped.len()), (1, 1, 2));
    // What was never known to be made stays open, so that the next plan looks its name up.
    let status = |fqn: &str| {
        bench.machine.snapshot().records[&alchemy_core::Uid::new(format!("{fqn}-0"))].status
    };
    assert_eq!(
        [status("A"), status("B"), status("D")],
        [Status::Creating, Status::Creating, Status::Ready]
    );
}

#[test]
fn a_taken_name_is_never_tried_again() {
    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]);
    bench.start();
    let commands = bench.fails(0, failure(Some(ProviderErrorKind::NameTaken)));
    assert_eq!(commands, ["event failed A", "append taken A 0, removed A-0"]);
    let snapshot = bench.machine.snapshot();
    let a = &bench.plan().steps[0];
    assert_eq!(snapshot.next_generation(&a.fqn, &a.ty).0, 1);
    assert!(snapshot.records.is_empty());
}

#[test]
fn another_s_object_leaves_no_record_that_a_later_run_would_delete() {
    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]);
    bench.start();
    let commands = bench.fails(0, failure(Some(ProviderErrorKind::NotOurs)));
    assert_eq!(commands, ["event failed A", "append removed A-0"]);
}

#[test]
fn an_object_that_may_not_be_deleted_is_no_longer_being_deleted() {
    let mut delete = step(0, Action::Delete, "A", &[]);
    delete.prior = Some(record("A", 0).into());
    let mut bench = Bench::new(vec![delete]).with_record(record("A", 0));
    bench.start();
    let commands = bench.fails(0, failure(Some(ProviderErrorKind::NotOurs)));
    assert_eq!(commands, ["event failed A", "append put A"]);
    let records = &bench.machine.snapshot().records;
    assert_eq!(records[&alchemy_core::Uid::new("A-0")].status, Status::Updating);
}

#[test]
fn cancelled_once_it_finishes_what_is_in_flight_and_takes_back_the_rest() {
    let mut bench = Bench::new(vec![
        step(0, Action::Create, "A", &[]),
        step(1, Action::Update, "B", &[0]),
        step(2, Action::Delete, "C", &[0]),
    ])
    .with_record(record("B", 0))
    .with_record(record("C", 0));
    bench.start();
    assert_eq!(bench.on(Input::Cancel), ["event cancelling 1"]);
    assert_eq!(bench.on(Input::Cancel), [""; 0]);
    assert_eq!(bench.done("A"), ["event finished A", "append put A"]);
    assert_eq!(bench.on(Input::Appended), ["append put B, put C"]);
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
    assert!(bench.machine.outcome().cancelled);
    assert!(bench.machine.snapshot().records.values().all(|record| record.status == Status::Ready));
}

#[test]
fn a_retained_object_whose_adoption_never_began_stays_retained() {
    let mut adopt = step(1, Action::Adopt, "Kept", &[0]);
    adopt.prior = Some(record("Kept", 0).into());
    let mut bench =
        Bench::new(vec![step(0, Action::Create, "A", &[]), adopt]).with_retained(record("Kept", 0));
    bench.start();
    bench.fails(0, failure(None));
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
    let snapshot = bench.machine.snapshot();
    assert!(snapshot.retained.contains_key(&alchemy_core::Uid::new("Kept-0")));
    assert_eq!(snapshot.records.len(), 1, "only A, whose create is open");
}

#[test]
fn cancelled_twice_it_stops_at_once_and_commits_nothing() {
    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]);
    bench.start();
    bench.on(Input::Cancel);
    assert_eq!(bench.on(Input::Abandon), ["finish without commit"]);
}

#[test]
fn a_step_cancelled_between_attempts_is_not_a_failure() {
    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]);
    bench.start();
    bench.on(Input::Cancel);
    assert_eq!(bench.fails(0, StepFailure::Cancelled), ["finish commit"]);
    assert!(bench.machine.outcome().cancelled && bench.machine.outcome().failed.is_empty());
}

#[test]
fn without_the_lock_nothing_starts_and_nothing_is_written() {
    let mut bench = Bench::new(vec![
        step(0, Action::Create, "A", &[]),
        step(1, Action::Create, "B", &[]),
        step(2, Action::Create, "C", &[1]),
    ]);
    bench.start();
    assert_eq!(bench.fails(0, StepFailure::LockLost), ["halt"]);
    assert_eq!(bench.done("B"), ["event finished B", "finish without commit"]);
    assert!(bench.machine.outcome().lock_lost);
}

#[test]
fn a_journal_that_cannot_take_the_intents_stops_everything_before_any_call() {
    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]);
    bench.on(Input::Begin);
    assert_eq!(
        bench.on(Input::AppendFailed { lock_lost: false }),
        ["halt", "finish without commit"]
    );
}

#[test]
fn a_journal_that_breaks_later_lets_what_is_in_flight_end() {
    let mut bench = Bench::new(vec![
        step(0, Action::Create, "A", &[]),
        step(1, Action::Create, "B", &[]),
        step(2, Action::Create, "C", &[1]),
    ]);
    bench.start();
    bench.done("A");
    assert_eq!(bench.on(Input::AppendFailed { lock_lost: false }), ["halt"]);
    assert_eq!(bench.done("B"), ["event finished B", "finish without commit"]);
}

#[test]
fn what_a_step_adds_to_its_intent_is_durable_before_it_goes_on() {
    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]);
    bench.start();
    assert_eq!(bench.refines(0), ["append put A"]);
    assert_eq!(bench.on(Input::Appended), ["proceed A"]);
    bench.done("A");
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
}

#[test]
fn a_step_that_asks_after_the_journal_broke_is_sent_home() {
    let mut bench =
        Bench::new(vec![step(0, Action::Create, "A", &[]), step(1, Action::Create, "B", &[])]);
    bench.start();
    bench.done("B");
    bench.on(Input::AppendFailed { lock_lost: true });
    assert_eq!(bench.refines(0), ["halt"]);
    assert_eq!(bench.fails(0, StepFailure::Halted), ["finish without commit"]);
    assert!(bench.machine.outcome().lock_lost);
}

#[test]
fn outputs_are_kept_of_a_complete_deploy_only() {
    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]).outputs();
    bench.start();
    bench.done("A");
    assert_eq!(bench.on(Input::Appended), ["outputs"]);
    assert_eq!(bench.on(Input::Outputs(Some(Value::from("there")))), ["append outputs"]);
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);

    let mut bench = Bench::new(vec![step(0, Action::Create, "A", &[])]).outputs();
    bench.start();
    assert_eq!(bench.fails(0, failure(None)), ["event failed A", "finish commit"]);
}

#[test]
fn a_deploy_without_steps_still_records_who_and_what() {
    let mut bench = Bench::new(vec![]).outputs();
    assert_eq!(bench.on(Input::Begin), ["event started 0", "append deployed"]);
    assert_eq!(bench.on(Input::Appended), ["outputs"]);
    assert_eq!(bench.on(Input::Outputs(None)), ["finish commit"]);
}

#[test]
fn a_stage_is_destroyed_when_nothing_is_left() {
    let delete = |id, fqn: &str| {
        let mut delete = step(id, Action::Delete, fqn, &[]);
        delete.prior = Some(record(fqn, 0).into());
        delete
    };
    let steps = vec![delete(0, "A"), delete(1, "B")];
    let records = || [record("A", 0), record("B", 0)];
    let mut bench = records()
        .into_iter()
        .fold(Bench::new(steps.clone()).mode(PlanMode::Destroy), Bench::with_record);
    bench.start();
    bench.done("A");
    bench.done("B");
    bench.on(Input::Appended);
    assert_eq!(bench.on(Input::Appended), ["append destroyed"]);
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);

    let mut bench =
        records().into_iter().fold(Bench::new(steps).mode(PlanMode::Destroy), Bench::with_record);
    bench.start();
    bench.done("A");
    bench.fails(1, failure(None));
    assert_eq!(bench.on(Input::Appended), ["finish commit"]);
}

#[test]
fn props_see_the_attributes_of_finished_steps_and_of_records_that_stay() {
    let mut user = step(1, Action::Create, "C", &[0]);
    for (prop, fqn) in [("a", "A"), ("b", "B"), ("d", "D")] {
        user.props.insert(prop.to_owned(), bench::attr(fqn));
    }
    let steps = vec![step(0, Action::Create, "A", &[]), user, step(2, Action::Create, "D", &[1])];
    let mut bench = Bench::new(steps).with_record(record("B", 0));
    bench.start();
    assert_eq!(
        bench.done("A"),
        ["event finished A", "append put A", "event start C", "run C with A B"]
    );
}

#[test]
fn a_renamed_record_answers_under_its_new_name() {
    let mut rename = step(0, Action::Rename, "New", &[]);
    rename.uid = record("Old", 0).uid;
    let mut user = step(1, Action::Create, "C", &[0]);
    user.props.insert("a".to_owned(), bench::attr("New"));
    user.props.insert("b".to_owned(), bench::attr("Old"));
    let mut bench = Bench::new(vec![rename, user]).with_record(record("Old", 0));
    bench.start();
    assert_eq!(bench.done_step(0).last().map(String::as_str), Some("run C with New"));
}
