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
    // What was seen, the step, whether an intent is open, and a word of the refusal if there is one.
    let table = [
        (Observed::Absent, create(false), false, None),
        (unreadable(), create(false), false, None),
        (present(Ownership::ByParent), create(false), false, None),
        (tagged(|_| {}), create(false), false, None),
        (present(Ownership::Untagged), create(false), false, Some("--adopt")),
        (present(Ownership::Untagged), create(true), false, None),
        (present(Ownership::Untagged), create(false), true, None),
        (other_stage(), create(false), false, Some("stage prod of stack app")),
        (other_stage(), create(true), true, Some("stage prod of stack app")),
        (other_realm(), create(true), true, Some("another state store")),
        (other_id(), create(false), false, Some("the resource Pictures")),
        (other_id(), create(false), true, None),
        (other_id(), step(Action::Adopt, false), false, None),
    ];
    for (observed, step, open_intent, refusal) in table {
        let result = may_make(&us(), &step, &observed, open_intent);
        let context =
            format!("{observed:?}, {:?}, adopt {}, open {open_intent}", step.action, step.adopt);
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
    let error = may_make(&us(), &replace, &tagged(|_| {}), false).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::NotYet);
    let new = tagged(|owner| owner.generation = 1);
    assert_eq!(may_make(&us(), &replace, &new, false), Ok(()));
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
        assert_eq!(may_change(&us(), &update, &observed), Ok(()), "{observed:?}");
    }
    let kind = |observed: &Observed| may_change(&us(), &update, observed).unwrap_err().kind;
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
