//! What differs between two states of a stage, and moving records by hand.
#![expect(clippy::unwrap_used, reason = "names made up here are legal")]

use std::collections::BTreeMap;

use alchemy_core::{
    Change, Fqn, Generation, MoveRefusal, Record, RemovalPolicy, ResourceType, Secret, Snapshot,
    StackName, Stage, Status, Target, Uid, Value,
};

type Edit = fn(&mut Record);

fn fqn(text: &str) -> Fqn {
    Fqn::parse(text).unwrap()
}

fn record(name: &str, generation: u32) -> Record {
    let target = |region: &str| Target {
        provider: "aws".to_owned(),
        account: "1".to_owned(),
        region: region.to_owned(),
    };
    Record {
        uid: Uid::new(format!("{name}-{generation}")),
        fqn: fqn(name),
        ty: ResourceType::new("Test.Thing"),
        generation: Generation(generation),
        status: Status::Ready,
        name: Some(format!("name-of-{name}-{generation}")),
        target: target("eu-west-1"),
        props: BTreeMap::new(),
        attrs: BTreeMap::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: name.rsplit_once('/').map(|(parent, _)| fqn(parent)),
        location: None,
        created_at: "then".to_owned(),
        updated_at: "then".to_owned(),
        replaced: false,
    }
}

fn stage(records: impl IntoIterator<Item = Record>) -> Snapshot {
    let mut snapshot =
        Snapshot::new(StackName::parse("myapp").unwrap(), Stage::parse("dev").unwrap());
    records.into_iter().for_each(|record| snapshot.apply(&Change::Put(record)));
    snapshot
}

fn paths(old: &Snapshot, new: &Snapshot) -> Vec<String> {
    let diff = old.compare(new);
    let of_record = |change: &alchemy_core::RecordChange<'_>| {
        let fqn = change.record().unwrap().fqn.clone();
        match (change.old, change.new) {
            (None, _) => vec![format!("+{fqn}")],
            (_, None) => vec![format!("-{fqn}")],
            _ => change.changes.iter().map(|change| format!("{fqn}:{}", change.path)).collect(),
        }
    };
    let records = diff.records.iter().flat_map(of_record);
    records.chain(diff.stage.iter().map(|change| change.path.clone())).collect()
}

#[test]
fn every_member_that_counts_shows() {
    let base = stage([record("A", 0), record("B", 0)]);
    assert!(base.compare(&base.clone()).is_empty());
    let edits: [(Edit, &str); 11] = [
        (|r| r.props = [("x".to_owned(), Value::map([("y", Value::int(1))]))].into(), "A:props.x"),
        (|r| r.attrs = [("arn".to_owned(), Value::str("x"))].into(), "A:attributes.arn"),
        (|r| r.name = None, "A:name"),
        (|r| r.status = Status::Updating, "A:status"),
        (|r| r.replaced = true, "A:replaced"),
        (|r| r.removal = RemovalPolicy::Retain, "A:retain"),
        (|r| r.deps = vec![Uid::new("B-0")], "A:dependsOn"),
        (|r| r.target.region = "us-east-1".to_owned(), "A:region"),
        (|r| r.target.account = "2".to_owned(), "A:account"),
        (|r| r.fqn = fqn("C"), "C:resource"),
        (
            |r| r.props = [("x".to_owned(), Value::Secret(Secret::sealed("ab".to_owned())))].into(),
            "A:props.x",
        ),
    ];
    for (edit, path) in edits {
        let mut new = base.clone();
        edit(std::sync::Arc::make_mut(new.records.get_mut(&Uid::new("A-0")).unwrap()));
        assert_eq!(paths(&base, &new), [path]);
        assert_eq!(paths(&new, &base).len(), 1, "{path} in the other direction");
    }
    let silent: [Edit; 2] =
        [|r| r.updated_at = "now".to_owned(), |r| r.created_at = "now".to_owned()];
    for edit in silent {
        let mut new = base.clone();
        edit(std::sync::Arc::make_mut(new.records.get_mut(&Uid::new("A-0")).unwrap()));
        assert!(base.compare(&new).is_empty());
    }
}

