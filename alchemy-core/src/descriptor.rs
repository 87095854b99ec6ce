//! Resource-type descriptors: the single source of validation, diff, names, `.d.ts` and editor documentation.

mod build;
mod duration;
mod expand;
mod naming;
mod nearest;
mod normal;
mod references;
mod scalar;
mod walk;
mod wording;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use normal::PropError;

use crate::{
    Diagnostic, Expr, Fqn, Graph, NameRule, RemovalPolicy, Resource, ResourceType, Target, Value,
};

/// What a prop takes. The normal form is what planner, providers and state see.
#[derive(Clone, Debug, PartialEq)]
pub enum PropType {
    /// `true` or `false`.
    Bool,
    /// A whole number in a range, both ends included.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// Text whose length lies in a range, in characters (Unicode scalar values), as the services' models count. Limits in
    /// bytes are the type's own check (`Descriptor::check`).
    Str {
        /// Shortest.
        min: usize,
        /// Longest.
        max: usize,
    },
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// A length of time, given as text with a unit (`"30 seconds"`, `"2 minutes"`, `"14 days"`, `"1 hour"`);
    /// a bare number is refused. Normal form: a whole number of `unit_seconds`.
    Duration {
        /// Shortest, in seconds.
        min: i64,
        /// Longest, in seconds.
        max: i64,
        /// 1 for seconds, 86 400 for days.
        unit_seconds: i64,
    },
    /// A whole number that the service takes only from this list.
    IntOf(&'static [i64]),
    /// A number of days as a duration, only these (log retention); normal form: days.
    DaysOf(&'static [i64]),
    /// A list.
    List(Box<Self>),
    /// A map from any key to one type of value.
    Map(Box<Self>),
    /// A map with known members.
    Object(Vec<Prop>),
    /// The first of these that fits.
    OneOf(Vec<Self>),
    /// A JSON document (an IAM policy), compared as a value, not as text.
    Document,
    /// A text made for a human or another service; scalars are written as text (environment variables).
    Text,
    /// A source file, bundled into a code artefact. Normal form: the artefact's SHA-256 in base64, as the service
    /// reports it (`CodeSha256`).
    Code,
    /// Literally this value (`false` where `false | object` is meant).
    Literal(Value),
}

/// One prop of a type, or member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Prop {
    /// Name in programs.
    pub name: &'static str,
    /// Other accepted name (`memorySize` for `memory`).
    pub alias: Option<&'static str>,
    /// One paragraph, with the service documentation page's title where a limit comes from it.
    pub doc: &'static str,
    /// What it takes.
    pub ty: PropType,
    /// Whether it must be given.
    pub required: bool,
    /// Normal form used when it is not given; `Null` if it is then simply not set.
    pub default: Value,
    /// Whether another value needs another object.
    pub forces_replacement: bool,
    /// Whether its value is a secret wherever it is seen.
    pub sensitive: bool,
    /// Whether it steers us and not the service (`forceDestroy`): changed in the record without a provider call.
    pub local: bool,
    /// Whether what it names must be there first, since the service looks it up (a role, the function of a URL); else the
    /// text is enough (an environment variable, a policy).
    pub names_existing: bool,
}

/// One attribute of a type.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Name in programs.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Its type in `.d.ts`: `string`, `number`, `boolean`, `string | undefined`, …
    pub ts_type: &'static str,
    /// Whether it stays the same while the object lives (an update does not make it unknown).
    pub stable: bool,
    /// Computes it before the object exists, where that can be done.
    pub at_plan: Option<fn(&AttributeContext<'_>) -> Option<Value>>,
}

/// What attributes may be computed from at plan time.
#[derive(Clone, Copy, Debug)]
pub struct AttributeContext<'a> {
    /// Physical name.
    pub name: Option<&'a str>,
    /// Account id.
    pub account: &'a str,
    /// Region code.
    pub region: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov`, …, from the region.
    pub partition: &'a str,
    /// `amazonaws.com`, `amazonaws.com.cn`, …
    pub dns_suffix: &'a str,
    /// Whether requests go to an endpoint of the user's own, whose URLs cannot be computed.
    pub custom_endpoint: bool,
    /// Normalised props, as far as known.
    pub props: &'a BTreeMap<String, Expr>,
}

/// Where objects of a type get their name.
#[derive(Clone, Debug, PartialEq)]
pub enum NameUse {
    /// Generated under `rule` unless the program gives `prop`.
    Named {
        /// Prop that holds a name given by hand; the normalised props always hold the final name there.
        prop: &'static str,
        /// What the service takes.
        rule: NameRule,
        /// Another rule when this boolean prop is true (`fifo`: ending `.fifo`).
        rule_if: Option<(&'static str, NameRule)>,
    },
    /// The service assigns an id; found again by these props together.
    Natural {
        /// Props that identify it.
        key: &'static [&'static str],
    },
}

/// A refusal that the service's documentation promises and the simulated cloud enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Error code, as the service spells it.
    pub code: &'static str,
    /// When, in one sentence.
    pub when: &'static str,
    /// Title of the documentation page.
    pub source: &'static str,
}

/// What the catalog adds to a graph when it expands a resource.
#[derive(Debug)]
pub struct Expansion<'a> {
    /// The graph before this resource's expansion.
    pub graph: &'a Graph,
    /// Resources to add after it (their `parent` set, and their `span` copied from it).
    pub added: Vec<Resource>,
    /// Attributes that really belong to an added resource: every reference to the key, in props and outputs of the
    /// whole graph, becomes one to the value (`Api.functionUrl` → `Api/Url.functionUrl`) after all expansions.
    pub alias_attrs: BTreeMap<(Fqn, String), (Fqn, String)>,
    /// Findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// A resource type.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// `AWS.SQS.Queue`
    pub ty: ResourceType,
    /// What it is, in one paragraph.
    pub doc: &'static str,
    /// Props, in documentation order.
    pub props: Vec<Prop>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// Its names.
    pub name: NameUse,
    /// Whether its objects can carry our tags; else they belong to whom their parent belongs to.
    pub taggable: bool,
    /// Whether the service lists these ignoring the region (IAM).
    pub global: bool,
    /// Whether a name is taken in every region at once, although its object lives in one (S3).
    pub names_span_regions: bool,
    /// Default removal policy.
    pub removal: RemovalPolicy,
    /// Whether deleting it loses data (bucket, queue, log group).
    pub holds_data: bool,
    /// Boolean prop that allows that loss (`forceDestroy`), if the type has one.
    pub data_loss_prop: Option<&'static str>,
    /// Refusals known from the service's documentation.
    pub refusals: &'static [Refusal],
    /// Adds the other objects this resource needs (role, log group, …) and may complete its own props.
    pub expand: Option<fn(&mut Resource, &mut Expansion<'_>)>,
    /// Checks that need more than one prop or resource (queue visibility against function timeout).
    pub check: Option<fn(&Resource, &Graph, &mut Vec<Diagnostic>)>,
    /// Whether programs may declare it; false for objects that only expansion makes.
    pub public: bool,
    /// The page of the cloud's console, with `{region}`, `{name}` and `{account}` to fill in; or nothing.
    pub console_url: &'static str,
}

/// All resource types, by name. Usable without any cloud SDK.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    types: Arc<BTreeMap<ResourceType, Descriptor>>,
}

impl Catalog {
    /// A catalog of these types.
    pub fn new(types: impl IntoIterator<Item = Descriptor>) -> Self {
        Self { types: Arc::new(types.into_iter().map(|d| (d.ty.clone(), d)).collect()) }
    }
    /// The descriptor of a type.
    pub fn get(&self, ty: &ResourceType) -> Option<&Descriptor> {
        self.types.get(ty)
    }
    /// All descriptors, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Descriptor> {
        self.types.values()
    }
}

impl Descriptor {
    /// Where its names and keys are unique: one region, or (nothing) all of them.
    pub fn name_region<'t>(&self, target: &'t Target) -> &'t str {
        if self.global || self.names_span_regions { "" } else { &target.region }
    }
    /// The prop of that name or alias.
    pub fn prop(&self, name: &str) -> Option<&Prop> {
        self.props.iter().find(|p| p.name == name || p.alias == Some(name))
    }
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }
}
