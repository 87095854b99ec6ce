//! Plans as people see them.

use alchemy_core::{
    Fqn, Generation, Identity, PropChange, Realm, Record, RemovalPolicy, ResourceType, StackName,
    Stage, Status, StepId, Target, Uid,
};
use insta::assert_snapshot;

use super::*;

fn target() -> Target {
    Target {
        provider: "aws".to_owned(),
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
    }
}

fn uid(fqn: &str, generation: u32) -> Uid {
    let identity = Identity {
        realm: Realm::from_bits([7; 16]),
        stack: StackName::parse("photos").unwrap(),
        stage: Stage::parse("prod").unwrap(),
        fqn: Fqn::parse(fqn).unwrap(),
        ty: ResourceType::new("AWS.SQS.Queue"),
        generation: Generation(generation),
    };
    identity.uid()
}

fn record(fqn: &str, name: &str, generation: u32) -> Record {
    Record {
        uid: uid(fqn, generation),
        fqn: Fqn::parse(fqn).unwrap(),
        ty: ResourceType::new("AWS.SQS.Queue"),
        generation: Generation(generation),
        status: Status::Ready,
        name: Some(name.to_owned()),
        target: target(),
        props: BTreeMap::new(),
        attrs: BTreeMap::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: false,
    }
}

fn step(action: Action, fqn: &str, ty: &str, name: Option<&str>) -> Step {
    let fqn = Fqn::parse(fqn).unwrap();
    Step {
        id: StepId(0),
        action,
        uid: uid(fqn.as_str(), 0),
        ty: ResourceType::new(ty),
        generation: Generation(0),
        name: name.map(str::to_owned),
        target: target(),
        props: BTreeMap::new(),
        prior: None,
        changes: Vec::new(),
        reason: "not there yet".to_owned(),
        after: Vec::new(),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: fqn.as_str().rsplit_once('/').map(|(parent, _)| Fqn::parse(parent).unwrap()),
        location: None,
        adopt: false,
        fqn,
    }
}

fn change(path: &str, old: impl Into<Value>, new: impl Into<Value>) -> PropChange {
    let (old, new) = (Expr::Value(old.into()), Expr::Value(new.into()));
    PropChange { path: path.to_owned(), old, new, forces_replacement: false }
}

fn text(steps: Vec<Step>) -> String {
    let steps = (0..).zip(steps).map(|(id, step)| Step { id: StepId(id), ..step }).collect();
    plan_text(&Plan { steps, ..Plan::default() }, Paint::new(false), None)
}

