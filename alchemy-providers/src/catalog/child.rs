//! Resources that expansion adds under the one that needs them.

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::{Diagnostic, Expansion, Expr, Fqn, Resource, ResourceType};

/// `<parent>/<id>` of type `ty`, without props: place, region, policies and former names as its parent's.
/// A name too long is a finding.
pub(super) fn of(
    parent: &Resource,
    id: &str,
    ty: &str,
    expansion: &mut Expansion<'_>,
) -> Option<Resource> {
    let fqn = match parent.fqn.child(id) {
        Ok(fqn) => fqn,
        Err(error) => {
            let summary =
                format!("`{}` needs `{}/{id}`, whose name is not legal", parent.fqn, parent.fqn);
            expansion.diagnostics.push(
                Diagnostic::error("child-name", summary)
                    .detail(error.to_string())
                    .help("Shorten its id or its namespace path.")
                    .resource(&parent.fqn)
                    .at(parent.span.as_ref(), ""),
            );
            return None;
        }
    };
    Some(Resource {
        fqn,
        ty: ResourceType::new(ty),
        props: BTreeMap::new(),
        removal: parent.removal,
        renamed_from: parent
            .renamed_from
            .iter()
            .filter_map(|former| former.child(id).ok())
            .collect(),
        parent: Some(parent.fqn.clone()),
        depends_on: BTreeSet::new(),
        adopt: parent.adopt,
        region: parent.region.clone(),
        span: parent.span.clone(),
        prop_spans: BTreeMap::new(),
    })
}

/// An attribute of a resource.
pub(super) fn attr(fqn: &Fqn, name: &str) -> Expr {
    Expr::Attr { fqn: fqn.clone(), path: vec![name.to_owned()] }
}
