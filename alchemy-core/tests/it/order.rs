//! Which resource waits for which, and which cycles dissolve.

use alchemy_core::{Expr, Graph, Value, dependency_edges, topological_order};

use crate::sample::{attr, catalog, fqn, graph, resource};

fn edges(graph: &Graph) -> String {
    let edges = dependency_edges(graph, &catalog()).expect("no cycle");
    let lines = edges.iter().filter(|(_, to)| !to.is_empty()).map(|(from, to)| {
        let to: Vec<_> = to.iter().map(alchemy_core::Fqn::as_str).collect();
        format!("{from}: {}", to.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn order(graph: &Graph) -> String {
    let order = topological_order(&dependency_edges(graph, &catalog()).expect("no cycle"));
    order.iter().map(alchemy_core::Fqn::as_str).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_mention_is_an_edge_even_if_the_text_is_known() {
    let graph = graph([resource("A", 1, &[("to", attr("B", "arn"))]), resource("B", 2, &[])]);
    assert_eq!(edges(&graph), "A: B");
    assert_eq!(order(&graph), "B A");
}

#[test]
fn declaration_order_decides_where_nothing_else_does() {
    let graph = graph(["C", "A", "B"].map(|name| resource(name, 1, &[])));
    assert_eq!(order(&graph), "C A B");
}

#[test]
fn a_mention_of_a_name_dissolves_against_a_real_dependency() {
    let mut function = resource("Api", 1, &[]);
    function.depends_on.insert(fqn("Api/LogGroup"));
    let logs = resource("Api/LogGroup", 1, &[("thingName", attr("Api", "arn"))]);
    let role = resource("Role", 2, &[("to", attr("Api/LogGroup", "arn"))]);
    assert_eq!(edges(&graph([function, logs, role])), "Api: Api/LogGroup\nRole: Api/LogGroup");
}

#[test]
fn of_two_mentions_of_names_the_first_by_fqn_stays_whatever_the_declaration_order() {
    let a = resource("A", 1, &[("to", attr("B", "arn"))]);
    let b = resource("B", 2, &[("to", attr("A", "arn"))]);
    assert_eq!(edges(&graph([a.clone(), b.clone()])), "A: B");
    assert_eq!(edges(&graph([b, a])), "A: B");
}

#[test]
fn what_must_be_there_first_never_dissolves() {
    let a = resource("A", 1, &[("to", attr("B", "arn"))]);
    let b = resource("B", 2, &[("of", attr("A", "arn"))]);
    assert_eq!(edges(&graph([a, b.clone()])), "B: A", "not by FQN");
    let a = resource("A", 1, &[("to", attr("C", "id"))]);
    let c = resource("C", 3, &[("to", attr("B", "id"))]);
    let error = dependency_edges(&graph([a, b, c]), &catalog()).unwrap_err();
    assert_eq!(error.summary, "resources wait for each other: A → C → B → A");
}

#[test]
fn a_text_that_depends_on_the_endpoint_never_dissolves() {
    let a = resource("A", 1, &[("to", attr("B", "url"))]);
    let b = resource("B", 2, &[("to", attr("A", "arn"))]);
    assert_eq!(edges(&graph([a, b])), "A: B");
}

#[test]
fn a_name_that_waits_for_the_service_makes_its_mentions_real() {
    let a = resource("A", 1, &[("to", attr("B", "arn"))]);
    let b = resource("B", 2, &[("thingName", attr("A", "id"))]);
    let error = dependency_edges(&graph([a, b]), &catalog()).unwrap_err();
    assert_eq!(error.summary, "resources wait for each other: A → B → A");
}

#[test]
fn a_cycle_shows_its_path_and_a_line_for_each_step() {
    let graph = graph([
        resource("Free", 1, &[("to", attr("A", "id"))]),
        resource("A", 2, &[("to", attr("B", "id"))]),
        resource("B", 3, &[("to", Expr::Concat(vec![Value::str("x").into(), attr("C", "id")]))]),
        resource("C", 4, &[("to", attr("A", "id"))]),
    ]);
    let error = dependency_edges(&graph, &catalog()).unwrap_err();
    assert_eq!(error.code, "cycle");
    assert_eq!(error.summary, "resources wait for each other: A → B → C → A");
    let labels: Vec<_> =
        error.labels.iter().map(|l| format!("{} {}", l.span.location.line, l.text)).collect();
    assert_eq!(labels, ["2 `A` needs `B`", "3 `B` needs `C`", "4 `C` needs `A`"]);
}

#[test]
fn a_resource_that_needs_itself_is_a_cycle_unless_it_needs_only_its_name() {
    assert_eq!(edges(&graph([resource("A", 1, &[("to", attr("A", "arn"))])])), "");
    let error =
        dependency_edges(&graph([resource("A", 1, &[("to", attr("A", "id"))])]), &catalog())
            .unwrap_err();
    assert_eq!(error.summary, "resources wait for each other: A → A");
}

#[test]
fn a_mention_of_nothing_is_refused() {
    let error =
        dependency_edges(&graph([resource("A", 1, &[("to", attr("B", "id"))])]), &catalog())
            .unwrap_err();
    assert_eq!(error.summary, "`A` refers to `B`, which is not in the stack");
}

#[test]
fn a_long_chain_and_a_large_ring_of_names_are_ordered_without_recursion() {
    let names: Vec<String> = (0..2000).map(|i| format!("R{i:04}")).collect();
    let ring = names
        .iter()
        .enumerate()
        .map(|(i, name)| resource(name, 1, &[("to", attr(&names[(i + 1) % names.len()], "arn"))]));
    let order = topological_order(&dependency_edges(&graph(ring), &catalog()).unwrap());
    assert_eq!(order.len(), 2000);
    assert_eq!(order[0].as_str(), "R1999");
}
