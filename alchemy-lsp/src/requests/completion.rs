//! Completion inside of texts: stages where one is compared, and what an enumerated prop takes.

use std::collections::BTreeSet;

use alchemy_core::{Descriptor, Prop, PropType};
use alchemy_program::{Bytes, Outline, OutlineCall};
use tower_lsp::lsp_types::{
    CompletionItem, CompletionItemKind, CompletionResponse, CompletionTextEdit, Position, TextEdit,
    Url,
};

use super::prop_docs::{descriptor_of, prop_at};
use crate::view::{Seen, View};

/// What may stand in the text around a position.
pub(crate) fn of(view: &View, uri: &Url, position: Position) -> Option<CompletionResponse> {
    let seen = view.seen(uri)?;
    let lines = &seen.document.lines;
    let at = lines.byte(position);
    let (literal, items) = offered(&seen, at)?;
    // Without the quotes.
    let inner = (literal.0 + 1, literal.1.saturating_sub(1).max(literal.0 + 1));
    let items = items.into_iter().enumerate().map(|(i, (text, detail))| CompletionItem {
        label: text.clone(),
        kind: Some(CompletionItemKind::ENUM_MEMBER),
        detail: Some(detail),
        sort_text: Some(format!("{i:03}")),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit {
            range: lines.range(inner),
            new_text: text,
        })),
        ..CompletionItem::default()
    });
    Some(CompletionResponse::Array(items.collect()))
}

/// What is offered at a byte of the text as it is; or, where a text is unfinished, as it may become.
fn offered(seen: &Seen, at: u32) -> Option<Items> {
    let text = &seen.document.lines.text;
    let found = |text: &str| {
        let outline = Outline::new(&seen.file, text);
        stages(seen, &outline, at).or_else(|| values(seen, &outline, at))
    };
    found(text).or_else(|| {
        let (before, after) = text.split_at_checked(at as usize)?;
        let quote = open_quote(before)?;
        ENDINGS.iter().find_map(|ending| found(&format!("{before}{quote}{ending}{after}")))
    })
}

/// What may be missing after a text that is being typed, besides its quote.
const ENDINGS: [&str; 10] = ["", ",", " }", " },", ")", ");", " })", " });", ":", ": }"];

/// The quote of the text that is open at the end of a line, if one is.
fn open_quote(before: &str) -> Option<char> {
    let line = before.rsplit('\n').next()?;
    let mut open = None;
    let mut escaped = false;
    for c in line.chars() {
        match open {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(quote) if c == quote => open = None,
            None if matches!(c, '"' | '\'') => open = Some(c),
            _ => {}
        }
    }
    open
}

fn within((start, end): Bytes, at: u32) -> bool {
    start < at && at < end
}

type Items = (Bytes, Vec<(String, String)>);

fn stages(seen: &Seen, outline: &Outline, at: u32) -> Option<Items> {
    let typed = outline.comparisons.iter().find(|it| within(it.literal, at))?;
    let literal = typed.literal;
    let program = &seen.program;
    let mut names = BTreeSet::new();
    let mut items = Vec::new();
    let stack = seen.shown().and_then(|it| it.stack.clone());
    let stored = program.state.stages.keys().filter(|key| Some(&key.stack) == stack.as_ref());
    let stored = stored.map(|key| (&key.stage, "has state"));
    let default = std::iter::once((&program.project.stage, "the default stage"));
    let set = program.settings.iter().map(|stage| (stage, "from the editor's settings"));
    let known = stored.chain(set).chain(default);
    for (stage, detail) in known {
        if names.insert(stage.to_string()) {
            items.push((stage.to_string(), detail.to_owned()));
        }
    }
    // Those that the program itself tells apart.
    if let Some(evaluated) = seen.shown() {
        let all = evaluated.outlines.values().flat_map(|outline| &outline.comparisons);
        for comparison in all {
            // The beginning of another one is what is being typed.
            let begun = comparison.value == typed.value
                && names.iter().any(|name| name.starts_with(&typed.value));
            let legal = !begun && alchemy_core::Stage::parse(&comparison.value).is_ok();
            if legal && names.insert(comparison.value.clone()) {
                items.push((comparison.value.clone(), "named in the program".to_owned()));
            }
        }
    }
    Some((literal, items))
}

fn values(seen: &Seen, outline: &Outline, at: u32) -> Option<Items> {
    let around = outline.calls.iter().filter(|call| within(call.span, at));
    let call: &OutlineCall = around.min_by_key(|call| call.span.1 - call.span.0)?;
    let descriptor: &Descriptor = descriptor_of(&seen.program.project.catalog, call)?;
    let literal = *outline.texts.iter().find(|text| within(**text, at))?;
    // The innermost, of which the text is the value or one of the values.
    let around = call.props.iter().filter(|prop| within((prop.value.0, prop.value.1 + 1), at));
    let prop = around.min_by_key(|prop| prop.value.1 - prop.value.0)?;
    if literal.0 < prop.value.0 || prop.value.1 < literal.1 {
        return None;
    }
    let documented: &Prop = prop_at(descriptor, &prop.path)?;
    let mut texts = Vec::new();
    enumerated(&documented.ty, &mut texts);
    let items = texts.into_iter().map(|text| (text.to_owned(), prop.path.clone()));
    Some((literal, items.collect()))
}

fn enumerated(ty: &PropType, found: &mut Vec<&'static str>) {
    match ty {
        PropType::Enum(texts) => found.extend(*texts),
        PropType::OneOf(types) => types.iter().for_each(|ty| enumerated(ty, found)),
        _ => {}
    }
}
