//! Random histories of one stage: programs, renames, hand edits, crashes. Every failure prints its whole history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use alchemy_core::{
    Action, Change, CheckedPlan, Graph, Ownership, Plan, RemovalPolicy, Status, Value,
    verify_integrity,
};
use indexmap::IndexMap;

use super::world::World;

/// Histories a run goes through; each has several deploys, crashes and hand edits.
const HISTORIES: u64 = 200;

const IDS: [&str; 9] = ["A", "B", "C", "D", "E", "F", "G", "A/Role", "B/Role"];
const TYPES: [&str; 6] = ["Queue", "Bucket", "Function", "Role", "Policy", "Mapping"];

/// Xorshift: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).expect("small")
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

fn program(dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut made: Vec<(&str, &str)> = Vec::new();
    for (place, id) in IDS.iter().enumerate() {
        if dice.one_in(3) {
            continue;
        }
        let ty = if dice.one_in(20) { dice.pick(&TYPES) } else { TYPES[place % TYPES.len()] };
        let words = props(dice, ty, &made);
        let Some(words) = words else { continue };
        write!(text, "{ty} {id} {words}").expect("a String");
        for (flag, odds) in [("retain", 6), ("destroy", 12), ("region:us-east-1", 25)] {
            if dice.one_in(odds) {
                write!(text, " {flag}").expect("a String");
            }
        }
        if dice.one_in(4) {
            write!(text, " was:{}", dice.pick(&IDS)).expect("a String");
        }
        if let (Some((parent, _)), true) =
            (id.split_once('/'), made.iter().any(|(m, _)| id.starts_with(&format!("{m}/"))))
        {
            write!(text, " parent:{parent}").expect("a String");
        }
        if !made.is_empty() && dice.one_in(4) {
            write!(text, " after:{}", dice.pick(&made).0).expect("a String");
        }
        text.push('\n');
        made.push((id, ty));
    }
    if let Some((id, _)) = made.first() {
        writeln!(text, "out first=${id}.id").expect("a String");
    }
    text
}

fn props(dice: &mut Dice, ty: &str, made: &[(&str, &str)]) -> Option<String> {
    let of = |dice: &mut Dice, ty: &str| {
        let all: Vec<&str> = made.iter().filter(|(_, t)| *t == ty).map(|(id, _)| *id).collect();
        if all.is_empty() { None } else { Some(dice.pick(&all)) }
    };
    let any = if made.is_empty() { None } else { Some(dice.pick(made).0) };
    let explicit = |dice: &mut Dice, prop: &str| {
        if dice.one_in(5) {
            format!(" {prop}={}", dice.pick(&["x1", "x2", "x3"]))
        } else {
            String::new()
        }
    };
    Some(match ty {
        "Queue" => {
            let mut text = format!("delay={} fifo={}", dice.below(3), dice.one_in(4));
            if let Some(other) = any.filter(|_| dice.one_in(2)) {
                let attribute = dice.pick(&["arn", "id", "uuid"]);
                write!(
                    text,
                    " redrive.target=${other}.{attribute} redrive.maxReceiveCount={}",
                    dice.below(3)
                )
                .ok()?;
            }
            text + &explicit(dice, "queueName")
        }
        "Bucket" => {
            let kind = dice.pick(&["plain", "plain", "fast"]);
            format!("kind={kind} forceDestroy={}", dice.one_in(2)) + &explicit(dice, "bucketName")
        }
        "Function" => {
            let mut text = format!("memory={} env.KEY=!s{}", dice.below(2), dice.below(3));
            if let Some(other) = any {
                write!(
                    text,
                    " env.OTHER=${other}.{}",
                    dice.pick(&["arn", "name", "id", "version"])
                )
                .ok()?;
            }
            if dice.one_in(5) {
                text.push_str(" architecture=x86");
            }
            if let Some(role) = of(dice, "Role") {
                write!(text, " role=${role}.arn").ok()?;
            }
            text + &explicit(dice, "functionName")
        }
        "Role" => format!("path={}", dice.pick(&["/", "/", "/x/"])) + &explicit(dice, "roleName"),
        "Policy" => {
            format!("role=${}.name policyName=p document=d{}", of(dice, "Role")?, dice.below(2))
        }
        _ => {
            let (function, source) = (of(dice, "Function")?, of(dice, "Queue")?);
            format!("function=${function}.name source=${source}.arn batch={}", dice.below(2))
        }
    })
}

