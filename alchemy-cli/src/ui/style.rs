//! Roles of text and their colours. Everything reads the same without them.

use anstyle::{AnsiColor, Style};

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Something new, or success.
    Create,
    /// Something changed.
    Update,
    /// Something replaced.
    Replace,
    /// Something deleted, or a failure.
    Delete,
    /// Something kept, adopted or renamed.
    Keep,
    /// A name, a title.
    Strong,
    /// What may be skipped.
    Dim,
    /// What needs attention.
    Warning,
}

impl Role {
    const fn style(self) -> Style {
        match self {
            Self::Create => AnsiColor::Green.on_default(),
            Self::Update => AnsiColor::Yellow.on_default(),
            Self::Replace => AnsiColor::Magenta.on_default(),
            Self::Delete => AnsiColor::Red.on_default(),
            Self::Keep => AnsiColor::Cyan.on_default(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
        }
    }
}

/// Puts colours on text, or leaves it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// With colours or without.
    pub(crate) const fn new(on: bool) -> Self {
        Self { on }
    }
    /// Whether colours are on.
    pub(crate) const fn on(self) -> bool {
        self.on
    }
    /// `text` in the colour of `role`.
    pub(crate) fn text(self, role: Role, text: &str) -> String {
        if !self.on || text.is_empty() {
            return text.to_owned();
        }
        let style = role.style();
        format!("{style}{text}{style:#}")
    }
}
