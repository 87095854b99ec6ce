//! Inlay hints: after each resource's id, its physical name in the current stage.

use alchemy_core::Fqn;
use tower_lsp::lsp_types::{
    InlayHint, InlayHintKind, InlayHintLabel, InlayHintLabelPart, InlayHintLabelPartTooltip, Range,
    Url,
};

use super::stage_words::deployed;
use crate::evaluated::Evaluated;
use crate::stage_view::{Mark, ResourceView, StageView};
use crate::view::View;

/// Most names at one place: a call in a loop makes many.
const NAMES: usize = 3;

/// Most names in a tooltip.
const LISTED: usize = 30;

/// The hints of a document in a range.
pub(crate) fn of(view: &View, uri: &Url, range: Range) -> Option<Vec<InlayHint>> {
    let seen = view.seen(uri)?;
    let evaluated = seen.shown()?;
    let current = evaluated.current()?;
    let lines = &seen.document.lines;
    let (start, end) = lines.bytes(range);
    let places = seen.places(evaluated).into_iter();
    let hints =
        places.filter(|place| start <= place.id.1 && place.id.1 <= end).filter_map(|place| {
            let label = label(evaluated, current, &place.resources);
            (!label.is_empty()).then(|| InlayHint {
                position: lines.position(place.id.1),
                label: InlayHintLabel::LabelParts(label),
                kind: None::<InlayHintKind>,
                text_edits: None,
                tooltip: None,
                padding_left: Some(true),
                padding_right: None,
                data: None,
            })
        });
    Some(hints.collect())
}

fn label(evaluated: &Evaluated, current: &StageView, resources: &[Fqn]) -> Vec<InlayHintLabelPart> {
    let here: Vec<&ResourceView> =
        resources.iter().filter_map(|fqn| current.resources.get(fqn)).collect();
    let Some(first) = here.first() else {
        let stages: Vec<&str> = evaluated
            .stages
            .iter()
            .filter(|stage| resources.iter().any(|fqn| stage.resources.contains_key(fqn)))
            .map(|stage| stage.stage.as_str())
            .collect();
        let text = format!("only in {}", stages.join(", "));
        return vec![part(text, format!("not declared in stage `{}`", current.stage))];
    };
    if here.len() == 1 {
        let shown = shown(first);
        if shown.is_empty() {
            return Vec::new();
        }
        let sign = format!(" {}", first.mark.sign());
        return vec![part(shown, tooltip(first, current)), part(sign, mark(first))];
    }
    let names = here.iter().take(NAMES).map(|it| format!("{} {}", shown(it), it.mark.sign()));
    let mut names: Vec<String> = names.collect();
    if here.len() > NAMES {
        names.push(format!("… {} in all", here.len()));
    }
    let lines = here
        .iter()
        .take(LISTED)
        .map(|it| format!("- `{}` {} ({})", shown(it), it.mark.sign(), it.mark.words()));
    let mut tip: Vec<String> = lines.collect();
    if here.len() > LISTED {
        tip.push(format!("- … {} more", here.len() - LISTED));
    }
    vec![part(names.join(", "), tip.join("\n"))]
}

/// The name, or what it joins.
pub(super) fn shown(resource: &ResourceView) -> String {
    resource.name.clone().unwrap_or_else(|| resource.joins.join(" → "))
}

fn part(value: String, tip: String) -> InlayHintLabelPart {
    let tooltip = (!tip.is_empty()).then_some(InlayHintLabelPartTooltip::MarkupContent(
        tower_lsp::lsp_types::MarkupContent {
            kind: tower_lsp::lsp_types::MarkupKind::Markdown,
            value: tip,
        },
    ));
    InlayHintLabelPart { value, tooltip, location: None, command: None }
}

fn tooltip(resource: &ResourceView, stage: &StageView) -> String {
    let ty = resource.ty.as_str();
    let mut text = format!("`{}` ({ty}) in stage `{}`", resource.fqn, stage.stage);
    if resource.by_hand {
        text.push_str("; the program gives the name");
    }
    text
}

fn mark(resource: &ResourceView) -> String {
    let mut text = resource.mark.words().to_owned();
    if let Some(record) = &resource.record {
        text.push_str("; ");
        text.push_str(&deployed(record));
    }
    let as_it_is = matches!(resource.mark, Mark::Deployed | Mark::NotDeployed | Mark::Unknown);
    if !as_it_is && !resource.reason.is_empty() {
        text.push_str("\n\n");
        text.push_str(&resource.reason);
    }
    text
}
