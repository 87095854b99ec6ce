//! TypeScript to JavaScript: parses, notes imports, takes types away, keeps the way back to the source.

use std::path::Path;
use std::sync::Arc;

use oxc::allocator::{Allocator, ArenaVec, TakeIn};
use oxc::ast::ast::{
    Argument, AwaitExpression, BindingIdentifier, CallExpression, DoWhileStatement,
    ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration, ExportFromDeclaration,
    ExportNamedDeclaration, Expression, ForStatement, IdentifierReference, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, Program, Statement, StaticMemberExpression,
    StringLiteral, WhileStatement, YieldExpression,
};
use oxc::ast::builder::AstBuilder;
use oxc::ast_visit::{Visit, VisitMut, walk, walk_mut};
use oxc::codegen::{Codegen, CodegenOptions};
use oxc::diagnostics::OxcDiagnostic;
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::{SPAN, SourceType};
use oxc::syntax::number::NumberBase;
use oxc::transformer::{TransformOptions, Transformer};

use super::asks;
use super::common_js;
use super::place::{Mapping, Token};

/// One import or re-export of a module.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// As written.
    pub(crate) specifier: String,
    /// The specifier's bytes, quotes included.
    pub(crate) span: (u32, u32),
    /// Names taken from it, with their bytes; `default` among them.
    pub(crate) names: Vec<(String, (u32, u32))>,
    /// Local names of it as a whole (`* as name`).
    pub(crate) namespaces: Vec<String>,
    /// Names as imported and as the module calls them, where nothing but members of them is used.
    pub(crate) members_only: Vec<(String, String)>,
    /// Whether more of it may be used than `names` and the chains that begin with its namespaces.
    pub(crate) whole: bool,
}

/// `local.first.second…` as the module uses it, with the bytes of each member.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// The name it begins with.
    pub(crate) local: String,
    /// Members, outermost last.
    pub(crate) members: Vec<(String, (u32, u32))>,
}

/// A module ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Transformed {
    /// JavaScript.
    pub(crate) code: Arc<str>,
    /// The way back; none if the code is the source itself.
    pub(crate) mapping: Option<Mapping>,
    /// What it imports, in order.
    pub(crate) imports: Vec<Import>,
    /// Names it exports itself.
    pub(crate) exports: Vec<String>,
    /// Of these, those that are other modules as a whole: name, specifier.
    pub(crate) namespaces: Vec<(String, String)>,
    /// Members it takes of names that are bound once.
    pub(crate) chains: Vec<Chain>,
    /// What it asks `require` for.
    pub(crate) requires: Vec<String>,
    /// Whether it re-exports another module's names as a whole.
    pub(crate) exports_all: bool,
    /// Whether it uses module syntax at all; a file that does not may be CommonJS.
    pub(crate) is_module: bool,
}

/// What a parser found wrong.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxError {
    /// In a few words.
    pub(crate) message: String,
    /// Advice of the parser's.
    pub(crate) help: Option<String>,
    /// Bytes concerned, with a remark each.
    pub(crate) labels: Vec<((u32, u32), String)>,
}

/// How a file is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// The project's own: mapped, its yields marked under this number.
    Own(u32),
    /// A package's: plain JavaScript runs as it is.
    Package,
}

