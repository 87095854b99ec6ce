//! Bugs: a panic ends with a report request instead of a stack trace; a server says it and goes on.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};

use crate::exit::Exit;
use crate::ui::Ui;

/// Runs `command`; if it panics, says so and asks for a report.
pub(crate) fn caught(ui: &Ui, command: impl FnOnce() -> Exit) -> Exit {
    let place = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&place);
    set_hook(Box::new(move |info| {
        let mut place = noted.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_empty() {
            *place = described(info);
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

/// From now on every panic is also said when it happens, with its place: a server survives it, so that else nothing
/// would tell what its report is to be about.
pub(crate) fn announced(ui: &Ui) {
    let (ui, before) = (ui.clone(), take_hook());
    set_hook(Box::new(move |info| {
        ui.say(&format!("alchemy panicked: {}", crate::ui::printable(&described(info))));
        before(info);
    }));
}

/// Message and place. A redacted value stands in a message as `<redacted>`.
fn described(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    let at = info.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
    format!("{message}{}", at.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::MutexGuard;

    use super::*;
    use crate::args::{ColorChoice, OutputArgs};
    use crate::settings::Surroundings;
    use crate::ui::Captured;

    /// Held by each test: the process has one hook.
    fn hook() -> MutexGuard<'static, ()> {
        static HOOK: Mutex<()> = Mutex::new(());
        HOOK.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn a_bug_asks_for_a_report_and_shows_no_trace() {
        let _hook = hook();
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
        let _hook = hook();
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

    #[test]
    fn a_server_says_every_panic_and_goes_on() {
        let _hook = hook();
        let captured = Captured::default();
        let output = OutputArgs { json: false, color: ColorChoice::Auto };
        let ui = Ui::new(captured.streams(), &output, &Surroundings::default());
        let exit = caught(&ui, || {
            announced(&ui);
            for what in ["Jobs", "Dead"] {
                let lost: Result<(), _> = catch_unwind(|| panic!("the hint of {what} is lost"));
                assert!(lost.is_err());
            }
            Exit::Done
        });
        assert_eq!(exit, Exit::Done);
        let text = captured.err();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for (line, what) in lines.into_iter().zip(["Jobs", "Dead"]) {
            let begin = format!("alchemy panicked: the hint of {what} is lost (");
            assert!(line.starts_with(&begin) && line.contains("crash.rs:"), "{text}");
        }
    }
}
