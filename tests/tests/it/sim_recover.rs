//! State that is lost is rebuilt from names and tags, and the next plan changes nothing.

use std::collections::BTreeMap;

use alchemy_core::{Fate, Record, Snapshot, Uid};
use alchemy_tests::program::{Program, attr, known, members};
use alchemy_tests::random::Random;
use alchemy_tests::sim_cloud::{Fault, FaultPlan, Harshness};
use alchemy_tests::world::{RunOptions, World};

const QUEUE: &str = "AWS.SQS.Queue";
const BUCKET: &str = "AWS.S3.Bucket";

/// Random histories before the loss. `ALCHEMY_SIM_SEEDS` sets another number.
fn seeds(default: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("ALCHEMY_SIM_SEEDS").ok().and_then(|text| text.parse().ok());
    0..asked.unwrap_or(default)
}

/// What recovery has to bring back, by resource and generation: everything but when it was written, and the uid, which
/// keeps the name that a resource had before it was renamed.
fn records(snapshot: &Snapshot) -> BTreeMap<String, Record> {
    let name = |record: &Record| format!("{} {}", record.fqn, record.generation);
    let names: BTreeMap<_, _> =
        snapshot.records.values().map(|r| (r.uid.clone(), Uid::new(name(r)))).collect();
    let timeless = |record: &Record| {
        let mut deps: Vec<Uid> = record.deps.iter().map(|uid| names[uid].clone()).collect();
        deps.sort();
        Record {
            uid: Uid::new(name(record)),
            deps,
            created_at: String::new(),
            updated_at: String::new(),
            ..record.clone()
        }
    };
    snapshot.records.values().map(|record| (name(record), timeless(record))).collect()
}

async fn deployed(world: &World, program: &Program) {
    let end = world.deploy(program).await;
    assert!(end.is_complete(), "{end:?}");
}

/// Nothing is planned, with and without looking at the cloud.
async fn unchanged(world: &World, program: &Program, context: &str) {
    for refresh in [true, false] {
        let options = RunOptions { refresh, ..RunOptions::default() };
        let end = world.deploy_with(program, options).await;
        assert!(
            end.is_complete() && end.steps().is_empty(),
            "{context}, refresh {refresh}: {end:?}"
        );
    }
}

fn photos(world: &World) -> Program {
    Program::photos("dev", world.secret("canary"))
}

