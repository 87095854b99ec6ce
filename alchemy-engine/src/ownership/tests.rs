//! Who may make and change what: one table.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{RemovalPolicy, ResourceType, StepId, Target, Uid};

use super::*;

fn us() -> StageOwner {
    StageOwner {
        realm: Realm::from_bits([1; 16]),
        stack: StackName::parse("app").unwrap(),
        stage: Stage::parse("dev").unwrap(),
    }
}

fn step(action: Action, adopt: bool) -> Step {
    Step {
        id: StepId(0),
        action,
        fqn: Fqn::parse("Photos").unwrap(),
        ty: ResourceType::new("AWS.S3.Bucket"),
        uid: Uid::new("u"),
        generation: Generation(0),
        name: Some("photos".to_owned()),
        target: Target {
            provider: "aws".to_owned(),
            account: "1".to_owned(),
            region: "r".to_owned(),
        },
        props: BTreeMap::new(),
        prior: None,
        changes: Vec::new(),
        reason: String::new(),
        after: Vec::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        adopt,
    }
}

fn present(ownership: Ownership) -> Observed {
    Observed::Present { ownership, config: BTreeMap::new(), attrs: BTreeMap::new() }
}

fn tagged(change: impl FnOnce(&mut Owner)) -> Observed {
    let mut owner = us().of(&Fqn::parse("Photos").unwrap(), Generation(0));
    change(&mut owner);
    present(Ownership::Tagged(owner))
}

#[test]
fn making() {
    let create = |adopt| step(Action::Create, adopt);
    let other_stage = || tagged(|owner| "prod".clone_into(&mut owner.stage));
    let other_realm = || tagged(|owner| "zzz".clone_into(&mut owner.realm));
    let other_id = || tagged(|owner| "Pictures".clone_into(&mut owner.id));
    let unreadable = || Observed::Unreadable { message: "403".to_owned() };
    let none = Grounds::default();
    let untagged = Grounds { untagged: true, ..none };
    let resumed = Grounds { untagged: true, resumed: true, sibling: false };
    let sibling = Grounds { sibling: true, ..resumed };
    // What was seen, the step, what speaks for it, and a word of the refusal if there is one.
    let table = [
        (Observed::Absent, create(false), none, None),
        (unreadable(), create(false), none, None),
        (present(Ownership::ByParent), create(false), none, None),
        (tagged(|_| {}), create(false), none, None),
        (present(Ownership::Untagged), create(false), none, Some("--adopt")),
        (present(Ownership::Untagged), create(true), untagged, None),
        (present(Ownership::Untagged), create(false), resumed, None),
        (other_stage(), create(false), none, Some("stage prod of stack app")),
        (other_stage(), create(true), resumed, Some("stage prod of stack app")),
        (other_realm(), create(true), resumed, Some("another state store")),
        (other_id(), create(false), none, Some("the resource Pictures")),
        // Being asked to adopt is no reason to share a sibling's object.
        (other_id(), create(true), untagged, Some("the resource Pictures")),
        (other_id(), create(false), resumed, None),
        (other_id(), create(true), sibling, Some("the resource Pictures")),
        (other_id(), step(Action::Adopt, false), none, None),
        (other_id(), step(Action::Adopt, true), sibling, Some("the resource Pictures")),
    ];
    for (observed, step, grounds, refusal) in table {
        let result = may_make(&us(), &step, &observed, grounds);
        let context = format!("{observed:?}, {:?}, adopt {}, {grounds:?}", step.action, step.adopt);
        match (result, refusal) {
            (Ok(()), None) => {}
            (Err(error), Some(word)) => {
                assert_eq!(error.kind, ProviderErrorKind::NotOurs, "{context}");
                let text = format!("{error} {}", error.advice.clone().unwrap_or_default());
                assert!(text.contains(word) && text.contains("photos"), "{context}: {text}");
            }
            (result, refusal) => panic!("{context}: {result:?}, not {refusal:?}"),
        }
    }
}

#[test]
fn a_deleted_generation_that_still_shows_is_waited_for() {
    let mut replace = step(Action::Replace, false);
    replace.generation = Generation(1);
    replace.prior = Some(Arc::new(Record {
        uid: Uid::new("old"),
        fqn: replace.fqn.clone(),
        ty: replace.ty.clone(),
        generation: Generation(0),
        status: alchemy_core::Status::Ready,
        name: replace.name.clone(),
        target: replace.target.clone(),
        props: BTreeMap::new(),
        attrs: BTreeMap::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: true,
    }));
    let none = Grounds::default();
    let error = may_make(&us(), &replace, &tagged(|_| {}), none).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotYet);
    let new = tagged(|owner| owner.generation = 1);
    assert_eq!(may_make(&us(), &replace, &new, none), Ok(()));
}

#[test]
fn changing() {
    let update = step(Action::Update, false);
    for observed in [
        Observed::Absent,
        present(Ownership::ByParent),
        present(Ownership::Untagged),
        tagged(|_| {}),
        // A rename does not touch the object: its tags keep the former id.
        tagged(|owner| "Pictures".clone_into(&mut owner.id)),
    ] {
        assert_eq!(may_change(&us(), &update, &observed, true), Ok(()), "{observed:?}");
    }
    let kind = |observed: &Observed| may_change(&us(), &update, observed, true).unwrap_err().kind;
    assert_eq!(
        kind(&tagged(|owner| "prod".clone_into(&mut owner.stage))),
        ProviderErrorKind::NotOurs
    );
    assert_eq!(
        kind(&tagged(|owner| "zzz".clone_into(&mut owner.realm))),
        ProviderErrorKind::NotOurs
    );
    assert_eq!(
        kind(&Observed::Unreadable { message: "403".to_owned() }),
        ProviderErrorKind::Denied
    );
}

#[test]
fn without_tags_a_name_given_by_hand_proves_nothing() {
    let refusal = |action: Action| {
        let untagged = present(Ownership::Untagged);
        let error = may_change(&us(), &step(action, false), &untagged, false).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::NotOurs);
        error.advice.unwrap_or_default()
    };
    assert!(refusal(Action::Update).contains("--adopt"));
    let advice = refusal(Action::Delete);
    assert!(advice.contains("alchemy state rm Photos") && !advice.contains("--adopt"), "{advice}");
}
