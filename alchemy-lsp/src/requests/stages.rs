//! `alchemy/stages`: the stages of the programs that are open.

use std::collections::BTreeSet;

use alchemy_core::{Snapshot, Stage, Status};
use serde_json::{Value, json};
use tower_lsp::lsp_types::Url;

use crate::state_view::StageState;
use crate::view::{ProgramView, View};

/// The current stage, and every stage that is known: those with state, the default one, those of the settings.
pub(crate) fn of(view: &View, uri: Option<&Url>) -> Value {
    let programs: Vec<&ProgramView> = match uri {
        Some(uri) => {
            let path = view.homes.get(uri).cloned().or_else(|| uri.to_file_path().ok());
            path.and_then(|path| view.programs.get(&path)).map(|it| &**it).into_iter().collect()
        }
        None => view.programs.values().map(|it| &**it).collect(),
    };
    let current = programs.first().map(|program| program.stage.to_string()).unwrap_or_default();
    let stages: Vec<Value> = programs.into_iter().flat_map(listed).collect();
    json!({ "current": current, "stages": stages })
}

fn listed(program: &ProgramView) -> Vec<Value> {
    let stack = program.good.as_ref().or(program.latest.as_ref()).and_then(|it| it.stack.clone());
    let uri = Url::from_file_path(&program.project.program).map(String::from).unwrap_or_default();
    let mut found = Vec::new();
    let mut seen: BTreeSet<&Stage> = BTreeSet::new();
    for (key, state) in &program.state.stages {
        if Some(&key.stack) != stack.as_ref() {
            continue;
        }
        seen.insert(&key.stage);
        let mut stage = json!({
            "stage": key.stage.as_str(), "stack": key.stack.as_str(), "program": uri, "source": "state",
        });
        match state {
            StageState::Read(snapshot, interrupted) => describe(&mut stage, snapshot, *interrupted),
            StageState::Unreadable(why) => {
                stage["state"] = "unreadable".into();
                stage["problem"] = why.as_str().into();
                stage["resources"] = 0.into();
            }
        }
        found.push(stage);
    }
    let default = std::iter::once((&program.project.stage, "default"));
    let set = program.settings.iter().map(|stage| (stage, "settings"));
    let chosen = std::iter::once((&program.stage, "settings"));
    let known = program.state.asked && program.state.problem.is_none();
    let state = if known { "not-deployed" } else { "unreadable" };
    for (stage, source) in default.chain(set).chain(chosen) {
        if seen.insert(stage) {
            found.push(json!({
                "stage": stage.as_str(),
                "stack": stack.as_ref().map(alchemy_core::StackName::as_str).unwrap_or_default(),
                "program": uri, "source": source, "state": state, "resources": 0,
            }));
        }
    }
    found
}

fn describe(stage: &mut Value, snapshot: &Snapshot, interrupted: bool) {
    let open = snapshot.records.values().any(|record| record.status != Status::Ready);
    stage["state"] = match () {
        () if interrupted || open => "interrupted",
        () if snapshot.destroyed_at.is_some() => "destroyed",
        () if snapshot.deployed_at.is_none() && snapshot.records.is_empty() => "not-deployed",
        () => "deployed",
    }
    .into();
    let shown = snapshot.records.values().filter(|record| record.parent.is_none()).count();
    stage["resources"] = shown.into();
    if let Some(at) = &snapshot.deployed_at {
        stage["deployedAt"] = at.as_str().into();
    }
    if let Some(by) = &snapshot.deployed_by {
        stage["deployedBy"] = by.as_str().into();
    }
    if !snapshot.retained.is_empty() {
        stage["retained"] = snapshot.retained.len().into();
    }
}
