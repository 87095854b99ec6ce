//! The provider of any type in the simulated cloud.

use std::collections::BTreeMap;
use std::sync::Arc;

use alchemy_core::{
    AttributeContext, Descriptor, Expr, Found, Lookup, NameUse, Observed, Owner, Ownership,
    PropType, Target, Value,
};
use alchemy_engine::{
    Applied, DeleteRequest, ListRequest, Provider, ProviderError, ProviderErrorKind,
    ReconcileRequest, StepContext,
};
use async_trait::async_trait;
use tokio::time::Instant;

use super::refusals::{BUCKET, Draft, FUNCTION, PERMISSION, ROLE, ROLE_POLICY, URL};
use super::{Call, Object, ObjectKey, Refused, SimCloud, State, text};

type Config = BTreeMap<String, Value>;

/// One type in the simulated cloud.
#[derive(Debug)]
pub struct SimProvider {
    cloud: SimCloud,
    descriptor: Arc<Descriptor>,
}

/// What speaks for an object being the caller's, besides tags with its very id.
#[derive(Clone, Copy, Debug, Default)]
struct Claim {
    /// It may have no tags.
    untagged: bool,
    /// Its tags may carry another id of the stage.
    another_id: bool,
}

/// What a call that is under way needs of its sender, who may be dead when it arrives.
struct Wire {
    descriptor: Arc<Descriptor>,
    key: ObjectKey,
    owner: Owner,
    target: Target,
}

impl SimProvider {
    pub(crate) fn new(cloud: SimCloud, descriptor: Descriptor) -> Self {
        Self { cloud, descriptor: Arc::new(descriptor) }
    }

    fn key(&self, target: &Target, name: Option<&str>, props: &Config) -> Option<ObjectKey> {
        object_key(&self.descriptor, target, name, props)
    }

