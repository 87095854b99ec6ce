//! The provider trait: what the engine asks of a cloud, one resource type at a time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{Found, Lookup, Observed, Owner, Record, ResourceType, Target, Value};
use async_trait::async_trait;

use crate::limits::LONGEST_CALL;

/// Code artefacts by the SHA-256 (base64) that stands in a `Code` prop's normal form.
pub trait ArtifactStore: Send + Sync {
    /// The zip's bytes, or none if this run did not bundle it.
    fn get(&self, sha256: &str) -> Option<Arc<[u8]>>;
}

/// No code in this run (destroy).
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArtifacts;

impl ArtifactStore for NoArtifacts {
    fn get(&self, _: &str) -> Option<Arc<[u8]>> {
        None
    }
}

/// What a provider may use while it works on one step.
#[derive(Clone)]
pub struct StepContext {
    /// Tags to write on taggable objects, as the owner.
    pub owner: Owner,
    /// Account and region.
    pub target: Target,
    /// Function code.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Tells people what is being waited for, in a few words.
    pub note: Arc<dyn Fn(String) + Send + Sync>,
    /// Asked before every changing call: an error text means start nothing more.
    pub may_continue: Arc<dyn Fn() -> Result<(), String> + Send + Sync>,
}

impl fmt::Debug for StepContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepContext")
            .field("owner", &self.owner)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// Bring an object to these props.
#[derive(Clone, Debug)]
pub struct ReconcileRequest {
    /// Physical name, for types that have one.
    pub name: Option<String>,
    /// Wanted props in normal form, every default filled in. Secrets carry their plain values.
    pub props: BTreeMap<String, Value>,
    /// The record, if the object is known to have been whole.
    pub prior: Option<Record>,
    /// What a look-up saw a moment ago, if one was made.
    pub observed: Option<Observed>,
    /// Whether an existing object under this name may be ours although it carries no tags: a record or open intent claims
    /// it (`Snapshot::claims_untagged`), or it is to be taken over (`--adopt`).
    pub may_adopt_untagged: bool,
    /// Whether its tags may still carry another id of this stage, and it is this resource's all the same: renamed before it
    /// was whole, or taken over under a former id. The engine has made sure that no other resource has it.
    pub may_carry_former_id: bool,
}

/// What the object is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// All its attributes.
    pub attrs: BTreeMap<String, Value>,
}

/// Delete an object; its absence is success.
#[derive(Clone, Debug)]
pub struct DeleteRequest {
    /// The record. Without attributes (its create was interrupted) the provider looks the object up by name or key.
    pub record: Record,
    /// Whether data in it may be lost (`forceDestroy`).
    pub allow_data_loss: bool,
    /// Whether the object is ours although it carries no tags (`Snapshot::claims_untagged`).
    pub untagged_is_ours: bool,
}

/// List own objects of a type.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// Account and region.
    pub target: Target,
    /// Physical names begin with this (`myapp-pr_147-`, as this type's rule spells it); a shortened name may not.
    pub name_prefix: String,
    /// Only objects whose tags say this stack and stage.
    pub stack: String,
    /// See `stack`.
    pub stage: String,
}

/// What kind of failure, for the decision what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// Too many requests: try again later.
    Throttled,
    /// A passing fault, or an answer that never came: the call may have had its effect.
    Transient,
    /// Something it depends on is not visible yet (a fresh role, a deleted queue's 60 s): try again.
    NotYet,
    /// Another object stands in the way (DeleteConflict, ResourceConflict): try again a few times.
    Conflict,
    /// The name belongs to another account.
    NameTaken,
    /// The object belongs to another stage, stack or realm, or has no tags.
    NotOurs,
    /// Not allowed.
    Denied,
    /// Credentials are missing, expired or refused.
    Credentials,
    /// The endpoint cannot be reached or does not answer.
    Unreachable,
    /// The service refused the request for good.
    Invalid,
}

/// Why a provider call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    /// Kind.
    pub kind: ProviderErrorKind,
    /// The API call, e.g. `sqs:CreateQueue`.
    pub call: String,
    /// The service's error code, if it sent one.
    pub code: Option<String>,
    /// What happened, without call and request id; the engine takes the step's redacted values out of it.
    pub message: String,
    /// The service's request id.
    pub request_id: Option<String>,
    /// What to do about it.
    pub advice: Option<String>,
    /// How long the service asked to wait.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call, self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {}

/// One resource type in one cloud. Every method may be called again after any failure.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Looks one object up: at most two calls, plus one per configured sub-setting. A missing object is
    /// [`Observed::Absent`], one that may not be read [`Observed::Unreadable`].
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError>;
    /// Brings an absent, half-made or existing own object to the props, and writes the owner's tags (merging).
    /// Refuses ([`ProviderErrorKind::NotOurs`]) an object of another owner before changing anything.
    async fn reconcile(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError>;
    /// Deletes an own object; refuses another's.
    async fn delete(&self, ctx: &StepContext, request: &DeleteRequest)
    -> Result<(), ProviderError>;
    /// Own objects of this type that carry our tags for the stack and stage; empty for types without tags.
    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError>;
    /// For a type without tags whose objects have names: the names of those on the parent that the look-up's props name,
    /// whoever made them. None if the parent is not there.
    async fn list_parts(&self, _parent: &Lookup) -> Result<Vec<String>, ProviderError> {
        Ok(Vec::new())
    }
    /// Longest that one changing call is under way before it is given up. A run that takes a lock over waits until no call
    /// of the former holder can still take effect.
    fn longest_call(&self) -> Duration {
        LONGEST_CALL
    }
    /// Most calls of this type's service that may run at once, if fewer than `--parallelism`.
    fn concurrency(&self) -> Option<usize> {
        None
    }
}

/// Providers by resource type.
#[derive(Clone, Default)]
pub struct ProviderRegistry {
    providers: BTreeMap<ResourceType, Arc<dyn Provider>>,
}

impl ProviderRegistry {
    /// Adds or replaces the provider of a type.
    pub fn insert(&mut self, ty: ResourceType, provider: Arc<dyn Provider>) {
        self.providers.insert(ty, provider);
    }
    /// The provider of a type.
    pub fn get(&self, ty: &ResourceType) -> Option<&Arc<dyn Provider>> {
        self.providers.get(ty)
    }
    /// All types with their providers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&ResourceType, &Arc<dyn Provider>)> {
        self.providers.iter()
    }
}

impl fmt::Debug for ProviderRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.providers.keys()).finish()
    }
}
