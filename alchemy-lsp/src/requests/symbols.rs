//! Document symbols: the resources that a file declares.

use tower_lsp::lsp_types::{DocumentSymbol, DocumentSymbolResponse, SymbolKind, Url};

use super::hints::shown;
use crate::view::View;

/// The resources of a document, in order.
pub(crate) fn of(view: &View, uri: &Url) -> Option<DocumentSymbolResponse> {
    let seen = view.seen(uri)?;
    let evaluated = seen.shown()?;
    let current = evaluated.current()?;
    let lines = &seen.document.lines;
    let mut symbols = Vec::new();
    for place in seen.places(evaluated) {
        for resource in place.resources.iter().filter_map(|fqn| evaluated.resource(fqn)) {
            let here = current.resources.get(&resource.fqn);
            let name = here.map(shown).filter(|name| !name.is_empty());
            let detail = match name {
                Some(name) => format!("{} {name}", resource.ty),
                None => resource.ty.to_string(),
            };
            #[expect(deprecated, reason = "the type has a field that the protocol has given up")]
            symbols.push(DocumentSymbol {
                name: resource.fqn.to_string(),
                detail: Some(detail),
                kind: SymbolKind::OBJECT,
                tags: None,
                deprecated: None,
                range: lines.range(place.call),
                selection_range: lines.range(place.id),
                children: None,
            });
        }
    }
    Some(DocumentSymbolResponse::Nested(symbols))
}