/// Every step without its number, so that plans of one program in two orders can be compared.
fn shape(plan: &Plan) -> BTreeSet<String> {
    let label =
        |s: &alchemy_core::Step| format!("{} {} #{} {:?}", s.action, s.fqn, s.generation, s.name);
    let step = |s: &alchemy_core::Step| {
        let after: BTreeSet<String> =
            s.after.iter().map(|id| label(&plan.steps[id.0 as usize])).collect();
        format!("{} {} {:?} after {after:?} deps {:?}", label(s), s.reason, s.changes, s.deps)
    };
    let kept = plan.untouched.iter().map(|(fqn, why)| format!("{fqn} {why}"));
    plan.steps.iter().map(step).chain(kept).collect()
}

fn shuffled(graph: &Graph, dice: &mut Dice) -> Graph {
    let mut rest: Vec<_> = graph.resources.values().cloned().collect();
    let mut resources = IndexMap::new();
    while !rest.is_empty() {
        let next = rest.swap_remove(dice.below(rest.len()));
        resources.insert(next.fqn.clone(), next);
    }
    Graph { resources, ..graph.clone() }
}

/// Somebody works on the objects by hand: deletes one, changes one, strips one of its tags.
fn meddle(world: &mut World, dice: &mut Dice, story: &mut String) {
    let keys: Vec<_> = world.cloud.keys().cloned().collect();
    let kept = world.snapshot.retained.values();
    let kept: BTreeSet<_> =
        kept.filter_map(|r| world.key((&r.ty, &r.target), r.name.as_deref(), &r.props)).collect();
    if keys.is_empty() {
        return;
    }
    let key = keys[dice.below(keys.len())].clone();
    if kept.contains(&key) {
        return;
    }
    writeln!(story, "-- meddled with {key:?}").expect("a String");
    let object = world.cloud.get_mut(&key).expect("listed");
    match dice.below(3) {
        0 => {
            world.cloud.remove(&key);
        }
        1 => {
            for name in ["delay", "memory", "batch"] {
                object.config.insert(name.to_owned(), Value::int(99));
            }
        }
        _ if matches!(object.ownership, Ownership::Tagged(_)) => {
            object.ownership = Ownership::Untagged;
        }
        _ => {}
    }
}

/// The process dies: intents are written, some steps are done, of one more only the cloud knows.
fn crash(world: &mut World, checked: &CheckedPlan, dice: &mut Dice) {
    world.begin(checked);
    let steps = &checked.plan().steps;
    let mut done = vec![false; steps.len()];
    for _ in 0..dice.below(steps.len() + 1) {
        let ready: Vec<_> = steps
            .iter()
            .filter(|s| !done[s.id.0 as usize] && s.after.iter().all(|a| done[a.0 as usize]))
            .collect();
        if ready.is_empty() {
            return;
        }
        let step = ready[dice.below(ready.len())];
        done[step.id.0 as usize] = true;
        world.take(step);
    }
    let ready =
        steps.iter().find(|s| !done[s.id.0 as usize] && s.after.iter().all(|a| done[a.0 as usize]));
    if let Some(step) = ready.filter(|_| dice.one_in(2)) {
        let before = world.snapshot.clone();
        world.take(step);
        let after = std::mem::replace(&mut world.snapshot, before);
        // The key of an object that is found again by it alone is written down before the object is made.
        let (made, intended) =
            (after.records.get(&step.uid), world.snapshot.records.get_mut(&step.uid));
        if let (Some(made), Some(intended)) = (made, intended)
            && intended.status == Status::Creating
        {
            Arc::make_mut(intended).props.clone_from(&made.props);
        }
    }
}

/// The stage's objects are exactly the records' and the retained ones'.
fn assert_no_orphans(world: &World, story: &str) {
    assert_eq!(verify_integrity(&world.snapshot), Ok(()), "{story}");
    let all = world.snapshot.records.values().chain(world.snapshot.retained.values());
    let known: BTreeSet<_> =
        all.filter_map(|r| world.key((&r.ty, &r.target), r.name.as_deref(), &r.props)).collect();
    let there: BTreeSet<_> = world.cloud.keys().cloned().collect();
    assert_eq!(there, known, "objects and records differ after\n{story}");
}

