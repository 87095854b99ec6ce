//! One line per change of a step, for pipes and CI logs.

use alchemy_core::Event;

use super::{time, title, words};
use crate::ui::{Role, Ui, printable};

/// Prints lines.
pub(super) struct Lines {
    ui: Ui,
}

impl Lines {
    /// Onto the standard error of `ui`.
    pub(super) fn new(ui: Ui) -> Self {
        Self { ui }
    }

    /// Prints the line of an event.
    pub(super) fn on(&self, event: &Event, seconds: f64) {
        let paint = self.ui.paint;
        let line = match event {
            Event::StepStarted(step) => format!("{}: {}", title(step), words(step.action).0),
            Event::StepWaiting { step, reason } => {
                format!("{}: {}", title(step), paint.text(Role::Dim, &printable(reason)))
            }
            Event::StepFinished(step) => {
                let done = paint.text(Role::Create, words(step.action).1);
                format!("{}: {done} ({})", title(step), time(seconds))
            }
            Event::StepFailed { step, message } => {
                let failed = paint.text(Role::Delete, "failed");
                format!("{}: {failed}: {}", title(step), printable(message))
            }
            Event::StepSkipped { step, because } => {
                format!(
                    "{}: {}: {because} failed",
                    title(step),
                    paint.text(Role::Warning, "skipped")
                )
            }
            Event::Cancelling { in_flight } => {
                format!(
                    "cancelling: nothing new is started, {in_flight} in flight; Ctrl-C again stops at once"
                )
            }
            Event::ReadWaiting { fqn, reason } => {
                format!("{fqn}: reading: {}", paint.text(Role::Dim, &printable(reason)))
            }
            Event::TakeOverWaiting { seconds, reason } => format!("{reason}: waiting {seconds} s"),
            Event::ReadStarted { .. }
            | Event::ReadFinished
            | Event::RunStarted { .. }
            | Event::RunFinished(_) => return,
        };
        self.ui.say(&line);
    }
}
