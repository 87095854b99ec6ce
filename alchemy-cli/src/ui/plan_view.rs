//! A plan as a tree: one line a resource, the objects it was expanded into under it, changed props below.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alchemy_core::{Action, Diagnostic, Expr, Fqn, Plan, Step, Value};
use unicode_width::UnicodeWidthStr as _;

use super::style::{Paint, Role};
use super::text::{plural, printable};
use super::value_view::side;
use crate::wire::EventBody;

/// What stands above a plan.
#[derive(Clone, Debug)]
pub(crate) struct PlanHeader {
    /// The stack.
    pub(crate) stack: String,
    /// The stage.
    pub(crate) stage: String,
    /// The profile.
    pub(crate) profile: String,
    /// The account's id.
    pub(crate) account: String,
    /// The region.
    pub(crate) region: String,
    /// The store, for people.
    pub(crate) store: String,
}

impl PlanHeader {
    /// As the first event of a command.
    pub(crate) fn event<'a>(&'a self, command: &'a str) -> EventBody<'a> {
        let Self { stack, stage, profile, account, region, store } = self;
        EventBody::Start { command, stack, stage, profile, account, region, store }
    }
    /// One line; the store on one of its own where that is wider than the terminal.
    pub(crate) fn text(&self, paint: Paint, width: Option<usize>) -> String {
        let name = paint.text(Role::Strong, &self.stack);
        let stage = paint.text(Role::Strong, &self.stage);
        let Self { profile, account, region, store, .. } = self;
        let place =
            format!("{name} · stage {stage} · account {account} · {region} · profile {profile}");
        let whole = format!("{place} · state {store}");
        if width.is_some_and(|width| console::measure_text_width(&whole) > width) {
            return format!("{place}\n  state {store}");
        }
        whole
    }
}

/// Reasons of the planner that the line's sign, or the changes below it, say already.
const PLAIN: [(Action, &str); 3] = [
    (Action::Create, "not there yet"),
    (Action::Update, "its props differ"),
    (Action::Delete, "the stage is destroyed"),
];

/// Names that are wider push their own line's columns aside only.
const WIDEST_NAME: usize = 40;

/// Names are not cut to less: that tells nothing.
const NARROWEST_CUT: usize = 12;

/// A resource with what happens to it and to the objects expanded from it.
struct Node<'a> {
    fqn: &'a Fqn,
    step: Option<&'a Step>,
    /// The old generation's step, when `step` replaces it.
    old: Option<&'a Step>,
    children: Vec<Self>,
}

/// The plan's steps as a tree, then the summary. Nothing but the summary for a plan without steps. Names of objects are
/// cut to the `width` of a terminal.
pub(crate) fn plan_text(plan: &Plan, paint: Paint, width: Option<usize>) -> String {
    let nodes = tree(plan);
    let columns = Columns::of(&nodes, paint, width);
    let mut text = String::new();
    for node in &nodes {
        columns.draw(&mut text, node, None);
        for child in &node.children {
            columns.draw(&mut text, child, Some(node));
        }
    }
    if !nodes.is_empty() {
        text.push('\n');
    }
    text.push_str(&summary_line(plan, paint));
    text
}

/// The warning about a URL that anybody may call.
pub(crate) const PUBLIC_URL: &str = "public-url";

/// The warnings about public URLs of functions that the plan touches, or whose parts it touches. The others were shown
/// when the URL was made.
pub(crate) fn opened_urls(warnings: &[Diagnostic], plan: &Plan) -> Vec<Diagnostic> {
    let touched = |fqn: &Fqn| {
        plan.steps.iter().any(|step| step.fqn == *fqn || step.parent.as_ref() == Some(fqn))
    };
    let public = warnings.iter().filter(|found| found.code == PUBLIC_URL);
    public.filter(|found| found.resource.as_ref().is_none_or(touched)).cloned().collect()
}

