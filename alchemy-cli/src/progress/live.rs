//! A live area at the bottom of the terminal: a line for each step in flight, with its time and what it waits for, and
//! a total. What is over scrolls away above it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use alchemy_core::{Event, StepId, StepRef};
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::at_line_start::AtLineStart;
use super::{time, title, words};
use crate::ui::{Paint, Role, plural, printable};

/// How often spinners and times are redrawn.
const TICK: Duration = Duration::from_millis(100);

/// Most drawings in a second.
const REDRAWS: u8 = 20;

/// Draws on standard error.
pub(super) struct Live {
    area: MultiProgress,
    total: ProgressBar,
    paint: Paint,
    running: Mutex<BTreeMap<StepId, ProgressBar>>,
}

impl Live {
    /// An empty area.
    pub(super) fn new(paint: Paint) -> Self {
        let term = Box::new(AtLineStart(Term::buffered_stderr()));
        let target = ProgressDrawTarget::term_like_with_hz(term, REDRAWS);
        let area = MultiProgress::with_draw_target(target);
        let total = area.add(ProgressBar::new(0));
        total.set_style(
            style("  [{bar:16}] {pos}/{len}  {elapsed}  {wide_msg}").progress_chars("=> "),
        );
        Self { area, total, paint, running: Mutex::default() }
    }

    /// Redraws for an event.
    pub(super) fn on(&self, event: &Event, seconds: f64) {
        match event {
            Event::ReadStarted { objects } => {
                self.total.reset();
                self.total.set_message(format!("reading {}", plural(*objects, "object")));
                self.total.enable_steady_tick(TICK);
            }
            Event::ReadWaiting { fqn, reason } => {
                self.total.set_message(format!("{fqn}: {}", printable(reason)));
            }
            Event::ReadFinished => self.total.finish_and_clear(),
            Event::TakeOverWaiting { seconds, reason } => {
                self.area.println(format!("{reason}: waiting {seconds} s")).ok();
            }
            Event::RunStarted { steps } => {
                self.total.reset();
                self.total.set_message("");
                self.total.set_length(*steps as u64);
                self.total.enable_steady_tick(TICK);
            }
            Event::StepStarted(step) => self.start(step),
            Event::StepWaiting { step, reason } => self.wait(step, reason),
            Event::StepFinished(step) => {
                let line = format!(
                    "  {} {} {} ({})",
                    self.paint.text(Role::Create, "✓"),
                    title(step),
                    words(step.action).1,
                    time(seconds)
                );
                self.over(step, &line);
            }
            Event::StepFailed { step, message } => {
                let line = format!(
                    "  {} {} failed: {}",
                    self.paint.text(Role::Delete, "✗"),
                    title(step),
                    printable(message)
                );
                self.over(step, &line);
            }
            Event::StepSkipped { step, because } => {
                let line = format!(
                    "  {} {} skipped: {because} failed",
                    self.paint.text(Role::Warning, "-"),
                    title(step)
                );
                self.over(step, &line);
            }
            Event::Cancelling { in_flight } => {
                let steps = plural(*in_flight, "step");
                self.total.set_message(format!("finishing {steps}; Ctrl-C stops at once"));
            }
            Event::RunFinished(_) => {
                self.total.finish_and_clear();
                self.area.clear().ok();
            }
        }
    }

    fn start(&self, step: &StepRef) {
        let bar = self.area.insert_before(&self.total, ProgressBar::new_spinner());
        bar.set_style(style("  {spinner} {prefix} {elapsed}  {wide_msg}"));
        bar.set_prefix(format!("{} {}", title(step), words(step.action).0));
        bar.enable_steady_tick(TICK);
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = running.insert(step.id, bar) {
            old.finish_and_clear();
        }
    }

    fn wait(&self, step: &StepRef, reason: &str) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = running.get(&step.id) {
            bar.set_message(self.paint.text(Role::Dim, &printable(reason)));
        }
    }

    fn over(&self, step: &StepRef, line: &str) {
        let bar = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&step.id);
        if let Some(bar) = bar {
            bar.finish_and_clear();
            self.area.remove(&bar);
        }
        self.area.println(line).ok();
        self.total.inc(1);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is a constant")
}
