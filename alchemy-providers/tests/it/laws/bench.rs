//! A provider registry over an endpoint, a stage to act as, and a count of changing calls.

#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails loudly and says what it skips"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alchemy_core::{
    Catalog, Fqn, Generation, Lookup, Observed, Owner, Ownership, Record, RemovalPolicy,
    ResourceType, Status, Target, Uid, Value,
};
use alchemy_engine::{
    ArtifactStore, DeleteRequest, ListRequest, Provider, ProviderError, ProviderRegistry,
    ReconcileRequest, StepContext,
};
use alchemy_providers::{
    AwsConnection, AwsCredentials, AwsSettings, NamedRegion, catalog, registry,
};
use alchemy_tests::e2e::{Emulator, Kind};

/// One object under test.
pub(super) struct Object {
    pub(super) ty: &'static str,
    pub(super) name: Option<String>,
    /// Whether its type carries tags, so that list calls show it.
    pub(super) listed: bool,
}

/// What a reconcile did.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) attrs: BTreeMap<String, Value>,
    pub(super) changes: usize,
}

/// Zips by their sum.
#[derive(Clone, Default)]
pub(super) struct Zips(pub(super) BTreeMap<String, Arc<[u8]>>);

impl ArtifactStore for Zips {
    fn get(&self, sha256: &str) -> Option<Arc<[u8]>> {
        self.0.get(sha256).cloned()
    }
}

/// Props that moto takes and does not keep.
const MOTO_LACKS: &[(&str, &str)] = &[
    ("AWS.Lambda.Function", "ephemeralStorage"),
    ("AWS.Lambda.Function", "tracing"),
    ("AWS.Lambda.FunctionUrl", "invokeMode"),
    // It keeps what an update takes away.
    ("AWS.Lambda.FunctionUrl", "cors"),
    ("AWS.Lambda.Permission", "functionUrlAuthType"),
    // Its GetBucketVersioning answers under another root element than S3's.
    ("AWS.S3.Bucket", "versioning"),
];

/// Holds the providers to a law on an emulator of its own.
pub(super) fn hold(kind: Kind, law: impl AsyncFnOnce(Bench)) {
    let emulator = Emulator::start(kind);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        law(Bench::open(&emulator).await).await;
    });
}

#[derive(Clone)]
pub(super) struct Bench {
    pub(super) endpoint: String,
    lacks: &'static [(&'static str, &'static str)],
    registry: ProviderRegistry,
    catalog: Catalog,
    pub(super) target: Target,
    stage: String,
    /// Keeps names of runs against one endpoint apart.
    run: u32,
    pub(super) zips: Zips,
}

impl Bench {
    async fn open(emulator: &Emulator) -> Self {
        let settings = AwsSettings {
            region: Some(NamedRegion::of_aws("eu-west-1", "a test".to_owned())),
            endpoint_url: Some(emulator.url()),
            credentials: AwsCredentials::StaticKeys {
                access_key_id: "111111111111".to_owned(),
                secret_access_key: "test".to_owned(),
                session_token: None,
            },
            explicit: true,
        };
        let connection = Arc::new(AwsConnection::open(&settings).await.expect("a connection"));
        let account = connection.caller_identity().await.expect("the endpoint answers").account;
        let region = connection.region().to_owned();
        Self {
            endpoint: emulator.url(),
            lacks: if emulator.kind() == Kind::Moto { MOTO_LACKS } else { &[] },
            registry: registry(connection),
            catalog: catalog(),
            target: Target { provider: "aws".to_owned(), account, region },
            stage: "dev".to_owned(),
            run: std::process::id(),
            zips: Zips::default(),
        }
    }

    /// `given` without the props that the emulator does not keep; says which.
    pub(super) fn kept(
        &self,
        object: &Object,
        given: &BTreeMap<String, Value>,
    ) -> BTreeMap<String, Value> {
        let lacking = |prop: &str| self.lacks.contains(&(object.ty, prop));
        let (left_out, kept): (BTreeMap<_, _>, BTreeMap<_, _>) =
            given.clone().into_iter().partition(|(prop, _)| lacking(prop));
        for prop in left_out.keys() {
            eprintln!("skipped, the emulator lacks it: {}.{prop}", object.ty);
        }
        kept
    }

    /// The same account, as another stage with the same resources.
    pub(super) fn of_another_stage(&self) -> Self {
        Self { stage: "prod".to_owned(), ..self.clone() }
    }

    /// A name of this run's.
    pub(super) fn name(&self, id: &str) -> String {
        format!("laws-dev-{id}-{}", self.run)
    }

    fn provider(&self, object: &Object) -> &Arc<dyn Provider> {
        self.registry.get(&ResourceType::new(object.ty)).expect("a provider")
    }

    fn owner(&self, object: &Object) -> Owner {
        Owner {
            realm: "realm".to_owned(),
            stack: "laws".to_owned(),
            stage: self.stage.clone(),
            id: object.ty.to_owned(),
            generation: 0,
        }
    }

    fn context(&self, object: &Object, changes: &Arc<AtomicUsize>) -> StepContext {
        let changes = Arc::clone(changes);
        StepContext {
            owner: self.owner(object),
            target: self.target.clone(),
            artifacts: Arc::new(self.zips.clone()),
            note: Arc::new(|_| {}),
            may_continue: Arc::new(move || {
                changes.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }),
        }
    }

    /// Given props with every default filled in, as the engine hands them over.
    fn complete(
        &self,
        object: &Object,
        given: &BTreeMap<String, Value>,
    ) -> BTreeMap<String, Value> {
        let descriptor =
            self.catalog.get(&ResourceType::new(object.ty)).expect("a type of the catalog");
        let mut props: BTreeMap<_, _> = descriptor
            .props
            .iter()
            .map(|prop| (prop.name.to_owned(), prop.default.clone()))
            .collect();
        props.extend(given.clone());
        props
    }

