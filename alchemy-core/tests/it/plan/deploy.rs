//! Examples, pass by pass. Names that were generated are left out of the texts compared.

use alchemy_core::{
    Change, Intent, Looks, Ownership, Plan, PlanInput, SecretHasher, Status, Target, Value,
    check_pin,
};

use super::world::World;

/// A plan's lines without generated names.
fn lines(text: &str) -> Vec<String> {
    let generated = |word: &&str| !word.trim_end_matches(':').starts_with("myapp-dev-");
    let clean =
        |line: &str| line.split_whitespace().filter(generated).collect::<Vec<_>>().join(" ");
    text.lines().map(clean).filter(|line| !line.is_empty()).collect()
}

/// The expected lines, and no others, in this order.
#[track_caller]
pub(crate) fn assert_plan(text: &str, expected: &str) {
    assert_eq!(lines(text), lines(expected), "\n{text}");
}

#[test]
fn a_first_deploy_creates_in_order_and_a_second_does_nothing() {
    let mut world = World::new();
    let program = "
        Function Api role=$Role.arn env.URL=$Jobs.id
        Queue Jobs delay=5
        Role Role
        out version=$Api.version";
    assert_plan(
        &world.deploy(program),
        "
        0: create Api #0 not there yet
        after create Jobs #0, create Role #0
        1: create Jobs #0 not there yet
        2: create Role #0 not there yet
        outputs {version: ${Api.version}}",
    );
    assert_plan(
        &world.deploy(program),
        r#"
        keep Api: no changes
        keep Jobs: no changes
        keep Role: no changes
        outputs {"version":"v3"}"#,
    );
    assert_plan(
        &world.deploy("Queue Jobs delay=7"),
        "
        0: update Jobs #0 its props differ
        delay: 5 -> 7
        1: delete Api #0 no longer in the program
        2: delete Role #0 no longer in the program
        after delete Api #0",
    );
    assert_plan(&world.destroy(), "0: delete Jobs #0 the stage is destroyed");
    assert!(world.cloud.is_empty() && world.snapshot.records.is_empty());
}

#[test]
fn a_prop_that_is_no_longer_given_goes_back_to_its_default_and_members_have_dotted_paths() {
    let mut world = World::new();
    world.deploy("Queue Jobs delay=5 redrive.target=x redrive.maxReceiveCount=9");
    assert_plan(
        &world.deploy("Queue Jobs redrive.target=x"),
        "
        0: update Jobs #0 its props differ
        delay: 5 -> 0
        redrive.maxReceiveCount: 9 -> 3",
    );
}

#[test]
fn secrets_are_compared_and_never_shown() {
    let mut world = World::new();
    let first = world.deploy("Function Api env.KEY=!first env.PLAIN=a");
    let same = world.deploy("Function Api env.KEY=!first env.PLAIN=a");
    assert_plan(&same, "keep Api: no changes");
    let second = world.deploy("Function Api env.KEY=!second env.PLAIN=b");
    assert_plan(
        &second,
        r#"
        0: update Api #0 its props differ
        env.KEY: "<redacted>" -> "<redacted>"
        env.PLAIN: "a" -> "b""#,
    );
    let open = world.deploy("Function Api env.KEY=open");
    assert_plan(
        &open,
        r#"
        0: update Api #0 its props differ
        env.KEY: "<redacted>" -> "<redacted>"
        env.PLAIN: "b" -> null"#,
    );
    let shown = format!("{first}{same}{second}");
    assert!(!shown.contains("first") && !shown.contains("second"), "{shown}");
}

/// What a map was redacted as a whole is not shown either, once it is plain.
#[test]
fn members_of_a_map_that_was_redacted_are_not_shown() {
    let mut world = World::new();
    world.deploy("Function Api env.KEY=first");
    let uid = world.uid("Api");
    let env = world.snapshot.records[&uid].props["env"].clone();
    let hidden = Value::Secret(alchemy_core::Secret::new(env, &super::program::hasher()));
    world.record_mut(&uid).props.insert("env".to_owned(), hidden);
    let shown = world.deploy("Function Api env.KEY=second");
    assert!(shown.contains("env.KEY") && !shown.contains("first"), "{shown}");
}