    fn call<'a>(&self, verb: &str, ctx: &'a StepContext, object: &ObjectKey) -> Call<'a> {
        let name = format!("{}:{verb}", self.descriptor.ty);
        Call { name, caller: &ctx.owner, account: &ctx.target.account, object: object.clone() }
    }

    fn invalid(&self, verb: &str, message: String) -> ProviderError {
        ProviderError {
            kind: ProviderErrorKind::Invalid,
            call: format!("{}:{verb}", self.descriptor.ty),
            code: Some("ValidationException".to_owned()),
            message,
            request_id: None,
            advice: None,
            retry_after: None,
        }
    }

    /// What is sent to the service: local props stay here, secrets go in clear. Stricter than a service: an unknown
    /// prop, a null or a secret without its value is refused, and so is code that this run did not bundle.
    fn config(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
        old: Option<&Config>,
    ) -> Result<Config, ProviderError> {
        let mut config = Config::new();
        for (name, value) in &request.props {
            let prop = self.descriptor.props.iter().find(|prop| prop.name == name);
            let prop =
                prop.ok_or_else(|| self.invalid("Validate", format!("unknown prop {name}")))?;
            if value.is_null() || has_lost_secret(value) {
                return Err(self.invalid("Validate", format!("prop {name} has no value")));
            }
            let changed = old.and_then(|old| old.get(name)) != Some(value);
            if prop.ty == PropType::Code
                && changed
                && value.as_str().and_then(|sha| ctx.artifacts.get(sha)).is_none()
            {
                return Err(self.invalid("Validate", format!("no code for {name}")));
            }
            if !prop.local {
                config.insert(name.clone(), value.exposed());
            }
        }
        Ok(config)
    }

    /// What a call takes along.
    fn wire(&self, ctx: &StepContext, key: &ObjectKey) -> Wire {
        let (owner, target) = (ctx.owner.clone(), ctx.target.clone());
        Wire { descriptor: Arc::clone(&self.descriptor), key: key.clone(), owner, target }
    }

    async fn create(
        &self,
        ctx: &StepContext,
        key: &ObjectKey,
        name: Option<&str>,
        config: Config,
    ) -> Result<(), ProviderError> {
        go_on(ctx)?;
        let tagged = self.descriptor.taggable && key.ty.as_str() != BUCKET;
        let Wire { descriptor, key: at, owner, target } = self.wire(ctx, key);
        let name = name.map(str::to_owned);
        let effect = move |state: &mut State| -> Result<(), Refused> {
            let key = &at;
            state.check_create(&Draft { key, account: &target.account, config: &config })?;
            if state.objects.contains_key(key) {
                return Ok(());
            }
            let id = state.new_id(key);
            let attrs = attrs(&descriptor, &target, name.as_deref(), (&config, &id));
            let now = Instant::now();
            let object = Object {
                id,
                account: target.account,
                name,
                tags: tagged.then(|| owner.clone()),
                made_by: Some(owner),
                config,
                attrs,
                created: now,
                changed: now,
                holds: false,
            };
            if key.ty.as_str() == ROLE {
                let refusals = state.harshness.role_refusals;
                state.fresh_roles.insert(key.clone(), refusals);
            }
            state.objects.insert(key.clone(), object);
            Ok(())
        };
        self.cloud.change(self.call("Create", ctx, key), effect).await
    }

    async fn tag(&self, ctx: &StepContext, key: &ObjectKey) -> Result<(), ProviderError> {
        go_on(ctx)?;
        let Wire { key: at, owner, .. } = self.wire(ctx, key);
        let effect = move |state: &mut State| -> Result<(), Refused> {
            if let Some(object) = state.objects.get_mut(&at) {
                object.tags = Some(owner.clone());
                object.made_by.get_or_insert(owner);
            }
            Ok(())
        };
        self.cloud.change(self.call("Tag", ctx, key), effect).await
    }

    async fn update(
        &self,
        ctx: &StepContext,
        key: &ObjectKey,
        config: Config,
    ) -> Result<(), ProviderError> {
        go_on(ctx)?;
        let Wire { descriptor, key: at, target, .. } = self.wire(ctx, key);
        let effect = move |state: &mut State| -> Result<(), Refused> {
            let key = &at;
            state.check_update(key)?;
            state.check_redrive(&Draft { key, account: &target.account, config: &config })?;
            if let Some(object) = state.objects.get_mut(key) {
                let name = object.name.as_deref();
                object.attrs = attrs(&descriptor, &target, name, (&config, &object.id));
                object.config.clone_from(&config);
                object.changed = Instant::now();
            }
            Ok(())
        };
        self.cloud.change(self.call("Update", ctx, key), effect).await
    }

    async fn remove(
        &self,
        ctx: &StepContext,
        key: &ObjectKey,
        empty: bool,
    ) -> Result<(), ProviderError> {
        go_on(ctx)?;
        let at = key.clone();
        let effect = move |state: &mut State| -> Result<(), Refused> {
            let key = &at;
            if empty && let Some(object) = state.objects.get_mut(key) {
                object.holds = false;
            }
            state.check_delete(key)?;
            if let Some(object) = state.objects.remove(key) {
                if key.ty.as_str() == FUNCTION {
                    let parts = [PERMISSION, URL];
                    let part_of = |part: &Object| {
                        text(&part.config, "functionName") == object.name.as_deref()
                    };
                    state.objects.retain(|k, o| {
                        !(parts.contains(&k.ty.as_str())
                            && o.account == object.account
                            && part_of(o))
                    });
                }
                state.deleted.insert(key.clone(), (Instant::now(), object));
            }
            Ok(())
        };
        self.cloud.change(self.call("Delete", ctx, key), effect).await
    }

    /// The object that the service gave this id.
    fn by_id(&self, attrs: &Config) -> Option<ObjectKey> {
        let id = attrs.get("uuid")?;
        let state = self.cloud.state();
        let mut all = state.objects.iter().filter(|(key, _)| key.ty == self.descriptor.ty);
        all.find(|(_, object)| object.attrs.get("uuid") == Some(id)).map(|(key, _)| key.clone())
    }

    /// A direct read: strongly consistent.
    async fn get(&self, key: &ObjectKey) -> Option<Object> {
        self.cloud.travel().await;
        self.cloud.state().objects.get(key).cloned()
    }

    fn ownership(&self, object: &Object) -> Ownership {
        match &object.tags {
            _ if !self.descriptor.taggable || self.cloud.state().owners_ignored => {
                Ownership::ByParent
            }
            Some(owner) => Ownership::Tagged(owner.clone()),
            None => Ownership::Untagged,
        }
    }

    /// Refuses an object that is not the caller's.
    fn check_owner(
        &self,
        ctx: &StepContext,
        object: &Object,
        Claim { untagged, another_id }: Claim,
    ) -> Result<(), ProviderError> {
        let ours = match self.ownership(object) {
            Ownership::ByParent => true,
            Ownership::Untagged => untagged,
            Ownership::Tagged(owner) => {
                same_stage(&owner, &ctx.owner) && (another_id || owner.id == ctx.owner.id)
            }
        };
        if ours {
            return Ok(());
        }
        let mut error = self.invalid("Check", "the object belongs to somebody else".to_owned());
        error.kind = ProviderErrorKind::NotOurs;
        Err(error)
    }

    /// Readable props that are not at their default.
    fn observed_config(&self, object: &Object) -> Config {
        let at_default = |name: &str, value: &Value| {
            self.descriptor.props.iter().any(|prop| prop.name == name && prop.default == *value)
        };
        let config = object.config.iter().filter(|(name, value)| !at_default(name, value));
        config.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn listed(&self, request: &ListRequest) -> Vec<Found> {
        let state = self.cloud.state();
        let lag = state.harshness.list_lag;
        let visible = state.objects.iter().filter(|(_, object)| object.created.elapsed() >= lag);
        let ghosts = state.deleted.iter().filter(|(_, (when, _))| when.elapsed() < lag);
        let all = visible.chain(ghosts.map(|(key, (_, object))| (key, object)));
        let mine = all.filter(|(key, object)| {
            key.ty == self.descriptor.ty
                && object.account == request.target.account
                && object.name.as_ref().is_none_or(|name| {
                    let own = name.strip_prefix("/aws/lambda/").unwrap_or(name);
                    own.starts_with(&request.name_prefix)
                })
        });
        let found = mine.filter_map(|(key, object)| {
            let owner = object.tags.clone()?;
            let name = object.name.clone().unwrap_or_else(|| key.key.clone());
            Some(Found { ty: key.ty.clone(), name, owner, attrs: object.attrs.clone() })
        });
        found
            .filter(|found| {
                found.owner.stack == request.stack && found.owner.stage == request.stage
            })
            .collect()
    }
}

