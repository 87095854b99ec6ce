//! The programs of the issue, as they stand.

use crate::kit::{Project, graph, render};

fn photos() -> Project {
    Project::program(include_str!("../../../tests/programs/04-photos/alchemy.run.ts"))
}

#[test]
fn minimal_declares_a_bucket_and_a_queue() {
    let project = Project::program(include_str!("../../../tests/programs/01-minimal/alchemy.run.ts"));
    assert_eq!(graph(&project.evaluate()), "");
}

#[test]
fn photos_in_a_preview_stage() {
    assert_eq!(graph(&photos().stage("pr-147").evaluate()), "");
}