#[test]
fn a_change_that_state_did_not_hear_of_is_written_down_without_a_call() {
    let mut world = World::new();
    world.deploy("Queue Jobs delay=5\nQueue Mail delay=1");
    let uid = world.uid("Jobs");
    // The result of an update is lost, or somebody made the change by hand.
    world.record_mut(&uid).props.insert("delay".to_owned(), Value::int(3));
    assert_plan(
        &world.deploy("Queue Jobs delay=5\nQueue Mail delay=1"),
        "
        0: record Jobs #0 the object is as wanted, its record is not
        keep Mail: no changes",
    );
    assert_eq!(world.record_mut(&uid).props["delay"], Value::int(5));
}

#[test]
fn redacted_values_that_are_known_by_another_key_are_recorded_anew() {
    let program = "Function Api env.KEY=!first env.PLAIN=a";
    for (refresh, former) in [(true, false), (true, true), (false, true)] {
        let mut world = World::new();
        world.deploy(program);
        let old = world.hasher.clone();
        let new = SecretHasher::new([9; 32]);
        world.hasher = if former { new.after(&old) } else { new };
        world.refresh = refresh;
        let text = world.deploy(program);
        let expected = "0: record Api #0 its redacted values are kept under another key";
        if former {
            assert_plan(&text, expected);
        } else {
            assert_plan(&text, "0: record Api #0 the object is as wanted, its record is not");
        }
        assert_plan(&world.deploy(program), "keep Api: no changes");
    }
}

#[test]
fn settings_of_our_own_change_only_the_record() {
    let mut world = World::new();
    world.deploy("Bucket Photos");
    assert_plan(
        &world.deploy("Bucket Photos forceDestroy=true"),
        "
        0: record Photos #0 a setting of alchemy's own changes
        forceDestroy: false -> true",
    );
    assert_plan(
        &world.deploy("Bucket Photos forceDestroy=true retain"),
        "
        0: record Photos #0 its removal policy changes",
    );
}

#[test]
fn without_refresh_and_with_nothing_to_create_nothing_is_looked_up() {
    let mut world = World::new();
    world.deploy("Queue Jobs\nQueue Mail");
    world.refresh = false;
    let graph = world.graph("Queue Jobs delay=1");
    let made =
        world.with_input(Some(&graph), &std::collections::BTreeMap::new(), alchemy_core::plan);
    assert!(made.needs.is_empty() && made.steps.len() == 2, "{}", made.dump());
    let graph = world.graph("Queue Jobs\nQueue Mail\nQueue New");
    let made =
        world.with_input(Some(&graph), &std::collections::BTreeMap::new(), alchemy_core::plan);
    assert_eq!(made.needs.iter().map(|n| n.fqn.as_str()).collect::<Vec<_>>(), ["New"]);
}

#[test]
fn where_nobody_looks_a_plan_asks_for_nothing_and_is_the_same_else() {
    let mut world = World::new();
    world.deploy("Queue Jobs\nQueue Kept retain\nQueue Old");
    let graph = world.graph("Queue Jobs delay=1\nQueue Kept retain\nQueue New");
    let nothing_seen = std::collections::BTreeMap::new();
    let planned = |looks| {
        world.with_input(Some(&graph), &nothing_seen, |input| {
            alchemy_core::plan(&PlanInput { looks, ..*input })
        })
    };
    let (with, without) = (planned(Looks::Everything), planned(Looks::Nothing));
    assert_eq!((with.needs.len(), without.needs.len()), (4, 0));
    assert_eq!(without, Plan { needs: Vec::new(), ..with });
}

