//! Short ways to write descriptors down.

use crate::{RemovalPolicy, ResourceType, Value};

use super::{Attribute, AttributeContext, Descriptor, NameUse, Prop, PropType};

impl Prop {
    /// An optional prop that is not set unless given, sent to the service, changed in place.
    pub fn new(name: &'static str, doc: &'static str, ty: PropType) -> Self {
        Self {
            name,
            alias: None,
            doc,
            ty,
            required: false,
            default: Value::Null,
            forces_replacement: false,
            sensitive: false,
            local: false,
            names_existing: false,
        }
    }
    /// Must be given.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }
    /// Has this value, in normal form, when not given.
    #[must_use]
    pub fn default(self, default: impl Into<Value>) -> Self {
        Self { default: default.into(), ..self }
    }
    /// Another value needs another object.
    #[must_use]
    pub fn replaces(self) -> Self {
        Self { forces_replacement: true, ..self }
    }
    /// Steers us and not the service.
    #[must_use]
    pub fn local(self) -> Self {
        Self { local: true, ..self }
    }
    /// What it names must be there first.
    #[must_use]
    pub fn names_existing(self) -> Self {
        Self { names_existing: true, ..self }
    }
    /// Is a secret wherever it is seen.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }
    /// Is accepted under this name too.
    #[must_use]
    pub fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }
}

impl Attribute {
    /// A text that stays the same while the object lives and is known once the object exists.
    pub fn new(name: &'static str, doc: &'static str) -> Self {
        Self { name, doc, ts_type: "string", stable: true, at_plan: None }
    }
    /// Can be computed before the object exists.
    #[must_use]
    pub fn at_plan(self, compute: fn(&AttributeContext<'_>) -> Option<Value>) -> Self {
        Self { at_plan: Some(compute), ..self }
    }
    /// An update may change it.
    #[must_use]
    pub fn changing(self) -> Self {
        Self { stable: false, ..self }
    }
    /// Has this type in `.d.ts`.
    #[must_use]
    pub fn ts_type(self, ts_type: &'static str) -> Self {
        Self { ts_type, ..self }
    }
}

impl Descriptor {
    /// A public, taggable, regional type without data, deleted when its resource goes.
    pub fn new(ty: &str, doc: &'static str, name: NameUse) -> Self {
        Self {
            ty: ResourceType::new(ty),
            doc,
            props: Vec::new(),
            attributes: Vec::new(),
            name,
            taggable: true,
            global: false,
            names_span_regions: false,
            removal: RemovalPolicy::Destroy,
            holds_data: false,
            data_loss_prop: None,
            refusals: &[],
            expand: None,
            check: None,
            public: true,
            console_url: "",
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::int(number)
    }
}
