//! Damage to a stage's files as a deploy meets it: refused with nothing changed, or the plan it would have been anyway.

use alchemy_tests::program::{Program, known};
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness};
use alchemy_tests::world::{RunEnd, World};

const STATE: &str = "stages/app/dev/state.json";

fn program(world: &World) -> Program {
    Program::photos("dev", world.secret("canary"))
}

fn edited(world: &World) -> Program {
    program(world).set("Api", "memory", known(256)).with("Audit", "AWS.SQS.Queue", vec![])
}

/// A stage whose second deploy died in the middle: a snapshot and an open journal.
async fn interrupted() -> World {
    let world = World::new(Harshness::calm(), 1);
    assert!(world.deploy(&program(&world)).await.is_complete());
    world.cloud.set_faults(FaultPlan::at_call(2, Fault::CrashAfter));
    assert!(matches!(world.deploy(&edited(&world)).await, RunEnd::Crashed));
    world.cloud.set_faults(FaultPlan::none());
    world
}

fn journal(world: &World) -> String {
    let files = world.store.files();
    files.into_keys().find(|key| key.starts_with("journal/")).expect("the run left a journal")
}

#[tokio::test(start_paused = true)]
async fn a_changed_byte_is_refused_and_nothing_happens() {
    let world = interrupted().await;
    for file in [STATE.to_owned(), journal(&world)] {
        let good = world.store.files()[&file].clone();
        for place in (0..good.len()).step_by(41) {
            let mut bytes = good.clone();
            bytes[place] ^= 1 << (place % 8);
            world.store.tamper(&file, Some(bytes));
            let (files, objects) = (world.store.files(), format!("{:?}", world.cloud.objects()));
            let end = world.deploy(&edited(&world)).await;
            assert!(matches!(end, RunEnd::Stopped(_)), "{file}: byte {place}: {end:?}");
            assert!(world.store.files() == files, "{file}: byte {place}: written over");
            assert_eq!(world.cloud.changing_calls(), 0, "{file}: byte {place}");
            assert_eq!(format!("{:?}", world.cloud.objects()), objects);
            world.store.tamper(&file, Some(good.clone()));
        }
    }
    let healed = world.deploy(&edited(&world)).await;
    assert!(healed.is_complete(), "{healed:?}");
}

/// A journal that lost its end says less than was done: what it does not say is found in the cloud.
#[tokio::test(start_paused = true)]
async fn a_cut_journal_leads_to_the_same_stage() {
    let whole = interrupted().await;
    assert!(whole.deploy(&edited(&whole)).await.is_complete());
    let length = interrupted().await;
    let length = length.store.files()[&journal(&length)].len();
    for cut in (0..length).step_by(length / 60) {
        let world = interrupted().await;
        let file = journal(&world);
        let bytes = world.store.files()[&file][..cut].to_vec();
        world.store.tamper(&file, Some(bytes));
        let end = world.deploy(&edited(&world)).await;
        assert!(end.is_complete(), "cut after {cut} bytes: {end:?}");
        let still = world.deploy(&edited(&world)).await;
        assert_eq!(still.steps(), [""; 0], "cut after {cut} bytes: not a fixed point");
        let objects = |world: &World| world.objects_of("dev").into_keys().collect::<Vec<_>>();
        assert_eq!(objects(&world), objects(&whole), "cut after {cut} bytes");
    }
}
