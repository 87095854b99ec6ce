//! What a program asks about its stage, as far as its text tells: where the stage is only compared with texts, the program
//! is made to name these first (`js/globals/stage.js`), so that one evaluation can stand for all stages that would be
//! answered alike.
//!
//! `E.stage === "prod"` becomes `__alchemyAsk(E, "prod").stage === "prod"`; and where `stage` is nothing but compared,
//! `const { stage } = E` becomes `const { stage } = __alchemyAsk(E, "prod", …)` with all these texts, `const stage =
//! E.stage` alike. Any other use is left alone: then the program sees the stage itself, which it is told of as well.

use std::collections::BTreeMap;

use oxc::allocator::{Allocator, ArenaVec, TakeIn};
use oxc::ast::ast::{
    Argument, BinaryExpression, BinaryOperator, BindingIdentifier, BindingPattern,
    ExportDeclaration, ExportNamedDeclaration, Expression, IdentifierReference, ObjectPattern,
    Program, PropertyKey, StringLiteral, VariableDeclaration, VariableDeclarationKind,
    VariableDeclarator,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{Visit, VisitMut, walk, walk_mut};
use oxc::span::SPAN;

/// The member of a stack that is its stage.
const STAGE: &str = "stage";

/// Rewrites the places of `program` that ask for the stage and do nothing else with it.
pub(crate) fn name_them<'a>(allocator: &'a Allocator, program: &mut Program<'a>) {
    let mut uses = Uses::default();
    uses.visit_program(program);
    Asks { allocator, compared: uses.only_compared(), exported: false }.visit_program(program);
}

/// How a module uses its names. One that is bound once means the same wherever it stands.
#[derive(Default)]
struct Uses {
    by_name: BTreeMap<String, Use>,
    /// Whether a text may be run that uses any name.
    evals: bool,
}

#[derive(Default)]
struct Use {
    bound: usize,
    referred: usize,
    /// Texts it is compared with, one for each such place.
    texts: Vec<String>,
}

impl Uses {
    fn of(&mut self, name: &str) -> &mut Use {
        self.by_name.entry(name.to_owned()).or_default()
    }

    /// Names that are bound once and always compared with a text, with these texts.
    fn only_compared(self) -> BTreeMap<String, Vec<String>> {
        if self.evals {
            return BTreeMap::new();
        }
        let only = |it: &Use| it.bound == 1 && it.referred == it.texts.len();
        self.by_name
            .into_iter()
            .filter(|(_, it)| only(it))
            .map(|(name, it)| (name, it.texts))
            .collect()
    }
}

impl<'a> Visit<'a> for Uses {
    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        self.of(&it.name).bound += 1;
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.evals |= it.name == "eval";
        self.of(&it.name).referred += 1;
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        for specifier in &it.specifiers {
            self.of(&specifier.local.name()).referred += 1;
        }
    }

    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        if let Some((Expression::Identifier(name), text)) = comparison(it) {
            self.of(&name.name).texts.push(text.value.to_string());
        }
        walk::walk_binary_expression(self, it);
    }
}

/// The two sides of a comparison with a text.
fn comparison<'e, 'a>(
    it: &'e BinaryExpression<'a>,
) -> Option<(&'e Expression<'a>, &'e StringLiteral<'a>)> {
    match (&it.left, &it.right) {
        _ if !compares(it.operator) => None,
        (Expression::StringLiteral(text), other) | (other, Expression::StringLiteral(text))
            if !text.lone_surrogates =>
        {
            Some((other, text))
        }
        _ => None,
    }
}

fn compares(operator: BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Equality
            | BinaryOperator::Inequality
            | BinaryOperator::StrictEquality
            | BinaryOperator::StrictInequality
    )
}

struct Asks<'a> {
    allocator: &'a Allocator,
    compared: BTreeMap<String, Vec<String>>,
    /// Within an exported declaration, whose names others may use.
    exported: bool,
}

impl<'a> Asks<'a> {
    /// `__alchemyAsk(given, …texts)`
    fn wrap(&self, given: &mut Expression<'a>, texts: &[String]) {
        let builder = AstBuilder::new(self.allocator);
        let mut arguments = ArenaVec::new_in(&self.allocator);
        arguments.push(Argument::from(given.take_in(&self.allocator)));
        for text in texts {
            let text = self.allocator.alloc_str(text);
            arguments
                .push(Argument::from(Expression::new_string_literal(SPAN, text, None, &builder)));
        }
        let callee = Expression::new_identifier(SPAN, "__alchemyAsk", &builder);
        *given = Expression::new_call_expression(SPAN, callee, None, arguments, false, &builder);
    }

