//! Diagnostics: what is wrong with a program or a plan, as data. The terminal and the editor render the same value.

use crate::{Fqn, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing may be changed.
    Error,
    /// Shown; the command goes on.
    Warning,
}

/// A stretch of source with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What about it; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name, e.g. `unknown-prop`; kebab-case.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What happened, in one line.
    pub summary: String,
    /// Why, in sentences; may be empty.
    pub detail: String,
    /// What to do; one sentence each.
    pub help: Vec<String>,
    /// The resource concerned.
    pub resource: Option<Fqn>,
    /// The place it is about, first; then others that explain it.
    pub labels: Vec<Label>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: &'static str, summary: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            summary: summary.into(),
            detail: String::new(),
            help: Vec::new(),
            resource: None,
            labels: Vec::new(),
        }
    }
    /// A warning without a place yet.
    pub fn warning(code: &'static str, summary: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, summary) }
    }
    /// With the sentences that say why.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = text.into();
        self
    }
    /// With one more piece of advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
    /// About this resource.
    #[must_use]
    pub fn resource(mut self, fqn: &Fqn) -> Self {
        self.resource = Some(fqn.clone());
        self
    }
    /// With one more place (none: unchanged).
    #[must_use]
    pub fn at(mut self, span: Option<&Span>, text: impl Into<String>) -> Self {
        if let Some(span) = span {
            self.labels.push(Label { span: span.clone(), text: text.into() });
        }
        self
    }
    /// Whether it stops the command.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
