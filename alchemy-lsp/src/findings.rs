//! What is wrong with a program in any of its stages: which, where, and how it can be put right.

mod fixes;
mod names;
mod renames;
mod stages;

use alchemy_core::{Diagnostic, Stage};
use alchemy_program::Bytes;

use crate::Project;
use crate::evaluated::Evaluated;

/// A finding, and the stages it is true of.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// What.
    pub(crate) diagnostic: Diagnostic,
    /// The stages; empty if it is true of all.
    pub(crate) stages: Vec<Stage>,
    /// Ways to put it right, best first.
    pub(crate) fixes: Vec<Fix>,
}

/// A change of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    /// What it does, for people.
    pub(crate) title: String,
    /// The file, as spans name it.
    pub(crate) file: String,
    /// What is replaced, in order.
    pub(crate) edits: Vec<(Bytes, String)>,
}

impl Finding {
    /// A finding about the text itself, whatever the stage.
    fn of_text(diagnostic: Diagnostic, fixes: Vec<Fix>) -> Self {
        Self { diagnostic, stages: Vec::new(), fixes }
    }
}

/// All findings of an evaluation, the same one of several stages once.
pub(crate) fn of(evaluated: &Evaluated, project: &Project) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for stage in &evaluated.stages {
        for diagnostic in &stage.diagnostics {
            match found.iter_mut().find(|it| it.diagnostic == *diagnostic) {
                Some(known) => {
                    if !known.stages.contains(&stage.stage) {
                        known.stages.push(stage.stage.clone());
                    }
                }
                None => found.push(Finding {
                    diagnostic: diagnostic.clone(),
                    stages: vec![stage.stage.clone()],
                    fixes: fixes::suggested(diagnostic, evaluated),
                }),
            }
        }
    }
    found.extend(stages::impossible(evaluated));
    found.extend(names::fixed(evaluated, project));
    found.extend(renames::lost(evaluated));
    for finding in &mut found {
        if finding.stages.len() == evaluated.stages.len() {
            finding.stages.clear();
        }
    }
    found
}