#[test]
fn a_vanished_object_is_made_again_and_one_changed_by_hand_is_updated() {
    let mut world = World::new();
    let program = "Queue Jobs delay=1\nQueue Fixed queueName=x\nQueue Hand delay=1\nQueue Tags";
    world.deploy(program);
    let (jobs, fixed, hand, tags) =
        (world.key_of("Jobs"), world.key_of("Fixed"), world.key_of("Hand"), world.key_of("Tags"));
    world.cloud.remove(&jobs);
    world.cloud.remove(&fixed);
    world.cloud.get_mut(&hand).expect("there").config.insert("delay".into(), Value::int(50));
    world.cloud.get_mut(&tags).expect("there").ownership = Ownership::Untagged;
    assert_plan(
        &world.deploy(program),
        "
        0: create Jobs #1 gone from the cloud
        1: create Fixed #0 x: gone from the cloud
        2: update Hand #0 was changed outside of alchemy
        delay: 50 -> 1
        3: update Tags #0 its tags are gone
        4: delete Jobs #0 gone from the cloud
        after create Jobs #1",
    );
}

#[test]
fn forced_means_updated_without_a_difference() {
    let mut world = World::new();
    world.deploy("Queue Jobs");
    world.force = true;
    assert_plan(&world.deploy("Queue Jobs"), "0: update Jobs #0 forced");
}

#[test]
fn a_rename_keeps_the_object_and_its_children_follow() {
    let mut world = World::new();
    world.deploy("Function Old role=$Old/Role.arn\nRole Old/Role parent:Old");
    let before: Vec<_> = world.cloud.keys().cloned().collect();
    assert_plan(
        &world.deploy("Function New role=$New/Role.arn was:Old\nRole New/Role parent:New"),
        "
        0: rename New #0 was `Old`
        1: update New #0 its tags have its former name
        after rename New #0, update New/Role #0
        2: rename New/Role #0 was `Old/Role`
        3: update New/Role #0 its tags have its former name
        after rename New/Role #0",
    );
    assert_eq!(before, world.cloud.keys().cloned().collect::<Vec<_>>());
    assert_plan(
        &world.deploy("Function New role=$New/Role.arn\nRole New/Role parent:New"),
        "
        keep New: no changes
        keep New/Role: no changes",
    );
    assert_plan(
        &world.deploy("Function New role=$New/Role.arn\nRole New/Role parent:New\nQueue Old"),
        "
        0: create Old #0 not there yet
        keep New: no changes
        keep New/Role: no changes",
    );
}

