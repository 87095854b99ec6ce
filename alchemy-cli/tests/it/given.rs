//! Stages in a test's store, written as a deploy would leave them.

use std::time::Duration;

use alchemy_core::{
    Change, Fqn, Generation, Identity, Realm, Record, RemovalPolicy, ResourceType, Secret,
    SecretHasher, StackName, Stage, Status, Target, Value,
};
use alchemy_state::{
    DataKey, LocalStore, LockInfo, LockRequest, Passphrase, StageKey, StageLock, StateStore as _,
};

use crate::env::TestEnv;

/// One day in the past.
pub(crate) const AT: &str = "2026-01-02T03:04:05Z";

/// A stage with the queue `Jobs`, its secret tag and an output.
pub(crate) fn deployed(env: &TestEnv, stack: &str, stage: &str) {
    write(env, stack, stage, |record| {
        let outputs =
            Value::map([("queue", Value::str("https://sqs/jobs")), ("count", Value::int(2))]);
        vec![
            Change::Pin(record.target.clone()),
            Change::Put(record),
            Change::Outputs(outputs),
            Change::Deployed { by: "sam@laptop".to_owned(), at: AT.to_owned() },
        ]
    });
}

/// A stage like [`deployed`], its secret sealed under `passphrase`.
pub(crate) fn sealed(env: &TestEnv, stack: &str, stage: &str, passphrase: &str) {
    let key = StageKey {
        stack: StackName::parse(stack).expect("a made-up stage is legal"),
        stage: Stage::parse(stage).expect("a made-up stage is legal"),
    };
    let data_key = DataKey::make(&key).expect("random numbers");
    let passphrase = Passphrase::new(passphrase).expect("a passphrase");
    let wrapped = data_key.wrap(&passphrase).expect("a key is wrapped");
    write(env, stack, stage, |record| {
        let secret = record.props["tags"].get("key").expect("it has one").clone();
        let changes = [
            Change::Pin(record.target.clone()),
            Change::Put(record),
            Change::Outputs(Value::map([("token", secret)])),
            Change::Deployed { by: "sam@laptop".to_owned(), at: AT.to_owned() },
        ];
        let sealed = data_key.sealed(&changes).expect("it is sealed");
        std::iter::once(Change::Key(Some(wrapped))).chain(sealed).collect()
    });
}

/// A stage that was destroyed, but for a queue that was kept.
pub(crate) fn destroyed(env: &TestEnv, stack: &str, stage: &str) {
    write(env, stack, stage, |record| {
        let uid = record.uid.clone();
        vec![
            Change::Pin(record.target.clone()),
            Change::Put(record),
            Change::Retained(uid),
            Change::Destroyed { at: AT.to_owned() },
        ]
    });
}

/// A stage whose only queue is in another account than the one it is bound to.
pub(crate) fn pinned_elsewhere(env: &TestEnv, stack: &str, stage: &str) {
    write(env, stack, stage, |record| {
        let pin = Target { account: "333333333333".to_owned(), ..record.target.clone() };
        vec![Change::Pin(pin), Change::Put(record)]
    });
}

/// A further commit on a stage; `changes` gets records of the stage's resources by name.
pub(crate) fn later(
    env: &TestEnv,
    stack: &str,
    stage: &str,
    changes: impl FnOnce(&dyn Fn(&str) -> Record) -> Vec<Change>,
) {
    let key = key(stack, stage);
    write(env, stack, stage, |_| changes(&|fqn| record(&key, fqn)));
}

/// A run that holds a stage's lock until it is dropped.
pub(crate) fn held(env: &TestEnv, stack: &str, stage: &str) -> Box<dyn StageLock> {
    let store =
        LocalStore::open(env.project().join(".alchemy/state")).expect("a made-up stage is legal");
    let info = LockInfo {
        operation: "deploy".to_owned(),
        user: "ann".to_owned(),
        host: "laptop".to_owned(),
        pid: 4711,
        ci_url: Some("https://ci.example/runs/7".to_owned()),
        since: AT.to_owned(),
    };
    let request = LockRequest { info, wait: Duration::ZERO };
    block_on(store.lock(&key(stack, stage), request)).expect("the lock is free")
}

fn key(stack: &str, stage: &str) -> StageKey {
    StageKey {
        stack: StackName::parse(stack).expect("a made-up stage is legal"),
        stage: Stage::parse(stage).expect("a made-up stage is legal"),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a made-up stage is legal");
    runtime.block_on(future)
}

fn write(env: &TestEnv, stack: &str, stage: &str, changes: impl FnOnce(Record) -> Vec<Change>) {
    let key = key(stack, stage);
    let store =
        LocalStore::open(env.project().join(".alchemy/state")).expect("a made-up stage is legal");
    block_on(async {
        store.realm(Some(Realm::from_bits([7; 16]))).await.expect("a made-up stage is legal");
        let info = LockInfo { operation: "deploy".to_owned(), ..LockInfo::default() };
        let lock = store
            .lock(&key, LockRequest { info, wait: Duration::ZERO })
            .await
            .expect("a made-up stage is legal");
        lock.load().await.expect("a made-up stage is legal");
        lock.append(&changes(record(&key, "Jobs"))).await.expect("a made-up stage is legal");
        lock.commit().await.expect("a made-up stage is legal");
        lock.release().await.expect("a made-up stage is legal");
    });
}

fn record(key: &StageKey, fqn: &str) -> Record {
    let identity = Identity {
        realm: Realm::from_bits([7; 16]),
        stack: key.stack.clone(),
        stage: key.stage.clone(),
        fqn: Fqn::parse(fqn).expect("a made-up stage is legal"),
        ty: ResourceType::new("AWS.SQS.Queue"),
        generation: Generation(0),
    };
    let secret = Value::Secret(Secret::new(Value::str("hunter2"), &SecretHasher::new([1; 32])));
    let name = format!("{}-{}-{}-aaaaaaaaaa", key.stack, key.stage, fqn.to_lowercase());
    Record {
        uid: identity.uid(),
        fqn: identity.fqn,
        ty: identity.ty,
        generation: Generation(0),
        status: Status::Ready,
        target: Target {
            provider: "aws".to_owned(),
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        },
        props: [
            ("queueName".to_owned(), Value::str(&name)),
            ("tags".to_owned(), Value::map([("key", secret)])),
        ]
        .into(),
        attrs: [("queueName".to_owned(), Value::str(&name))].into(),
        name: Some(name),
        deps: Vec::new(),
        removal: RemovalPolicy::Destroy,
        parent: None,
        location: None,
        created_at: AT.to_owned(),
        updated_at: AT.to_owned(),
        replaced: false,
    }
}