/// Takes `text`, which lies at `path`, or gives all its syntax errors.
pub(crate) fn transform(
    path: &Path,
    text: &str,
    treatment: Treatment,
) -> Result<Transformed, Vec<SyntaxError>> {
    let allocator = Allocator::default();
    let source_type = source_type(path);
    let mut parsed = Parser::new(&allocator, text, source_type).parse();
    if !parsed.diagnostics.is_empty() && treatment == Treatment::Package && common_js::may_be(path)
    {
        parsed = Parser::new(&allocator, text, SourceType::cjs()).parse();
    }
    if !parsed.diagnostics.is_empty() || parsed.panicked {
        return Err(parsed.diagnostics.iter().map(syntax_error).collect());
    }
    let is_module = parsed.module_record.has_module_syntax;
    let mut program = parsed.program;
    if source_type.is_typescript() || source_type.is_jsx() {
        strip_types(&allocator, path, &mut program)?;
    } else if treatment == Treatment::Package {
        let imports = Imports::of(&program);
        return Ok(imports.into_module(text.into(), None, is_module));
    }
    let imports = Imports::of(&program);
    if let Treatment::Own(file) = treatment {
        Marks { allocator: &allocator, file }.visit_program(&mut program);
        asks::name_them(&allocator, &mut program);
    }
    let options =
        CodegenOptions { source_map_path: Some(path.to_path_buf()), ..CodegenOptions::default() };
    let generated = Codegen::new().with_options(options).build(&program);
    let code: Arc<str> = generated.code.into();
    let mut tokens = Vec::new();
    if let Some(map) = &generated.map {
        tokens.extend(map.get_tokens().map(|token| Token {
            to: (token.get_dst_line(), token.get_dst_col()),
            from: (token.get_src_line(), token.get_src_col()),
        }));
    }
    let mapping = Mapping::new(Arc::clone(&code), tokens);
    Ok(imports.into_module(code, Some(mapping), is_module))
}

/// The dialect by the file's ending; what has none that is known is TypeScript.
pub(crate) fn source_type(path: &Path) -> SourceType {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("js" | "mjs") => SourceType::mjs(),
        Some("cjs") => SourceType::cjs(),
        Some("jsx") => SourceType::jsx(),
        Some("tsx") => SourceType::tsx(),
        _ => SourceType::ts().with_module(true),
    }
}

fn strip_types<'a>(
    allocator: &'a Allocator,
    path: &Path,
    program: &mut Program<'a>,
) -> Result<(), Vec<SyntaxError>> {
    let analysed = SemanticBuilder::new().with_enum_eval(true).build(program);
    if !analysed.diagnostics.is_empty() {
        return Err(analysed.diagnostics.iter().map(syntax_error).collect());
    }
    let scoping = analysed.semantic.into_scoping();
    let options = TransformOptions::default();
    let done = Transformer::new(allocator, path, &options).build_with_scoping(scoping, program);
    if done.diagnostics.is_empty() {
        Ok(())
    } else {
        Err(done.diagnostics.iter().map(syntax_error).collect())
    }
}

fn syntax_error(found: &OxcDiagnostic) -> SyntaxError {
    let labels = found.labels.iter().map(|label| {
        let start = label.offset();
        let end = start.saturating_add(label.len());
        ((start, end), label.label().unwrap_or_default().to_owned())
    });
    SyntaxError {
        message: found.message.to_string(),
        help: found.help.as_ref().map(ToString::to_string),
        labels: labels.collect(),
    }
}

#[derive(Default)]
struct Imports {
    found: Vec<Import>,
    exports: Vec<String>,
    namespaces: Vec<(String, String)>,
    exports_all: bool,
    chains: Vec<Chain>,
    bound: Vec<String>,
    referred: Vec<String>,
    requires: Vec<String>,
}

impl Imports {
    fn of(program: &Program<'_>) -> Self {
        let mut found = Self::default();
        found.visit_program(program);
        found
    }

    fn into_module(self, code: Arc<str>, mapping: Option<Mapping>, is_module: bool) -> Transformed {
        let Self {
            found: mut imports,
            exports,
            namespaces,
            exports_all,
            mut chains,
            bound,
            referred,
            requires,
        } = self;
        let bound_once = |local: &String| bound.iter().filter(|name| *name == local).count() == 1;
        chains.retain(|chain| bound_once(&chain.local));
        for import in &mut imports {
            let only_members = |local: &String| bound_once(local) && !referred.contains(local);
            import.members_only.retain(|(_, local)| only_members(local));
            import.whole |= !import.namespaces.iter().all(only_members);
        }
        Transformed {
            code,
            mapping,
            imports,
            exports,
            namespaces,
            chains,
            requires,
            exports_all,
            is_module,
        }
    }

    fn add(
        &mut self,
        source: &StringLiteral<'_>,
        names: Vec<(String, (u32, u32))>,
        namespaces: Vec<String>,
        whole: bool,
    ) {
        let span = (source.span.start, source.span.end);
        let specifier = source.value.to_string();
        let members_only = Vec::new();
        self.found.push(Import { specifier, span, names, namespaces, members_only, whole });
    }
}

