//! Bugs: a panic ends with a report request instead of a stack trace.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Arc, Mutex, PoisonError};

use crate::exit::Exit;
use crate::ui::Ui;

/// Runs `command`; if it panics, says so and asks for a report.
pub(crate) fn caught(ui: &Ui, command: impl FnOnce() -> Exit) -> Exit {
    let place = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&place);
    set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or("no message");
        let at = info
            .location()
            .map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        let mut place = noted.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_empty() {
            *place = format!("{message}{at}");
        }
    }));
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_| {
        let place = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ui.say(&format!(
            "error: alchemy ran into a bug of its own: {}",
            crate::ui::printable(&place)
        ));
        ui.say(
            "State is safe: what was done is in the journal, and the next run goes on from there.",
        );
        ui.say(&format!(
            "Please report this with the command you ran; version {}.",
            env!("CARGO_PKG_VERSION")
        ));
        Exit::Internal
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{ColorChoice, OutputArgs};
    use crate::settings::Surroundings;
    use crate::ui::Captured;

    #[test]
    fn a_bug_asks_for_a_report_and_shows_no_trace() {
        let captured = Captured::default();
        let output = OutputArgs { json: false, color: ColorChoice::Auto };
        let ui = Ui::new(captured.streams(), &output, &Surroundings::default());
        let exit = caught(&ui, || panic!("the planner lost {}", "Jobs"));
        assert_eq!((exit, exit.code()), (Exit::Internal, 70));
        let text = captured.err();
        assert!(
            text.contains("the planner lost Jobs") && text.contains("Please report this"),
            "{text}"
        );
        assert!(!text.contains("stack backtrace") && !text.contains("thread '"), "{text}");
    }

    #[test]
    fn a_report_shows_no_secret() {
        use alchemy_core::{Secret, SecretHasher, Value};
        let captured = Captured::default();
        let output = OutputArgs { json: false, color: ColorChoice::Auto };
        let ui = Ui::new(captured.streams(), &output, &Surroundings::default());
        let hasher = SecretHasher::new([7; 32]);
        let secret = Value::Secret(Secret::new(Value::str("canary-7f3a"), &hasher));
        let exit = caught(&ui, || panic!("no place for {secret:?} of {hasher:?}"));
        assert_eq!(exit, Exit::Internal);
        let text = captured.err();
        assert!(text.contains("<redacted>") && !text.contains("canary"), "{text}");
    }
}