#[async_trait]
impl Provider for SimProvider {
    async fn read(&self, lookup: &Lookup) -> Result<Observed, ProviderError> {
        let key = self.key(&lookup.target, lookup.name.as_deref(), &lookup.props);
        let Some(key) = key.or_else(|| self.by_id(&lookup.attrs)) else {
            return Ok(Observed::Absent);
        };
        let Some(object) = self.get(&key).await else { return Ok(Observed::Absent) };
        if object.account != lookup.target.account {
            return Ok(Observed::Unreadable { message: format!("{}:Read: 403 Forbidden", key.ty) });
        }
        Ok(Observed::Present {
            ownership: self.ownership(&object),
            config: self.observed_config(&object),
            attrs: object.attrs,
        })
    }

    async fn reconcile(
        &self,
        ctx: &StepContext,
        request: &ReconcileRequest,
    ) -> Result<Applied, ProviderError> {
        let Some(key) = self.key(&ctx.target, request.name.as_deref(), &request.props) else {
            return Err(self.invalid("Create", "its natural key is not known".to_owned()));
        };
        let claim = Claim {
            untagged: request.may_adopt_untagged,
            another_id: request.prior.is_some() || request.may_carry_former_id,
        };
        let before = self.get(&key).await.filter(|object| object.account == ctx.target.account);
        let config = self.config(ctx, request, before.as_ref().map(|object| &object.config))?;
        match before {
            None => self.create(ctx, &key, request.name.as_deref(), config.clone()).await?,
            Some(object) => self.check_owner(ctx, &object, claim)?,
        }
        let made =
            self.get(&key).await.ok_or_else(|| self.invalid("Read", "it vanished".to_owned()))?;
        if self.descriptor.taggable && made.tags.as_ref() != Some(&ctx.owner) {
            self.check_owner(ctx, &made, Claim { untagged: true, ..claim })?;
            self.tag(ctx, &key).await?;
        }
        if made.config != config {
            self.update(ctx, &key, config).await?;
        }
        let made =
            self.get(&key).await.ok_or_else(|| self.invalid("Read", "it vanished".to_owned()))?;
        self.check_owner(ctx, &made, Claim::default())?;
        Ok(Applied { attrs: made.attrs })
    }