fn live_retained(world: &World) -> BTreeMap<String, usize> {
    let kept = world
        .snapshot
        .records
        .values()
        .filter(|r| r.removal == RemovalPolicy::Retain && r.attrs.contains_key("id"));
    let keys = kept.filter_map(|r| world.key((&r.ty, &r.target), r.name.as_deref(), &r.props));
    keys.filter(|key| world.cloud.contains_key(key)).map(|key| (format!("{key:?}"), 1)).collect()
}

fn history(seed: u64) -> (usize, usize) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut world, mut story, mut deploys, mut refused) =
        (World::new(), format!("seed {seed}\n"), 0, 0);
    for _ in 0..6 {
        if dice.one_in(3) {
            meddle(&mut world, &mut dice, &mut story);
        }
        let text = program(&mut dice);
        writeln!(story, "-- deploy\n{text}").expect("a String");
        let graph = world.graph(&text);
        let (plan, _) = world.plan(Some(&graph));
        let (other, _) = world.plan(Some(&shuffled(&graph, &mut dice)));
        assert_eq!(shape(&plan), shape(&other), "order of declaration matters in\n{story}");
        let Ok(checked) = world.checked(Some(&graph)) else {
            refused += 1;
            writeln!(story, "-- refused\n{}", plan.dump()).expect("a String");
            continue;
        };
        deploys += 1;
        let kept = live_retained(&world);
        writeln!(story, "{}", plan.dump()).expect("a String");
        if dice.one_in(3) {
            writeln!(story, "-- crashes").expect("a String");
            crash(&mut world, &checked, &mut dice);
            assert_eq!(verify_integrity(&world.snapshot), Ok(()), "{story}");
        } else {
            world.apply(&checked);
            world.assert_settled(Some(&graph), &story);
            assert_no_orphans(&world, &story);
        }
        for key in kept.keys() {
            assert!(
                world.cloud.keys().any(|k| format!("{k:?}") == *key),
                "{key} had to be kept in\n{story}"
            );
        }
    }
    finish(&mut world, &mut story);
    (deploys, refused)
}

fn finish(world: &mut World, story: &mut String) {
    let kept = live_retained(world);
    let checked = world
        .checked(None)
        .unwrap_or_else(|plan| panic!("destroy is refused:\n{}\n{story}", plan.dump()));
    writeln!(story, "-- destroy\n{}", checked.plan().dump()).expect("a String");
    world.apply(&checked);
    assert!(world.snapshot.records.is_empty(), "{story}");
    assert_no_orphans(world, story);
    for key in kept.keys() {
        assert!(
            world.cloud.keys().any(|k| format!("{k:?}") == *key),
            "{key} had to be kept in\n{story}"
        );
    }
    let (again, _) = world.plan(None);
    assert!(again.steps.is_empty(), "{story}");
    world.snapshot.apply(&Change::Destroyed { at: "2026-01-02T00:00:00Z".into() });
}

#[test]
fn random_histories_end_well() {
    let (mut deploys, mut refused) = (0, 0);
    for seed in 1..=HISTORIES {
        let (d, r) = history(seed);
        deploys += d;
        refused += r;
    }
    assert!(
        deploys > refused,
        "{deploys} deploys against {refused} refusals: the generator has become useless"
    );
}

#[test]
fn the_generator_reaches_every_action() {
    let mut seen = BTreeSet::new();
    for seed in 1..200 {
        let mut dice = Dice(seed);
        let mut world = World::new();
        for _ in 0..8 {
            meddle(&mut world, &mut dice, &mut String::new());
            let graph = world.graph(&program(&mut dice));
            if let Ok(checked) = world.checked(Some(&graph)) {
                seen.extend(checked.plan().steps.iter().map(|s| s.action));
                world.apply(&checked);
            }
        }
    }
    let all = [
        Action::Create,
        Action::Update,
        Action::Replace,
        Action::Delete,
        Action::Retain,
        Action::Adopt,
        Action::Rename,
        Action::Record,
        Action::Forget,
    ];
    assert_eq!(seen, all.into_iter().collect());
}
