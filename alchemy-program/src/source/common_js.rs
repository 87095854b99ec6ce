//! Packages written for `require`: their files become modules whose names are those that others ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// A file of such a package, until it is known which names are asked for.
#[derive(Clone, Debug)]
pub(crate) struct CommonJs {
    /// Its text.
    pub(crate) source: String,
    /// Ids of the modules it requires, by specifier.
    pub(crate) requires: BTreeMap<String, String>,
}

/// Whether a file without `import` and `export` is one, by its ending.
pub(crate) fn may_be(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "js" || ending == "cjs")
}

/// How `require` sees another module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// As what it assigned to `module.exports`.
    Exports,
    /// As its default export (Node's modules, data).
    Default,
    /// As all that it exports.
    Namespace,
}

/// The module that runs the file: its default is `module.exports`, `names` are members of that.
pub(crate) fn module(
    file: &CommonJs,
    names: &BTreeSet<String>,
    seen: impl Fn(&str) -> Seen,
) -> String {
    let mut code = "import { commonJs as __commonJs } from \"alchemy:common_js\";\n".to_owned();
    let mut required = String::new();
    for (i, (specifier, id)) in file.requires.iter().enumerate() {
        let _ = writeln!(code, "import * as __{i} from {specifier:?};");
        let member = match seen(id) {
            Seen::Exports => "[\"module.exports\"]",
            Seen::Default => ".default",
            Seen::Namespace => "",
        };
        let _ = write!(required, "{specifier:?}: () => __{i}{member}, ");
    }
    let source =
        file.source.strip_prefix("#!").map_or(file.source.clone(), |rest| format!("//{rest}"));
    let source = serde_json::Value::String(source);
    let _ = writeln!(
        code,
        "const __exports = __commonJs({{ {required}}}, import.meta.filename, import.meta.dirname, {source});\n\
         export {{ __exports as default, __exports as \"module.exports\" }};"
    );
    let names = names.iter().filter(|name| *name != "default" && *name != "module.exports");
    for (i, name) in names.enumerate() {
        let _ = writeln!(
            code,
            "const __name{i} = __exports?.[{name:?}];\nexport {{ __name{i} as {name:?} }};"
        );
    }
    code
}
