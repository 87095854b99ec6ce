//! Diagnostics about a program that ran: what it threw, what it waits for, what the library found.

use alchemy_core::{Diagnostic, Fqn, Span};

use crate::origin::Origins;
use crate::source::calls::{Call, Place, calls_at};
use crate::vm::machine::classify;
use crate::vm::thrown::{ScriptError, Thrown};
use crate::wire::{Problem, Report};

/// The program's default export is something else (`none`: there is none; else its `typeof`).
pub(crate) fn not_a_stack(origins: &Origins, instead: &str) -> Diagnostic {
    let place = origins.entry().map(|own| own.text.span(0, 0));
    let example = "export default Alchemy.Stack(\"name\", { providers: AWS.providers() }, Effect.gen(function* () { … }))";
    let summary = match instead {
        "none" => "the program has no default export".to_owned(),
        other => format!("the program's default export is not a Stack but a value of type {other}"),
    };
    let code = if instead == "none" { "no-default-export" } else { "not-a-stack" };
    Diagnostic::error(code, summary).at(place.as_ref(), "").help(example)
}

/// A script ended before its end.
pub(crate) fn script(
    origins: &Origins,
    mark: Option<(u32, u32)>,
    error: &ScriptError,
) -> Diagnostic {
    let place = |stack: Option<&str>| {
        let own = stack.and_then(|stack| origins.span(stack)).or_else(|| origins.marked(mark));
        own.or_else(|| origins.entry().map(|own| own.text.span(0, 0)))
    };
    match error {
        ScriptError::Thrown(error) => thrown(origins, mark, error),
        ScriptError::OutOfFuel(stack) => Diagnostic::error("endless", "the program does not end")
            .detail("It was stopped after 60 million calls and loop turns.")
            .at(
                stack
                    .as_deref()
                    .and_then(|s| origins.endless(s, mark))
                    .or_else(|| place(None))
                    .as_ref(),
                "it was here",
            )
            .help("look for a loop whose condition stays true"),
        ScriptError::OutOfMemory(stack) => {
            Diagnostic::error("out-of-memory", "the program used up its memory")
                .detail(format!(
                    "A program may use {} MB while planning.",
                    crate::limits::HEAP_BYTES >> 20
                ))
                .at(
                    origins.marked(mark).or_else(|| place(stack.as_deref())).as_ref(),
                    "it was here",
                )
                .help("look for a list or text that grows without end")
        }
        ScriptError::TooDeep(stack) => {
            Diagnostic::error("too-deep", "the program calls itself without end")
                .at(place(stack.as_deref()).as_ref(), "it was here")
                .help("look for a function that calls itself without a condition")
        }
        ScriptError::Waiting { what, delay, stack } => {
            let own = origins.span(stack).or_else(|| place(None));
            Diagnostic::error("waits-for-timer", format!("the program waits for a timer ({what}, {delay} ms)"))
                .detail("Time stands still while planning: a timer may be set, but nothing may depend on it.")
                .at(own.as_ref(), "it waits here")
                .help("remove the delay, or do it in the deployed function")
        }
        ScriptError::Stuck => {
            Diagnostic::error("never-settles", "the program waits for something that never comes")
                .at(place(None).as_ref(), "it was here")
                .help("look for a Promise or Effect that is never completed")
        }
        ScriptError::Engine(what) => {
            Diagnostic::error("internal", format!("the engine failed: {what}")).help(REPORT)
        }
    }
}

/// Something thrown or failed with.
fn thrown(origins: &Origins, mark: Option<(u32, u32)>, error: &Thrown) -> Diagnostic {
    let place = error
        .stack
        .as_deref()
        .and_then(|stack| origins.span(stack))
        .or_else(|| origins.marked(mark));
    let ours =
        error.code.as_deref().and_then(|code| OUR_CODES.iter().find(|known| **known == code));
    let (code, summary) = match ours {
        Some(code) => (*code, error.message.clone()),
        None if error.message.contains(COMPUTED_IMPORT) => {
            ("unknown-import", format!("{COMPUTED_IMPORT} can be followed"))
        }
        None if error.name == "ConfigError" => ("config", config(&error.message)),
        None => ("exception", exception(error)),
    };
    let remark = if error.kind == "fail" { "the Effect failed here" } else { "" };
    let mut found = Diagnostic::error(code, summary).at(place.as_ref(), remark);
    for help in &error.help {
        found = found.help(help.clone());
    }
    if code == "unknown-import" {
        found = found.help("import each file that may be meant by its name, and choose among them");
    }
    match config_name(error) {
        Some(name) => found.help(format!("set {name} in the environment or in the file .env")),
        None => found,
    }
}

