//! Whose an object is without tags, and whose one without a name.

use super::*;
use crate::{
    Attribute, CaseRule, Change, Fqn, Generation, Identity, NameRule, NameUse, Owner,
    RemovalPolicy, ResourceType, StackName, Stage, Status, Target, physical_name,
};

const RULE: NameRule = NameRule {
    min: 1,
    max: 80,
    underscore: true,
    by_hand: "",
    case: CaseRule::Lower,
    ending: "",
    reserved_prefixes: &[],
    reserved_suffixes: &[],
};

fn identity(id: &str, ty: &str, generation: u32) -> Identity {
    Identity {
        realm: Realm::from_bits([1; 16]),
        stack: StackName::parse("app").unwrap(),
        stage: Stage::parse("dev").unwrap(),
        fqn: Fqn::parse(id).unwrap(),
        ty: ResourceType::new(ty),
        generation: Generation(generation),
    }
}

fn record(identity: &Identity, name: Option<&str>, parent: Option<&str>) -> Record {
    Record {
        uid: identity.uid(),
        fqn: identity.fqn.clone(),
        ty: identity.ty.clone(),
        generation: identity.generation,
        status: Status::Ready,
        name: name.map(str::to_owned),
        target: Target { provider: "aws".into(), account: "1".into(), region: "r".into() },
        props: BTreeMap::new(),
        attrs: BTreeMap::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: parent.map(|parent| Fqn::parse(parent).unwrap()),
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: false,
    }
}

fn mapping() -> Descriptor {
    Descriptor {
        attributes: vec![Attribute::new("uuid", ""), Attribute::new("state", "").changing()],
        ..Descriptor::new("Mapping", "", NameUse::Natural { key: &["function"] })
    }
}

fn ids(uuid: &str, state: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([("uuid".to_owned(), Value::str(uuid)), ("state".to_owned(), Value::str(state))])
}

fn snapshot(records: &[&Record]) -> Snapshot {
    let stage = identity("X", "X", 0);
    let mut snapshot = Snapshot::new(stage.stack, stage.stage);
    for record in records {
        snapshot.apply(&Change::Put(Record::clone(record)));
    }
    snapshot
}

#[test]
fn a_generated_name_is_told_from_one_given_by_hand_under_every_rule() {
    let jobs = identity("Jobs", "Queue", 0);
    let rules = [
        RULE,
        NameRule { ending: ".fifo", ..RULE },
        NameRule { underscore: false, max: 30, ..RULE },
    ];
    for rule in rules {
        let name = physical_name(&jobs, &rule);
        assert!(is_generated(&name, &jobs.uid()), "{name}");
        assert!(!is_generated(&name, &identity("Jobs", "Queue", 1).uid()), "{name}");
    }
    for name in ["jobs", "", "app-dev-jobs", "our-photos"] {
        assert!(!is_generated(name, &jobs.uid()), "{name}");
    }
    assert!(!is_generated("u", &Uid::new("u")), "a uid that is not of an identity");
}

#[test]
fn a_log_group_is_as_generated_as_its_functions_name() {
    let (function, group) = (identity("Api", "Function", 0), identity("Api/Logs", "Group", 0));
    let name = physical_name(&function, &RULE);
    let generated = record(&function, Some(&name), None);
    let by_hand = record(&function, Some("api"), None);
    let descriptor = mapping();
    let claims = |function: &Record, parent: Option<&str>| {
        let name = function.name.as_deref().map(|name| format!("/aws/lambda/{name}"));
        let group = record(&group, name.as_deref(), parent);
        snapshot(&[function, &group]).claims_untagged(&group, &descriptor, &BTreeMap::new())
    };
    assert!(claims(&generated, Some("Api")));
    assert!(!claims(&by_hand, Some("Api")), "anybody may have made it");
    assert!(!claims(&generated, None), "nothing says that it is the function's");
}

#[test]
fn without_a_name_the_services_own_ids_tell() {
    let of = |attrs| Record { attrs, ..record(&identity("M", "Mapping", 0), None, None) };
    let (whole, half) = (of(ids("a", "on")), of(BTreeMap::new()));
    let descriptor = mapping();
    let claims = |record: &Record, uuid: &str| {
        snapshot(&[record]).claims_untagged(record, &descriptor, &ids(uuid, "off"))
    };
    assert!(claims(&whole, "a"), "what changes is no id");
    assert!(!claims(&whole, "b"));
    assert!(!claims(&half, "a"), "no id is known of it");
}

#[test]
fn listed_objects_are_known_by_name_or_by_id() {
    let catalog = Catalog::new([mapping()]);
    let realm = Realm::from_bits([1; 16]);
    let jobs = record(&identity("Jobs", "Queue", 0), Some("jobs"), None);
    let whole =
        Record { attrs: ids("a", "on"), ..record(&identity("M", "Mapping", 0), None, None) };
    let half = record(&identity("H", "Mapping", 2), None, None);
    let known = KnownObjects::of(&catalog, &realm, [&jobs, &whole, &half]);
    let found = |ty: &str, name: &str, (id, generation): (&str, u32), realm: &Realm| Found {
        ty: ResourceType::new(ty),
        name: name.to_owned(),
        owner: Owner {
            realm: realm.as_str().to_owned(),
            stack: "app".to_owned(),
            stage: "dev".to_owned(),
            id: id.to_owned(),
            generation,
        },
        attrs: ids(name, "off"),
    };
    let elsewhere = Realm::from_bits([2; 16]);
    assert!(known.has(&found("Queue", "jobs", ("Other", 9), &realm)));
    assert!(!known.has(&found("Topic", "jobs", ("Jobs", 0), &realm)));
    assert!(known.has(&found("Mapping", "a", ("Renamed", 7), &realm)));
    assert!(!known.has(&found("Mapping", "b", ("M", 0), &realm)), "another object of its tags");
    assert!(known.has(&found("Mapping", "c", ("H", 2), &realm)), "its create was interrupted");
    assert!(!known.has(&found("Mapping", "c", ("H", 2), &elsewhere)));
}
