//! A plan as text, for tests and `--debug`: stable, complete, without secrets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{Expr, Plan, Step, StepId};

impl Plan {
    /// The plan as text: steps by number with reason, changes and what they wait for, then what stays, what is not
    /// known yet and what is wrong. Redacted values read `"<redacted>"`.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        for step in &self.steps {
            dump_step(step, &self.steps, &mut out);
        }
        for (fqn, reason) in &self.untouched {
            line(&mut out, format_args!("keep {fqn}: {reason}"));
        }
        for lookup in &self.needs {
            let name = lookup.name.as_deref().unwrap_or("by its key");
            line(&mut out, format_args!("need {} #{} {name}", lookup.fqn, lookup.generation));
        }
        for found in &self.diagnostics {
            let kind = if found.is_error() { "error" } else { "warning" };
            line(&mut out, format_args!("{kind}[{}]: {}", found.code, found.summary));
        }
        let nothing = Expr::Value(crate::Value::Null);
        if let Some(outputs) = self.outputs.as_ref().filter(|outputs| **outputs != nothing) {
            line(&mut out, format_args!("outputs {}", expr_text(outputs)));
        }
        out
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a String does not fail");
}

fn dump_step(step: &Step, steps: &[Step], out: &mut String) {
    let name = step.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
    line(
        out,
        format_args!(
            "{}: {} {} #{}{name}: {}",
            step.id.0, step.action, step.fqn, step.generation, step.reason
        ),
    );
    for change in &step.changes {
        let mark = if change.forces_replacement { " (replaces)" } else { "" };
        line(
            out,
            format_args!(
                "   {}: {} -> {}{mark}",
                change.path,
                expr_text(&change.old),
                expr_text(&change.new)
            ),
        );
    }
    if !step.after.is_empty() {
        let word = |id: &StepId| {
            steps.get(id.0 as usize).map_or_else(
                || id.0.to_string(),
                |s| format!("{} {} #{}", s.action, s.fqn, s.generation),
            )
        };
        let after: Vec<String> = step.after.iter().map(word).collect();
        line(out, format_args!("   after {}", after.join(", ")));
    }
}

/// An expression as text: known values as JSON, what is not known as a formula.
fn expr_text(expr: &Expr) -> String {
    let join = |items: &[Expr]| items.iter().map(expr_text).collect::<Vec<_>>().join(", ");
    match expr {
        Expr::Value(value) => value.to_json(),
        Expr::Attr { fqn, path } => format!("${{{fqn}.{}}}", path.join(".")),
        Expr::Ref(output) => format!("${{{output}}}"),
        Expr::List(items) => format!("[{}]", join(items)),
        Expr::Concat(parts) => format!("concat({})", join(parts)),
        Expr::Call { closure, input } => format!("call {}({})", closure.0, expr_text(input)),
        Expr::Map(members) => members_text(members),
    }
}

fn members_text(members: &BTreeMap<String, Expr>) -> String {
    let pairs = members.iter().map(|(key, expr)| format!("{key}: {}", expr_text(expr)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}
