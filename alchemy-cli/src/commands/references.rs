//! Edges between stages: who uses whose outputs, and which of them are no longer what they were.

use alchemy_core::{Diagnostic, OutputRef, Referenced, Snapshot, StageRef};
use alchemy_state::{StageKey, StageSummary};

/// Outputs that a stage uses and that have changed, or are gone, since its last deploy.
pub(crate) fn stale<'a>(snapshot: &'a Snapshot, stages: &[StageSummary]) -> Vec<&'a OutputRef> {
    let now = |of: &StageRef| {
        let stage = stages.iter().find(|stage| is(of, &stage.key))?;
        Some(Referenced::of(stage.state.as_ref().ok()?))
    };
    let stale = snapshot.references.iter();
    stale.filter(|r| r.is_stale(now(&r.output.of).as_ref())).map(|r| &r.output).collect()
}

/// Stages that use outputs of `key`, in order, each with the outputs' names.
pub(crate) fn users(key: &StageKey, stages: &[StageSummary]) -> Vec<(StageKey, Vec<String>)> {
    let mut users = Vec::new();
    for stage in stages.iter().filter(|stage| stage.key != *key) {
        let Ok(snapshot) = &stage.state else { continue };
        let used = snapshot.references.iter().filter(|reference| is(&reference.output.of, key));
        let names: Vec<String> = used.map(|used| used.output.path.join(".")).collect();
        if !names.is_empty() {
            users.push((stage.key.clone(), names));
        }
    }
    users
}

/// Who would be left with outputs of a stage that is about to go; none if nobody.
pub(crate) fn warning(key: &StageKey, stages: &[StageSummary]) -> Option<Diagnostic> {
    let users = users(key, stages);
    if users.is_empty() {
        return None;
    }
    let each = users.iter().map(|(user, names)| {
        format!("stage `{}` of stack `{}` ({})", user.stage, user.stack, names.join(", "))
    });
    let StageKey { stack, stage } = key;
    let summary = format!("outputs of stage `{stage}` of stack `{stack}` are used by other stages");
    Some(
        Diagnostic::warning("referenced", summary)
            .detail(format!("They are used by {}.", each.collect::<Vec<_>>().join("; ")))
            .help("their next deploy is refused until the stage is there again, or their programs refer to another"),
    )
}

fn is(of: &StageRef, key: &StageKey) -> bool {
    (&of.stack, &of.stage) == (&key.stack, &key.stage)
}