#[tokio::test(start_paused = true)]
async fn every_record_comes_back_as_it_was() {
    let world = World::new(Harshness::calm(), 1);
    let program = photos(&world);
    deployed(&world, &program).await;
    let before = world.snapshot("dev").await.expect("deployed");
    let calls = world.cloud.changing_calls();
    let forgetful = world.forgetful();
    let recovery = forgetful.recover("dev", Some(&program)).await.expect("recovered");
    assert_eq!((recovery.missing.len(), recovery.diagnostics.len()), (0, 0), "{recovery:?}");
    assert_eq!(world.cloud.changing_calls(), calls, "recovery only reads");
    let after = forgetful.snapshot("dev").await.expect("recovered");
    assert_eq!(records(&after), records(&before));
    assert_eq!(after.generations, before.generations);
    assert_eq!((after.pin, after.outputs), (before.pin, before.outputs));
    unchanged(&forgetful, &program, "photos").await;
    assert_eq!(forgetful.disagreements("dev").await, [""; 0]);
    let end = forgetful.destroy("dev").await;
    assert!(end.is_complete() && world.cloud.objects().is_empty(), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn every_type_of_the_catalog_comes_back() {
    let world = World::new(Harshness::full(), 8);
    let document = || match trust() {
        alchemy_core::Expr::Value(value) => value,
        _ => alchemy_core::Value::Null,
    };
    let program = photos(&world)
        .with("Reads", "AWS.IAM.Policy", vec![("policyDocument", known(document()))])
        .with(
            "Ops",
            "AWS.IAM.Role",
            vec![
                ("roleName", known("ops-dev")),
                ("path", known("/ops/")),
                ("assumeRolePolicyDocument", trust()),
            ],
        )
        .with("Audit", "AWS.Logs.LogGroup", vec![])
        .with(
            "FromPhotos",
            "AWS.Lambda.Permission",
            vec![
                ("functionName", attr("Api", "functionName")),
                ("action", known("lambda:InvokeFunction")),
                ("principal", known("s3.amazonaws.com")),
                ("sourceArn", attr("Photos", "bucketArn")),
            ],
        );
    deployed(&world, &program).await;
    let before = world.snapshot("dev").await.expect("deployed");
    let types: std::collections::BTreeSet<_> = before.records.values().map(|r| &r.ty).collect();
    let all: std::collections::BTreeSet<_> = world.catalog.iter().map(|d| &d.ty).collect();
    assert_eq!(types, all, "a type that this test does not know");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let forgetful = world.forgetful();
    forgetful.recover("dev", Some(&program)).await.expect("recovered");
    let after = forgetful.snapshot("dev").await.expect("recovered");
    assert_eq!(records(&after), records(&before));
    assert_eq!(after.generations, before.generations);
    unchanged(&forgetful, &program, "every type").await;
}

#[tokio::test(start_paused = true)]
async fn generations_come_back_even_of_what_has_no_tags() {
    let world = World::new(Harshness::calm(), 2);
    let program = photos(&world);
    for _ in 0..3 {
        deployed(&world, &program).await;
        assert!(world.destroy("dev").await.is_complete());
    }
    deployed(&world, &program).await;
    let before = world.snapshot("dev").await.expect("deployed");
    let forgetful = world.forgetful();
    forgetful.recover("dev", Some(&program)).await.expect("recovered");
    let after = forgetful.snapshot("dev").await.expect("recovered");
    let named = |snapshot: &Snapshot| {
        let mut records = records(snapshot);
        // The service assigns what these are found by; nothing tells which generation they are.
        records.retain(|_, record| record.name.is_some());
        records
    };
    assert_eq!(named(&after), named(&before));
    unchanged(&forgetful, &program, "fourth life").await;
}

#[tokio::test(start_paused = true)]
async fn a_replacement_cut_short_goes_on() {
    let world = World::new(Harshness::calm(), 3);
    let env = members([("QUEUE", attr("Jobs", "queueUrl"))]);
    let api = vec![("main", known("sha")), ("env", env)];
    let role =
        |path: &str| vec![("path", known(path.to_owned())), ("assumeRolePolicyDocument", trust())];
    let program = Program::new("dev")
        .with("Jobs", QUEUE, vec![])
        .with("Ops", "AWS.IAM.Role", role("/a/"))
        .with("Api", "AWS.Lambda.Function", api);
    deployed(&world, &program).await;
    let next = program.set("Jobs", "fifo", known(true)).set("Ops", "path", known("/b/"));
    let whole = World::new(Harshness::calm(), 3);
    deployed(&whole, &next).await;
    for call in 1..8 {
        let world =
            World { cloud: world_with(&next, call).await, ..World::new(Harshness::calm(), 3) };
        let recovery = world.recover("dev", Some(&next)).await.expect("recovered");
        let data = recovery.objects.iter().filter(|o| o.record.ty.as_str() == QUEUE);
        assert!(
            data.clone().all(|o| o.fate != Fate::Replaced),
            "data is never marked: {recovery:?}"
        );
        let end = world.deploy(&next).await;
        assert!(end.is_complete(), "cut at call {call}: {end:?}");
        assert_eq!(world.disagreements("dev").await, [""; 0], "cut at call {call}");
        unchanged(&world, &next, "after the cut").await;
    }
}

fn trust() -> alchemy_core::Expr {
    let statement = [("Effect", "Allow"), ("Action", "sts:AssumeRole")];
    let statement = statement.map(|(k, v)| (k, alchemy_core::Value::from(v)));
    known(alchemy_core::Value::map([("Statement", alchemy_core::Value::map(statement))]))
}

/// The cloud of a stage whose change to `next` was cut short at this call.
async fn world_with(next: &Program, call: u64) -> alchemy_tests::sim_cloud::SimCloud {
    let world = World::new(Harshness::calm(), 3);
    let before = next.clone().set("Jobs", "fifo", known(false)).set("Ops", "path", known("/a/"));
    deployed(&world, &before).await;
    world.cloud.set_faults(FaultPlan::at_call(call, Fault::CrashAfter));
    world.deploy(next).await;
    world.cloud.set_faults(FaultPlan::none());
    world.cloud
}

#[tokio::test(start_paused = true)]
async fn what_was_kept_on_purpose_is_not_marked_for_deletion() {
    let world = World::new(Harshness::calm(), 4);
    let program = Program::new("dev").with("Jobs", QUEUE, vec![]).with("Photos", BUCKET, vec![]);
    deployed(&world, &program.clone().retained("Photos")).await;
    let without = program.without("Photos");
    deployed(&world, &without).await;
    let forgetful = world.forgetful();
    let recovery = forgetful.recover("dev", Some(&without)).await.expect("recovered");
    let fates: Vec<_> = recovery.objects.iter().map(|o| (o.record.fqn.as_str(), o.fate)).collect();
    assert_eq!(fates, [("Jobs", Fate::Live), ("Photos", Fate::Kept)]);
    unchanged(&forgetful, &without, "kept").await;
    let end = forgetful.destroy("dev").await;
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(world.objects_of("dev").len(), 1, "the bucket stays");
}

#[tokio::test(start_paused = true)]
async fn without_a_program_destroy_takes_all_but_data() {
    let world = World::new(Harshness::calm(), 5);
    // Inline policies that are resources of their own are found with a program only; a real role takes them along.
    let program = photos(&world).without("JobsToApi").change("Api", |api| {
        api.props.remove("policyStatements");
    });
    deployed(&world, &program).await;
    let forgetful = world.forgetful();
    let recovery = forgetful.recover("dev", None).await.expect("recovered");
    let text = format!("{:?}", forgetful.store.files());
    assert!(!text.contains("canary"), "what the cloud shows in clear is not written");
    let api = recovery.objects.iter().find(|o| o.record.fqn.as_str() == "Api/Role").expect("found");
    assert_eq!(api.record.parent.as_ref().map(alchemy_core::Fqn::as_str), Some("Api"));
    let function = recovery.objects.iter().find(|o| o.record.fqn.as_str() == "Api").expect("found");
    assert!(function.record.deps.contains(&api.record.uid), "{:?}", function.record.deps);
    let end = forgetful.destroy("dev").await;
    assert!(end.is_complete(), "{end:?}");
    let left: Vec<_> = world.objects_of("dev").into_keys().map(|key| key.ty.to_string()).collect();
    assert!(
        left.iter().all(|ty| ["AWS.S3.Bucket", QUEUE, "AWS.Logs.LogGroup"].contains(&ty.as_str())),
        "{left:?}"
    );
    assert_eq!(left.len(), 5, "a bucket, two queues, two log groups: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn what_differs_or_is_gone_shows_in_the_next_plan() {
    let world = World::new(Harshness::calm(), 6);
    let program = photos(&world);
    deployed(&world, &program).await;
    let find = |ty: &str| {
        world.objects_of("dev").into_keys().find(|key| key.ty.as_str() == ty).expect("made")
    };
    world.cloud.delete_by_hand(&find(BUCKET));
    let changed = program.clone().set("Jobs", "delay", known("5 seconds"));
    let forgetful = world.forgetful();
    let recovery = forgetful.recover("dev", Some(&changed)).await.expect("recovered");
    let missing: Vec<_> = recovery.missing.iter().map(|(fqn, _)| fqn.as_str()).collect();
    assert_eq!(missing, ["Photos"]);
    let differing: Vec<_> = recovery
        .objects
        .iter()
        .filter(|object| !object.differs.is_empty())
        .map(|object| format!("{} {:?}", object.record.fqn, object.differs))
        .collect();
    assert_eq!(differing, [r#"Jobs ["delay"]"#]);
    let end = forgetful.deploy(&changed).await;
    assert_eq!(end.steps(), ["create Photos", "update Jobs"], "{end:?}");
    assert_eq!(forgetful.disagreements("dev").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn another_stages_objects_are_left_alone() {
    let world = World::new(Harshness::calm(), 7);
    for stage in ["dev", "prod"] {
        deployed(&world, &Program::photos(stage, world.secret("canary"))).await;
    }
    let forgetful = world.forgetful();
    let recovery = forgetful.recover("dev", Some(&photos(&world))).await.expect("recovered");
    assert_eq!(recovery.objects.len(), 15);
    assert_eq!(forgetful.snapshot("prod").await, None);
    assert!(forgetful.destroy("dev").await.is_complete());
    assert_eq!(world.disagreements("prod").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn random_stages_come_back_whatever_was_deployed_before() {
    for seed in seeds(60) {
        let mut random = Random::new(seed);
        let world = World::new(Harshness::calm(), seed);
        let secret = world.secret("canary");
        let mut program = Program::new("dev");
        for _ in 0..=random.below(3) {
            program = Program::random("dev", &secret, &mut random);
            deployed(&world, &program).await;
        }
        let before = world.snapshot("dev").await.expect("deployed");
        if before.records.is_empty() {
            continue;
        }
        let context = format!("seed {seed}:{program}");
        let forgetful = world.forgetful();
        let recovery = forgetful.recover("dev", Some(&program)).await.expect("recovered");
        assert_eq!(recovery.missing, [], "{context}");
        let after = forgetful.snapshot("dev").await.expect("recovered");
        for (name, record) in records(&before).into_iter().filter(|(_, r)| r.name.is_some()) {
            let back = records(&after).remove(&name);
            assert_eq!(back, Some(record), "{context}");
        }
        unchanged(&forgetful, &program, &context).await;
        assert_eq!(forgetful.disagreements("dev").await, [""; 0], "{context}");
    }
}

/// A rename writes the new name into the tags, so it is not undone by losing state once the program forgets the old one.
#[tokio::test(start_paused = true)]
async fn a_renamed_resource_comes_back_under_its_new_name() {
    let world = World::new(Harshness::calm(), 9);
    let program = Program::new("dev").with("Jobs", QUEUE, vec![]).with("Photos", BUCKET, vec![]);
    deployed(&world, &program).await;
    let renamed = program.renamed("Jobs", "Tasks").renamed("Photos", "Pictures");
    deployed(&world, &renamed).await;
    let forgotten = renamed
        .change("Tasks", |resource| resource.renamed_from.clear())
        .change("Pictures", |resource| resource.renamed_from.clear());
    unchanged(&world, &forgotten, "before the loss").await;
    let before = world.snapshot("dev").await.expect("deployed");
    let forgetful = world.forgetful();
    let recovery = forgetful.recover("dev", Some(&forgotten)).await.expect("recovered");
    assert_eq!((recovery.missing.len(), recovery.diagnostics.len()), (0, 0), "{recovery:?}");
    let after = forgetful.snapshot("dev").await.expect("recovered");
    assert_eq!(records(&after), records(&before));
    unchanged(&forgetful, &forgotten, "after it").await;
}