/// How many of each: `Plan: 3 to create, 1 to update; 6 unchanged`.
fn summary_line(plan: &Plan, paint: Paint) -> String {
    let unchanged = plural(plan.untouched.len(), "object");
    if plan.steps.is_empty() {
        return format!("{}: {unchanged} as wanted", paint.text(Role::Strong, "no changes"));
    }
    let mut counts = BTreeMap::<Action, usize>::new();
    let replaced = replaced_by(plan);
    for step in &plan.steps {
        if !is_old_generation(step, &replaced) {
            *counts.entry(step.action).or_default() += 1;
        }
    }
    let words: Vec<_> =
        counts.iter().map(|(action, number)| format!("{number} to {action}")).collect();
    let rest = if plan.untouched.is_empty() {
        String::new()
    } else {
        format!("; {} unchanged", plan.untouched.len())
    };
    format!("{} {}{rest}", paint.text(Role::Strong, "Plan:"), words.join(", "))
}

/// Records that a `Replace` step puts another generation in the place of.
fn replaced_by(plan: &Plan) -> BTreeMap<&alchemy_core::Uid, &Step> {
    let replaces = plan.steps.iter().filter(|step| step.action == Action::Replace);
    replaces.filter_map(|step| Some((&step.prior.as_ref()?.uid, step))).collect()
}

fn is_old_generation(step: &Step, replaced: &BTreeMap<&alchemy_core::Uid, &Step>) -> bool {
    matches!(step.action, Action::Delete | Action::Retain) && replaced.contains_key(&step.uid)
}

fn tree(plan: &Plan) -> Vec<Node<'_>> {
    let parents: BTreeMap<&Fqn, &Fqn> =
        plan.steps.iter().filter_map(|step| Some((&step.fqn, step.parent.as_ref()?))).collect();
    let root = |fqn: &'_ Fqn| {
        let mut top = fqn.clone();
        for _ in 0..parents.len() {
            let Some(parent) = parents.get(&top) else { break };
            top = (*parent).clone();
        }
        top
    };
    let replaced = replaced_by(plan);
    let removals =
        plan.steps.iter().filter(|step| matches!(step.action, Action::Delete | Action::Retain));
    let removals: BTreeMap<_, _> = removals.map(|step| (&step.uid, step)).collect();
    let mut nodes: Vec<Node<'_>> = Vec::new();
    let mut index = BTreeMap::<Fqn, usize>::new();
    for step in &plan.steps {
        if is_old_generation(step, &replaced) {
            continue;
        }
        let prior = step.prior.as_ref().filter(|_| step.action == Action::Replace);
        let old = prior.and_then(|prior| removals.get(&prior.uid).copied());
        let top = root(&step.fqn);
        let at = *index.entry(top.clone()).or_insert_with(|| {
            let fqn = top_fqn(step, &parents, &top);
            nodes.push(Node { fqn, step: None, old: None, children: Vec::new() });
            nodes.len() - 1
        });
        if step.fqn == top && nodes[at].step.is_none() {
            (nodes[at].step, nodes[at].old) = (Some(step), old);
        } else {
            nodes[at].children.push(Node {
                fqn: &step.fqn,
                step: Some(step),
                old,
                children: Vec::new(),
            });
        }
    }
    nodes
}

/// The plan's own copy of `top`, which is `step`'s FQN or one above it.
fn top_fqn<'a>(step: &'a Step, parents: &BTreeMap<&'a Fqn, &'a Fqn>, top: &Fqn) -> &'a Fqn {
    let mut fqn = &step.fqn;
    while fqn != top {
        match parents.get(fqn) {
            Some(parent) => fqn = parent,
            None => break,
        }
    }
    fqn
}

fn short(node: &Node<'_>, under: &Node<'_>) -> String {
    let own = node.fqn.as_str();
    own.strip_prefix(under.fqn.as_str())
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(own)
        .to_owned()
}

/// Widths of the columns that several lines share.
struct Columns {
    name: usize,
    ty: usize,
    paint: Paint,
    /// Of the terminal.
    width: Option<usize>,
}

