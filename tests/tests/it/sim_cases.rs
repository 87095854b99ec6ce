//! Histories: a share of the simulation in every test run, cases that once broke a law, and that each protection is
//! missed. `cargo xtask sim` plays more, and prints what belongs here.

use std::time::Duration;

use alchemy_tests::sim::{Case, check, miss, play, shrink, test_of};
use alchemy_tests::world::Protection;

/// How long a switched-off protection may stay unnoticed, on a busy machine without optimisation; `cargo xtask sim
/// --mutations` gives each a minute.
const LIMIT: Duration = Duration::from_secs(600);

/// Seeds of every test run.
const SEEDS: std::ops::Range<u64> = 0..30;

#[test]
fn random_histories_break_no_law() {
    for seed in SEEDS {
        let case = Case::random(seed);
        if let Err(broken) = play(&case, None) {
            let smallest = shrink(&case, broken.law, None);
            panic!("{broken}\n\n{}", test_of(&smallest, broken.law));
        }
    }
}

#[test]
fn a_history_reads_as_it_was_written() {
    for seed in 0..500 {
        let case = Case::random(seed);
        assert_eq!(case.to_string().parse(), Ok(case));
    }
    assert!("deploy dev\n  quue Q0".parse::<Case>().is_err());
    assert!("queue Q0".parse::<Case>().is_err());
    assert!("deploy dev\n  ! call x fails".parse::<Case>().is_err());
}

/// A broken law is made small, and printed as a test that fails as it stands.
#[test]
fn what_breaks_a_law_is_shown_as_a_test() {
    let without = Protection::Intent;
    let missed = miss(without, LIMIT).expect("some seed breaks a law").smallest(without);
    let text = test_of(&missed.case, missed.broken.law);
    let (_, quoted) = text.split_once('"').expect("the history is quoted");
    let (quoted, _) = quoted.rsplit_once('"').expect("the history is quoted");
    let again: Case = quoted.parse().expect("it reads");
    assert_eq!(again, missed.case);
    let broken = play(&again, Some(without)).expect_err("it still breaks");
    assert_eq!(broken.law, missed.broken.law);
    check(quoted);
}

/// Some seed misses each protection, and the law that notices is the one in the table.
#[test]
fn every_protection_is_missed() {
    let page = alchemy_tests::e2e::repository().join("docs/simulation.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    for protection in Protection::ALL {
        let missed = miss(protection, LIMIT);
        let missed = missed.unwrap_or_else(|| panic!("no history misses: {protection}"));
        let row = format!("| {protection} | {} | {} |", protection.switch(), missed.broken.law);
        assert!(page.contains(&row), "docs/simulation.md has no row {row}");
    }
}

/// No generated name used twice: two engines at once, one dying, with the plan made before.
#[test]
fn a_destroy_that_dies_beside_a_deploy() {
    check(
        "
        seed 0
        deploy dev
          function F1 url
        destroy dev
          ! call 5 crash-before
        & deploy dev
          role Ops
          function F0 url
          function F1 memory=512
        ",
    );
}

/// A former name's object keeps its name, and is found again.
#[test]
fn renamed_and_struck() {
    check(
        "
        seed 46
        deploy dev
          queue Q3
        deploy dev
          queue Moved was=Q3
          ! write 2 torn
        deploy dev
          queue Q3 was=Moved
          ! call 1 crash-after
        ",
    );
}

/// A journal segment that was given up lands while the next run waits for the lock: it plans again.
#[test]
fn state_that_changes_while_a_run_waits_for_its_lock() {
    check(
        "
        seed 1660
        remote
        deploy dev
        deploy dev
          function F0
          ! write 3 torn
        & deploy pr-1
          ! call 3 crash-before
        ",
    );
}

/// A replaced object is kept in the run that replaces it, or in the next one if that ended before: all the same.
#[test]
fn kept_later_than_it_was_replaced() {
    check(
        "
        seed 4564
        deploy pr-1
          queue Site/Q2
          role Ops
        deploy dev
          queue Q3 fifo retain
          bucket Photos
          role Ops
          function F1 bucket
          mapping ToF1 from=Q3 to=F1
        deploy dev
          queue Q0
          queue Q1 dead=Q0
          queue Moved dead=Q1 was=Q3
          role Ops path=/b/
          function F0
          ! call 14 fails
        ",
    );
}

/// The old object of a name is gone already, and a dead run's late call has made the new one: that one stays.
#[test]
fn a_new_object_is_not_taken_for_the_old_one_of_its_name() {
    check(
        "
        seed 6063
        remote
        deploy dev
          role Ops
        deploy dev
          bucket Photos
          role Ops path=/a/
          function F0 url
          function F1
          ! call 7 crash-late
        ",
    );
}