impl<'a> Visit<'a> for Imports {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        let mut names = Vec::new();
        let mut namespaces = Vec::new();
        let mut locals = Vec::new();
        for specifier in it.specifiers.iter().flatten() {
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    locals.push((named.imported.name().to_string(), named.local.name.to_string()));
                    names.push((
                        named.imported.name().to_string(),
                        (named.span.start, named.span.end),
                    ));
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(named) => {
                    names.push(("default".to_owned(), (named.span.start, named.span.end)));
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(all) => {
                    namespaces.push(all.local.name.to_string());
                }
            }
        }
        walk::walk_import_declaration(self, it);
        self.add(&it.source, names, namespaces, false);
        if let Some(import) = self.found.last_mut() {
            import.members_only = locals;
        }
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        self.exports.extend(it.specifiers.iter().map(|s| s.exported.name().to_string()));
        self.referred.extend(it.specifiers.iter().map(|s| s.local.name().to_string()));
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        let names =
            it.specifiers.iter().map(|s| (s.local.name().to_string(), (s.span.start, s.span.end)));
        self.add(&it.source, names.collect(), Vec::new(), false);
        self.exports.extend(it.specifiers.iter().map(|s| s.exported.name().to_string()));
    }

    fn visit_export_declaration(&mut self, it: &ExportDeclaration<'a>) {
        let mut bound = BoundNames::default();
        bound.visit_declaration_names(&it.declaration);
        self.exports.append(&mut bound.names);
        walk::walk_export_declaration(self, it);
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        self.exports.push("default".to_owned());
        walk::walk_export_default_declaration(self, it);
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        match &it.exported {
            Some(name) => {
                self.exports.push(name.name().to_string());
                self.namespaces.push((name.name().to_string(), it.source.value.to_string()));
            }
            None => self.exports_all = true,
        }
        self.add(&it.source, Vec::new(), Vec::new(), true);
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.referred.push(it.name.to_string());
    }

    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        self.bound.push(it.name.to_string());
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        let name = |member: &StaticMemberExpression<'_>| {
            (
                member.property.name.to_string(),
                (member.property.span.start, member.property.span.end),
            )
        };
        let mut members = vec![name(it)];
        let mut object = &it.object;
        while let Expression::StaticMemberExpression(inner) = object {
            members.push(name(inner));
            object = &inner.object;
        }
        if let Expression::Identifier(local) = object {
            members.reverse();
            self.chains.push(Chain { local: local.name.to_string(), members });
        } else {
            walk::walk_static_member_expression(self, it);
        }
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if let (Expression::Identifier(callee), [Argument::StringLiteral(name)]) =
            (&it.callee, &it.arguments[..])
            && callee.name == "require"
        {
            self.requires.push(name.value.to_string());
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(literal) = &it.source {
            self.add(literal, Vec::new(), Vec::new(), true);
        }
        walk::walk_import_expression(self, it);
    }
}

/// Names that an exported declaration binds.
#[derive(Default)]
struct BoundNames {
    names: Vec<String>,
}

impl BoundNames {
    fn visit_declaration_names(&mut self, declaration: &oxc::ast::ast::Declaration<'_>) {
        use oxc::ast::ast::Declaration;
        match declaration {
            Declaration::VariableDeclaration(variables) => {
                for declarator in &variables.declarations {
                    self.visit_binding_pattern(&declarator.id);
                }
            }
            Declaration::FunctionDeclaration(function) => {
                self.names.extend(function.id.iter().map(|id| id.name.to_string()));
            }
            Declaration::ClassDeclaration(class) => {
                self.names.extend(class.id.iter().map(|id| id.name.to_string()));
            }
            _ => {}
        }
    }
}

impl<'a> Visit<'a> for BoundNames {
    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        self.names.push(it.name.to_string());
    }
}

/// Rewrites `yield* x` to `yield* (__alchemyAt(file, offset), x)`, and `await x` alike, so that a failure which has no
/// stack of the program's own is shown where the program was; and begins loops with the call alone, for those that never
/// end.
struct Marks<'a> {
    allocator: &'a Allocator,
    file: u32,
}