impl Columns {
    fn of(nodes: &[Node<'_>], paint: Paint, width: Option<usize>) -> Self {
        let mut columns = Self { name: 0, ty: 0, paint, width };
        for node in nodes {
            columns.widen(node, node.fqn.as_str().width());
            node.children
                .iter()
                .for_each(|child| columns.widen(child, short(child, node).width() + 2));
        }
        columns.name = columns.name.min(WIDEST_NAME);
        columns
    }

    fn widen(&mut self, node: &Node<'_>, name: usize) {
        self.name = self.name.max(name);
        self.ty = self.ty.max(node.step.map_or(0, |step| step.ty.as_str().width()));
    }

    /// A resource's line, and what explains it below.
    fn draw(&self, text: &mut String, node: &Node<'_>, under: Option<&Node<'_>>) {
        let indent = if under.is_some() { "    " } else { "  " };
        let name = under.map_or_else(|| node.fqn.to_string(), |under| short(node, under));
        let Some(step) = node.step else {
            writeln!(text, "{indent}    {name}").expect("writing to a string");
            return;
        };
        let (sign, role) = sign(step.action);
        let pad = (self.name + 2).saturating_sub(indent.len() + name.width());
        let mut line =
            self.paint.text(role, &format!("{sign:>3} {name}{}  {}", " ".repeat(pad), step.ty));
        let mut notes = Vec::new();
        if let Some(physical) = names(step, node.old) {
            let before = indent.len() + 4 + name.width() + pad + 2 + self.ty + 2;
            notes.push(self.paint.text(Role::Dim, &self.cut(&printable(&physical), before)));
        }
        if is_public(step) {
            notes.push(self.paint.text(Role::Warning, "PUBLIC"));
        }
        if !notes.is_empty() {
            let pad = self.ty.saturating_sub(step.ty.as_str().width());
            write!(line, "{}  {}", " ".repeat(pad), notes.join("  ")).expect("writing to a string");
        }
        writeln!(text, "{indent}{line}").expect("writing to a string");
        self.details(text, step, under.and_then(|under| under.step), indent);
    }

    /// A name as far as it fits the line after `before` columns. Both names of a replacement are shown whole.
    fn cut(&self, physical: &str, before: usize) -> String {
        let room = self.width.map_or(usize::MAX, |width| width.saturating_sub(before));
        if room < NARROWEST_CUT || physical.contains('→') {
            return physical.to_owned();
        }
        console::truncate_str(physical, room, "…").into_owned()
    }

    /// The reason, unless it goes without saying or its parent's line just said it, and the changed props.
    fn details(&self, text: &mut String, step: &Step, above: Option<&Step>, indent: &str) {
        let said =
            above.is_some_and(|above| above.reason == step.reason && above.action == step.action);
        let plain = step.reason.is_empty() || PLAIN.contains(&(step.action, step.reason.as_str()));
        if !said && !plain {
            let reason = self.paint.text(Role::Dim, &printable(&step.reason));
            writeln!(text, "{indent}      {reason}").expect("writing to a string");
        }
        if !matches!(step.action, Action::Create | Action::Delete | Action::Retain) {
            self.changes(text, step, indent);
        }
    }

    fn changes(&self, text: &mut String, step: &Step, indent: &str) {
        for change in &step.changes {
            let mark = if change.forces_replacement {
                self.paint.text(Role::Replace, "  (needs a new object)")
            } else {
                String::new()
            };
            let path = printable(&change.path);
            writeln!(
                text,
                "{indent}      {path}: {} → {}{mark}",
                side(&change.old),
                side(&change.new)
            )
            .expect("writing to a string");
        }
    }
}

/// The physical name; for a replacement old and new, for a rename the FQN it had.
fn names(step: &Step, old: Option<&Step>) -> Option<String> {
    if step.action == Action::Rename {
        return step.prior.as_ref().map(|prior| format!("was {}", prior.fqn));
    }
    let name = step.name.clone()?;
    let before = old.and_then(|old| old.name.clone()).filter(|before| *before != name);
    Some(before.map_or_else(|| name.clone(), |before| format!("{before} → {name}")))
}

/// The sign in front of a step.
fn sign(action: Action) -> (&'static str, Role) {
    match action {
        Action::Create => ("+", Role::Create),
        Action::Update => ("~", Role::Update),
        Action::Replace => ("±", Role::Replace),
        Action::Delete => ("-", Role::Delete),
        Action::Retain => ("(-)", Role::Keep),
        Action::Adopt => ("↑", Role::Keep),
        Action::Rename => ("→", Role::Keep),
        Action::Record => ("·", Role::Dim),
        Action::Forget => ("×", Role::Dim),
    }
}

/// Whether anybody on the internet may call it: a URL without authorisation.
fn is_public(step: &Step) -> bool {
    let open = |expr: &Expr| matches!(expr, Expr::Value(Value::Str(text)) if text == "NONE");
    step.props.get("authType").is_some_and(open)
        && !matches!(step.action, Action::Delete | Action::Retain)
}