#[test]
fn tags_take_the_new_name_with_a_look_or_without_and_later_if_that_was_left_undone() {
    let renamed = "
        0: rename New #0 was `Old`
        1: update New #0 its tags have its former name
        after rename New #0";
    let mut world = World::new();
    world.deploy("Queue Old");
    world.refresh = false;
    assert_plan(&world.deploy("Queue New was:Old"), renamed);
    let id = |world: &World| match &world.cloud[&world.key_of("New")].ownership {
        Ownership::Tagged(owner) => owner.id.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(id(&world), "New");
    // A record that was moved by hand: only a look tells.
    let uid = world.uid("New");
    world
        .snapshot
        .apply(&Change::Rename { uid, to: alchemy_core::Fqn::parse("Newer").expect("legal") });
    assert_plan(&world.deploy("Queue Newer"), "keep Newer: no changes");
    world.refresh = true;
    assert_plan(&world.deploy("Queue Newer"), "0: update Newer #0 its tags have its former name");
    assert_plan(&world.deploy("Queue Newer"), "keep Newer: no changes");
}

#[test]
fn names_shift_in_one_deploy_and_a_freed_one_takes_the_next_generation() {
    let mut world = World::new();
    world.deploy("Queue A delay=1\nQueue B delay=2");
    assert_plan(
        &world.deploy("Queue A delay=3\nQueue B delay=1 was:A\nQueue C delay=2 was:B"),
        "
        0: create A #1 not there yet
        1: rename B #0 was `A`
        after rename C #0
        2: update B #0 its tags have its former name
        after rename B #0
        3: rename C #0 was `B`
        4: update C #0 its tags have its former name
        after rename C #0",
    );
}

#[test]
fn two_claims_on_one_record_and_swaps_are_refused() {
    let mut world = World::new();
    world.deploy("Queue A\nQueue B");
    let text = world.deploy("Queue C was:A\nQueue D was:A\nQueue B");
    assert!(text.contains("error[rename-conflict]: `C` and `D` both were `A`"), "{text}");
    let text = world.deploy("Queue A was:B\nQueue B was:A");
    assert!(text.contains("error[rename-ring]: `A` and `B` swap names"), "{text}");
}

#[test]
fn a_replacement_is_made_before_the_old_object_goes_and_dependents_move_between() {
    let mut world = World::new();
    let program = |path: &str| {
        format!(
            "Role Role path={path}
            Function Api role=$Role.arn
            Policy P role=$Role.name policyName=p document=d"
        )
    };
    world.deploy(&program("/"));
    let text = world.deploy(&program("/x/"));
    let values = |line: &&str| !line.trim_start().starts_with("role: ");
    assert_plan(
        &text.lines().filter(values).collect::<Vec<_>>().join("\n"),
        r#"
        0: replace Role #1 `path` cannot be changed in place
        path: "/" -> "/x/" (replaces)
        1: update Api #0 its props differ
        after replace Role #1
        2: replace P #1: `role` cannot be changed in place
        after replace Role #1
        3: delete P #0: replaced by a newer generation
        after replace P #1
        4: delete Role #0 replaced by a newer generation
        after replace Role #1, update Api #0, delete P #0"#,
    );
}

#[test]
fn a_fixed_name_is_deleted_first_and_only_if_the_data_may_go() {
    let mut world = World::new();
    world.deploy("Bucket Photos bucketName=x");
    let text = world.deploy("Bucket Photos bucketName=x kind=fast");
    assert!(
        text.contains("error[replace-loses-data]: replacing Bucket `x` would lose what is in it"),
        "{text}"
    );
    world.deploy("Bucket Photos bucketName=x forceDestroy=true");
    assert_plan(
        &world.deploy("Bucket Photos bucketName=x forceDestroy=true kind=fast"),
        r#"
        0: replace Photos #1 x: `kind` cannot be changed in place; the old one is deleted first, because the name stays the same
        kind: "plain" -> "fast" (replaces)
        after delete Photos #0
        1: delete Photos #0 x: replaced by a newer generation"#,
    );
    assert!(world.cloud.contains_key(&world.key_of("Photos")));
    world.deploy("Bucket Photos bucketName=x forceDestroy=true kind=fast retain");
    let text = world.deploy("Bucket Photos bucketName=x forceDestroy=true retain");
    assert!(text.contains("error[replace-of-retained]"), "{text}");
}

#[test]
fn parts_of_an_object_replaced_under_its_name_are_made_again() {
    let mut world = World::new();
    let program = |path: &str| {
        format!(
            "Role Role roleName=x path={path}\nPolicy P role=$Role.name policyName=p document=d"
        )
    };
    world.deploy(&program("/"));
    assert_plan(
        &world.deploy(&program("/x/")),
        r#"
        0: replace Role #1 x: `path` cannot be changed in place; the old one is deleted first, because the name stays the same
        path: "/" -> "/x/" (replaces)
        after delete Role #0
        1: replace P #1: goes with `Role`, which is replaced under the same name; the old one is deleted first, because the name stays the same
        after replace Role #1, delete P #0
        2: delete P #0: replaced by a newer generation
        3: delete Role #0 x: replaced by a newer generation
        after delete P #0"#,
    );
}

#[test]
fn retain_holds_at_removal_at_replacement_and_at_destroy_and_the_object_is_adopted_again() {
    let mut world = World::new();
    world.deploy("Bucket Photos retain\nQueue Jobs");
    assert_plan(
        &world.deploy("Bucket Photos retain kind=fast\nQueue Jobs"),
        r#"
        0: replace Photos #1 `kind` cannot be changed in place
        kind: "plain" -> "fast" (replaces)
        1: retain Photos #0 replaced by a newer generation
        after replace Photos #1
        keep Jobs: no changes"#,
    );
    assert_plan(
        &world.destroy(),
        "
        0: delete Jobs #0 the stage is destroyed
        1: retain Photos #1 its removal policy keeps it",
    );
    assert_eq!((world.cloud.len(), world.snapshot.retained.len()), (2, 2));
    assert_plan(
        &world.deploy("Bucket Photos retain kind=fast"),
        "
        0: adopt Photos #1 was kept when it was removed, and is wanted again",
    );
    assert_eq!((world.cloud.len(), world.snapshot.retained.len()), (2, 1));
}

#[test]
fn another_owners_object_is_refused_before_any_change_and_both_stages_are_named() {
    let mut world = World::new();
    let mut other = world.clone();
    other.snapshot = alchemy_core::Snapshot::new(
        other.snapshot.stack.clone(),
        alchemy_core::Stage::parse("prod").expect("legal"),
    );
    other.deploy("Bucket Photos bucketName=x");
    world.cloud = other.cloud.clone();
    let (made, _) = world.plan(Some(&world.graph("Queue Jobs\nBucket Photos bucketName=x")));
    let found = made.diagnostics.first().expect("a refusal");
    assert_eq!(found.summary, "Bucket `x` belongs to stage `prod` of stack `myapp`");
    assert!(found.detail.contains("stage `dev`") && found.is_error());
    assert_eq!(found.labels[0].span.location.to_string(), "alchemy.run.ts:2:1");
    world.realm = alchemy_core::Realm::from_bits([9; 16]);
    world.snapshot = other.snapshot.clone();
    world.snapshot.records.clear();
    let text = world.deploy("Bucket Photos bucketName=x");
    assert!(text.contains("error[other-realm]"), "{text}");
}

#[test]
fn untagged_objects_are_taken_over_only_when_allowed() {
    let mut world = World::new();
    world.deploy("Queue Jobs queueName=x delay=4");
    let (snapshot, key) = (world.snapshot.clone(), world.key_of("Jobs"));
    world.snapshot.records.clear();
    assert_plan(
        &world.clone().deploy("Queue Jobs queueName=x"),
        "
        0: adopt Jobs #0 x: its tags say that it is this resource's, but state had lost it
        delay: 4 -> 0",
    );
    world.cloud.get_mut(&key).expect("there").ownership = Ownership::Untagged;
    let text = world.deploy("Queue Jobs queueName=x");
    assert!(
        text.contains("error[not-ours]: Queue `x` exists and carries no tags of alchemy"),
        "{text}"
    );
    assert_plan(
        &world.clone().deploy("Queue Jobs queueName=x adopt"),
        "
        0: adopt Jobs #1 x: it exists already and is taken over
        delay: 4 -> 0",
    );
    world.snapshot = snapshot;
    let text = world.deploy("Queue Jobs queueName=x delay=4");
    assert!(
        text.contains("error[not-ours]: Queue `x` carries no tags of alchemy any more"),
        "{text}"
    );
    assert!(world.deploy("Queue Jobs queueName=x delay=4 adopt").contains("its tags are gone"));
}

#[test]
fn an_unreadable_name_is_a_warning_when_generated_and_an_error_when_given() {
    let mut world = World::new();
    world.deploy("Queue Jobs\nQueue Fixed queueName=x");
    world.cloud.values_mut().for_each(|object| object.readable = false);
    world.snapshot =
        alchemy_core::Snapshot::new(world.snapshot.stack.clone(), world.snapshot.stage.clone());
    let (made, _) = world.plan(Some(&world.graph("Queue Jobs\nQueue Fixed queueName=x")));
    let kinds: Vec<bool> =
        made.diagnostics.iter().map(alchemy_core::Diagnostic::is_error).collect();
    assert_eq!(kinds, [false, true], "{}", made.dump());
}

#[test]
fn open_intents_are_taken_up() {
    let mut world = World::new();
    world.deploy("Queue Jobs\nQueue Mail\nQueue Old\nQueue Gone");
    let intents = vec![
        Intent::Update(world.uid("Jobs")),
        Intent::Delete(world.uid("Old")),
        Intent::Delete(world.uid("Gone")),
    ];
    world.snapshot.apply(&Change::Intend(intents));
    world.record_of("Mail").status = Status::Creating;
    assert_plan(
        &world.deploy("Queue Jobs\nQueue Mail\nQueue Old"),
        "
        0: update Jobs #0 finishes an interrupted update
        1: create Mail #0 finishes an interrupted create
        2: create Old #1 the deletion of the former one had begun
        3: delete Gone #0 finishes an interrupted delete
        4: delete Old #0 finishes an interrupted delete
        after create Old #1",
    );
}

#[test]
fn a_cycle_of_names_resolves_and_settles() {
    let mut world = World::new();
    let program = |arch: &str| {
        format!("Function Api after:Logs architecture={arch}\nQueue Logs queueName=logs-+$Api.name")
    };
    world.deploy(&program("arm64"));
    let text = world.deploy(&program("x86"));
    assert!(text.contains("replace Api #1") && text.contains("replace Logs #1"), "{text}");
    let logs = world.snapshot.records[&world.uid("Logs")].name.clone().expect("a name");
    let api = world.snapshot.records[&world.uid("Api")].name.clone().expect("a name");
    assert_eq!(logs, format!("logs-{api}"));
}

#[test]
fn a_stage_stays_in_its_account_and_region() {
    let mut world = World::new();
    world.snapshot.apply(&Change::Pin(world.target.clone()));
    assert_eq!(check_pin(&world.snapshot, &world.target), Ok(()));
    let other = Target { account: "222222222222".into(), ..world.target.clone() };
    let found = check_pin(&world.snapshot, &other).expect_err("refused");
    assert_eq!(
        found.summary,
        "stage `dev` lives in account 111111111111, this run reaches account 222222222222"
    );
    assert_eq!(
        found.help[1],
        "to bind it to account 222222222222 for good: alchemy stage rebind --stage dev"
    );
    world.deploy("Queue Jobs");
    let found = check_pin(&world.snapshot, &other).expect_err("refused");
    assert_eq!(
        found.help[1],
        "to move it: destroy it in account 111111111111 first, then alchemy stage rebind --stage dev"
    );
    world.target = Target { region: "us-east-1".into(), ..world.target };
    assert!(
        world
            .deploy("Queue Jobs")
            .contains("lives in region eu-west-1, this run reaches region us-east-1")
    );
}

#[test]
fn one_name_for_two_resources_is_refused() {
    let mut world = World::new();
    let text = world.deploy("Queue A queueName=x\nQueue B queueName=x");
    assert!(text.contains("error[same-name]: Queue `x` is wanted twice"), "{text}");
    world.deploy("Bucket A bucketName=x\nBucket B bucketName=y");
    let text = world.deploy("Bucket A bucketName=y\nBucket B bucketName=x");
    assert!(text.contains("error[no-order]"), "{text}");
}

#[test]
fn what_was_half_made_and_is_to_be_kept_is_kept_with_what_is_seen_of_it() {
    for refresh in [true, false] {
        let mut world = World::new();
        world.refresh = refresh;
        let checked = world.checked(Some(&world.graph("Bucket Photos retain"))).expect("a plan");
        let mut whole = world.clone();
        whole.apply(&checked);
        world.begin(&checked);
        let mut never_made = world.clone();
        world.cloud = whole.cloud.clone();
        assert_plan(
            &world.deploy("Queue Jobs"),
            "
            0: create Jobs #0 not there yet
            1: retain Photos #0 its removal policy keeps it",
        );
        let kept = |world: &World| world.snapshot.retained.values().next().cloned();
        assert_eq!(
            kept(&world).expect("it is kept").attrs["id"],
            whole.record_of("Photos").attrs["id"]
        );
        let text = never_made.deploy("Queue Jobs");
        assert!(text.contains("forget Photos"), "{text}");
        assert_eq!(kept(&never_made), None);
    }
}

#[test]
fn a_name_that_spans_regions_is_wanted_once() {
    let world = World::new();
    let program = "Bucket A bucketName=x\nBucket B bucketName=x region:us-east-1";
    let (made, _) = world.plan(Some(&world.graph(program)));
    let found = made.diagnostics.first().expect("a refusal");
    assert_eq!((found.code, found.summary.as_str()), ("same-name", "Bucket `x` is wanted twice"));
    let program = "Function A functionName=x\nFunction B functionName=x region:us-east-1";
    assert!(world.checked(Some(&world.graph(program))).is_ok());
}
