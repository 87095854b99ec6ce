//! A run as it goes on: a live tree in a terminal, plain lines elsewhere, JSON events if asked for.

mod at_line_start;
mod lines;
mod live;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use alchemy_core::{Action, Event, StepId, StepRef};
use alchemy_engine::EventSink;

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
    fn on(&self, event: &Event) {
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

impl EventSink for Progress {
    fn emit(&self, event: Event) {
        self.on(&event);
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

#[cfg(test)]
mod tests {
    use alchemy_core::{Fqn, Generation, ResourceType};

    use super::*;
    use crate::args::{ColorChoice, OutputArgs};
    use crate::settings::Surroundings;
    use crate::ui::Captured;

    fn events() -> Vec<Event> {
        let step = |id, fqn: &str, action| StepRef {
            id: StepId(id),
            fqn: Fqn::parse(fqn).unwrap(),
            ty: ResourceType::new("AWS.SQS.Queue"),
            action,
            generation: Generation(0),
            name: Some(format!("app-dev-{fqn}")),
            parent: None,
        };
        let (dead, jobs) = (step(0, "Dead", Action::Create), step(1, "Jobs", Action::Update));
        vec![
            Event::RunStarted { steps: 3 },
            Event::StepStarted(dead.clone()),
            Event::StepWaiting {
                step: dead.clone(),
                reason: "sqs:CreateQueue: slow down \u{1b}[2J".to_owned(),
            },
            Event::StepFinished(dead.clone()),
            Event::StepStarted(jobs.clone()),
            Event::Cancelling { in_flight: 1 },
            Event::StepFailed { step: jobs, message: "denied".to_owned() },
            Event::StepSkipped { step: step(2, "Last", Action::Delete), because: dead.fqn },
        ]
    }

    fn shown(json: bool) -> Captured {
        let captured = Captured::default();
        let output = OutputArgs { json, color: ColorChoice::Never };
        let progress =
            Progress::new(&Ui::new(captured.streams(), &output, &Surroundings::default()));
        for event in events() {
            progress.emit(event);
        }
        captured
    }

    #[test]
    fn lines_for_pipes() {
        insta::assert_snapshot!(shown(false).err(), @r#"
        Dead (AWS.SQS.Queue): creating
        Dead (AWS.SQS.Queue): sqs:CreateQueue: slow down \u{1b}[2J
        Dead (AWS.SQS.Queue): created (0.0 s)
        Jobs (AWS.SQS.Queue): updating
        cancelling: nothing new is started, 1 in flight; Ctrl-C again stops at once
        Jobs (AWS.SQS.Queue): failed: denied
        Last (AWS.SQS.Queue): skipped: Dead failed
        "#);
        assert_eq!(shown(false).out(), "");
    }

    #[test]
    fn one_json_object_a_line() {
        insta::assert_snapshot!(shown(true).out(), @r#"
        {"v":1,"event":"step","state":"started","id":0,"resource":"Dead","type":"AWS.SQS.Queue","action":"create","generation":0,"name":"app-dev-Dead"}
        {"v":1,"event":"step","state":"waiting","id":0,"resource":"Dead","type":"AWS.SQS.Queue","action":"create","generation":0,"name":"app-dev-Dead","message":"sqs:CreateQueue: slow down \u001b[2J"}
        {"v":1,"event":"step","state":"finished","id":0,"resource":"Dead","type":"AWS.SQS.Queue","action":"create","generation":0,"name":"app-dev-Dead"}
        {"v":1,"event":"step","state":"started","id":1,"resource":"Jobs","type":"AWS.SQS.Queue","action":"update","generation":0,"name":"app-dev-Jobs"}
        {"v":1,"event":"cancelling","inFlight":1}
        {"v":1,"event":"step","state":"failed","id":1,"resource":"Jobs","type":"AWS.SQS.Queue","action":"update","generation":0,"name":"app-dev-Jobs","message":"denied"}
        {"v":1,"event":"step","state":"skipped","id":2,"resource":"Last","type":"AWS.SQS.Queue","action":"delete","generation":0,"name":"app-dev-Last","message":"Dead failed"}
        "#);
        assert_eq!(shown(true).err(), "");
    }
}
