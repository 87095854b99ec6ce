//! Expansion: the graph of cloud objects that a graph of declared resources becomes.

use std::collections::BTreeMap;

use alchemy_core::{
    Catalog, Descriptor, Diagnostic, Expansion, Expr, Graph, NameUse, Prop, PropType, Resource,
    ResourceType, Secret, SecretHasher, Value, name_rules,
};

use crate::sample::{attr, graph, resource, span, thing};

fn expand(graph: &Graph) -> (Graph, Vec<Diagnostic>) {
    catalog().expand(graph.clone(), &SecretHasher::new([1; 32]))
}

fn catalog() -> Catalog {
    let props = vec![
        Prop::new("thingName", "", PropType::Text),
        Prop::new("to", "", PropType::Text),
        Prop::new("keep", "", PropType::DaysOf(&[1, 30])).default(30),
    ];
    let mut shop = Descriptor { expand: Some(add_till), ..thing(props.clone()) };
    shop.ty = ResourceType::new("Test.Shop");
    let mut till = Descriptor {
        public: false,
        expand: Some(add_drawer),
        check: Some(check_till),
        ..thing(props.clone())
    };
    till.ty = ResourceType::new("Test.Till");
    let mut queue = thing(vec![
        Prop::new("queueName", "", PropType::Text),
        Prop::new("fifo", "", PropType::Bool),
    ]);
    queue.ty = ResourceType::new("Test.Queue");
    queue.name = NameUse::Named {
        prop: "queueName",
        rule: name_rules::SQS_QUEUE,
        rule_if: Some(("fifo", name_rules::SQS_FIFO_QUEUE)),
    };
    Catalog::new([thing(props), shop, till, queue])
}

fn child(parent: &Resource, id: &str, ty: &str) -> Resource {
    Resource {
        fqn: parent.fqn.child(id).expect("short"),
        ty: ResourceType::new(ty),
        parent: Some(parent.fqn.clone()),
        ..resource("X", 1, &[])
    }
}

fn add_till(shop: &mut Resource, expansion: &mut Expansion<'_>) {
    let mut till = child(shop, "Till", "Test.Till");
    till.props.insert(
        "keep".to_owned(),
        shop.props.get("keep").cloned().unwrap_or(Expr::Value(Value::int(30))),
    );
    till.span.clone_from(&shop.span);
    shop.depends_on.insert(till.fqn.clone());
    let key = (shop.fqn.clone(), "url".to_owned());
    expansion.alias_attrs.insert(key, (till.fqn.clone(), "id".to_owned()));
    expansion.added.push(till);
}

fn add_drawer(till: &mut Resource, expansion: &mut Expansion<'_>) {
    expansion.added.push(child(till, "Drawer", "Test.Thing"));
}

fn check_till(till: &Resource, _: &Graph, found: &mut Vec<Diagnostic>) {
    if till.props.get("keep") == Some(&Expr::Value(Value::int(1))) {
        found.push(
            Diagnostic::warning("short", format!("{} is short", till.fqn))
                .at(till.span.as_ref(), ""),
        );
    }
}

fn of(ty: &str, resource: Resource) -> Resource {
    Resource { ty: ResourceType::new(ty), ..resource }
}

fn said(found: &[Diagnostic]) -> Vec<String> {
    let line = |d: &Diagnostic| d.labels.first().map_or(0, |l| l.span.location.line);
    found
        .iter()
        .map(|d| format!("{} {}: {} | {}", line(d), d.code, d.summary, d.help.join(" | ")))
        .collect()
}

