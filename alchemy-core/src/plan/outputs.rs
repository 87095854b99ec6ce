//! Pass: what the program returns, as far as it is known before apply.

use super::attributes;
use super::decision::Decision;
use super::declared::Declared;
use crate::{Diagnostic, Expr, Fqn, PlanInput};

/// The outputs, resolved as far as the decisions allow; none for a destroy.
pub(super) fn resolve(
    input: &PlanInput<'_>,
    declared: &Declared<'_>,
    decisions: &[Decision<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let outputs = &declared.graph()?.outputs;
    let lookup = |fqn: &Fqn, path: &[String]| {
        attributes::known(decisions.get(declared.index(fqn)?)?, path, input.custom_endpoint)
    };
    match outputs.resolve(&lookup, input.closures, input.hasher) {
        Ok(outputs) => Some(outputs),
        Err(error) => {
            diagnostics.push(
                Diagnostic::error("output-failed", "the program's outputs cannot be computed")
                    .detail(error.message)
                    .help("correct the function given to Output.map"),
            );
            None
        }
    }
}
