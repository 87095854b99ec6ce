//! One evaluation that stands for several stages: for all of which what the program asks about its stage has the same
//! answers.

use std::sync::{Arc, OnceLock};

use alchemy_core::{ClosureError, ClosureEvaluator, ClosureId, Stage, Value};

use crate::api::Evaluation;
use crate::session::Session;
use crate::vm::asked::Asked;

/// An evaluation, and what is needed to know for which other stages it stands.
#[derive(Clone)]
pub(crate) struct Made {
    /// For its own stage.
    pub(crate) evaluation: Evaluation,
    /// Its closures, if it has any.
    pub(crate) session: Option<Arc<Session>>,
    /// Its own stage.
    pub(crate) stage: Stage,
    /// What the program asked about that until its end.
    pub(crate) asked: Asked,
}

impl Made {
    /// Whether an evaluation for `stage` would have come to the same.
    pub(crate) fn stands_for(&self, stage: &Stage) -> bool {
        self.asked.alike(&self.stage, stage)
    }

    /// What an evaluation for `stage`, for which it stands, would have come to; `again` makes one, in case that the
    /// closures ask more than the program did.
    pub(crate) fn of(
        self,
        stage: &Stage,
        again: impl Fn() -> Evaluation + Send + Sync + 'static,
    ) -> Evaluation {
        let Self { mut evaluation, session, stage: own, .. } = self;
        if *stage == own {
            return evaluation;
        }
        if let Some(graph) = &mut evaluation.graph {
            graph.stage = stage.clone();
        }
        if let Some(session) = session {
            let stages = (own, stage.clone());
            let made = OnceLock::new();
            evaluation.session = Arc::new(Elsewhere { session, stages, again, made });
        }
        evaluation
    }
}

/// Closures of a program that was evaluated for the first of two stages, on behalf of the second.
struct Elsewhere<F> {
    session: Arc<Session>,
    stages: (Stage, Stage),
    again: F,
    /// Closures of the second stage's own evaluation.
    made: OnceLock<Arc<dyn ClosureEvaluator>>,
}

impl<F: Fn() -> Evaluation + Send + Sync> ClosureEvaluator for Elsewhere<F> {
    fn call(&self, closure: ClosureId, input: &Value) -> Result<Value, ClosureError> {
        let (own, stage) = &self.stages;
        if self.made.get().is_none() {
            let (answer, asked) = self.session.answer(closure, input);
            if asked.alike(own, stage) {
                return answer;
            }
        }
        self.made.get_or_init(|| (self.again)().session).call(closure, input)
    }
}
