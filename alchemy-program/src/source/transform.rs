//! TypeScript to JavaScript: parses, notes imports, takes types away, keeps the way back to the source.

use std::path::Path;
use std::sync::Arc;

use oxc::allocator::{Allocator, ArenaVec, TakeIn};
use oxc::ast::ast::{
    Argument, ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration, ExportFromDeclaration,
    ExportNamedDeclaration, Expression, ImportDeclaration, ImportDeclarationSpecifier, ImportExpression, Program, StringLiteral, YieldExpression,
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
    /// Whether it re-exports another module's names as a whole.
    pub(crate) exports_all: bool,
    /// Whether it uses module syntax at all; a file that does not may be CommonJS.
    #[expect(dead_code, reason = "CommonJS packages are told by it")]
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
pub(crate) fn transform(path: &Path, text: &str, treatment: Treatment) -> Result<Transformed, Vec<SyntaxError>> {
    let allocator = Allocator::default();
    let source_type = source_type(path);
    let parsed = Parser::new(&allocator, text, source_type).parse();
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
        MarkYields { allocator: &allocator, file }.visit_program(&mut program);
    }
    let options = CodegenOptions { source_map_path: Some(path.to_path_buf()), ..CodegenOptions::default() };
    let generated = Codegen::new().with_options(options).build(&program);
    let code: Arc<str> = generated.code.into();
    let tokens = generated.map.iter().flat_map(|map| map.get_tokens()).map(|token| Token {
        to: (token.get_dst_line(), token.get_dst_col()),
        from: (token.get_src_line(), token.get_src_col()),
    });
    let mapping = Mapping::new(Arc::clone(&code), tokens.collect());
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

fn strip_types<'a>(allocator: &'a Allocator, path: &Path, program: &mut Program<'a>) -> Result<(), Vec<SyntaxError>> {
    let analysed = SemanticBuilder::new().with_enum_eval(true).build(program);
    if !analysed.diagnostics.is_empty() {
        return Err(analysed.diagnostics.iter().map(syntax_error).collect());
    }
    let scoping = analysed.semantic.into_scoping();
    let options = TransformOptions::default();
    let done = Transformer::new(allocator, path, &options).build_with_scoping(scoping, program);
    if done.diagnostics.is_empty() { Ok(()) } else { Err(done.diagnostics.iter().map(syntax_error).collect()) }
}

fn syntax_error(found: &OxcDiagnostic) -> SyntaxError {
    let labels = found.labels.iter().map(|label| {
        let start = u32::try_from(label.offset()).unwrap_or(u32::MAX);
        let end = start.saturating_add(u32::try_from(label.len()).unwrap_or(0));
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
    imports: Vec<Import>,
    exports: Vec<String>,
    exports_all: bool,
}

impl Imports {
    fn of(program: &Program<'_>) -> Self {
        let mut found = Self::default();
        found.visit_program(program);
        found
    }

    fn into_module(self, code: Arc<str>, mapping: Option<Mapping>, is_module: bool) -> Transformed {
        let Self { imports, exports, exports_all } = self;
        Transformed { code, mapping, imports, exports, exports_all, is_module }
    }

    fn add(&mut self, source: &StringLiteral<'_>, names: Vec<(String, (u32, u32))>, namespaces: Vec<String>) {
        let span = (source.span.start, source.span.end);
        self.imports.push(Import { specifier: source.value.to_string(), span, names, namespaces });
    }
}

impl<'a> Visit<'a> for Imports {
    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        let mut names = Vec::new();
        let mut namespaces = Vec::new();
        for specifier in it.specifiers.iter().flatten() {
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    names.push((named.imported.name().to_string(), (named.span.start, named.span.end)));
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(named) => {
                    names.push(("default".to_owned(), (named.span.start, named.span.end)));
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(all) => {
                    namespaces.push(all.local.name.to_string());
                }
            }
        }
        self.add(&it.source, names, namespaces);
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        self.exports.extend(it.specifiers.iter().map(|s| s.exported.name().to_string()));
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        let names = it.specifiers.iter().map(|s| (s.local.name().to_string(), (s.span.start, s.span.end)));
        self.add(&it.source, names.collect(), Vec::new());
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
            Some(name) => self.exports.push(name.name().to_string()),
            None => self.exports_all = true,
        }
        self.add(&it.source, Vec::new(), Vec::new());
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(literal) = &it.source {
            self.add(literal, Vec::new(), Vec::new());
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
    fn visit_binding_identifier(&mut self, it: &oxc::ast::ast::BindingIdentifier<'a>) {
        self.names.push(it.name.to_string());
    }
}

/// Rewrites `yield* x` to `yield* (__alchemyAt(file, offset), x)`, so that a failure which has no stack of the
/// program's own is shown where the program was.
struct MarkYields<'a> {
    allocator: &'a Allocator,
    file: u32,
}

impl<'a> VisitMut<'a> for MarkYields<'a> {
    fn visit_yield_expression(&mut self, it: &mut YieldExpression<'a>) {
        walk_mut::walk_yield_expression(self, it);
        let Some(argument) = it.argument.as_mut().filter(|_| it.delegate) else { return };
        let builder = AstBuilder::new(self.allocator);
        let number = |value: u32| {
            Argument::from(Expression::new_numeric_literal(SPAN, f64::from(value), None, NumberBase::Decimal, &builder))
        };
        let arguments = ArenaVec::from_array_in([number(self.file), number(it.span.start)], &self.allocator);
        let callee = Expression::new_identifier(SPAN, "__alchemyAt", &builder);
        let mark = Expression::new_call_expression(SPAN, callee, None, arguments, false, &builder);
        let given = argument.take_in(&self.allocator);
        let both = ArenaVec::from_array_in([mark, given], &self.allocator);
        *argument = Expression::new_sequence_expression(SPAN, both, &builder);
    }
}
