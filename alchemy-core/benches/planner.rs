//! How long a plan takes and how much memory it needs, by number of resources: prints one line each.
//!
//! Every resource is a queue whose visibility changes; every second one refers to the one before it.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use alchemy_core::{
    Attribute, Catalog, Change, Descriptor, Expr, Fqn, Generation, Graph, Identity, Looks, NameUse,
    NoClosures, PlanInput, PlanMode, Prop, PropType, Realm, Record, ReferencesUsed, RemovalPolicy,
    Resource, ResourceType, SecretHasher, Snapshot, StackName, Stage, Status, Target, Value,
    check_plan, name_rules, physical_name, plan,
};

fn catalog() -> Catalog {
    let name = NameUse::Named { prop: "queueName", rule: name_rules::SQS_QUEUE, rule_if: None };
    let mut queue = Descriptor::new("AWS.SQS.Queue", "A queue.", name);
    queue.props = vec![
        Prop::new("queueName", "Its name.", PropType::Str { min: 1, max: 80 }),
        Prop::new("visibilityTimeout", "Seconds.", PropType::Int { min: 0, max: 43_200 })
            .default(Value::int(30)),
        Prop::new("after", "Another queue's name.", PropType::Str { min: 0, max: 80 }),
    ];
    queue.attributes = vec![
        Attribute::new("queueName", "Its name.").at_plan(|context| context.name.map(Value::str)),
    ];
    Catalog::new([queue])
}

fn resource(fqn: &Fqn, ty: &ResourceType, before: Option<&Fqn>) -> Resource {
    let mut props = BTreeMap::from([("visibilityTimeout".to_owned(), Expr::Value(Value::int(60)))]);
    if let Some(before) = before {
        props.insert(
            "after".to_owned(),
            Expr::Attr { fqn: before.clone(), path: vec!["queueName".to_owned()] },
        );
    }
    Resource {
        fqn: fqn.clone(),
        ty: ty.clone(),
        props,
        removal: None,
        renamed_from: Vec::new(),
        parent: None,
        depends_on: BTreeSet::new(),
        adopt: false,
        region: None,
        span: None,
        prop_spans: BTreeMap::new(),
    }
}

fn record(identity: &Identity, target: &Target) -> Record {
    let name = physical_name(identity, &name_rules::SQS_QUEUE);
    let props = BTreeMap::from([
        ("queueName".to_owned(), Value::str(&*name)),
        ("visibilityTimeout".to_owned(), Value::int(30)),
    ]);
    Record {
        uid: identity.uid(),
        fqn: identity.fqn.clone(),
        ty: identity.ty.clone(),
        generation: Generation(0),
        status: Status::Ready,
        attrs: BTreeMap::from([("queueName".to_owned(), Value::str(&*name))]),
        name: Some(name),
        target: target.clone(),
        props,
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: false,
    }
}

/// Milliseconds for one plan and its check of `count` changed resources.
fn measure(count: usize) -> f64 {
    let (stack, stage) =
        (StackName::parse("bench").expect("legal"), Stage::parse("dev").expect("legal"));
    let (realm, ty) = (Realm::from_bits([7; 16]), ResourceType::new("AWS.SQS.Queue"));
    let target = Target {
        provider: "aws".into(),
        account: "111111111111".into(),
        region: "us-east-1".into(),
    };
    let mut graph = Graph {
        stack: stack.clone(),
        stage: stage.clone(),
        resources: indexmap::IndexMap::new(),
        references: BTreeMap::new(),
        outputs: Expr::Value(Value::Null),
    };
    let mut snapshot = Snapshot::new(stack.clone(), stage.clone());
    snapshot.apply(&Change::Pin(target.clone()));
    let mut before: Option<Fqn> = None;
    for number in 0..count {
        let fqn = Fqn::parse(&format!("Queue{number}")).expect("legal");
        graph
            .resources
            .insert(fqn.clone(), resource(&fqn, &ty, before.as_ref().filter(|_| number % 2 == 1)));
        let identity = Identity {
            realm: realm.clone(),
            stack: stack.clone(),
            stage: stage.clone(),
            fqn: fqn.clone(),
            ty: ty.clone(),
            generation: Generation(0),
        };
        snapshot.apply(&Change::Put(record(&identity, &target)));
        before = Some(fqn);
    }
    let (graph, _) = catalog().expand(graph, &SecretHasher::new([0; 32]));
    let input = PlanInput {
        mode: PlanMode::Deploy,
        graph: Some(&graph),
        snapshot: &snapshot,
        observations: &BTreeMap::new(),
        found: &[],
        references: &ReferencesUsed::default(),
        catalog: &catalog(),
        realm: &realm,
        target: &target,
        custom_endpoint: false,
        closures: &NoClosures,
        hasher: &SecretHasher::new([0; 32]),
        looks: Looks::Names,
        adopt: false,
        force: false,
    };
    let begun = Instant::now();
    let plan = plan(&input);
    let steps = plan.steps.len();
    let checked = check_plan(&input, plan);
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    assert!(
        checked.is_ok() && steps == count,
        "{steps} steps for {count} changed resources: {:?}",
        checked.err()
    );
    took
}

fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

fn main() {
    for (count, budget) in [(1_000, "10"), (10_000, "100"), (100_000, "1200")] {
        let mut times: Vec<f64> = (0..3).map(|_| measure(count)).collect();
        times.sort_by(f64::total_cmp);
        let memory =
            peak_memory_mb().map_or(String::new(), |mb| format!(", peak memory so far {mb:.0} MB"));
        println!(
            "planner, {count} resources all changed | {:.1} ms | {budget} ms{memory}",
            times[1]
        );
    }
}
