//! Diagnostics about a program's files: what is wrong with its text, its imports and its packages.

use std::collections::BTreeSet;

use alchemy_core::{Diagnostic, Location, Span};

use crate::source::files::ReadError;
use crate::source::place::{Text, plain_offset};
use crate::source::resolve::{EFFECT_MAJOR, EffectProblem, Unresolved};
use crate::source::transform::{Import, SyntaxError};

/// A span at the beginning of a file that could not be read or parsed.
pub(crate) fn start_of(file: &str) -> Span {
    Span { location: Location { file: file.to_owned(), line: 1, column: 1 }, start: 0, end: 0 }
}

/// A file that was not read.
pub(crate) fn unreadable(file: &str, error: &ReadError) -> Diagnostic {
    let summary = format!("cannot read {file}: {error}");
    let found = Diagnostic::error("unreadable-file", summary);
    match error {
        ReadError::NotText { at, before } => {
            let text = Text::new(file, before.as_str().into());
            let end = u32::try_from(*at).unwrap_or(u32::MAX);
            found
                .at(Some(&text.span(end, end)), "up to here it is text")
                .help("save the file as UTF-8")
        }
        ReadError::Folder => {
            found.help(format!("name the program itself, for example {file}/alchemy.run.ts"))
        }
        ReadError::Missing => {
            found.help("name an existing program, or write a new one with `alchemy init`")
        }
        ReadError::Outside { .. } => found.help("move the file into the project"),
        ReadError::TooLarge { .. } | ReadError::Io(_) => found.at(Some(&start_of(file)), ""),
    }
}

/// A text that is not TypeScript.
pub(crate) fn syntax(text: &Text, error: &SyntaxError) -> Diagnostic {
    let mut found = Diagnostic::error("syntax-error", error.message.clone());
    for ((start, end), remark) in &error.labels {
        found = found.at(Some(&text.span(*start, *end)), remark.clone());
    }
    if found.labels.is_empty() {
        found = found.at(Some(&text.span(0, 0)), "");
    }
    match &error.help {
        Some(help) => found.help(help.clone()),
        None => found,
    }
}

/// A data file that is not JSON.
pub(crate) fn bad_json(text: &Text, error: &serde_json::Error) -> Diagnostic {
    let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    let at = plain_offset(text, number(error.line()), number(error.column())).unwrap_or(0);
    Diagnostic::error("syntax-error", format!("{} is not JSON: {error}", text.file))
        .at(Some(&text.span(at, at)), "")
}

/// More modules than any program needs.
pub(crate) fn too_many_modules(id: &str) -> Diagnostic {
    let summary = format!("the program imports more than {} modules", crate::limits::MODULES);
    Diagnostic::error("too-many-modules", summary)
        .detail(format!("The one that is too many is {id}."))
        .help("import the large package inside the function's handler only")
}

/// An npm package that has the name of the library.
pub(crate) fn shadowed(folder: &str) -> Diagnostic {
    Diagnostic::warning("package-alchemy", format!("the npm package in {folder} is not used"))
        .detail("`alchemy` and `alchemy/…` are modules inside this binary; they win over a package of that name.")
        .help("remove it: npm uninstall alchemy")
}

/// A name that a module does not export.
pub(crate) fn no_such_export(
    place: &Span,
    name: &str,
    specifier: &str,
    offers: &BTreeSet<String>,
) -> Diagnostic {
    let found =
        Diagnostic::error("unknown-export", format!("\"{specifier}\" has no export `{name}`"))
            .at(Some(place), "");
    if let Some(meant) = nearest(name, offers.iter().map(String::as_str)) {
        return found.help(format!("did you mean `{meant}`?"));
    }
    let names: Vec<_> = offers.iter().map(String::as_str).collect();
    found.help(format!("it exports {}", names.join(", ")))
}

/// An import that leads nowhere.
pub(crate) fn unresolved(
    by: &str,
    place: Option<&Span>,
    import: &Import,
    problem: &Unresolved,
) -> Diagnostic {
    let specifier = &import.specifier;
    let found = match problem {
        Unresolved::NoFile(meant) => {
            let found =
                Diagnostic::error("unknown-import", format!("there is no file \"{specifier}\""));
            match meant {
                Some(meant) => found.help(format!("did you mean \"{meant}\"?")),
                None => found.help("imports are relative to the file they stand in"),
            }
        }
        Unresolved::NoPackage(package) => Diagnostic::error(
            "unknown-import",
            format!("the package \"{package}\" is not installed"),
        )
        .help(format!("npm install {package}")),
        Unresolved::NoEmbedded(meant) => {
            let found = Diagnostic::error(
                "unknown-import",
                format!("there is no module \"{specifier}\" in alchemy"),
            );
            match meant {
                Some(meant) => found.help(format!("did you mean \"{meant}\"?")),
                None => found.help("the service may not be available yet"),
            }
        }
        Unresolved::NotOffered(why) => {
            Diagnostic::error("unknown-import", format!("\"{specifier}\" cannot be imported"))
                .detail(why.clone())
        }
        Unresolved::Outside(path) => Diagnostic::error(
            "outside-project",
            format!("\"{specifier}\" lies outside the project"),
        )
        .detail(format!("It is {}.", path.display()))
        .help("move the file into the project, or make it a package that the project depends on"),
        Unresolved::Effect(problem) => effect(problem),
    };
    if place.is_some() {
        found.at(place, "imported here")
    } else {
        add_detail(found, &format!("It is imported by {by}."))
    }
}

fn effect(problem: &EffectProblem) -> Diagnostic {
    let install = format!("npm install effect@{EFFECT_MAJOR}");
    match problem {
        EffectProblem::Missing => {
            Diagnostic::error("effect-missing", "the package \"effect\" is not installed")
                .help(install)
        }
        EffectProblem::WrongMajor(version) => {
            let summary =
                format!("effect {version} is installed, but alchemy needs effect {EFFECT_MAJOR}");
            Diagnostic::error("effect-version", summary).help(install)
        }
        EffectProblem::Doubled { first, second } => {
            Diagnostic::error("effect-doubled", "two copies of \"effect\" are installed")
                .detail(format!(
                    "They are {} and {}. An Effect made by one does not run in the other.",
                    first.display(),
                    second.display()
                ))
                .help(format!("keep one of them: {install}, then npm dedupe"))
        }
    }
}

fn add_detail(mut found: Diagnostic, text: &str) -> Diagnostic {
    if !found.detail.is_empty() {
        found.detail.push(' ');
    }
    found.detail.push_str(text);
    found
}

/// The nearest of `names`, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let best = names
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .min()?;
    (best.0 <= (name.len() / 3).max(2)).then_some(best.1)
}
