//! The walk over a syntax tree that fills an outline.

use oxc::ast::ast::{
    Argument, ArrayExpressionElement, ArrowFunctionBody, ArrowFunctionExpression, BinaryExpression,
    BinaryOperator, BindingPattern, CallExpression, Class, Expression, Function, FunctionBody,
    IdentifierReference, ImportDeclaration, ImportDeclarationSpecifier, ObjectExpression,
    ObjectPropertyKind, PropertyKey, Statement, StaticMemberExpression, StringLiteral,
    SwitchStatement, VariableDeclarator,
};
use oxc::ast_visit::{Visit, walk};
use oxc::span::{GetSpan as _, Span};
use oxc::syntax::scope::ScopeFlags;

use super::{Binding, Bytes, Comparison, Outline, OutlineCall, OutlineProp, Use};

/// Reads a tree.
pub(super) struct Reader {
    pub(super) found: Outline,
    pub(super) scopes: Vec<Bytes>,
}

impl Reader {
    fn scope(&self) -> Bytes {
        self.scopes.last().copied().unwrap_or_default()
    }

    fn compared(&mut self, literal: &Expression<'_>, negated: bool) {
        if let Expression::StringLiteral(text) = literal.without_parentheses() {
            let value = text.value.to_string();
            self.found.comparisons.push(Comparison { literal: bytes(text.span), value, negated });
        }
    }

    fn bind(&mut self, pattern: &BindingPattern<'_>, to: &Expression<'_>) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => {
                self.found.bindings.push(Binding {
                    name: name.name.to_string(),
                    at: bytes(name.span),
                    to: bytes(to.span()),
                    same_as: name_alone(to),
                    scope: self.scope(),
                    import: None,
                });
            }
            BindingPattern::AssignmentPattern(with_default) => self.bind(&with_default.left, to),
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    self.bind(&property.value, to);
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for element in array.elements.iter().flatten() {
                    self.bind(element, to);
                }
            }
        }
    }

    /// `["a", "b"].includes(stage)`
    fn included(&mut self, it: &CallExpression<'_>) {
        let Expression::StaticMemberExpression(member) = &it.callee else { return };
        let Expression::ArrayExpression(list) = member.object.without_parentheses() else { return };
        let asked = it.arguments.first().and_then(Argument::as_expression).is_some_and(is_stage);
        if member.property.name == "includes" && asked {
            for element in &list.elements {
                if let Some(element) = ArrayExpressionElement::as_expression(element) {
                    self.compared(element, false);
                }
            }
        }
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        self.included(it);
        let (curried, named) = match it.callee.without_parentheses() {
            Expression::CallExpression(inner) => (true, &inner.callee),
            _ => (false, &it.callee),
        };
        let first = it.arguments.first().map(|argument| {
            let text = match argument {
                Argument::StringLiteral(text) => Some(text.value.to_string()),
                _ => None,
            };
            (bytes(argument.span()), text)
        });
        let mut props = Vec::new();
        if let Some(object) =
            it.arguments.get(1).and_then(Argument::as_expression).and_then(object_in)
        {
            members(object, "", &mut props);
        }
        let callee = chain(named);
        self.found.calls.push(OutlineCall { span: bytes(it.span), callee, curried, first, props });
        walk::walk_call_expression(self, it);
    }

    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        use BinaryOperator::{Equality, Inequality, StrictEquality, StrictInequality};
        if matches!(it.operator, Equality | Inequality | StrictEquality | StrictInequality) {
            let negated = matches!(it.operator, Inequality | StrictInequality);
            if is_stage(&it.left) {
                self.compared(&it.right, negated);
            } else if is_stage(&it.right) {
                self.compared(&it.left, negated);
            }
        }
        walk::walk_binary_expression(self, it);
    }

    fn visit_switch_statement(&mut self, it: &SwitchStatement<'a>) {
        if is_stage(&it.discriminant) {
            for test in it.cases.iter().filter_map(|case| case.test.as_ref()) {
                self.compared(test, false);
            }
        }
        walk::walk_switch_statement(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        if it.property.name == "stage" {
            self.found.stages.push(bytes(it.property.span));
        }
        if let Expression::Identifier(name) = &it.object {
            let member = Some((it.property.name.to_string(), bytes(it.property.span)));
            let name = (name.name.to_string(), bytes(name.span));
            self.found.uses.push(Use { name: name.0, at: name.1, member });
            return;
        }
        walk::walk_static_member_expression(self, it);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        if it.name == "stage" {
            self.found.stages.push(bytes(it.span));
        }
        self.found.uses.push(Use { name: it.name.to_string(), at: bytes(it.span), member: None });
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        self.found.texts.push(bytes(it.span));
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let Some(to) = &it.init {
            self.bind(&it.id, to);
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        if let Some(name) = &it.id {
            self.found.bindings.push(Binding {
                name: name.name.to_string(),
                at: bytes(name.span),
                to: bytes(it.span),
                same_as: None,
                scope: self.scope(),
                import: None,
            });
        }
        walk::walk_class(self, it);
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        for specifier in it.specifiers.iter().flatten() {
            let (local, imported) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (&named.local, named.imported.name().to_string())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
                    (&default.local, "default".to_owned())
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(all) => {
                    (&all.local, "*".to_owned())
                }
            };
            self.found.bindings.push(Binding {
                name: local.name.to_string(),
                at: bytes(local.span),
                to: bytes(it.span),
                same_as: None,
                scope: self.scope(),
                import: Some((imported, it.source.value.to_string())),
            });
        }
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.scopes.push(bytes(it.span));
        walk::walk_function(self, it, flags);
        self.scopes.pop();
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.scopes.push(bytes(it.span));
        walk::walk_arrow_function_expression(self, it);
        self.scopes.pop();
    }
}

