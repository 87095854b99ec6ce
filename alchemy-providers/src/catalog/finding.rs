//! What checks over several props need: values with their defaults, and places to point at.

use super::schema::OWN_TAGS;
use alchemy_core::{Descriptor, Diagnostic, Expr, Fqn, Graph, Resource, Span, Value};

/// Where `path` was given, else where the resource was declared.
pub(super) fn span<'a>(resource: &'a Resource, path: &str) -> Option<&'a Span> {
    resource.prop_spans.get(path).or(resource.span.as_ref())
}

/// An error about `path` of `resource`.
pub(super) fn error(
    code: &'static str,
    resource: &Resource,
    path: &str,
    summary: String,
) -> Diagnostic {
    Diagnostic::error(code, summary).resource(&resource.fqn).at(span(resource, path), "")
}

/// The prop's known value (its default when not given); none while it waits for another resource.
pub(super) fn value(resource: &Resource, descriptor: &Descriptor, prop: &str) -> Option<Value> {
    match resource.props.get(prop) {
        None | Some(Expr::Value(Value::Null)) => descriptor.prop(prop).map(|p| p.default.clone()),
        Some(Expr::Value(value)) => Some(value.clone()),
        Some(_) => None,
    }
}

/// Whether the program gave the prop, known or not.
pub(super) fn given(resource: &Resource, prop: &str) -> bool {
    !matches!(resource.props.get(prop), None | Some(Expr::Value(Value::Null)))
}

/// The resource of the graph that a prop refers to by one of these attributes.
pub(super) fn referred<'g>(
    resource: &Resource,
    prop: &str,
    attributes: &[&str],
    graph: &'g Graph,
) -> Option<&'g Resource> {
    let (fqn, attribute) = attribute_of(resource.props.get(prop)?)?;
    attributes.contains(&attribute).then(|| graph.resources.get(fqn)).flatten()
}

/// The resource and attribute that an expression consists of, if it is nothing but that.
pub(super) fn attribute_of(expr: &Expr) -> Option<(&Fqn, &str)> {
    match expr {
        Expr::Attr { fqn, path } if path.len() == 1 => Some((fqn, &path[0])),
        _ => None,
    }
}

/// Tags that a service takes on one object ("Tag your AWS resources").
const TAGS: usize = 50;

/// Refuses tags that would pose as ours or as the service's, and more than an object takes.
pub(super) fn check_tags(resource: &Resource, found: &mut Vec<Diagnostic>) {
    let keys: Vec<&String> = match resource.props.get("tags") {
        Some(Expr::Value(Value::Map(tags))) => tags.keys().collect(),
        Some(Expr::Map(tags)) => tags.keys().collect(),
        _ => return,
    };
    for key in &keys {
        if let Some(prefix) =
            ["alchemy::", "aws:"].into_iter().find(|prefix| key.starts_with(prefix))
        {
            let summary = format!("Tag keys that begin with `{prefix}` are reserved: `{key}`");
            found.push(
                error("reserved-tag", resource, &format!("tags.{key}"), summary)
                    .help("Choose another key."),
            );
        }
    }
    let room = TAGS - OWN_TAGS;
    if keys.len() > room {
        let summary =
            format!("`{}` has {} tags; there is room for {room}", resource.fqn, keys.len());
        found.push(
            error("too-many-tags", resource, "tags", summary)
                .detail(format!(
                    "A service takes {TAGS} on one object, and {OWN_TAGS} say whose it is."
                ))
                .help("Leave some out."),
        );
    }
}
