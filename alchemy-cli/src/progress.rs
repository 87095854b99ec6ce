//! A run as it goes on: a live tree in a terminal, plain lines elsewhere, JSON events if asked for.

mod lines;
mod live;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use alchemy_core::{Action, Event, StepId, StepRef};

use crate::ui::Ui;
use crate::wire;

/// Shows the events of one run.
pub(crate) struct Progress {
    ui: Ui,
    view: View,
    started: Mutex<BTreeMap<StepId, Instant>>,
}

enum View {
    Json,
    Lines(lines::Lines),
    Live(live::Live),
}

impl Progress {
    /// The view that fits the output.
    pub(crate) fn new(ui: &Ui) -> Self {
        let view = if ui.json {
            View::Json
        } else if ui.live {
            View::Live(live::Live::new(ui.paint))
        } else {
            View::Lines(lines::Lines::new(ui.clone()))
        };
        Self { ui: ui.clone(), view, started: Mutex::default() }
    }

    /// Shows one event.
    pub(crate) fn on(&self, event: &Event) {
        let seconds = self.seconds(event);
        match &self.view {
            View::Json => {
                if let Some(body) = wire::run_event(event) {
                    self.ui.event(&body);
                }
            }
            View::Lines(lines) => lines.on(event, seconds),
            View::Live(live) => live.on(event, seconds),
        }
    }

    /// How long the event's step has been running.
    fn seconds(&self, event: &Event) -> f64 {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::StepStarted(step) => {
                started.entry(step.id).or_insert_with(Instant::now);
                0.0
            }
            Event::StepWaiting { step, .. }
            | Event::StepFinished(step)
            | Event::StepFailed { step, .. } => {
                started.get(&step.id).map_or(0.0, |since| since.elapsed().as_secs_f64())
            }
            _ => 0.0,
        }
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

/// What is being done to a step's object, and what has been done.
fn words(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("creating", "created"),
        Action::Update => ("updating", "updated"),
        Action::Replace => ("creating anew", "created anew"),
        Action::Delete => ("deleting", "deleted"),
        Action::Retain => ("keeping", "kept in the cloud"),
        Action::Adopt => ("adopting", "adopted"),
        Action::Rename => ("renaming", "renamed"),
        Action::Record => ("recording", "recorded"),
        Action::Forget => ("forgetting", "forgotten"),
    }
}

/// A step's resource and type, e.g. `Jobs (AWS.SQS.Queue)`.
fn title(step: &StepRef) -> String {
    format!("{} ({})", step.fqn, step.ty)
}

/// `0.4 s`, `75 s`.
fn time(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}
