//! The account and region that a stage is pinned to.

use crate::{Diagnostic, Snapshot, Target};

/// Refuses to reach another account or region than the one the stage was first deployed to; names both.
pub fn check_pin(snapshot: &Snapshot, target: &Target) -> Result<(), Box<Diagnostic>> {
    let Some(pin) = &snapshot.pin else { return Ok(()) };
    if pin == target {
        return Ok(());
    }
    let stage = &snapshot.stage;
    let (what, was, is) = if pin.account == target.account {
        ("region", &pin.region, &target.region)
    } else {
        ("account", &pin.account, &target.account)
    };
    let elsewhere = snapshot.records.values().filter(|record| record.target != *target).count();
    let move_it = if elsewhere == 0 {
        format!("to bind it to {what} {is} for good: alchemy stage rebind --stage {stage}")
    } else {
        format!(
            "to move it: destroy it in {what} {was} first, then alchemy stage rebind --stage {stage}"
        )
    };
    Err(Box::new(
        Diagnostic::error("other-place", format!("stage `{stage}` lives in {what} {was}, this run reaches {what} {is}"))
            .detail(format!(
                "It was first deployed to account {}, region {}. This run would go to account {}, region {}. Nothing was changed.",
                pin.account, pin.region, target.account, target.region
            ))
            .help(format!("use a profile of {what} {was}, or deploy another stage"))
            .help(move_it),
    ))
}
