//! Which resource waits for which, with dissolved cycles, and the order that follows from it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use indexmap::IndexMap;

use super::components::components;
use crate::{AttributeContext, Catalog, Diagnostic, Expr, Fqn, Graph, NameUse, Resource};

/// For each resource, in declaration order, those it waits for.
pub type DependencyEdges = IndexMap<Fqn, BTreeSet<Fqn>>;

/// How far a name made from other resources' names is followed; far beyond what a catalog makes.
pub(crate) const MAX_NAME_CHAIN: u32 = 16;

/// The same by number of the resource in the graph, in order.
pub(crate) type NumberedEdges = Vec<Vec<usize>>;

/// Adjacency by index of the resource in the graph: `true` for an edge that must stay.
type Mentions = Vec<BTreeMap<usize, bool>>;

/// The ordering edges of an expanded graph: from each resource to those it waits for. Linear in resources and mentions
/// but for members of cycles.
///
/// A mention of an attribute that follows from a name and a place alone (`queueArn`) orders two resources, unless the
/// one mentioned itself waits for the one that mentions it; then only the text is needed, and the edge is dissolved. Not
/// so in a prop whose object must be there first ([`Prop::names_existing`](crate::Prop::names_existing)).
/// Of several such edges in one cycle those are kept that come first by FQN, whatever the declaration order.
///
/// Refuses a cycle that remains, showing its path, and a mention of a resource that the graph does not hold.
pub fn dependency_edges(
    graph: &Graph,
    catalog: &Catalog,
) -> Result<DependencyEdges, Box<Diagnostic>> {
    let edges = numbered_edges(graph, catalog)?;
    let fqn = |index: usize| graph.resources.get_index(index).map(|(fqn, _)| fqn.clone());
    Ok(edges
        .into_iter()
        .enumerate()
        .filter_map(|(from, to)| Some((fqn(from)?, to.into_iter().filter_map(fqn).collect())))
        .collect())
}

/// What [`dependency_edges`] gives, by number of the resource.
pub(crate) fn numbered_edges(
    graph: &Graph,
    catalog: &Catalog,
) -> Result<NumberedEdges, Box<Diagnostic>> {
    let mentions = mentions(graph, catalog)?;
    let group =
        components(&mentions.iter().map(|m| m.keys().copied().collect()).collect::<Vec<_>>());
    let mut size = vec![0_usize; mentions.len()];
    for &group in &group {
        size[group] += 1;
    }
    // Members of cycles by component; nearly all resources are on none.
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, &group) in group.iter().enumerate() {
        if size[group] > 1 || mentions[node].contains_key(&node) {
            members.entry(group).or_default().push(node);
        }
    }
    let mut edges: NumberedEdges = mentions
        .iter()
        .enumerate()
        .map(|(from, to)| to.keys().copied().filter(|&to| group[from] != group[to]).collect())
        .collect();
    for nodes in members.values() {
        settle(graph, nodes, &mentions, &mut edges)?;
    }
    Ok(edges)
}

/// Every resource after those it waits for; else in declaration order. `edges` must be free of cycles, as
/// [`dependency_edges`] makes them; members of a cycle are left out.
pub fn topological_order(edges: &DependencyEdges) -> Vec<Fqn> {
    let known = |needs: &BTreeSet<Fqn>| {
        needs.iter().filter_map(|fqn| edges.get_index_of(fqn)).collect::<Vec<_>>()
    };
    let order = numbered_order(&edges.values().map(known).collect());
    order.into_iter().filter_map(|at| edges.get_index(at).map(|(fqn, _)| fqn.clone())).collect()
}

