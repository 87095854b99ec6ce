//! What `alchemy/*` is inside a deployed function: nothing that does anything.
//!
//! A function's module may import the library, because its resource is declared beside its handler; there every
//! export is one inert value that can be called, extended and read without effect.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use alchemy_core::Catalog;

/// Exports of the library that are not resource types; those of `effect/Config` among them, which `alchemy/Config` has all.
const EXPORTS: &[&str] = &[
    "AWS",
    "Array",
    "Boolean",
    "ByteSize",
    "Config",
    "ConfigError",
    "Date",
    "Duration",
    "Finite",
    "GCS",
    "Int",
    "Literal",
    "Literals",
    "LogLevel",
    "Namespace",
    "NonEmptyString",
    "Number",
    "Output",
    "Port",
    "Record",
    "Redacted",
    "RemovalPolicy",
    "S3",
    "Stack",
    "StackName",
    "Stage",
    "String",
    "URL",
    "adopt",
    "all",
    "boolean",
    "destroy",
    "duration",
    "evaluate",
    "fail",
    "flatMap",
    "integer",
    "interpolate",
    "isConfig",
    "isOutput",
    "literal",
    "localState",
    "map",
    "mapEffect",
    "nested",
    "number",
    "of",
    "option",
    "orElse",
    "port",
    "providers",
    "push",
    "redacted",
    "ref",
    "remote",
    "renamedFrom",
    "retain",
    "schema",
    "stackRef",
    "state",
    "string",
    "succeed",
    "unwrap",
    "useSync",
    "withDefault",
];

const BODY: &str = r#"const base = function () {};
const inert = /* @__PURE__ */ new Proxy(base, {
  get: (target, key) =>
    key === "prototype" ? target.prototype
    : key === "then" ? undefined
    : key === Symbol.toPrimitive ? () => ""
    : key === Symbol.iterator ? function* () { return inert; }
    : inert,
  apply: () => inert,
  construct: () => ({}),
});
export default inert;
"#;

/// The text of the module that stands for every `alchemy` module.
pub(super) fn module_text(catalog: &Catalog) -> String {
    let mut names: BTreeSet<&str> = EXPORTS.iter().copied().collect();
    for descriptor in catalog.iter() {
        names.extend(descriptor.ty.as_str().split('.'));
    }
    let mut text = BODY.to_owned();
    for name in names {
        // No names of its own: some are called as JavaScript's globals are. Writing to a String cannot fail.
        let _ = writeln!(text, "export {{ inert as {name} }};");
    }
    text
}