#[test]
fn children_follow_their_parent_and_are_in_normal_form() {
    let shop = of("Test.Shop", resource("Shop", 1, &[("keep", Expr::Value(Value::str("1 day")))]));
    let (graph, found) = expand(&graph([shop, resource("Last", 2, &[])]));
    let names: Vec<_> = graph.resources.keys().map(alchemy_core::Fqn::as_str).collect();
    assert_eq!(names, ["Shop", "Shop/Till", "Shop/Till/Drawer", "Last"]);
    let keep = |name: &str| graph.resources[&crate::sample::fqn(name)].props.get("keep").cloned();
    assert_eq!(keep("Shop"), Some(Expr::Value(Value::int(1))));
    assert_eq!(keep("Shop/Till"), Some(Expr::Value(Value::int(1))));
    assert_eq!(said(&found), ["1 short: Shop/Till is short | "]);
}

#[test]
fn references_to_what_belongs_to_a_child_are_moved_there() {
    let shop = of("Test.Shop", resource("Shop", 1, &[]));
    let joined = Expr::Concat(vec![attr("Shop", "url"), attr("Shop", "arn")]);
    let mut declared = graph([shop, resource("User", 2, &[("to", joined)])]);
    declared.outputs = Expr::Map(BTreeMap::from([("url".to_owned(), attr("Shop", "url.host"))]));
    let (expanded, found) = expand(&declared);
    assert_eq!(found, []);
    let user = &expanded.resources[&crate::sample::fqn("User")];
    assert_eq!(user.props["to"], Expr::Concat(vec![attr("Shop/Till", "id"), attr("Shop", "arn")]));
    assert_eq!(
        expanded.outputs,
        Expr::Map(BTreeMap::from([("url".to_owned(), attr("Shop/Till", "id.host"))]))
    );
}

#[test]
fn a_child_whose_name_is_taken_is_refused_at_both_places() {
    let shop = of("Test.Shop", resource("Shop", 1, &[]));
    let (_, found) = expand(&graph([shop, resource("Shop/Till", 5, &[])]));
    assert_eq!(
        said(&found),
        [
            "5 duplicate-id: `Shop/Till` is needed by `Shop`, but the stack has another resource of that name | rename \
          `Shop/Till`, or `Shop`"
        ]
    );
    assert_eq!(found[0].labels[1].span.location.line, 1);
}

#[test]
fn unknown_and_private_types_get_the_nearest_public_one() {
    let table = [
        ("Test.Shp", "did you mean `Test.Shop`?"),
        ("test.shop", "did you mean `Test.Shop`?"),
        ("Test.Till", "did you mean `Test.Thing`?"),
        ("Elsewhere", "there are Test.Queue, Test.Shop, Test.Thing"),
    ];
    for (ty, help) in table {
        let (_, found) = expand(&graph([of(ty, resource("A", 3, &[]))]));
        assert_eq!(
            said(&found),
            [format!("3 unknown-type: `A` is of no known type: `{ty}` | {help}")]
        );
    }
    assert_eq!(
        catalog().nearest("Test.Queu").map(|d| d.ty.as_str().to_owned()),
        Some("Test.Queue".to_owned())
    );
}

#[test]
fn misspelt_attributes_and_resources_are_named_where_they_are_used() {
    let mut user = resource("User", 2, &[("to", attr("Thing", "ARN"))]);
    user.prop_spans.insert("to".to_owned(), span(4));
    let lost = resource("Lost", 6, &[("to", attr("Thin", "arn"))]);
    let mut declared = graph([resource("Thing", 1, &[]), user, lost]);
    declared.outputs = attr("Thing", "nothing");
    let (_, found) = expand(&declared);
    assert_eq!(
        said(&found),
        [
            "1 unknown-attribute: `Thing` (Test.Thing) has no attribute `nothing` (in the program's outputs) | it has \
             `arn`, `url` or `id`",
            "4 unknown-attribute: `Thing` (Test.Thing) has no attribute `ARN` (in `to` of `User`) | did you mean `arn`?",
            "6 unknown-resource: there is no resource `Thin` in the stack (in `to` of `Lost`) | did you mean `Thing`?",
        ]
    );
}