#[test]
fn children_stand_under_their_parent_and_public_urls_are_marked() {
    let mut url = step(Action::Create, "Api/Url", "AWS.Lambda.FunctionUrl", None);
    url.props.insert("authType".to_owned(), Value::str("NONE").into());
    let steps = vec![
        step(Action::Create, "Uploads", "AWS.S3.Bucket", Some("photos-prod-uploads-7b2cxk4qm3")),
        step(
            Action::Create,
            "Api/LogGroup",
            "AWS.Logs.LogGroup",
            Some("/aws/lambda/photos-prod-api-aaaaaaaaaa"),
        ),
        step(Action::Create, "Api", "AWS.Lambda.Function", Some("photos-prod-api-aaaaaaaaaa")),
        url,
    ];
    assert_snapshot!(text(steps), @r#"
        + Uploads     AWS.S3.Bucket           photos-prod-uploads-7b2cxk4qm3
        + Api         AWS.Lambda.Function     photos-prod-api-aaaaaaaaaa
          + LogGroup  AWS.Logs.LogGroup       /aws/lambda/photos-prod-api-aaaaaaaaaa
          + Url       AWS.Lambda.FunctionUrl  PUBLIC

    Plan: 4 to create
    "#);
}

#[test]
fn changes_show_old_and_new() {
    let mut update =
        step(Action::Update, "Jobs", "AWS.SQS.Queue", Some("photos-prod-jobs-bbbbbbbbbb"));
    update.reason = "visibilityTimeout changed".to_owned();
    update.changes = vec![
        change("visibilityTimeout", Value::int(30), Value::int(45)),
        change("redrivePolicy.maxReceiveCount", Value::Null, Value::int(3)),
    ];
    let mut child =
        step(Action::Update, "Api/Role", "AWS.IAM.Role", Some("photos-prod-api_role-cccccccccc"));
    child.reason = "description changed by hand".to_owned();
    child.changes = vec![change("description", "evil\u{1b}[2J", "good")];
    assert_snapshot!(text(vec![update, child]), @r#"
        ~ Jobs    AWS.SQS.Queue  photos-prod-jobs-bbbbbbbbbb
            visibilityTimeout changed
            visibilityTimeout: 30 → 45
            redrivePolicy.maxReceiveCount: not set → 3
          Api
          ~ Role  AWS.IAM.Role   photos-prod-api_role-cccccccccc
              description changed by hand
              description: "evil\u001b[2J" → "good"

    Plan: 2 to update
    "#);
}

#[test]
fn a_replacement_is_one_line_with_both_names() {
    let mut new =
        step(Action::Replace, "Jobs", "AWS.SQS.Queue", Some("photos-prod-jobs-dddddddddd.fifo"));
    new.uid = uid("Jobs", 1);
    new.generation = Generation(1);
    new.prior = Some(record("Jobs", "photos-prod-jobs-bbbbbbbbbb", 0).into());
    new.reason = "fifo cannot be changed in place".to_owned();
    new.changes = vec![PropChange { forces_replacement: true, ..change("fifo", false, true) }];
    let mut old =
        step(Action::Delete, "Jobs", "AWS.SQS.Queue", Some("photos-prod-jobs-bbbbbbbbbb"));
    old.prior.clone_from(&new.prior);
    old.reason = "replaced by a newer generation".to_owned();
    assert_snapshot!(text(vec![new, old]), @r#"
        ± Jobs  AWS.SQS.Queue  photos-prod-jobs-bbbbbbbbbb → photos-prod-jobs-dddddddddd.fifo
            fifo cannot be changed in place
            fifo: false → true  (needs a new object)

    Plan: 1 to replace
    "#);
}

#[test]
fn every_other_action_has_its_sign() {
    let mut renamed =
        step(Action::Rename, "Tasks", "AWS.SQS.Queue", Some("photos-prod-jobs-bbbbbbbbbb"));
    renamed.prior = Some(record("Jobs", "photos-prod-jobs-bbbbbbbbbb", 0).into());
    renamed.reason = "was `Jobs`".to_owned();
    let others = [
        (Action::Delete, "Old", "no longer declared"),
        (Action::Retain, "Kept", "no longer declared"),
        (Action::Adopt, "Found", "it exists already and is taken over"),
        (Action::Record, "Quiet", "removal policy changed"),
        (Action::Forget, "Lost", "its object is gone"),
    ];
    let others = others.map(|(action, fqn, reason)| {
        let mut other = step(action, fqn, "AWS.SQS.Queue", Some("photos-prod-x-eeeeeeeeee"));
        reason.clone_into(&mut other.reason);
        other
    });
    assert_snapshot!(text(std::iter::once(renamed).chain(others).collect()), @r#"
        → Tasks  AWS.SQS.Queue  was Jobs
            was `Jobs`
        - Old    AWS.SQS.Queue  photos-prod-x-eeeeeeeeee
            no longer declared
      (-) Kept   AWS.SQS.Queue  photos-prod-x-eeeeeeeeee
            no longer declared
        ↑ Found  AWS.SQS.Queue  photos-prod-x-eeeeeeeeee
            it exists already and is taken over
        · Quiet  AWS.SQS.Queue  photos-prod-x-eeeeeeeeee
            removal policy changed
        × Lost   AWS.SQS.Queue  photos-prod-x-eeeeeeeeee
            its object is gone

    Plan: 1 to delete, 1 to retain, 1 to adopt, 1 to rename, 1 to record, 1 to forget
    "#);
}

#[test]
fn nothing_to_do_is_said_so() {
    let untouched = vec![(Fqn::parse("Jobs").unwrap(), "as recorded".to_owned())];
    let plan = Plan { untouched, ..Plan::default() };
    assert_eq!(plan_text(&plan, Paint::new(false), None), "no changes: 1 object as wanted");
}

#[test]
fn a_great_plan_is_drawn_in_linear_time() {
    let steps = (0..20_000).map(|n| {
        let mut new = step(Action::Replace, &format!("Q{n}"), "AWS.SQS.Queue", None);
        new.uid = uid("New", n);
        new.prior = Some(record(&format!("Q{n}"), "old", n).into());
        new
    });
    assert_eq!(text(steps.collect()).matches('±').count(), 20_000);
}

#[test]
fn names_are_cut_to_the_terminal() {
    let name = "photos-prod-uploads-7b2cxk4qm3";
    let create = step(Action::Create, "Uploads", "AWS.S3.Bucket", Some(name));
    let plan = Plan { steps: vec![create], ..Plan::default() };
    let line = |width| {
        let text = plan_text(&plan, Paint::new(false), width);
        text.lines().next().unwrap().to_owned()
    };
    let whole = line(None);
    assert!(whole.ends_with(name));
    assert_eq!(line(Some(60)), whole);
    assert_eq!(line(Some(59)), "    + Uploads  AWS.S3.Bucket  photos-prod-uploads-7b2cxk4q…");
    assert_eq!(line(Some(42)), "    + Uploads  AWS.S3.Bucket  photos-prod…");
    // Too little of it would be left.
    assert_eq!(line(Some(41)), whole);
}

#[test]
fn the_header_breaks_before_the_store() {
    let header = PlanHeader {
        stack: "photos".to_owned(),
        stage: "prod".to_owned(),
        profile: "default".to_owned(),
        account: "111111111111".to_owned(),
        region: "eu-west-1".to_owned(),
        store: ".alchemy/state".to_owned(),
    };
    let whole = "photos · stage prod · account 111111111111 · eu-west-1 · profile default · state .alchemy/state";
    assert_eq!(header.text(Paint::new(false), None), whole);
    assert_eq!(header.text(Paint::new(false), Some(95)), whole);
    let broken = whole.replace(" · state", "\n  state");
    assert_eq!(header.text(Paint::new(false), Some(80)), broken);
}

#[test]
fn a_public_url_is_warned_of_when_its_function_changes() {
    let warning = Diagnostic::warning(PUBLIC_URL, "PUBLIC").resource(&Fqn::parse("Api").unwrap());
    let warnings = [warning, Diagnostic::warning("other", "of the program")];
    let number = |steps| opened_urls(&warnings, &Plan { steps, ..Plan::default() }).len();
    assert_eq!(number(Vec::new()), 0);
    assert_eq!(number(vec![step(Action::Create, "Uploads", "AWS.S3.Bucket", None)]), 0);
    assert_eq!(number(vec![step(Action::Update, "Api", "AWS.Lambda.Function", None)]), 1);
    assert_eq!(number(vec![step(Action::Create, "Api/Url", "AWS.Lambda.FunctionUrl", None)]), 1);
}