    fn declarator(&self, it: &mut VariableDeclarator<'a>) {
        let Some(init) = &mut it.init else { return };
        match (&it.id, init) {
            (
                BindingPattern::BindingIdentifier(name),
                Expression::StaticMemberExpression(member),
            ) if member.property.name == STAGE && !member.optional => {
                if let Some(texts) = self.compared.get(name.name.as_str()) {
                    self.wrap(&mut member.object, texts);
                }
            }
            (BindingPattern::ObjectPattern(pattern), init) => {
                let name = taken(pattern);
                if let Some(texts) = name.and_then(|name| self.compared.get(name)) {
                    self.wrap(init, texts);
                }
            }
            _ => {}
        }
    }
}

/// The name that a pattern gives to the member `stage`, if that is all it does with it.
fn taken<'p>(pattern: &'p ObjectPattern<'_>) -> Option<&'p str> {
    if pattern.rest.is_some() {
        return None;
    }
    let mut found = None;
    for property in &pattern.properties {
        let PropertyKey::StaticIdentifier(key) = &property.key else { return None };
        if property.computed {
            return None;
        }
        match &property.value {
            _ if key.name != STAGE => {}
            BindingPattern::BindingIdentifier(name) if found.is_none() => {
                found = Some(name.name.as_str());
            }
            _ => return None,
        }
    }
    found
}

impl<'a> VisitMut<'a> for Asks<'a> {
    fn visit_export_declaration(&mut self, it: &mut ExportDeclaration<'a>) {
        let before = std::mem::replace(&mut self.exported, true);
        walk_mut::walk_export_declaration(self, it);
        self.exported = before;
    }

    fn visit_variable_declaration(&mut self, it: &mut VariableDeclaration<'a>) {
        if it.kind == VariableDeclarationKind::Const && !self.exported {
            for declarator in &mut it.declarations {
                self.declarator(declarator);
            }
        }
        walk_mut::walk_variable_declaration(self, it);
    }

    fn visit_binary_expression(&mut self, it: &mut BinaryExpression<'a>) {
        let text = comparison(it).map(|(_, text)| text.value.to_string());
        if let Some(text) = text {
            for side in [&mut it.left, &mut it.right] {
                if let Expression::StaticMemberExpression(member) = side
                    && member.property.name == STAGE
                    && !member.optional
                {
                    self.wrap(&mut member.object, std::slice::from_ref(&text));
                }
            }
        }
        walk_mut::walk_binary_expression(self, it);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::transform::{Treatment, transform};

    /// What becomes of a line of a program.
    fn made(text: &str) -> String {
        let made = transform(Path::new("a.ts"), text, Treatment::Own(3)).unwrap();
        made.code.trim_end().to_owned()
    }

    #[test]
    fn comparisons_name_their_texts() {
        let cases = [
            ("f(a.stage === \"prod\");", "f(__alchemyAsk(a, \"prod\").stage === \"prod\");"),
            ("f(\"x\" != g(1).stage);", "f(\"x\" != __alchemyAsk(g(1), \"x\").stage);"),
            (
                "const prod = (a as any).stage === 'p' || a.stage == 'q';",
                "const prod = __alchemyAsk(a, \"p\").stage === \"p\" || __alchemyAsk(a, \"q\").stage == \"q\";",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(made(text), expected);
        }
    }

    #[test]
    fn names_that_are_only_compared_name_all_their_texts() {
        let text = "function* f() {\n\tconst { stage, name } = yield* a;\n\tg(name, stage === \"p\", \"q\" !== stage);\n}";
        let expected = "function* f() {\n\tconst { stage, name } = __alchemyAsk(yield* (__alchemyAt(3, 41), a), \"p\", \"q\");\n\tg(name, stage === \"p\", \"q\" !== stage);\n}";
        assert_eq!(made(text), expected);
        let text = "const s = a.stage;\nf(s === \"p\");";
        assert_eq!(made(text), "const s = __alchemyAsk(a, \"p\").stage;\nf(s === \"p\");");
    }

    #[test]
    fn any_other_use_is_left_alone() {
        let left = [
            "f(a.stage);",
            "f(a.stage === b);",
            "f(a?.stage === \"p\");",
            "f(a.stage < \"p\");",
            "f(a[\"stage\"] === \"p\");",
            "const { stage } = a;\nf(stage === \"p\", stage);",
            "const { stage } = a;\nf(stage === \"p\", { stage });",
            "const { stage } = a;\nf(stage === \"p\");\nexport { stage };",
            "export const { stage } = a;\nf(stage === \"p\");",
            "let { stage } = a;\nf(stage === \"p\");",
            "const { stage } = a;\nf(stage === \"p\");\neval(\"stage\");",
            "const { stage } = a;\nf((stage) => stage === \"p\");",
            "const { stage, ...rest } = a;\nf(stage === \"p\", rest);",
            "const { stage = \"x\" } = a;\nf(stage === \"p\");",
            "const { stage, [b]: c } = a;\nf(stage === \"p\", c);",
            "const { stage, stage: c } = a;\nf(stage === \"p\", c);",
        ];
        for text in left {
            assert!(!made(text).contains("__alchemyAsk"), "{text}: {}", made(text));
        }
    }
}
