//! From a place in a source to the call that stands there, and to the props it is given.

use std::collections::BTreeMap;

use alchemy_core::Span;
use oxc::allocator::Allocator;
use oxc::ast::ast::{
    Argument, ArrowFunctionBody, ArrowFunctionExpression, CallExpression, Expression, FunctionBody, ObjectExpression,
    ObjectPropertyKind, PropertyKey, Statement,
};
use oxc::ast_visit::{Visit, walk};
use oxc::parser::Parser;
use oxc::span::GetSpan as _;

use super::place::Text;
use super::transform::source_type;

/// A call in a source.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// All of it, from the callee to the closing parenthesis.
    pub(crate) span: Span,
    /// Its first argument.
    pub(crate) first: Option<Span>,
    /// Its props, by dotted path.
    pub(crate) props: BTreeMap<String, Span>,
}

/// The calls at `places`: a byte each, and whether the call meant is the second of `f()(…)`.
pub(crate) fn calls_at(text: &Text, places: &[(u32, bool)]) -> Vec<Option<Call>> {
    let allocator = Allocator::default();
    let path = std::path::Path::new(&*text.file);
    let parsed = Parser::new(&allocator, &text.text, source_type(path)).parse();
    let mut finder = Finder { text, places, found: vec![None; places.len()], sizes: vec![u32::MAX; places.len()] };
    finder.visit_program(&parsed.program);
    finder.found
}

struct Finder<'t> {
    text: &'t Text,
    places: &'t [(u32, bool)],
    found: Vec<Option<Call>>,
    sizes: Vec<u32>,
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        let curried = matches!(&it.callee, Expression::CallExpression(_));
        for (i, (offset, wants_curried)) in self.places.iter().enumerate() {
            let inside = it.span.start <= *offset && *offset < it.span.end;
            let size = it.span.end - it.span.start;
            if inside && size < self.sizes[i] && (curried || !wants_curried) {
                self.sizes[i] = size;
                self.found[i] = Some(call(self.text, it));
            }
        }
        walk::walk_call_expression(self, it);
    }
}

fn call(text: &Text, it: &CallExpression<'_>) -> Call {
    let mut props = BTreeMap::new();
    if let Some(literal) = it.arguments.get(1).and_then(Argument::as_expression).and_then(object_in) {
        members(text, literal, "", &mut props);
    }
    let first = it.arguments.first().map(|argument| text.span(argument.span().start, argument.span().end));
    Call { span: text.span(it.span.start, it.span.end), first, props }
}

/// The object literal that an expression is or gives: `{…}`, `({…})`, `f((x) => ({…}))`, `Effect.gen(function* () { return {…} })`.
fn object_in<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e ObjectExpression<'a>> {
    match expression.without_parentheses() {
        Expression::ObjectExpression(object) => Some(object),
        Expression::TSAsExpression(cast) => object_in(&cast.expression),
        Expression::TSSatisfiesExpression(cast) => object_in(&cast.expression),
        Expression::CallExpression(call) => {
            call.arguments.iter().filter_map(Argument::as_expression).find_map(|argument| match argument {
                Expression::ArrowFunctionExpression(arrow) => object_of_arrow(arrow),
                Expression::FunctionExpression(function) => object_returned(function.body.as_ref()?),
                other => object_in(other),
            })
        }
        _ => None,
    }
}

fn object_of_arrow<'e, 'a>(arrow: &'e ArrowFunctionExpression<'a>) -> Option<&'e ObjectExpression<'a>> {
    match &arrow.body {
        ArrowFunctionBody::FunctionBody(body) => object_returned(body),
        body => object_in(body.as_expression()?),
    }
}

fn object_returned<'e, 'a>(body: &'e FunctionBody<'a>) -> Option<&'e ObjectExpression<'a>> {
    body.statements.iter().rev().find_map(|statement| match statement {
        Statement::ReturnStatement(given) => object_in(given.argument.as_ref()?),
        _ => None,
    })
}

fn members(text: &Text, object: &ObjectExpression<'_>, above: &str, found: &mut BTreeMap<String, Span>) {
    for property in &object.properties {
        let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
        let name = match &property.key {
            PropertyKey::StaticIdentifier(name) => name.name.to_string(),
            PropertyKey::StringLiteral(name) => name.value.to_string(),
            _ => continue,
        };
        let path = if above.is_empty() { name } else { format!("{above}.{name}") };
        if let Expression::ObjectExpression(inner) = property.value.without_parentheses() {
            members(text, inner, &path, found);
        }
        found.insert(path, text.span(property.span.start, property.span.end));
    }
}
