//! Declaration files for the `alchemy` modules, so that editors and `tsc` know them: the library's, written by hand in
//! `types/`, and one for each cloud service, made from the descriptors.

mod doc;
mod prop;
mod service;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use alchemy_core::{Catalog, Descriptor};

/// Where the files go, relative to the program's folder.
const ROOT: &str = ".alchemy/types";

/// The library's declarations that do not depend on the catalog.
const LIBRARY: &[(&str, &str)] = &[
    ("alchemy/index.d.ts", include_str!("../types/index.d.ts")),
    ("alchemy/Adopt.d.ts", include_str!("../types/Adopt.d.ts")),
    ("alchemy/Config.d.ts", include_str!("../types/Config.d.ts")),
    ("alchemy/GCS.d.ts", include_str!("../types/GCS.d.ts")),
    ("alchemy/Namespace.d.ts", include_str!("../types/Namespace.d.ts")),
    ("alchemy/Output.d.ts", include_str!("../types/Output.d.ts")),
    ("alchemy/RemovalPolicy.d.ts", include_str!("../types/RemovalPolicy.d.ts")),
    ("alchemy/Rename.d.ts", include_str!("../types/Rename.d.ts")),
    ("alchemy/Stack.d.ts", include_str!("../types/Stack.d.ts")),
    ("alchemy/Stage.d.ts", include_str!("../types/Stage.d.ts")),
    ("internal/resource.d.ts", include_str!("../types/resource.d.ts")),
];

/// What a project's `tsconfig.json` extends.
const TSCONFIG: &str = include_str!("../types/tsconfig.json");

/// Functions of a service's module besides its resource types.
const EXTRAS: &[(&str, &str, &str)] = &[(
    "AWS",
    "S3",
    "/** State in a bucket, as in `s3://my-state/team`. */\nexport declare const state: (url: string) => StateStore\n",
)];

/// Services of a cloud, with the public types of each.
type Services<'a> = BTreeMap<&'a str, Vec<&'a Descriptor>>;

/// The declaration files for these resource types, each with its path relative to the program's folder, and
/// `.alchemy/tsconfig.json`, which lets `tsc` find them. All of them are made by us: they may be written over.
/// Same catalog, same files.
pub fn declarations(catalog: &Catalog) -> Vec<(String, String)> {
    let mut files: BTreeMap<String, String> =
        LIBRARY.iter().map(|(path, text)| (format!("{ROOT}/{path}"), generated(text))).collect();
    let clouds = clouds(catalog);
    for (cloud, services) in &clouds {
        files.insert(
            format!("{ROOT}/alchemy/{cloud}.d.ts"),
            generated(&service::cloud(cloud, services)),
        );
        for (name, types) in services {
            let extra = EXTRAS
                .iter()
                .find(|(c, s, _)| c == cloud && s == name)
                .map_or("", |(_, _, text)| text);
            let text = service::service(types, extra);
            files.insert(format!("{ROOT}/alchemy/{cloud}/{name}.d.ts"), generated(&text));
        }
    }
    files.insert(".alchemy/tsconfig.json".to_owned(), TSCONFIG.to_owned());
    files.into_iter().collect()
}

fn generated(text: &str) -> String {
    format!("// Written by `alchemy types`; changes are lost.\n{text}")
}

fn clouds(catalog: &Catalog) -> BTreeMap<&str, Services<'_>> {
    let mut clouds: BTreeMap<&str, Services<'_>> = BTreeMap::new();
    for (cloud, service) in
        EXTRAS.iter().map(|(cloud, service, _)| (*cloud, *service)).collect::<BTreeSet<_>>()
    {
        clouds.entry(cloud).or_default().entry(service).or_default();
    }
    for descriptor in catalog.iter().filter(|d| d.public) {
        let mut parts = descriptor.ty.as_str().split('.');
        if let (Some(cloud), Some(service), Some(_)) = (parts.next(), parts.next(), parts.next()) {
            clouds.entry(cloud).or_default().entry(service).or_default().push(descriptor);
        }
    }
    clouds
}
