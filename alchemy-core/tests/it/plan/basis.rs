//! What a saved plan is compared by: the same again, or which of the things it read has changed.

use alchemy_core::{Basis, Moved, SecretHasher, Value};

use super::world::World;

fn basis(world: &World, program: &str) -> Basis {
    let graph = world.graph(program);
    let (plan, seen) = world.plan(Some(&graph));
    world.with_input(Some(&graph), &seen, |input| {
        Basis::of(input, &plan, &SecretHasher::new([5; 32]))
    })
}

const PROGRAM: &str = "Queue Jobs delay=5\nFunction Api env.KEY=!first env.URL=$Jobs.id";

#[test]
fn the_same_again_has_the_same_basis_and_every_change_is_told_apart() {
    let mut world = World::new();
    world.deploy(PROGRAM);
    let before = basis(&world, PROGRAM);
    assert_eq!(before.moved(&basis(&world, PROGRAM)), None);
    for other in [
        PROGRAM.replace("delay=5", "delay=6"),
        PROGRAM.replace("!first", "!second"),
        PROGRAM.replace("!first", "first"),
        PROGRAM.replace("$Jobs.id", "$Jobs.version"),
        format!("{PROGRAM}\nQueue Mail"),
        format!("{PROGRAM}\nout x=1"),
    ] {
        assert_eq!(before.moved(&basis(&world, &other)), Some(Moved::Program), "{other}");
    }
    let mut drifted = world.clone();
    let object = drifted.cloud.values_mut().find(|o| o.config.contains_key("delay"));
    object.expect("the queue").config.insert("delay".to_owned(), Value::int(7));
    let moved = before.moved(&basis(&drifted, PROGRAM));
    assert_eq!(moved, Some(Moved::Objects(vec!["Jobs".to_owned()])));
    let mut forced = world.clone();
    forced.force = true;
    assert_eq!(before.moved(&basis(&forced, PROGRAM)), Some(Moved::Plan));
}

#[test]
fn a_basis_tells_nothing_to_who_lacks_its_key() {
    let mut world = World::new();
    world.deploy(PROGRAM);
    let of = |key: u8| {
        let graph = world.graph(PROGRAM);
        let (plan, seen) = world.plan(Some(&graph));
        let key = SecretHasher::new([key; 32]);
        world.with_input(Some(&graph), &seen, |input| Basis::of(input, &plan, &key))
    };
    let (one, other) = (of(1), of(2));
    assert_ne!((&one.graph, &one.steps), (&other.graph, &other.steps));
    assert!(one.seen.iter().all(|(uid, seen)| other.seen[uid].sum != seen.sum));
    assert!(!format!("{one:?}").contains("first"));
}
