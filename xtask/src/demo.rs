//! To be filled.
use crate::process::Result;
pub(crate) fn run() -> Result<()> {
    Ok(())
}
