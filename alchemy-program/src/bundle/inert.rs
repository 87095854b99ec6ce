//! What `alchemy/*` is inside a deployed function: nothing that does anything.
//!
//! A function's module may import the library, because its resource is declared beside its handler; there every
//! export is one inert value that can be called, extended and read without effect.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use alchemy_core::Catalog;

/// Exports of the library that are not resource types.
const EXPORTS: &[&str] = &[
    "AWS",
    "Config",
    "GCS",
    "Namespace",
    "Output",
    "RemovalPolicy",
    "Stack",
    "StackName",
    "Stage",
    "adopt",
    "all",
    "boolean",
    "destroy",
    "evaluate",
    "flatMap",
    "integer",
    "interpolate",
    "literal",
    "localState",
    "map",
    "number",
    "option",
    "providers",
    "push",
    "redacted",
    "ref",
    "remote",
    "renamedFrom",
    "retain",
    "stackRef",
    "state",
    "string",
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
        // Writing to a String cannot fail.
        let _ = writeln!(text, "export const {name} = inert;");
    }
    text
}
