//! Folding changes, and what holds of every snapshot.

use std::sync::Arc;

use alchemy_core::{Change, Generation, Intent, Record, Status, Uid, verify_integrity};

use super::program::fqn;
use super::world::World;

fn jobs() -> World {
    let mut world = World::new();
    world.deploy("Queue Jobs\nQueue Mail queueName=x");
    world
}

#[test]
fn each_broken_invariant_is_named() {
    let spoil = |spoil: fn(&mut World, Uid)| {
        let mut world = jobs();
        assert_eq!(verify_integrity(&world.snapshot), Ok(()));
        let uid = world.uid("Jobs");
        spoil(&mut world, uid);
        verify_integrity(&world.snapshot).expect_err("a broken snapshot passes")
    };
    let cases: [fn(&mut World, Uid); 7] = [
        |world, uid| {
            let record = world.snapshot.records.remove(&uid).expect("there");
            world.snapshot.records.insert(Uid::new("other"), record);
        },
        |world, uid| {
            let record = world.snapshot.records[&uid].clone();
            world.snapshot.retained.insert(uid, record);
        },
        |world, uid| {
            let mut record = world.snapshot.records.remove(&uid).expect("there");
            Arc::make_mut(&mut record).status = Status::Deleting;
            world.snapshot.retained.insert(uid, record);
        },
        |world, _| world.snapshot.generations.clear(),
        |world, uid| {
            let mut record = world.snapshot.records[&uid].clone();
            Arc::make_mut(&mut record).uid = Uid::new("other");
            world.snapshot.records.insert(record.uid.clone(), record);
        },
        |world, uid| world.record_mut(&uid).name = Some("x".into()),
        |world, uid| world.record_mut(&uid).deps.push(uid),
    ];
    for (number, case) in (1..).zip(cases) {
        let said = spoil(case);
        assert!(said.starts_with(&format!("invariant {number}: ")), "{number}: {said}");
    }
}

#[test]
fn applying_a_list_of_changes_twice_is_applying_it_once() {
    let world = jobs();
    let (jobs, mail) = (world.uid("Jobs"), world.uid("Mail"));
    let record = Record::clone(&world.snapshot.records[&jobs]);
    let changes = [
        Change::Rename { uid: mail.clone(), to: fqn("Post") },
        Change::Intend(vec![Intent::Create(record.clone()), Intent::Delete(mail.clone())]),
        Change::Put(record),
        Change::Retained(mail),
        Change::Replaced(jobs),
        Change::Taken {
            fqn: fqn("New"),
            ty: alchemy_core::ResourceType::new("Queue"),
            generation: Generation(3),
        },
    ];
    let mut once = world.snapshot;
    for change in &changes {
        once.apply(change);
    }
    let mut twice = once.clone();
    for change in &changes {
        twice.apply(change);
    }
    // What the first list put beside is put again by the second.
    assert_eq!(once.generations, twice.generations);
    assert_eq!(once.retained, twice.retained);
    assert_eq!(once.records.len(), twice.records.len());
    assert_eq!(verify_integrity(&twice), Ok(()));
}

#[test]
fn a_taken_name_leaves_no_record_and_its_generation_is_never_used_again() {
    let mut world = jobs();
    let mut half = Record::clone(&world.snapshot.records[&world.uid("Jobs")]);
    half.uid = Uid::new("half");
    half.generation = Generation(1);
    half.status = Status::Creating;
    world.snapshot.apply(&Change::Intend(vec![Intent::Create(half.clone())]));
    let taken =
        Change::Taken { fqn: half.fqn.clone(), ty: half.ty.clone(), generation: half.generation };
    world.snapshot.apply(&taken);
    assert!(!world.snapshot.records.contains_key(&half.uid));
    assert_eq!(world.snapshot.next_generation(&half.fqn, &half.ty), Generation(2));
}

/// An object that is made again with other props, after it had vanished: a crash later, those are what it is looked for by.
#[test]
fn a_create_that_is_intended_again_is_known_by_its_new_props() {
    let mut world = jobs();
    let uid = world.uid("Jobs");
    let former = Record::clone(&world.snapshot.records[&uid]);
    let mut wanted = Record { status: Status::Creating, ..former.clone() };
    wanted.props.insert("queueName".to_owned(), "other".into());
    wanted.deps.push(world.uid("Mail"));
    wanted.created_at = "later".to_owned();
    world.snapshot.apply(&Change::Intend(vec![Intent::Create(wanted.clone())]));
    let known = Record { created_at: former.created_at, ..wanted };
    assert_eq!(*world.snapshot.records[&uid], known);
}

#[test]
fn a_create_is_not_intended_of_what_is_being_deleted() {
    let mut world = jobs();
    let uid = world.uid("Jobs");
    world.record_mut(&uid).status = Status::Deleting;
    let before = world.snapshot.clone();
    let again = Record {
        removal: alchemy_core::RemovalPolicy::Retain,
        ..Record::clone(&before.records[&uid])
    };
    world.snapshot.apply(&Change::Intend(vec![Intent::Create(again)]));
    assert_eq!(world.snapshot, before);
}

#[test]
fn the_largest_generation_has_no_successor() {
    let mut world = jobs();
    let ty = alchemy_core::ResourceType::new("Queue");
    let taken = Change::Taken { fqn: fqn("New"), ty: ty.clone(), generation: Generation(u32::MAX) };
    world.snapshot.apply(&taken);
    assert_eq!(world.snapshot.next_generation(&fqn("New"), &ty), Generation(u32::MAX));
}

#[test]
fn only_legal_moves_change_a_status() {
    let all = [Status::Creating, Status::Ready, Status::Updating, Status::Deleting];
    let refused: Vec<(Status, Status)> = all
        .into_iter()
        .flat_map(|from| all.into_iter().map(move |to| (from, to)))
        .filter(|(from, to)| !from.may_become(*to))
        .collect();
    let expected = [
        (Status::Creating, Status::Updating),
        (Status::Deleting, Status::Creating),
        (Status::Deleting, Status::Updating),
    ];
    assert_eq!(refused, expected);
}