/// What [`topological_order`] gives, by number of the resource.
pub(crate) fn numbered_order(edges: &NumberedEdges) -> Vec<usize> {
    let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (from, needs) in edges.iter().enumerate() {
        for &to in needs {
            followers[to].push(from);
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        waiting.iter().enumerate().filter(|(_, n)| **n == 0).map(|(i, _)| Reverse(i)).collect();
    let mut order = Vec::with_capacity(edges.len());
    while let Some(Reverse(next)) = ready.pop() {
        order.push(next);
        for &follower in &followers[next] {
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                ready.push(Reverse(follower));
            }
        }
    }
    order
}

fn mentions(graph: &Graph, catalog: &Catalog) -> Result<Mentions, Box<Diagnostic>> {
    let mut all = Vec::with_capacity(graph.resources.len());
    for resource in graph.resources.values() {
        let mut found: BTreeMap<usize, bool> = BTreeMap::new();
        let mut missing =
            resource.depends_on.iter().find(|fqn| !graph.resources.contains_key(*fqn));
        for to in resource.depends_on.iter().filter_map(|fqn| graph.resources.get_index_of(fqn)) {
            if graph.resources.get_index_of(&resource.fqn) != Some(to) {
                found.insert(to, true);
            }
        }
        let descriptor = catalog.get(&resource.ty);
        for (name, expr) in &resource.props {
            let prop = descriptor.and_then(|descriptor| descriptor.prop(name));
            let first = prop.is_some_and(|prop| prop.names_existing);
            expr.each_attr(&mut |fqn, path| match graph.resources.get_index_of(fqn) {
                Some(to) => {
                    *found.entry(to).or_default() |=
                        first || !name_only(graph, catalog, fqn, path, MAX_NAME_CHAIN);
                }
                None => missing = missing.or(Some(fqn)),
            });
        }
        if let Some(fqn) = missing {
            return Err(Box::new(unknown_resource(resource, fqn)));
        }
        all.push(found);
    }
    Ok(all)
}

fn unknown_resource(resource: &Resource, fqn: &Fqn) -> Diagnostic {
    Diagnostic::error(
        "unknown-resource",
        format!("`{}` refers to `{fqn}`, which is not in the stack", resource.fqn),
    )
    .help("declare it in the program, with `yield*`, before its outputs are used")
    .resource(&resource.fqn)
    .at(resource.span.as_ref(), "declared here")
}

/// Whether the attribute follows from the resource's name and place alone, whatever endpoint is talked to.
fn name_only(graph: &Graph, catalog: &Catalog, fqn: &Fqn, path: &[String], depth: u32) -> bool {
    let Some(resource) = graph.resources.get(fqn) else { return false };
    let Some(descriptor) = catalog.get(&resource.ty) else { return false };
    let attribute = path.first().and_then(|name| descriptor.attribute(name));
    let Some(at_plan) = attribute.and_then(|a| a.at_plan) else { return false };
    let name = match &descriptor.name {
        NameUse::Named { prop, .. } => {
            let known = resource
                .props
                .get(*prop)
                .is_none_or(|name| text_known(graph, catalog, name, depth));
            known.then_some("name")
        }
        NameUse::Natural { .. } => None,
    };
    let context = AttributeContext {
        name,
        account: "000000000000",
        region: "us-east-1",
        partition: "aws",
        dns_suffix: "amazonaws.com",
        custom_endpoint: true,
        props: &resource.props,
    };
    at_plan(&context).is_some()
}

fn text_known(graph: &Graph, catalog: &Catalog, expr: &Expr, depth: u32) -> bool {
    let mut known = true;
    expr.each_attr(&mut |fqn, path| {
        known = known && depth > 0 && name_only(graph, catalog, fqn, path, depth - 1);
    });
    known
}

/// Adds the edges inside one strongly connected component: all that must stay, then of the others, by FQN, those that
/// close no cycle.
fn settle(
    graph: &Graph,
    nodes: &[usize],
    mentions: &Mentions,
    edges: &mut NumberedEdges,
) -> Result<(), Box<Diagnostic>> {
    let local: BTreeMap<usize, usize> =
        nodes.iter().enumerate().map(|(i, &node)| (node, i)).collect();
    let inside = |node: usize, firm: bool| {
        let of_kind = mentions[node].iter().filter(move |(_, f)| **f == firm);
        of_kind.filter_map(|(to, _)| local.get(to).copied()).collect::<Vec<usize>>()
    };
    let mut kept: Vec<Vec<usize>> = nodes.iter().map(|&node| inside(node, true)).collect();
    if let Some(path) = shortest_cycle(&kept) {
        return Err(Box::new(cycle(graph, &path.iter().map(|&i| nodes[i]).collect::<Vec<_>>())));
    }
    if nodes.len() > 1 {
        let mut by_fqn: Vec<usize> = (0..nodes.len()).collect();
        let fqn = |&i: &usize| graph.resources.get_index(nodes[i]).map(|(fqn, _)| fqn);
        by_fqn.sort_unstable_by_key(fqn);
        for from in by_fqn {
            let mut loose = inside(nodes[from], false);
            loose.sort_unstable_by_key(fqn);
            for to in loose {
                if to != from && path_between(&kept, to, from).is_none() {
                    kept[from].push(to);
                }
            }
        }
    }
    for (&node, to) in nodes.iter().zip(kept) {
        edges[node].extend(to.into_iter().map(|i| nodes[i]));
        edges[node].sort_unstable();
    }
    Ok(())
}

/// A shortest cycle through the first node that lies on one, that node first and last.
fn shortest_cycle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let group = components(edges);
    let mut size = vec![0_usize; edges.len()];
    for &g in &group {
        size[g] += 1;
    }
    let start = (0..edges.len()).find(|&n| size[group[n]] > 1 || edges[n].contains(&n))?;
    let ways = edges[start].iter().filter_map(|&next| path_between(edges, next, start));
    let way = ways.min_by_key(Vec::len)?;
    Some(std::iter::once(start).chain(way).collect())
}

/// The shortest way from `start` to `goal`, both included.
fn path_between(edges: &[Vec<usize>], start: usize, goal: usize) -> Option<Vec<usize>> {
    let mut came: Vec<Option<usize>> = vec![None; edges.len()];
    came[start] = Some(start);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        if node == goal {
            let mut path = vec![node];
            let mut at = node;
            while at != start {
                at = came[at].expect("every node in the queue has been reached from another");
                path.push(at);
            }
            path.reverse();
            return Some(path);
        }
        for &next in &edges[node] {
            if came[next].is_none() {
                came[next] = Some(node);
                queue.push_back(next);
            }
        }
    }
    None
}

fn cycle(graph: &Graph, path: &[usize]) -> Diagnostic {
    let resources: Vec<&Resource> = path
        .iter()
        .filter_map(|&n| graph.resources.get_index(n).map(|(_, resource)| resource))
        .collect();
    let way = resources.iter().map(|r| r.fqn.as_str()).collect::<Vec<_>>().join(" → ");
    let mut diagnostic =
        Diagnostic::error("cycle", format!("resources wait for each other: {way}"))
            .detail("Each of them needs an attribute of the next before it can be created.")
            .help("take one reference out of the circle, or use a name given by hand in its place");
    for pair in resources.windows(2) {
        let text = format!("`{}` needs `{}`", pair[0].fqn, pair[1].fqn);
        diagnostic = diagnostic.at(pair[0].span.as_ref(), text);
    }
    match resources.first() {
        Some(first) => diagnostic.resource(&first.fqn),
        None => diagnostic,
    }
}
