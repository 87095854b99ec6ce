//! The session of an evaluated program: its closures, for as long as somebody holds it.

use alchemy_core::{ClosureError, ClosureEvaluator, ClosureId, SecretHasher, Value};

use crate::origin::Origins;
use crate::vm::asked::Asked;
use crate::vm::thread::Line;
use crate::vm::thrown::ScriptError;
use crate::wire;

/// Calls closures on the program's thread.
pub(crate) struct Session {
    /// The way there.
    pub(crate) line: Line,
    /// For errors' places.
    pub(crate) origins: Origins,
    /// For redacted results.
    pub(crate) hasher: SecretHasher,
}

impl ClosureEvaluator for Session {
    fn call(&self, closure: ClosureId, input: &Value) -> Result<Value, ClosureError> {
        self.answer(closure, input).0
    }
}

impl Session {
    /// A closure's result, and what was asked about the stage up to then.
    pub(crate) fn answer(
        &self,
        closure: ClosureId,
        input: &Value,
    ) -> (Result<Value, ClosureError>, Asked) {
        let (answer, asked) = self.line.call(closure.0, input.to_json());
        let answer = answer.map_err(|error| self.explain(&error));
        (answer.and_then(|node| self.value(&node)), asked)
    }

    fn value(&self, node: &str) -> Result<Value, ClosureError> {
        let node = serde_json::from_str(node).ok();
        match node.and_then(|node| wire::expr(&node, &self.hasher)).and_then(alchemy_core::Expr::into_value) {
            Some(value) => Ok(value),
            None => Err(ClosureError {
                message: "a function given to Output.map may not return an Output; use Output.all for several".to_owned(),
                thrown: false,
                location: None,
            }),
        }
    }

    fn explain(&self, error: &ScriptError) -> ClosureError {
        let (message, stack) = match error {
            ScriptError::Thrown(thrown) if thrown.name.is_empty() => {
                (thrown.message.clone(), thrown.stack.as_deref())
            }
            ScriptError::Thrown(thrown) => {
                (format!("{}: {}", thrown.name, thrown.message), thrown.stack.as_deref())
            }
            ScriptError::OutOfFuel(stack) => ("it does not end".to_owned(), stack.as_deref()),
            ScriptError::OutOfMemory(stack) => {
                ("it used up its memory".to_owned(), stack.as_deref())
            }
            ScriptError::TooDeep(stack) => {
                ("it calls itself without end".to_owned(), stack.as_deref())
            }
            ScriptError::Waiting { what, stack, .. } => {
                (format!("it waits for a {what}"), Some(stack.as_str()))
            }
            ScriptError::Stuck => ("it waits for something that never comes".to_owned(), None),
            ScriptError::Engine(what) => (what.clone(), None),
        };
        let location = stack
            .and_then(|stack| self.origins.first_own(stack))
            .map(|(own, at)| own.text.span(at.offset, at.offset).location);
        let thrown = matches!(error, ScriptError::Thrown(_) | ScriptError::Engine(_));
        ClosureError { message, thrown, location }
    }
}
