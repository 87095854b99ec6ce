//! The simulated cloud refuses what its table says, and the engine gets through where one can.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alchemy_core::{Event, Fqn, Generation, Observed, ResourceType, Value};
use alchemy_engine::{
    Applied, DeleteRequest, NoArtifacts, ProviderError, ProviderErrorKind, ReconcileRequest,
    StepContext,
};
use alchemy_tests::program::{Program, known};
use alchemy_tests::sim_cloud::Harshness;
use alchemy_tests::world::World;
use tokio::time::{Instant, sleep};

const BUCKET: &str = "AWS.S3.Bucket";
const QUEUE: &str = "AWS.SQS.Queue";
const ROLE: &str = "AWS.IAM.Role";
const ROLE_POLICY: &str = "AWS.IAM.RolePolicy";
const FUNCTION: &str = "AWS.Lambda.Function";
const MAPPING: &str = "AWS.Lambda.EventSourceMapping";

type Props = Vec<(&'static str, Value)>;

/// Calls providers without an engine that would try again.
struct Direct {
    world: World,
    stage: &'static str,
}

impl Direct {
    fn new(harshness: Harshness) -> Self {
        Self { world: World::new(harshness, 1), stage: "dev" }
    }

    fn context(&self, name: &str) -> StepContext {
        let fqn =
            Fqn::parse(&name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")).expect("works");
        StepContext {
            owner: self.world.owner(&World::key(self.stage)).of(&fqn, Generation(0)),
            target: self.world.target.clone(),
            artifacts: Arc::new(NoArtifacts),
            note: Arc::new(|_| {}),
            may_continue: Arc::new(|| Ok(())),
        }
    }

    async fn make(
        &self,
        ty: &str,
        name: Option<&str>,
        props: Props,
    ) -> Result<Applied, ProviderError> {
        let request = ReconcileRequest {
            name: name.map(str::to_owned),
            props: props.into_iter().map(|(prop, value)| (prop.to_owned(), value)).collect(),
            prior: None,
            observed: Some(Observed::Absent),
            may_adopt_untagged: false,
            may_carry_former_id: false,
        };
        let registry = self.world.cloud.registry(&self.world.catalog);
        let provider = registry.get(&ResourceType::new(ty)).expect("works");
        provider.reconcile(&self.context(name.unwrap_or("Nameless")), &request).await
    }

    async fn delete(&self, ty: &str, name: &str) -> Result<(), ProviderError> {
        let registry = self.world.cloud.registry(&self.world.catalog);
        let record = record(&self.world, ty, name);
        let request = DeleteRequest { record, allow_data_loss: false, untagged_is_ours: false };
        registry
            .get(&ResourceType::new(ty))
            .expect("works")
            .delete(&self.context(name), &request)
            .await
    }

    /// A function with its role, and a queue.
    async fn function_and_queue(&self) -> (Value, Value) {
        let role = self
            .make(ROLE, Some("role"), vec![("roleName", Value::from("role"))])
            .await
            .expect("works");
        let props =
            vec![("role", role.attrs["roleArn"].clone()), ("functionName", Value::from("api"))];
        let function = self.make(FUNCTION, Some("api"), props).await.expect("works");
        let queue = self.make(QUEUE, Some("jobs"), vec![]).await.expect("works");
        (function.attrs["functionName"].clone(), queue.attrs["queueArn"].clone())
    }
}

fn record(world: &World, ty: &str, name: &str) -> alchemy_core::Record {
    alchemy_core::Record {
        uid: alchemy_core::Uid::new(name),
        fqn: Fqn::parse(name).expect("works"),
        ty: ResourceType::new(ty),
        generation: Generation(0),
        status: alchemy_core::Status::Ready,
        name: Some(name.to_owned()),
        target: world.target.clone(),
        props: BTreeMap::new(),
        attrs: BTreeMap::new(),
        deps: Vec::new(),
        removal: alchemy_core::RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: String::new(),
        updated_at: String::new(),
        replaced: false,
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(
    result: Result<T, ProviderError>,
    kind: ProviderErrorKind,
    code: &str,
) {
    let error = result.expect_err("refused");
    assert_eq!((error.kind, error.code.as_deref()), (kind, Some(code)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_fresh_role_is_not_assumable_three_times() {
    let direct = Direct::new(Harshness { role_refusals: 3, ..Harshness::calm() });
    let role = direct.make(ROLE, Some("role"), vec![]).await.unwrap().attrs["roleArn"].clone();
    for _ in 0..3 {
        let result = direct.make(FUNCTION, Some("api"), vec![("role", role.clone())]).await;
        refused(result, ProviderErrorKind::NotYet, "InvalidParameterValueException");
    }
    direct.make(FUNCTION, Some("api"), vec![("role", role)]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_deleted_queue_s_name_rests_for_a_minute() {
    let direct =
        Direct::new(Harshness { queue_rest: Duration::from_secs(60), ..Harshness::calm() });
    direct.make(QUEUE, Some("jobs"), vec![]).await.unwrap();
    direct.delete(QUEUE, "jobs").await.unwrap();
    refused(
        direct.make(QUEUE, Some("jobs"), vec![]).await,
        ProviderErrorKind::NotYet,
        "QueueDeletedRecently",
    );
    sleep(Duration::from_secs(60)).await;
    direct.make(QUEUE, Some("jobs"), vec![]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_mapping_needs_the_right_to_receive_and_is_alone() {
    let direct = Direct::new(Harshness::calm());
    let (function, queue) = direct.function_and_queue().await;
    let mapping = || vec![("functionName", function.clone()), ("eventSourceArn", queue.clone())];
    refused(
        direct.make(MAPPING, None, mapping()).await,
        ProviderErrorKind::NotYet,
        "InvalidParameterValueException",
    );
    let document =
        Value::map([("Action", Value::from("sqs:ReceiveMessage")), ("Resource", queue.clone())]);
    let policy = vec![("roleName", Value::from("role")), ("policyDocument", document)];
    direct.make(ROLE_POLICY, Some("receive"), policy).await.unwrap();
    direct.make(MAPPING, None, mapping()).await.unwrap();
    refused(
        direct.delete(QUEUE, "jobs").await,
        ProviderErrorKind::Conflict,
        "ResourceInUseException",
    );
    refused(direct.delete(ROLE, "role").await, ProviderErrorKind::Conflict, "DeleteConflict");
}

#[tokio::test(start_paused = true)]
async fn a_function_is_busy_after_every_change() {
    let direct = Direct::new(Harshness { pending: Duration::from_secs(5), ..Harshness::calm() });
    let role = direct.make(ROLE, Some("role"), vec![]).await.unwrap().attrs["roleArn"].clone();
    let with = |memory: i64| vec![("role", role.clone()), ("memory", Value::int(memory))];
    direct.make(FUNCTION, Some("api"), with(128)).await.unwrap();
    let soon = direct.make(FUNCTION, Some("api"), with(256)).await;
    refused(soon, ProviderErrorKind::Conflict, "ResourceConflictException");
    sleep(Duration::from_secs(5)).await;
    direct.make(FUNCTION, Some("api"), with(256)).await.unwrap();
    let soon = direct.make(FUNCTION, Some("api"), with(512)).await;
    refused(soon, ProviderErrorKind::Conflict, "ResourceConflictException");
}

#[tokio::test(start_paused = true)]
async fn what_a_prop_names_must_be_there_and_fit() {
    let direct = Direct::new(Harshness::calm());
    let (function, _) = direct.function_and_queue().await;
    let invalid = "InvalidParameterValueException";
    let nowhere = Value::from("arn:aws:sqs:eu-central-1:111111111111:nowhere");
    let mapping = vec![("functionName", function), ("eventSourceArn", nowhere.clone())];
    refused(direct.make(MAPPING, None, mapping).await, ProviderErrorKind::Invalid, invalid);
    let props = vec![("role", Value::from("arn:aws:iam::111111111111:role/nobody"))];
    refused(direct.make(FUNCTION, Some("other"), props).await, ProviderErrorKind::Invalid, invalid);
    let redrive =
        Value::map([("deadLetterTargetArn", nowhere), ("maxReceiveCount", Value::int(3))]);
    let result = direct.make(QUEUE, Some("poor"), vec![("redrivePolicy", redrive)]).await;
    refused(result, ProviderErrorKind::Invalid, "InvalidParameterValue");
    let result = direct.make(QUEUE, Some("fifo"), vec![("fifo", Value::Bool(true))]).await;
    refused(result, ProviderErrorKind::Invalid, "InvalidParameterValue");
    let result = direct.make(QUEUE, Some("jobs2"), vec![("colour", Value::from("red"))]).await;
    refused(result, ProviderErrorKind::Invalid, "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn another_s_object_is_not_touched() {
    let mut direct = Direct::new(Harshness::calm());
    direct.make(BUCKET, Some("photos"), vec![]).await.unwrap();
    direct.stage = "prod";
    refused(
        direct.make(BUCKET, Some("photos"), vec![("versioning", Value::from("Enabled"))]).await,
        ProviderErrorKind::NotOurs,
        "ValidationException",
    );
    assert!(direct.delete(BUCKET, "photos").await.is_err());
    assert_eq!(direct.world.cloud.trespasses(), []);
    direct.world.target.account = "222222222222".to_owned();
    refused(
        direct.make(BUCKET, Some("photos"), vec![]).await,
        ProviderErrorKind::NameTaken,
        "BucketAlreadyExists",
    );
}

/// What people were told that steps wait for.
fn waits(world: &World) -> String {
    let events = world.told.events().into_iter();
    let reasons = events.filter_map(|event| match event {
        Event::StepWaiting { reason, .. } => Some(reason),
        _ => None,
    });
    reasons.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_queue_made_again_waits_its_minute_and_says_so() {
    let world =
        World::new(Harshness { queue_rest: Duration::from_secs(60), ..Harshness::calm() }, 1);
    let program = Program::new("dev").with("Jobs", QUEUE, vec![("queueName", known("our-jobs"))]);
    assert!(world.deploy(&program).await.is_complete());
    assert!(world.destroy("dev").await.is_complete());
    let before = Instant::now();
    let end = world.deploy(&program).await;
    assert!(end.is_complete(), "{end:?}");
    assert!(before.elapsed() > Duration::from_secs(50), "{:?}", before.elapsed());
    let waits = waits(&world);
    assert!(waits.contains("QueueDeletedRecently") && waits.contains("req-"), "{waits}");
    assert!(waits.lines().count() >= 10, "a word at least every 5 s: {waits}");
}

#[tokio::test(start_paused = true)]
async fn throttled_for_a_minute_it_says_so_at_once_and_gets_through() {
    let world = World::new(Harshness { throttle_one_in: 1, ..Harshness::calm() }, 1);
    let program = Program::new("dev").with("Jobs", QUEUE, vec![]);
    let relief = async {
        sleep(Duration::from_secs(15)).await;
        let early = waits(&world);
        sleep(Duration::from_secs(45)).await;
        world.cloud.set_harshness(Harshness::calm());
        early
    };
    let (end, early) = tokio::join!(world.deploy(&program), relief);
    assert!(end.is_complete(), "{end:?}");
    assert!(
        early.contains("AWS.SQS.Queue:Create: Throttling") && early.contains("req-1"),
        "{early}"
    );
}

#[tokio::test(start_paused = true)]
async fn throttled_for_ever_it_gives_up_and_the_next_run_goes_on() {
    let world = World::new(Harshness { throttle_one_in: 1, ..Harshness::calm() }, 1);
    let program = Program::new("dev").with("Jobs", QUEUE, vec![]);
    let end = world.deploy(&program).await;
    assert!(
        format!("{end:?}").contains("failed create Jobs: AWS.SQS.Queue:Create: Throttling"),
        "{end:?}"
    );
    world.cloud.set_harshness(Harshness::calm());
    assert!(world.deploy(&program).await.is_complete());
    assert_eq!(world.disagreements("dev").await, [""; 0]);
}
