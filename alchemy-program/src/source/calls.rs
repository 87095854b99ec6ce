//! From a place in a source to the call that stands there, and to the props it is given.

use std::collections::BTreeMap;

use alchemy_core::Span;
use oxc::allocator::Allocator;
use oxc::ast::ast::{
    Argument, ArrowFunctionBody, ArrowFunctionExpression, CallExpression, Expression, FunctionBody,
    NewExpression, ObjectExpression, ObjectPropertyKind, PropertyKey, Statement,
    StaticMemberExpression, ThrowStatement,
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

/// Where a stack says the program was. The engine notes the last name it read before a call, which may stand in the
/// call's arguments; the callee's own name says which of the calls around it is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'s> {
    /// Byte of the source.
    pub(crate) offset: u32,
    /// Name of the function that was called there, if it has one.
    pub(crate) callee: Option<&'s str>,
    /// Whether the call is the second of `f()(…)`.
    pub(crate) curried: bool,
    /// Text of the call's first argument, if known.
    pub(crate) id: Option<&'s str>,
}

/// The calls at `places`. The text is parsed once.
pub(crate) fn calls_at(text: &Text, places: &[Place<'_>]) -> Vec<Option<Call>> {
    let allocator = Allocator::default();
    let path = std::path::Path::new(&*text.file);
    let parsed = Parser::new(&allocator, &text.source, source_type(path)).parse();
    let mut finder = Finder::new(places);
    finder.visit_program(&parsed.program);
    let wanted = finder.found.iter().flatten().map(|bytes| (*bytes, None)).collect();
    let mut reader = Reader { text, calls: wanted };
    reader.visit_program(&parsed.program);
    let call = |bytes: &Option<(u32, u32)>| reader.calls.get(bytes.as_ref()?)?.clone();
    finder.found.iter().map(call).collect()
}

/// Finds the bytes of the call at each place.
struct Finder<'p, 's> {
    /// In order, each with its number.
    places: Vec<(usize, &'p Place<'s>)>,
    found: Vec<Option<(u32, u32)>>,
    best: Vec<(u8, u32)>,
}

impl<'p, 's> Finder<'p, 's> {
    fn new(places: &'p [Place<'s>]) -> Self {
        let (found, best) = (vec![None; places.len()], vec![(0, 0); places.len()]);
        let mut places: Vec<_> = places.iter().enumerate().collect();
        places.sort_by_key(|(_, place)| place.offset);
        Self { places, found, best }
    }
}

impl<'a> Visit<'a> for Finder<'_, '_> {
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        let first = self.places.partition_point(|(_, place)| place.offset < it.span.start);
        let inside = self.places[first..].iter().take_while(|(_, p)| p.offset < it.span.end);
        for (i, place) in inside {
            let rank = (likeness(it, place), u32::MAX - (it.span.end - it.span.start));
            if rank > self.best[*i] {
                self.best[*i] = rank;
                self.found[*i] = Some((it.span.start, it.span.end));
            }
        }
        walk::walk_call_expression(self, it);
    }
}

/// Reads the calls of these bytes.
struct Reader<'t> {
    text: &'t Text,
    calls: BTreeMap<(u32, u32), Option<Call>>,
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let Some(found) = self.calls.get_mut(&(it.span.start, it.span.end)) {
            *found = Some(call(self.text, it));
        }
        walk::walk_call_expression(self, it);
    }
}

/// How well a call fits a place: its callee's name counts most, then its first argument.
fn likeness(it: &CallExpression<'_>, place: &Place<'_>) -> u8 {
    let callee = match &it.callee {
        Expression::CallExpression(inner) if place.curried => name_of(&inner.callee),
        _ if place.curried => None,
        callee => name_of(callee),
    };
    let first = match it.arguments.first() {
        Some(Argument::StringLiteral(literal)) => Some(literal.value.as_str()),
        _ => None,
    };
    let named = callee.is_some() && callee == place.callee;
    let same_id = first.is_some() && first == place.id;
    1 + u8::from(same_id) + 2 * u8::from(named)
}

