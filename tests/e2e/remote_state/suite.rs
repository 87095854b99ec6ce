//! The suite that every store passes, two clients at a time, on each server: behind a good network, and
//! behind a bad one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alchemy_state::conformance::{Pair, all, retention};
use alchemy_state::remote::{
    FaultPlan, FaultyObjects, ObjectFault, ObjectRequest, RemoteStore, ThisMachine,
};
use alchemy_tests::e2e::{
    Client, Emulator, InFolder, Kind, ObjectServer, ObjectServerKind, bucket_url,
    open_bucket_objects,
};

/// What keeps a server running.
struct Server {
    url: String,
    /// moto looks at a condition and writes without a lock between: several at once may succeed.
    turn: Option<Arc<tokio::sync::Mutex<()>>>,
    _running: Box<dyn std::any::Any>,
}

fn emulator(kind: Kind) -> Server {
    let emulator = Emulator::start(kind);
    let client = Client::new(&emulator.url(), "test");
    let made = client.call("s3", "create_bucket", &serde_json::json!({"Bucket": "state"}));
    assert!(made.get("error").is_none(), "{made}");
    let turn = (kind == Kind::Moto).then(Arc::default);
    Server { url: emulator.url(), turn, _running: Box::new(emulator) }
}

fn seaweed() -> Server {
    let server = ObjectServer::start(ObjectServerKind::SeaweedFs);
    Server { url: server.url(), turn: None, _running: Box::new(server) }
}

/// Two clients of an empty store on `server`, each behind a network of its own.
fn pair(server: &Server, name: &str, plan: impl Fn() -> FaultPlan) -> Pair {
    let host = Arc::new(ThisMachine::new());
    let client = || {
        let objects = open_bucket_objects(&bucket_url(&server.url, "suite"));
        let folder = InFolder { objects, folder: name.to_owned(), turn: server.turn.clone() };
        // A client gives up waiting early, so that the test need not.
        let patience = Duration::from_millis(30);
        let way = FaultyObjects::new(Arc::new(folder), host.clone(), patience, plan());
        Arc::new(RemoteStore::new(Arc::new(way), host.clone()).keeping(3))
    };
    Pair { a: client(), b: client() }
}

async fn whole_suite(server: Server) {
    let good = || -> FaultPlan { Arc::new(|_: &ObjectRequest| None) };
    let mut count = 0;
    all(|| {
        count += 1;
        pair(&server, &format!("good{count}"), good)
    })
    .await;
    retention(pair(&server, "retention", good)).await;
    all(|| {
        count += 1;
        pair(&server, &format!("bad{count}"), bad_network)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_ministack() {
    whole_suite(emulator(Kind::MiniStack)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_moto() {
    whole_suite(emulator(Kind::Moto)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_seaweedfs() {
    whole_suite(seaweed()).await;
}

/// Every fifth request meets the next of these.
fn bad_network() -> FaultPlan {
    let faults = [
        ObjectFault::Busy,
        ObjectFault::Lost,
        ObjectFault::ReplyLost,
        ObjectFault::Late(Duration::from_millis(60)),
        ObjectFault::Doubled,
        ObjectFault::Stalled(Duration::from_millis(20)),
    ];
    let count = AtomicUsize::new(0);
    Arc::new(move |_: &ObjectRequest| {
        let count = count.fetch_add(1, Ordering::Relaxed) + 1;
        count.is_multiple_of(5).then(|| faults[count / 5 % faults.len()])
    })
}
