//! Evaluates one program again and again, for several stages each time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alchemy_core::Stage;

use crate::api::{EvaluateRequest, Evaluation};
use crate::evaluate::evaluate;

/// Ends an evaluation from outside. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// One that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }
    /// Ends what runs under it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// Whether it has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Evaluates one program for an editor.
#[derive(Debug)]
pub struct Evaluator {
    request: EvaluateRequest,
}

impl Evaluator {
    /// For the program of `request`, whose stage and overlay are replaced at each evaluation.
    pub fn new(request: EvaluateRequest) -> Self {
        Self { request }
    }

    /// Evaluates for `stages`, in order, with `overlay` over what is on disk. Ends early, with fewer evaluations, once
    /// `cancel` is cancelled.
    pub fn evaluate(
        &mut self,
        overlay: &BTreeMap<PathBuf, String>,
        stages: &[Stage],
        cancel: &Cancel,
    ) -> Vec<Evaluation> {
        self.request.overlay.clone_from(overlay);
        let mut done = Vec::new();
        for stage in stages {
            if cancel.is_cancelled() {
                break;
            }
            self.request.stage = stage.clone();
            done.push(evaluate(&self.request));
        }
        done
    }
}
