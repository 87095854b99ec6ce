//! Answers to requests, each a function of a view.

pub(crate) mod actions;
pub(crate) mod completion;
pub(crate) mod definition;
pub(crate) mod diagnostics;
pub(crate) mod hints;
pub(crate) mod hover;
pub(crate) mod lenses;
mod prop_docs;
mod stage_words;
pub(crate) mod stages;
pub(crate) mod symbols;

/// The command that chooses the current stage; its argument is the stage's name.
pub(crate) const SET_STAGE: &str = "alchemy.setStage";
