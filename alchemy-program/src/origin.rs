//! From a script's stack to the program's own source.

use std::sync::Arc;

use alchemy_core::Span;

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

    /// The innermost frame that is the program's own: its file, and the byte in it.
    pub(crate) fn first_own(&self, stack: &str) -> Option<(&Own, u32)> {
        frames(stack).find_map(|frame| {
            let own = self.graph.modules.get(frame.module)?.own.as_ref()?;
            let offset = match &own.mapping {
                Some(mapping) => mapping.source_offset(&own.text, frame.line, frame.column)?,
                None => plain_offset(&own.text, frame.line, frame.column)?,
            };
            Some((own, offset))
        })
    }

    /// The place where the program last yielded.
    pub(crate) fn marked(&self, mark: Option<(u32, u32)>) -> Option<Span> {
        let (file, offset) = mark?;
        let own = self.own(file)?;
        Some(own.text.span(offset, end_of_line(&own.text.text, offset)))
    }

    /// The word or call at the innermost own frame.
    pub(crate) fn span(&self, stack: &str) -> Option<Span> {
        let (own, at) = self.first_own(stack)?;
        Some(own.text.span(at, end_of_line(&own.text.text, at)))
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