impl<'a> Marks<'a> {
    fn call(&self, at: u32) -> Expression<'a> {
        let builder = AstBuilder::new(self.allocator);
        let number = |value: u32| {
            Argument::from(Expression::new_numeric_literal(
                SPAN,
                f64::from(value),
                None,
                NumberBase::Decimal,
                &builder,
            ))
        };
        let arguments = ArenaVec::from_array_in([number(self.file), number(at)], &self.allocator);
        let callee = Expression::new_identifier(SPAN, "__alchemyAt", &builder);
        Expression::new_call_expression(SPAN, callee, None, arguments, false, &builder)
    }

    fn mark(&self, argument: &mut Expression<'a>, at: u32) {
        let given = argument.take_in(&self.allocator);
        let both = ArenaVec::from_array_in([self.call(at), given], &self.allocator);
        *argument =
            Expression::new_sequence_expression(SPAN, both, &AstBuilder::new(self.allocator));
    }

    fn begin(&self, body: &mut Statement<'a>, at: u32) {
        let builder = AstBuilder::new(self.allocator);
        let mark = Statement::new_expression_statement(SPAN, self.call(at), &builder);
        if let Statement::BlockStatement(block) = body {
            block.body.insert(0, mark);
        } else {
            let both =
                ArenaVec::from_array_in([mark, body.take_in(&self.allocator)], &self.allocator);
            *body = Statement::new_block_statement(SPAN, both, &builder);
        }
    }
}

impl<'a> VisitMut<'a> for Marks<'a> {
    fn visit_yield_expression(&mut self, it: &mut YieldExpression<'a>) {
        walk_mut::walk_yield_expression(self, it);
        if let Some(argument) = it.argument.as_mut().filter(|_| it.delegate) {
            self.mark(argument, it.span.start);
        }
    }

    fn visit_await_expression(&mut self, it: &mut AwaitExpression<'a>) {
        walk_mut::walk_await_expression(self, it);
        self.mark(&mut it.argument, it.span.start);
    }

    fn visit_while_statement(&mut self, it: &mut WhileStatement<'a>) {
        walk_mut::walk_while_statement(self, it);
        self.begin(&mut it.body, it.span.start);
    }

    fn visit_do_while_statement(&mut self, it: &mut DoWhileStatement<'a>) {
        walk_mut::walk_do_while_statement(self, it);
        self.begin(&mut it.body, it.span.start);
    }

    fn visit_for_statement(&mut self, it: &mut ForStatement<'a>) {
        walk_mut::walk_for_statement(self, it);
        self.begin(&mut it.body, it.span.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        transform(Path::new("a.ts"), text, Treatment::Own(3)).unwrap().code.to_string()
    }

    #[test]
    fn yields_awaits_and_loops_are_marked() {
        let text = "function* f() { yield* g(); yield 1; while (true) { n += 1; } }\nawait h();\n";
        let expected = "function* f() {\n\tyield* (__alchemyAt(3, 16), g());\n\tyield 1;\n\twhile (true) {\n\t\t__alchemyAt(3, 37);\n\t\tn += 1;\n\t}\n}\nawait (__alchemyAt(3, 64), h());\n";
        assert_eq!(code(text), expected);
    }

    #[test]
    fn a_place_in_generated_code_leads_back_to_the_source() {
        let text = "type A = string;\n\n// é\nconst n: A = \"é\", m: number = bad(n);\nexport default m;\n";
        let made = transform(Path::new("a.ts"), text, Treatment::Own(0)).unwrap();
        let line = made.code.lines().position(|line| line.contains("bad(")).unwrap();
        let column = made.code.lines().nth(line).unwrap().find("bad(").unwrap();
        let source = super::super::place::Text::new("a.ts", text.into());
        let (line, column) = (u32::try_from(line).unwrap() + 1, u32::try_from(column).unwrap() + 1);
        let at = made.mapping.unwrap().source_offset(&source, line, column).unwrap();
        assert_eq!(&text[at as usize..][..4], "bad(");
    }
}
