//! From a script's stack to the program's own source.

use std::sync::Arc;

use alchemy_core::Span;

use crate::source::calls::{Place, act_at};
use crate::source::place::plain_offset;
use crate::source::walk::{ModuleGraph, Own};
use crate::vm::thrown::frames;

/// Finds the program's own frames.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    graph: Arc<ModuleGraph>,
}

impl Origins {
    /// In the modules of `graph`.
    pub(crate) fn new(graph: Arc<ModuleGraph>) -> Self {
        Self { graph }
    }

    /// The innermost frame that is the program's own: the call that it was in.
    pub(crate) fn first_own<'s>(&self, stack: &'s str) -> Option<(&Own, Place<'s>)> {
        let mut callee = None;
        for frame in frames(stack) {
            let Some(own) =
                self.graph.modules.get(frame.module).and_then(|module| module.own.as_ref())
            else {
                callee = Some(frame.function).filter(|name| !name.is_empty());
                continue;
            };
            let offset = match &own.mapping {
                Some(mapping) => mapping.source_offset(&own.text, frame.line, frame.column),
                None => plain_offset(&own.text, frame.line, frame.column),
            };
            return Some((own, Place { offset: offset?, callee, curried: false, id: None }));
        }
        None
    }

    /// The place where the program last yielded.
    pub(crate) fn marked(&self, mark: Option<(u32, u32)>) -> Option<Span> {
        let (file, offset) = mark?;
        let own = self.own(file)?;
        Some(own.text.span(offset, end_of_line(&own.text.source, offset)))
    }

    /// The place of an endless loop: the mark of one in the program's own code, else what the program had called.
    pub(crate) fn endless(&self, stack: &str, mark: Option<(u32, u32)>) -> Option<Span> {
        let called = self.first_own(stack).is_some_and(|(_, place)| place.callee.is_some());
        if called { self.span(stack) } else { self.marked(mark).or_else(|| self.span(stack)) }
    }

    /// What the program did at the innermost own frame: a call, a throw, or what begins there.
    pub(crate) fn span(&self, stack: &str) -> Option<Span> {
        let (own, place) = self.first_own(stack)?;
        let whole = act_at(&own.text, &place).unwrap_or((place.offset, u32::MAX));
        Some(own.text.span(whole.0, whole.1.min(end_of_line(&own.text.source, whole.0))))
    }

    /// The program file itself.
    pub(crate) fn entry(&self) -> Option<&Own> {
        self.graph.modules.get(&self.graph.entry)?.own.as_ref()
    }

    fn own(&self, number: u32) -> Option<&Own> {
        self.graph.modules.get(self.graph.own.get(number as usize)?)?.own.as_ref()
    }
}

/// The byte after the last printing character of the line that `at` stands in.
fn end_of_line(text: &str, at: u32) -> u32 {
    let rest = text.get(at as usize..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default().trim_end();
    at.saturating_add(u32::try_from(line.len()).unwrap_or(0))
}
