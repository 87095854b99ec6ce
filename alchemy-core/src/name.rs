//! Names: parsed, never validated twice. Each newtype has one way in, `parse`.

mod by_hand;
mod physical;
mod region;
pub mod rules;
mod scan;
mod stage;

use std::fmt;
use std::sync::Arc;

pub use physical::{CaseRule, Identity, NameRule, Uid, physical_name};
pub use region::check_region;
pub use scan::InvalidName;
pub use stage::StageError;

/// Where a stage name came from, for its error message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageSource {
    /// `--stage`
    Flag,
    /// `$STAGE`
    Variable,
    /// `dev_$USER`, `dev_$USERNAME` or `dev_unknown`
    Default,
    /// A store, a file, an editor's setting.
    Stored,
}

macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_name!(
    /// An isolated instance of a stack. The whole matches `[a-z0-9][-_a-z0-9]*`, at most 64 bytes.
    Stage
);
text_name!(
    /// A program's name: `[A-Za-z][A-Za-z0-9_-]{0,63}`.
    StackName
);
text_name!(
    /// A resource's own name in its namespace, or a namespace segment: `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}`.
    LogicalId
);
text_name!(
    /// Namespace path and logical id joined with `/`; at most 256 bytes.
    Fqn
);
text_name!(
    /// A resource type, e.g. `AWS.SQS.Queue`. Comes from the catalog or from a record; not from users.
    ResourceType
);
text_name!(
    /// Identity of a state store: 128 random bits as 26 characters of base32 (a-z2-7).
    Realm
);

impl Stage {
    /// Takes the whole of `text` or refuses it with the offending place and a suggestion. Linear time.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        scan::stage(text).map(|()| Self(text.into()))
    }
    /// `dev_<user>` with the user part brought into shape (`Sam.Smith` → `dev_sam_smith`), `dev_unknown` for none.
    pub fn default_for_user(user: Option<&str>) -> Self {
        Self(scan::default_stage(user).into())
    }
}

impl StackName {
    /// Takes the whole of `text` or refuses it with the offending place and a suggestion.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        scan::stack(text).map(|()| Self(text.into()))
    }
}

impl LogicalId {
    /// Takes the whole of `text` or refuses it with the offending place and a suggestion.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        scan::logical_id(text).map(|()| Self(text.into()))
    }
}

impl Fqn {
    /// Takes `Segment/…/Id`, every part a [`LogicalId`], at most 256 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        scan::fqn(text).map(|()| Self(text.into()))
    }
    /// The last segment.
    pub fn logical_id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
    /// This FQN as a namespace, with `id` in it.
    pub fn child(&self, id: &str) -> Result<Self, InvalidName> {
        Self::parse(&format!("{}/{id}", self.0))
    }
}

impl ResourceType {
    /// A type by its dotted name.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl Realm {
    /// The realm made of 128 random bits.
    pub fn from_bits(bits: [u8; 16]) -> Self {
        Self(physical::base32(&bits).into())
    }
    /// Takes 26 characters of `a-z2-7`.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        scan::realm(text).map(|()| Self(text.into()))
    }
}

/// Which of the objects that a resource has had: one more at each replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub u32);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