fn bytes(span: Span) -> Bytes {
    (span.start, span.end)
}

/// `stage`, `x.stage`
fn is_stage(expression: &Expression<'_>) -> bool {
    match expression.without_parentheses() {
        Expression::Identifier(name) => name.name == "stage",
        Expression::StaticMemberExpression(member) => member.property.name == "stage",
        _ => false,
    }
}

/// `Jobs` of `Jobs` and `yield* Jobs`.
fn name_alone(expression: &Expression<'_>) -> Option<String> {
    match expression.without_parentheses() {
        Expression::Identifier(name) => Some(name.name.to_string()),
        Expression::YieldExpression(yielded) => name_alone(yielded.argument.as_ref()?),
        Expression::AwaitExpression(awaited) => name_alone(&awaited.argument),
        _ => None,
    }
}

/// The names of `AWS.SQS.Queue`.
fn chain(callee: &Expression<'_>) -> Vec<String> {
    match callee.without_parentheses() {
        Expression::Identifier(name) => vec![name.name.to_string()],
        Expression::StaticMemberExpression(member) => {
            let mut names = chain(&member.object);
            names.push(member.property.name.to_string());
            names
        }
        Expression::TSInstantiationExpression(instance) => chain(&instance.expression),
        _ => Vec::new(),
    }
}

/// The object literal that an expression is or gives.
fn object_in<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e ObjectExpression<'a>> {
    match expression.without_parentheses() {
        Expression::ObjectExpression(object) => Some(object),
        Expression::TSAsExpression(cast) => object_in(&cast.expression),
        Expression::TSSatisfiesExpression(cast) => object_in(&cast.expression),
        Expression::CallExpression(call) => {
            let arguments = call.arguments.iter().filter_map(Argument::as_expression);
            arguments.into_iter().find_map(|argument| match argument {
                Expression::ArrowFunctionExpression(arrow) => match &arrow.body {
                    ArrowFunctionBody::FunctionBody(body) => object_returned(body),
                    body => object_in(body.as_expression()?),
                },
                Expression::FunctionExpression(function) => {
                    object_returned(function.body.as_ref()?)
                }
                other => object_in(other),
            })
        }
        _ => None,
    }
}

fn object_returned<'e, 'a>(body: &'e FunctionBody<'a>) -> Option<&'e ObjectExpression<'a>> {
    body.statements.iter().rev().find_map(|statement| match statement {
        Statement::ReturnStatement(given) => object_in(given.argument.as_ref()?),
        _ => None,
    })
}

fn members(object: &ObjectExpression<'_>, above: &str, found: &mut Vec<OutlineProp>) {
    for property in &object.properties {
        let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
        let name = match &property.key {
            PropertyKey::StaticIdentifier(name) => name.name.as_str(),
            PropertyKey::StringLiteral(name) => name.value.as_str(),
            _ => continue,
        };
        let path = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        let value = property.value.without_parentheses();
        found.push(OutlineProp {
            path: path.clone(),
            key: bytes(property.key.span()),
            value: bytes(value.span()),
            text: matches!(value, Expression::StringLiteral(_)),
        });
        if let Expression::ObjectExpression(inner) = value {
            members(inner, &path, found);
        }
    }
}
