//! To be filled when there is something to measure.
use crate::process::Result;
pub(crate) fn run() -> Result<()> {
    Ok(())
}
