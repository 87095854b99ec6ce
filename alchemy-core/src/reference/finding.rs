//! What is said of references that lead nowhere.

use super::{OtherStages, OutputRef, Referenced, StageRef};
use crate::{ClosureError, Diagnostic, Fqn, Graph, Span, Value};

/// One finding for every stage referred to that gives no outputs.
pub(super) fn stages(graph: &Graph, others: &OtherStages) -> Vec<Diagnostic> {
    let own = StageRef { stack: graph.stack.clone(), stage: graph.stage.clone() };
    let finding = |(of, at): (&StageRef, &Option<Span>)| {
        let found = if *of == own {
            itself(of)
        } else {
            match others.read.get(of) {
                Some(Referenced::Outputs(_)) => return None,
                Some(Referenced::Unfinished) => unfinished(of),
                Some(Referenced::Destroyed(when)) => destroyed(of, when),
                None => missing(of, others),
            }
        };
        Some(found.at(at.as_ref(), "referred to here"))
    };
    graph.references.iter().filter_map(finding).collect()
}

fn itself(of: &StageRef) -> Diagnostic {
    Diagnostic::error("reference-to-itself", format!("{of} refers to its own outputs"))
        .detail("They would be those of the deploy before.")
        .help("use the resource's attributes instead")
}

fn deploy(of: &StageRef) -> String {
    format!(
        "deploy it first: alchemy deploy --stage {} (in the program of stack `{}`)",
        of.stage, of.stack
    )
}

fn unfinished(of: &StageRef) -> Diagnostic {
    Diagnostic::error("reference-unfinished", format!("{of} has no outputs yet"))
        .detail("No deploy of it has ended, or its program returns nothing.")
        .help(deploy(of))
}

fn destroyed(of: &StageRef, when: &str) -> Diagnostic {
    Diagnostic::error("reference-destroyed", format!("{of} was destroyed at {when}"))
        .help(deploy(of))
}

fn missing(of: &StageRef, others: &OtherStages) -> Diagnostic {
    let mut stages: Vec<&str> = others
        .known
        .iter()
        .filter(|known| known.stack == of.stack)
        .map(|known| known.stage.as_str())
        .collect();
    let found =
        Diagnostic::error("reference-missing", format!("there is no {of} in the state store"));
    stages.sort_unstable();
    if !stages.is_empty() {
        return found
            .detail(format!("Stack `{}` has: {}.", of.stack, stages.join(", ")))
            .help(deploy(of))
            .help("or refer to one of those, as in `Backend.stage.prod`");
    }
    let mut stacks: Vec<&str> = others.known.iter().map(|known| known.stack.as_str()).collect();
    stacks.sort_unstable();
    stacks.dedup();
    let there = if stacks.is_empty() {
        "It holds no stack.".to_owned()
    } else {
        format!("It holds the stacks: {}.", stacks.join(", "))
    };
    found
        .detail(there)
        .help(deploy(of))
        .help("both stacks must keep their state in one store: --state")
}

/// An output that the stage does not have.
pub(super) fn no_output(output: &OutputRef, outputs: &Value, at: Option<&Span>) -> Diagnostic {
    let name = output.path.first().map_or("", String::as_str);
    let has: Vec<&str> = outputs.as_map().into_iter().flatten().map(|(k, _)| k.as_str()).collect();
    let there = if has.is_empty() {
        "Its program returns no names.".to_owned()
    } else {
        format!("It has: {}.", has.join(", "))
    };
    Diagnostic::error("reference-output", format!("{} has no output `{name}`", output.of))
        .detail(there)
        .help("correct the name, or return it from that program and deploy it")
        .at(at, "used here")
}

/// A redacted output whose value nobody can read.
pub(super) fn sealed(output: &OutputRef, at: Option<&Span>) -> Diagnostic {
    Diagnostic::error("reference-sealed", format!("{output} is redacted, and its value cannot be read from state"))
        .detail("State holds redacted values encrypted under a passphrase, or without one only their digests.")
        .help("set $ALCHEMY_PASSPHRASE to the passphrase that the stage was deployed with; if there was none, deploy that stage again with one")
        .at(at, "used here")
}

/// A function of the program that failed on an output.
pub(super) fn failed(
    error: &ClosureError,
    resource: Option<(&Fqn, &str, Option<&Span>)>,
) -> Diagnostic {
    let help = "correct the function given to Output.map";
    match resource {
        None => Diagnostic::error("output-failed", "the program's outputs cannot be computed")
            .detail(error.message.clone())
            .help(help),
        Some((fqn, prop, at)) => {
            Diagnostic::error("output-failed", format!("`{prop}` of `{fqn}` cannot be computed"))
                .detail(error.message.clone())
                .help(help)
                .resource(fqn)
                .at(at, "used here")
        }
    }
}