/// The last name of a callee: `Queue` of `AWS.SQS.Queue`.
fn name_of<'e>(callee: &'e Expression<'_>) -> Option<&'e str> {
    match callee.without_parentheses() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        Expression::TSInstantiationExpression(instance) => name_of(&instance.expression),
        _ => None,
    }
}

/// The bytes of what the program did at a place: the call of that name, a throw, a call or member that begins there.
pub(crate) fn act_at(text: &Text, place: &Place<'_>) -> Option<(u32, u32)> {
    let allocator = Allocator::default();
    let path = std::path::Path::new(&*text.file);
    let parsed = Parser::new(&allocator, &text.source, source_type(path)).parse();
    let mut acts = Acts { place, best: (0, 0), found: None };
    acts.visit_program(&parsed.program);
    acts.found
}

struct Acts<'p, 's> {
    place: &'p Place<'s>,
    best: (u8, u32),
    found: Option<(u32, u32)>,
}

impl Acts<'_, '_> {
    fn consider(&mut self, likeness: u8, span: oxc::span::Span) {
        let rank = (likeness, u32::MAX - (span.end - span.start));
        if span.start <= self.place.offset && self.place.offset < span.end && rank > self.best {
            self.best = rank;
            self.found = Some((span.start, span.end));
        }
    }

    fn call(&mut self, callee: &Expression<'_>, span: oxc::span::Span) {
        let within =
            callee.span().start <= self.place.offset && self.place.offset < callee.span().end;
        if self.place.callee.is_some() && name_of(callee) == self.place.callee {
            self.consider(4, span);
        } else if within {
            self.consider(2, span);
        }
    }
}

impl<'a> Visit<'a> for Acts<'_, '_> {
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.call(&it.callee, it.span);
        walk::walk_call_expression(self, it);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        self.call(&it.callee, it.span);
        walk::walk_new_expression(self, it);
    }

    fn visit_throw_statement(&mut self, it: &ThrowStatement<'a>) {
        self.consider(3, it.span);
        walk::walk_throw_statement(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        self.consider(1, it.span);
        walk::walk_static_member_expression(self, it);
    }
}

fn call(text: &Text, it: &CallExpression<'_>) -> Call {
    let mut props = BTreeMap::new();
    if let Some(literal) = it.arguments.get(1).and_then(Argument::as_expression).and_then(object_in)
    {
        members(text, literal, "", &mut props);
    }
    let first =
        it.arguments.first().map(|argument| text.span(argument.span().start, argument.span().end));
    Call { span: text.span(it.span.start, it.span.end), first, props }
}

/// The object literal that an expression is or gives: `{…}`, `({…})`, `f((x) => ({…}))`, `Effect.gen(function* () { return {…} })`.
fn object_in<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e ObjectExpression<'a>> {
    match expression.without_parentheses() {
        Expression::ObjectExpression(object) => Some(object),
        Expression::TSAsExpression(cast) => object_in(&cast.expression),
        Expression::TSSatisfiesExpression(cast) => object_in(&cast.expression),
        Expression::CallExpression(call) => {
            call.arguments.iter().filter_map(Argument::as_expression).find_map(|argument| {
                match argument {
                    Expression::ArrowFunctionExpression(arrow) => object_of_arrow(arrow),
                    Expression::FunctionExpression(function) => {
                        object_returned(function.body.as_ref()?)
                    }
                    other => object_in(other),
                }
            })
        }
        _ => None,
    }
}

fn object_of_arrow<'e, 'a>(
    arrow: &'e ArrowFunctionExpression<'a>,
) -> Option<&'e ObjectExpression<'a>> {
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

fn members(
    text: &Text,
    object: &ObjectExpression<'_>,
    above: &str,
    found: &mut BTreeMap<String, Span>,
) {
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