/// What to do about a mistake of ours.
pub(crate) const REPORT: &str = "please report this with the program";

/// How the engine's resolver begins to refuse `import(name)`.
pub(crate) const COMPUTED_IMPORT: &str = "only imports written as a literal";

/// Codes of the library's own errors.
const OUR_CODES: &[&str] = &[
    "bad-id",
    "bad-rename",
    "bad-stack",
    "bad-store",
    "inline-function",
    "not-an-effect",
    "not-hermetic",
    "output-assignment",
    "output-coercion",
    "output-effect",
    "output-map",
    "outside-project",
    "outside-stack",
    "bad-reference",
];

/// The variable that a configuration error is about: `… at ["DB"]["URL"]` is `DB_URL`.
fn config_name(error: &Thrown) -> Option<String> {
    let path = error.message.split_once("at [").filter(|_| error.name == "ConfigError")?.1;
    let path = path[..path.rfind(']')?].split("][").map(|part| part.trim_matches('"'));
    Some(path.collect::<Vec<_>>().join("_"))
}

fn config(message: &str) -> String {
    let message = message
        .strip_prefix("SchemaError(")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(message);
    let message: Vec<_> = message.split_whitespace().collect();
    format!("a configuration value is missing or wrong: {}", message.join(" "))
}

fn exception(error: &Thrown) -> String {
    let verb = if error.kind == "fail" { "failed" } else { "threw" };
    match (error.name.as_str(), error.message.as_str()) {
        ("" | "Error", "") => format!("the program {verb}"),
        ("" | "Error", message) => format!("the program {verb}: {message}"),
        (name, "") => format!("the program {verb} {name}"),
        (name, message) => format!("the program {verb} {name}: {message}"),
    }
}

/// How an Effect failed. One that ran into a limit of the engine caught that itself, as a defect.
fn failed(origins: &Origins, mark: Option<(u32, u32)>, error: &Thrown) -> Diagnostic {
    let limit = (error.kind != "fail").then(|| classify(error.clone(), FUEL_LEFT));
    match limit {
        None | Some(ScriptError::Thrown(_)) => thrown(origins, mark, error),
        Some(limit) => script(origins, mark, &limit),
    }
}

/// Out of fuel, no Effect would have come back to tell.
const FUEL_LEFT: u64 = 1;

/// What the library found, and how the program failed.
pub(crate) fn reported(
    origins: &Origins,
    mark: Option<(u32, u32)>,
    report: &Report,
) -> Vec<Diagnostic> {
    let mut found: Vec<_> =
        report.problems.iter().map(|problem| library(origins, problem)).collect();
    for error in report.failure.iter().flatten() {
        let mut failed = failed(origins, mark, error);
        if let Some(resolving) = &report.resolving {
            let call = call_at(origins, &resolving.at, resolving.curried);
            let place = call.as_ref().map(|call| prop_place(call, &resolving.path));
            if let Some(place) = place {
                failed.labels.clear();
                failed = failed.at(Some(&place), "while this prop's value was computed");
            }
            failed.resource = resolving.fqn.as_deref().and_then(|fqn| Fqn::parse(fqn).ok());
        }
        found.push(failed);
    }
    found
}

fn library(origins: &Origins, problem: &Problem) -> Diagnostic {
    let stack = problem.at.as_deref().unwrap_or_default();
    let place = match &problem.path {
        Some(path) => call_at(origins, stack, problem.curried).map(|call| prop_place(&call, path)),
        None => origins.span(stack),
    };
    let code = match problem.code.as_str() {
        "unknown-attribute" => "unknown-attribute",
        "rename-of-many" => "rename-of-many",
        _ => "bad-value",
    };
    let mut found = Diagnostic::error(code, problem.summary.clone()).at(place.as_ref(), "");
    for help in &problem.help {
        found = found.help(help.clone());
    }
    found.resource = problem.fqn.as_deref().and_then(|fqn| Fqn::parse(fqn).ok());
    found
}

/// The call of the program's own that a stack begins with.
pub(crate) fn call_at(origins: &Origins, stack: &str, curried: bool) -> Option<Call> {
    let (own, place) = origins.first_own(stack)?;
    calls_at(&own.text, &[Place { curried, ..place }]).pop().flatten()
}

/// Where a prop is given: itself, the nearest member above it, or else the call.
pub(crate) fn prop_place(call: &Call, path: &str) -> Span {
    let mut path = path;
    loop {
        if let Some(span) = call.props.get(path) {
            return span.clone();
        }
        match path.rsplit_once('.') {
            Some((above, _)) => path = above,
            None => return call.span.clone(),
        }
    }
}