    fn lookup(
        &self,
        object: &Object,
        given: &BTreeMap<String, Value>,
        attrs: &BTreeMap<String, Value>,
    ) -> Lookup {
        Lookup {
            uid: Uid::new("uid"),
            fqn: Fqn::parse("Subject").expect("a name"),
            ty: ResourceType::new(object.ty),
            generation: Generation(0),
            target: self.target.clone(),
            name: object.name.clone(),
            props: given.clone(),
            attrs: attrs.clone(),
        }
    }

    pub(super) async fn read(&self, object: &Object, given: &BTreeMap<String, Value>) -> Observed {
        let lookup = self.lookup(object, given, &BTreeMap::new());
        self.provider(object).read(&lookup).await.expect("a read")
    }

    /// Props that differ between what is wanted and what is read, with both values.
    pub(super) async fn differences(
        &self,
        object: &Object,
        given: &BTreeMap<String, Value>,
        attrs: &BTreeMap<String, Value>,
    ) -> BTreeMap<String, (Value, Value)> {
        let lookup = self.lookup(object, given, attrs);
        let Observed::Present { ownership, config, attrs: read } =
            self.provider(object).read(&lookup).await.expect("a read")
        else {
            panic!("{} is not there", object.ty);
        };
        assert!(
            ownership == Ownership::ByParent || ownership == Ownership::Tagged(self.owner(object)),
            "{ownership:?}"
        );
        assert_eq!(&read, attrs, "{}: attributes", object.ty);
        let descriptor =
            self.catalog.get(&ResourceType::new(object.ty)).expect("a type of the catalog");
        let differences = descriptor.props.iter().filter(|prop| !prop.local).filter_map(|prop| {
            let value = |props: &BTreeMap<String, Value>| {
                props.get(prop.name).unwrap_or(&prop.default).clone()
            };
            let (wanted, found) = (value(given), value(&config));
            (wanted != found).then(|| (prop.name.to_owned(), (wanted, found)))
        });
        differences.collect()
    }

    /// Props that still are as `gone` has them, and not as `given` does.
    pub(super) async fn left_of(
        &self,
        object: &Object,
        gone: &BTreeMap<String, Value>,
        given: &BTreeMap<String, Value>,
        attrs: &BTreeMap<String, Value>,
    ) -> Vec<String> {
        let lookup = self.lookup(object, gone, attrs);
        let Observed::Present { config, .. } =
            self.provider(object).read(&lookup).await.expect("a read")
        else {
            panic!("{} is not there", object.ty);
        };
        let wanted = self.complete(object, given);
        let left = gone.iter().filter(|(prop, value)| {
            wanted.get(*prop) != Some(value) && config.get(*prop) == Some(value)
        });
        left.map(|(prop, _)| prop.clone()).collect()
    }

    pub(super) async fn reconcile(
        &self,
        object: &Object,
        given: &BTreeMap<String, Value>,
        prior: Option<Record>,
    ) -> Result<Made, ProviderError> {
        let changes = Arc::new(AtomicUsize::new(0));
        let request = ReconcileRequest {
            name: object.name.clone(),
            props: self.complete(object, given),
            prior,
            observed: None,
            may_adopt_untagged: false,
            may_carry_former_id: false,
        };
        let applied =
            self.provider(object).reconcile(&self.context(object, &changes), &request).await?;
        Ok(Made { attrs: applied.attrs, changes: changes.load(Ordering::Relaxed) })
    }

    /// Deletes and says how many changing calls that took.
    pub(super) async fn delete(
        &self,
        object: &Object,
        record: &Record,
    ) -> Result<usize, ProviderError> {
        self.delete_and(object, record, false).await
    }

    /// As [`Self::delete`], with or without leave to lose data.
    pub(super) async fn delete_and(
        &self,
        object: &Object,
        record: &Record,
        allow_data_loss: bool,
    ) -> Result<usize, ProviderError> {
        let changes = Arc::new(AtomicUsize::new(0));
        let untagged_is_ours = record.attrs.is_empty();
        let request = DeleteRequest { record: record.clone(), allow_data_loss, untagged_is_ours };
        self.provider(object).delete(&self.context(object, &changes), &request).await?;
        Ok(changes.load(Ordering::Relaxed))
    }

    pub(super) async fn is_listed(&self, object: &Object) -> bool {
        let request = ListRequest {
            target: self.target.clone(),
            name_prefix: format!("laws-{}-", "dev"),
            stack: "laws".to_owned(),
            stage: self.stage.clone(),
        };
        let found = self.provider(object).list(&request).await.expect("a list");
        found.iter().any(|found| {
            let by_name = object.name.as_deref().is_none_or(|name| found.name == name);
            by_name && found.owner == self.owner(object)
        })
    }

    pub(super) fn record(
        &self,
        object: &Object,
        given: &BTreeMap<String, Value>,
        attrs: &BTreeMap<String, Value>,
    ) -> Record {
        Record {
            uid: Uid::new("uid"),
            fqn: Fqn::parse("Subject").expect("a name"),
            ty: ResourceType::new(object.ty),
            generation: Generation(0),
            status: Status::Ready,
            name: object.name.clone(),
            target: self.target.clone(),
            props: given.clone(),
            attrs: attrs.clone(),
            deps: Vec::new(),
            removal: RemovalPolicy::Destroy,
            parent: None,
            location: None,
            created_at: "2026-01-01T00:00:00Z".to_owned(),
            updated_at: "2026-01-01T00:00:00Z".to_owned(),
            replaced: false,
        }
    }
}
