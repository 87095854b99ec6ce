//! The `alchemy` library: modules inside the binary, and those of the clouds made from the catalog.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use alchemy_core::Catalog;
use sha2::{Digest as _, Sha256};

/// The library's modules that do not depend on the catalog: what programs import, and `alchemy:…` below it.
const MODULES: &[(&str, &str)] = &[
    ("alchemy", include_str!("../js/public/alchemy.js")),
    ("alchemy/Adopt", include_str!("../js/public/adopt.js")),
    ("alchemy/Config", include_str!("../js/public/config.js")),
    ("alchemy/GCS", include_str!("../js/public/gcs.js")),
    ("alchemy/Namespace", include_str!("../js/public/namespace.js")),
    ("alchemy/Output", include_str!("../js/public/output.js")),
    ("alchemy/RemovalPolicy", include_str!("../js/public/removal_policy.js")),
    ("alchemy/Rename", include_str!("../js/public/renamed_from.js")),
    ("alchemy/Stack", include_str!("../js/public/stack.js")),
    ("alchemy/Stage", include_str!("../js/public/stage.js")),
    ("alchemy:common_js", include_str!("../js/alchemy/common_js.js")),
    ("alchemy:globals/buffer", include_str!("../js/globals/buffer.js")),
    ("alchemy:globals/hermetic", include_str!("../js/globals/hermetic.js")),
    ("alchemy:globals/stage", include_str!("../js/globals/stage.js")),
    ("alchemy:globals/timers", include_str!("../js/globals/timers.js")),
    ("alchemy:globals/url", include_str!("../js/globals/url.js")),
    ("alchemy:globals/web", include_str!("../js/globals/web.js")),
    ("alchemy:driver", include_str!("../js/alchemy/driver.js")),
    ("alchemy:encode", include_str!("../js/alchemy/encode.js")),
    ("alchemy:inert", include_str!("../js/alchemy/inert.js")),
    ("alchemy:host", include_str!("../js/alchemy/host.js")),
    ("alchemy:output", include_str!("../js/alchemy/output.js")),
    ("alchemy:reference", include_str!("../js/alchemy/reference.js")),
    ("alchemy:registry", include_str!("../js/alchemy/registry.js")),
    ("alchemy:resource", include_str!("../js/alchemy/resource.js")),
    ("alchemy:scope", include_str!("../js/alchemy/scope.js")),
    ("alchemy:store", include_str!("../js/alchemy/store.js")),
    ("alchemy:stack", include_str!("../js/alchemy/stack.js")),
];

/// Every embedded module by the name it is imported by.
#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    modules: BTreeMap<String, Cow<'static, str>>,
}

impl Embedded {
    /// Modules that every evaluation needs, whatever the program imports; those for the global object in the order in
    /// which they are installed.
    pub(crate) const ROOTS: &[&str] = &[
        "alchemy:globals/stage",
        "alchemy:globals/hermetic",
        "alchemy:globals/timers",
        "alchemy:globals/web",
        "alchemy:globals/url",
        "alchemy:globals/buffer",
        "alchemy:driver",
    ];

    /// Beginnings of names of modules that stay by themselves: what must run first, and what made-up modules use.
    pub(crate) const ALONE: &[&str] =
        &["alchemy:globals/", "alchemy:host", "alchemy:inert", "alchemy:common_js", "node:"];

    /// The module `alchemy` without `Config`, which alone brings two thirds of `effect`'s modules with it.
    pub(crate) const LEAN: &str = "alchemy:lean";

    /// SHA-256 over all names and sources.
    pub(crate) fn sum(&self) -> [u8; 32] {
        let mut sum = Sha256::new();
        for (name, source) in &self.modules {
            for text in [name.as_str(), source] {
                sum.update((text.len() as u64).to_be_bytes());
                sum.update(text.as_bytes());
            }
        }
        sum.finalize().into()
    }

    /// The library for these resource types.
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut modules: BTreeMap<_, _> = MODULES
            .iter()
            .map(|(name, source)| ((*name).to_owned(), Cow::Borrowed(*source)))
            .collect();
        let index =
            MODULES.iter().find(|(name, _)| *name == "alchemy").map_or("", |(_, source)| source);
        let lean: String = index
            .lines()
            .filter(|line| !line.contains("as Config"))
            .flat_map(|line| [line, "\n"])
            .collect();
        modules.insert(Self::LEAN.to_owned(), lean.into());
        let mut clouds: BTreeMap<&str, BTreeSet<&str>> =
            BTreeMap::from([("AWS", BTreeSet::from(["S3"]))]);
        for descriptor in catalog.iter().filter(|d| d.public) {
            let mut parts = descriptor.ty.as_str().split('.');
            let (Some(cloud), Some(service), Some(_)) = (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            clouds.entry(cloud).or_default().insert(service);
        }
        for (cloud, services) in clouds {
            for service in &services {
                modules.insert(
                    format!("alchemy/{cloud}/{service}"),
                    service_module(catalog, cloud, service).into(),
                );
            }
            modules.insert(format!("alchemy/{cloud}"), cloud_module(cloud, &services).into());
        }
        Self { modules }
    }

    /// A module's source.
    pub(crate) fn source(&self, name: &str) -> Option<&str> {
        self.modules.get(name).map(AsRef::as_ref)
    }

    /// Names and sources of the modules that programs import.
    pub(crate) fn public(&self) -> impl Iterator<Item = (&str, &str)> {
        let modules = self.modules.iter().map(|(name, source)| (name.as_str(), &**source));
        modules.filter(|(name, _)| !name.contains(':'))
    }

    /// The module a program may have meant.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        let names = self.public().map(|(known, _)| known);
        let best = names.map(|known| (strsim::damerau_levenshtein(name, known), known)).min()?;
        (best.0 <= 4).then(|| best.1.to_owned())
    }
}

fn cloud_module(cloud: &str, services: &BTreeSet<&str>) -> String {
    let mut source = String::new();
    for service in services {
        let _ = writeln!(source, "export * as {service} from \"alchemy/{cloud}/{service}\";");
    }
    let _ = writeln!(source, "export const providers = () => ({{ cloud: \"{cloud}\" }});");
    source
}

fn service_module(catalog: &Catalog, cloud: &str, service: &str) -> String {
    let mut source = "import { resourceType } from \"alchemy:resource\";\n".to_owned();
    let prefix = format!("{cloud}.{service}.");
    for descriptor in catalog.iter().filter(|d| d.public) {
        let Some(name) = descriptor.ty.as_str().strip_prefix(&prefix) else { continue };
        let attributes: Vec<_> =
            descriptor.attributes.iter().map(|a| format!("{:?}", a.name)).collect();
        let _ = writeln!(
            source,
            "export const {name} = resourceType(\"{}\", [{}]);",
            descriptor.ty,
            attributes.join(", ")
        );
    }
    if (cloud, service) == ("AWS", "S3") {
        source.push_str("import { bucketStore } from \"alchemy:store\";\n");
        source.push_str("export const state = bucketStore(\"AWS.S3.state\", \"s3\");\n");
    }
    source
}