#[test]
fn every_mistake_of_a_program_is_found_at_once() {
    let (_, found) = expand(&graph([
        resource("A", 1, &[("tp", Expr::Value(Value::str("x")))]),
        of("Test.Qeue", resource("B", 2, &[])),
        resource("C", 3, &[("keep", Expr::Value(Value::int(30)))]),
    ]));
    let codes: Vec<_> = found.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["unknown-prop", "unknown-type", "wrong-type"]);
}

#[test]
fn a_name_by_hand_must_be_one_that_the_service_takes() {
    let queue = |name: &str, fifo: bool| {
        let props = [
            ("queueName", Expr::Value(Value::str(name))),
            ("fifo", Expr::Value(Value::Bool(fifo))),
        ];
        said(&expand(&graph([of("Test.Queue", resource("Jobs", 1, &props))])).1)
    };
    assert_eq!(queue("jobs", false), [""; 0]);
    assert_eq!(queue("jobs.fifo", true), [""; 0]);
    assert_eq!(
        queue("jobs", true),
        [
            "1 bad-name: `queueName` of `Jobs` is no name that Test.Queue takes: it must end with `.fifo` | did you mean \
          `jobs.fifo`?"
        ]
    );
    assert_eq!(
        queue("my jobs", false),
        [
            "1 bad-name: `queueName` of `Jobs` is no name that Test.Queue takes: it may not contain ` ` | did you mean \
          `my_jobs`?"
        ]
    );
}

#[test]
fn a_redacted_name_is_refused_where_it_is_given() {
    let secret =
        |plain: Value| Expr::Value(Value::Secret(Secret::new(plain, &SecretHasher::new([1; 32]))));
    let mut jobs = resource("Jobs", 1, &[("queueName", secret(Value::str("hunter2")))]);
    jobs.prop_spans.insert("queueName".to_owned(), span(2));
    let mail = resource("Mail", 4, &[("fifo", secret(Value::Bool(true)))]);
    let (_, found) = expand(&graph([of("Test.Queue", jobs), of("Test.Queue", mail)]));
    assert_eq!(
        said(&found),
        [
            "2 redacted-name: `queueName` of `Jobs` is redacted, but it decides which object is meant | give a name that \
             is not redacted, or none, and each stage gets a name of its own",
            "4 redacted-name: `fifo` of `Mail` is redacted, but it decides which object is meant | give a value that is not \
             redacted",
        ]
    );
}

#[test]
fn a_region_that_cannot_be_is_refused_where_it_is_given() {
    let in_region = |code: &str| {
        let mut thing = resource("A", 1, &[]);
        thing.region = Some(code.to_owned());
        thing.prop_spans.insert("region".to_owned(), span(3));
        said(&expand(&graph([thing])).1)
    };
    assert_eq!(in_region("us-gov-west-1"), [""; 0]);
    assert_eq!(
        in_region("us-east-1a"),
        [
            "3 bad-region: `region` of `A` is no region: it should look like `eu-central-1` | did you mean `us-east-1`?"
        ]
    );
    assert_eq!(
        in_region("Frankfurt"),
        [
            "3 bad-region: `region` of `A` is no region: it should look like `eu-central-1` | leave it out, and it lives \
             where the stage does"
        ]
    );
}

#[test]
fn the_region_of_a_resource_leaves_its_props() {
    let (expanded, found) =
        expand(&graph([resource("A", 1, &[("region", Expr::Value(Value::str("eu-central-1")))])]));
    assert_eq!(found, []);
    let a = &expanded.resources[0];
    assert_eq!((a.region.as_deref(), a.props.len()), (Some("eu-central-1"), 0));
    let (_, found) = expand(&graph([resource("A", 1, &[("region", attr("A", "arn"))])]));
    assert_eq!(
        said(&found),
        [
            "1 wrong-type: `region` of `A` must be a text known before the deploy | give a region's code, as in \
          `\"eu-central-1\"`"
        ]
    );
}