    async fn delete(
        &self,
        ctx: &StepContext,
        request: &DeleteRequest,
    ) -> Result<(), ProviderError> {
        let record = &request.record;
        let Some(key) = self.key(&record.target, record.name.as_deref(), &record.props) else {
            return Ok(());
        };
        let Some(object) =
            self.get(&key).await.filter(|object| object.account == record.target.account)
        else {
            return Ok(());
        };
        let claim = Claim { untagged: request.untagged_is_ours, another_id: true };
        self.check_owner(ctx, &object, claim)?;
        self.remove(ctx, &key, request.allow_data_loss).await
    }

    async fn list(&self, request: &ListRequest) -> Result<Vec<Found>, ProviderError> {
        self.cloud.travel().await;
        Ok(self.listed(request))
    }

    async fn list_parts(&self, parent: &Lookup) -> Result<Vec<String>, ProviderError> {
        self.cloud.travel().await;
        // An object's key is its parent's name and its own.
        let Some(key) = self.key(&parent.target, Some(""), &parent.props) else {
            return Ok(Vec::new());
        };
        let state = self.cloud.state();
        let on_parent = |other: &&ObjectKey| {
            (&other.account, &other.ty) == (&key.account, &key.ty)
                && other.key.starts_with(&key.key)
        };
        let names = state.objects.keys().filter(on_parent);
        Ok(names.map(|other| other.key[key.key.len()..].to_owned()).collect())
    }
}

/// How the cloud finds the object; none if a part of its natural key is not known.
pub fn object_key(
    descriptor: &Descriptor,
    target: &Target,
    name: Option<&str>,
    props: &Config,
) -> Option<ObjectKey> {
    let ty = descriptor.ty.clone();
    let last = |prop: &str| Some(text(props, prop)?.rsplit(':').next()?.to_owned());
    let key = match (&descriptor.name, ty.as_str()) {
        (NameUse::Named { .. }, ROLE_POLICY) => format!("{} {}", last("roleName")?, name?),
        (NameUse::Named { .. }, PERMISSION) => format!("{} {}", last("functionName")?, name?),
        (NameUse::Named { .. }, _) => name?.to_owned(),
        (NameUse::Natural { key }, _) => {
            key.iter().map(|p| last(p)).collect::<Option<Vec<_>>>()?.join(" ")
        }
    };
    let account = if ty.as_str() == BUCKET { String::new() } else { target.account.clone() };
    Some(ObjectKey { account, ty, key })
}

/// Every attribute: computed as at plan time where that is possible, else from the object's id.
fn attrs(
    descriptor: &Descriptor,
    target: &Target,
    name: Option<&str>,
    (config, id): (&Config, &str),
) -> Config {
    let props = config.iter().map(|(k, v)| (k.clone(), Expr::Value(v.clone()))).collect();
    let context = AttributeContext {
        name,
        account: &target.account,
        region: &target.region,
        partition: "aws",
        dns_suffix: "amazonaws.com",
        custom_endpoint: false,
        props: &props,
    };
    let value = |at_plan: Option<fn(&AttributeContext<'_>) -> Option<Value>>| {
        at_plan.and_then(|f| f(&context))
    };
    let attribute =
        |name: &str, at_plan| value(at_plan).unwrap_or_else(|| Value::Str(format!("{name}-{id}")));
    let all = descriptor.attributes.iter();
    all.map(|a| (a.name.to_owned(), attribute(a.name, a.at_plan))).collect()
}

fn go_on(ctx: &StepContext) -> Result<(), ProviderError> {
    (ctx.may_continue)().map_err(|message| ProviderError {
        kind: ProviderErrorKind::Invalid,
        call: "check".to_owned(),
        code: None,
        message,
        request_id: None,
        advice: None,
        retry_after: None,
    })
}

fn same_stage(a: &Owner, b: &Owner) -> bool {
    (&a.realm, &a.stack, &a.stage) == (&b.realm, &b.stack, &b.stage)
}

/// Whether a secret inside has no value that could be sent.
fn has_lost_secret(value: &Value) -> bool {
    match value {
        Value::Secret(secret) => secret.expose().is_none(),
        Value::List(items) => items.iter().any(has_lost_secret),
        Value::Map(members) => members.values().any(has_lost_secret),
        _ => false,
    }
}
