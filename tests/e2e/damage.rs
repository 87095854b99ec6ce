//! State that cannot be trusted is refused with the reason, and left as it is.

use std::fs;
use std::path::PathBuf;

use alchemy_tests::e2e::{Emulator, Kind, Project};

fn deployed() -> (Emulator, Project, PathBuf) {
    let emulator = Emulator::start(Kind::MiniStack);
    let project = Project::example(&emulator.url(), "01-minimal");
    project.alchemy(&["deploy", "--yes"]).ok();
    let state = project.path().join(".alchemy/state/stages/myapp/dev_sam/state.json");
    assert!(state.is_file(), "{}", state.display());
    (emulator, project, state)
}

#[test]
fn damaged_state_is_refused_and_untouched() {
    let (_emulator, project, state) = deployed();
    let whole = fs::read(&state).expect("the state");
    let refused = |bytes: &[u8], why: &[&str]| {
        fs::write(&state, bytes).expect("the damaged state");
        for arguments in [&["deploy", "--yes"][..], &["destroy", "--yes"], &["plan"]] {
            project.alchemy(arguments).exits(1).says(why);
        }
        assert_eq!(fs::read(&state).expect("the state"), bytes, "left as it was");
    };
    // A byte in ten places, cut in three, a newer format, a byte that is no text.
    for part in 0..10 {
        let mut bytes = whole.clone();
        let at = part * whole.len() / 10 + 3;
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        refused(&bytes, &["state.json"]);
    }
    for length in [0, 1, whole.len() / 2] {
        refused(&whole[..length], &["state.json"]);
    }
    let newer = String::from_utf8(whole.clone()).expect("text").replacen(
        "\"format\":2",
        "\"format\":99",
        1,
    );
    assert!(newer.contains("99"));
    refused(newer.as_bytes(), &["99"]);
    let mut bytes = whole.clone();
    bytes[10] = 0xff;
    refused(&bytes, &["state.json"]);
    fs::write(&state, &whole).expect("the state as it was");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["no changes"]);
}

#[test]
fn state_that_cannot_be_read_or_written_is_named() {
    let (_emulator, project, state) = deployed();
    // A folder where the file should be: root may read anything else.
    let kept = state.with_extension("kept");
    fs::rename(&state, &kept).expect("moved away");
    fs::create_dir(&state).expect("a folder in its place");
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["state.json"]);
    fs::remove_dir(&state).expect("the folder");
    fs::rename(&kept, &state).expect("moved back");
    // A file where the store's folder should be.
    let root = project.path().join(".alchemy/state");
    let aside = project.path().join(".alchemy/aside");
    fs::rename(&root, &aside).expect("moved away");
    fs::write(&root, "not a folder").expect("a file in its place");
    project.alchemy(&["deploy", "--yes"]).exits(1).says(&["state"]);
    fs::remove_file(&root).expect("the file");
    fs::rename(&aside, &root).expect("moved back");
    project.alchemy(&["deploy", "--yes"]).ok().says(&["no changes"]);
}
