//! Function code that imports the library.

use std::process::Command;

use alchemy_core::{Catalog, Descriptor, NameUse, Prop, PropType};
use alchemy_program::{BundleRequest, bundle_functions};

use crate::kit::{Project, node_modules};

/// Names that `effect/Config` exports, as node sees them.
#[expect(clippy::disallowed_methods, reason = "node knows what a module exports")]
fn names_of_config() -> Vec<String> {
    let module = node_modules().join("effect/dist/Config.js");
    let script = format!(
        "console.log(Object.keys(await import({:?})).join(\" \"))",
        module.to_string_lossy()
    );
    let output =
        Command::new("node").args(["--input-type=module", "-e", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    names.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_name_of_effects_config_is_there_in_a_function() {
    let names = names_of_config();
    assert!(names.contains(&"Redacted".to_owned()), "{names:?}");
    let list = |what: &dyn Fn(usize, &String) -> String| {
        names.iter().enumerate().map(|(i, name)| what(i, name)).collect::<Vec<_>>().join(", ")
    };
    let code = format!(
        "import {{ {} }} from \"alchemy/Config\";\nexport default async () => [{}].length;\n",
        list(&|i, name| format!("{name} as a{i}")),
        list(&|i, _| format!("a{i}")),
    );
    let project = Project::body(r#"  yield* AWS.Lambda.Function("Api", { main: "./api.ts" });"#)
        .file("api.ts", code);
    let request = project.request();
    let mut graph = project.evaluate().graph.unwrap();
    let bundle = BundleRequest { program: &request.program, root: &request.root, cache: None };
    let main = Prop::new("main", "", PropType::Code);
    let named = NameUse::Natural { key: &["main"] };
    let catalog = Catalog::new([Descriptor {
        props: vec![main],
        ..Descriptor::new("AWS.Lambda.Function", "", named)
    }]);
    let bundled = bundle_functions(&mut graph, &catalog, &bundle);
    assert_eq!(bundled.diagnostics, []);
    assert_eq!(bundled.artifacts.len(), 1);
}
