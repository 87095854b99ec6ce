//! What the doctor says: one line a finding, with what to do about it.

use serde_json::json;

use crate::failure::Failure;
use crate::ui::{Role, Ui, printable};

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// As it should be, or simply so.
    Good,
    /// It works, and may surprise.
    Warning,
    /// A deploy would not work.
    Bad,
    /// It could not be found out.
    Unknown,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Good => Role::Create,
            Self::Warning => Role::Warning,
            Self::Bad => Role::Delete,
            Self::Unknown => Role::Dim,
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// What it is about: `store.clock`.
    check: &'static str,
    status: Status,
    text: String,
    help: Vec<String>,
}

impl Finding {
    pub(super) fn new(check: &'static str, status: Status, text: impl Into<String>) -> Self {
        Self { check, status, text: text.into(), help: Vec::new() }
    }

    pub(super) fn good(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, Status::Good, text)
    }

    /// With one more piece of advice.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// A failure of a command as a finding: its first diagnostic, and the advice that goes with it.
    pub(super) fn failed(check: &'static str, failure: &Failure) -> Self {
        let first = failure.diagnostics.iter().find(|found| found.is_error());
        let text = first.map_or_else(
            || "it does not work".to_owned(),
            |found| match found.detail.as_str() {
                "" => found.summary.clone(),
                detail => format!("{}. {detail}", found.summary),
            },
        );
        // What is good advice elsewhere, and no news here.
        let text =
            text.replace(" Nothing was changed.", "").replace("Nothing was changed by it.", "");
        let mut help = first.map(|found| found.help.clone()).unwrap_or_default();
        help.retain(|help| !help.starts_with("`alchemy doctor`"));
        Self { check, status: Status::Bad, text: text.trim_end().to_owned(), help }
    }

    /// Whether a deploy would not work.
    pub(super) fn is_bad(&self) -> bool {
        self.status == Status::Bad
    }

    /// Whether nothing more can be found out about the store.
    pub(super) fn ends_the_look(&self) -> bool {
        self.status == Status::Bad && self.check == "store.content" && !self.help.is_empty()
    }

    /// Prints it: a line for people with its advice below, or one JSON object. It is what was asked for: data.
    pub(super) fn show(&self, ui: &Ui) {
        let Self { check, status, text, help } = self;
        if ui.json {
            let line = json!({
                "v": 1, "check": check, "status": status.word(), "text": text, "help": help,
            });
            ui.data(&line.to_string());
            return;
        }
        let word = ui.data_paint.text(status.role(), &format!("{:8}", status.word()));
        ui.data(&format!("{word} {check:17} {}", printable(text)));
        for help in help {
            ui.data(&format!("{:26} help: {}", "", printable(help)));
        }
    }
}
