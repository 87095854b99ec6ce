//! Outputs of other stages that a stage uses, on the wire.

use alchemy_core::{OutputRef, Reference, Stage, StageRef};
use serde::{Deserialize, Serialize};

use super::value::WireValue;
use super::{FormatError, corrupt, stack_name};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireReference {
    stack: String,
    stage: String,
    output: Vec<String>,
    value: WireValue,
}

impl WireReference {
    pub(super) fn new(reference: &Reference) -> Self {
        let OutputRef { of, path } = &reference.output;
        Self {
            stack: of.stack.to_string(),
            stage: of.stage.to_string(),
            output: path.clone(),
            value: WireValue(reference.value.clone()),
        }
    }

    pub(super) fn into_reference(self) -> Result<Reference, FormatError> {
        let stage = Stage::parse(&self.stage)
            .map_err(|error| corrupt(format!("bad stage name: {}", error.message)))?;
        let of = StageRef { stack: stack_name(&self.stack)?, stage };
        Ok(Reference { output: OutputRef { of, path: self.output }, value: self.value.0 })
    }
}