#[test]
fn objects_come_go_and_are_kept() {
    let old = stage([record("A", 0), record("B", 0)]);
    let mut new = stage([record("B", 0), record("C", 0)]);
    assert_eq!(paths(&old, &new), ["-A", "+C"]);
    new.apply(&Change::Retained(Uid::new("B-0")));
    new.apply(&Change::Outputs(Value::map([("url", Value::str("x"))])));
    new.apply(&Change::Destroyed { at: "now".to_owned() });
    assert_eq!(paths(&old, &new), ["-A", "B:kept", "+C", "destroyed"]);
}

#[test]
fn a_prop_deep_inside_is_named_by_its_path() {
    let with = |value: Value| {
        let tags = Value::map([("same", Value::int(1)), ("team", value)]);
        stage([Record { props: [("tags".to_owned(), tags)].into(), ..record("A", 0) }])
    };
    let secret = |digest: &str| Value::Secret(Secret::sealed(digest.to_owned()));
    assert_eq!(paths(&with(Value::str("a")), &with(Value::str("b"))), ["A:props.tags.team"]);
    assert_eq!(paths(&with(secret("aa")), &with(secret("bb"))), ["A:props.tags.team"]);
    assert!(with(secret("aa")).compare(&with(secret("aa"))).is_empty());
}

#[test]
fn a_resource_moves_with_everything_under_it_and_every_generation() {
    let old = Record { replaced: true, ..record("Api", 0) };
    let mut snapshot = stage([old, record("Api", 1), record("Api/Role", 0), record("Apiary", 0)]);
    let changes = snapshot.moves(&fqn("Api"), &fqn("Site/Web")).unwrap();
    for change in &changes {
        snapshot.apply(change);
    }
    let mut names: Vec<_> = snapshot.records.values().map(|r| r.fqn.to_string()).collect();
    names.sort();
    assert_eq!(names, ["Apiary", "Site/Web", "Site/Web", "Site/Web/Role"]);
    let role = snapshot.live(&fqn("Site/Web/Role")).unwrap();
    assert_eq!(role.parent, Some(fqn("Site/Web")));
    assert_eq!(role.name.as_deref(), Some("name-of-Api/Role-0"), "the object is the same");
    assert_eq!(
        snapshot.next_generation(&fqn("Site/Web"), &ResourceType::new("Test.Thing")),
        Generation(2)
    );
    assert_eq!(
        snapshot.next_generation(&fqn("Api"), &ResourceType::new("Test.Thing")),
        Generation(2)
    );
}

#[test]
fn a_namespace_moves_into_itself_and_out_again() {
    let mut snapshot = stage([record("A", 0), record("A/B", 0)]);
    for change in snapshot.moves(&fqn("A"), &fqn("A/B")).unwrap() {
        snapshot.apply(&change);
    }
    let names = |snapshot: &Snapshot| {
        snapshot.within(&fqn("A")).into_iter().map(|r| r.fqn.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&snapshot), ["A/B", "A/B/B"]);
    for change in snapshot.moves(&fqn("A/B"), &fqn("A")).unwrap() {
        snapshot.apply(&change);
    }
    assert_eq!(names(&snapshot), ["A", "A/B"]);
}

#[test]
fn nothing_is_displaced_and_nothing_made_up() {
    let snapshot = stage([record("A", 0), record("A/Role", 0), record("B/Role", 0)]);
    let refused = |from: &str, to: &str| snapshot.moves(&fqn(from), &fqn(to)).unwrap_err();
    assert_eq!(refused("A", "B"), MoveRefusal::Taken(fqn("B/Role")));
    assert_eq!(refused("A", "A"), MoveRefusal::Same);
    assert_eq!(refused("C", "D"), MoveRefusal::Unknown);
    assert_eq!(refused("Rol", "D"), MoveRefusal::Unknown);
    let long = ["x".repeat(60).as_str(); 4].join("/");
    assert!(matches!(refused("A", &format!("{long}/12345678")), MoveRefusal::BadName(_)));
}
