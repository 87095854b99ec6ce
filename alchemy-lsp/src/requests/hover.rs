//! Hover: a resource's names in every stage, a prop's documentation, the stages where one is read.

mod resource;

use std::fmt::Write as _;

use alchemy_program::{Outline, OutlineCall};
use tower_lsp::lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position, Url};

use super::prop_docs::{descriptor_of, documentation, prop_at};
use super::stage_words::standing;
use crate::evaluated::Evaluated;
use crate::view::{Seen, View};

/// What there is to say about a position.
pub(crate) fn of(view: &View, uri: &Url, position: Position) -> Option<Hover> {
    let seen = view.seen(uri)?;
    let lines = &seen.document.lines;
    let at = lines.byte(position);
    let outline = Outline::new(&seen.file, &lines.text);
    let evaluated = seen.shown();
    let (bytes, text) = evaluated
        .and_then(|evaluated| at_resource(&seen, evaluated, &outline, at))
        .or_else(|| at_prop(&seen, &outline, at))
        .or_else(|| at_stage(&seen, evaluated.map(|it| &**it), &outline, at))?;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text }),
        range: Some(lines.range(bytes)),
    })
}

type Found = ((u32, u32), String);

fn within(bytes: (u32, u32), at: u32) -> bool {
    bytes.0 <= at && at <= bytes.1
}

/// On a resource's id, or on the name of its type before it.
fn at_resource(seen: &Seen, evaluated: &Evaluated, outline: &Outline, at: u32) -> Option<Found> {
    let place = seen.place_at(evaluated, at)?;
    let before = (place.call.0, place.id.1);
    let in_id = within(place.id, at);
    let inner = outline
        .calls
        .iter()
        .any(|call| call.span != place.call && within(call.span, at) && call.span.1 <= place.id.0);
    if !in_id && (!within(before, at) || inner) {
        return None;
    }
    let bytes = if in_id { place.id } else { (place.call.0, place.id.0) };
    let text = resource::text(seen, evaluated, &place.resources);
    Some((bytes, text))
}

/// On a prop's key.
fn at_prop(seen: &Seen, outline: &Outline, at: u32) -> Option<Found> {
    let around = outline.calls.iter().filter(|call| within(call.span, at));
    let mut around: Vec<&OutlineCall> = around.collect();
    around.sort_by_key(|call| call.span.1 - call.span.0);
    for call in around {
        let Some(prop) = call.props.iter().find(|prop| within(prop.key, at)) else { continue };
        let descriptor = descriptor_of(&seen.program.project.catalog, call)?;
        let documented = prop_at(descriptor, &prop.path)?;
        let path = match prop.path.rsplit_once('.') {
            Some((above, _)) => format!("{above}.{}", documented.name),
            None => documented.name.to_owned(),
        };
        return Some((prop.key, documentation(&path, documented)));
    }
    None
}

/// On `stage`, `stack.stage`: the stages there are, and where the current one comes from.
fn at_stage(
    seen: &Seen,
    evaluated: Option<&Evaluated>,
    outline: &Outline,
    at: u32,
) -> Option<Found> {
    let bytes = *outline.stages.iter().find(|bytes| within(**bytes, at))?;
    let program = &seen.program;
    let mut text = format!("The stage: **`{}`** ({})\n\n", program.stage, program.stage_source);
    text.push_str("| stage | state |\n|---|---|\n");
    for stage in evaluated.into_iter().flat_map(|evaluated| &evaluated.stages) {
        let state = standing(stage);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{}` | {state} |", stage.stage);
    }
    Some((bytes, text))
}
