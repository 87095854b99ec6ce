//! The requests themselves, from the log of a proxy before S3 and from that of our own Google Cloud Storage: nothing is
//! written but under a condition, no lock is ever removed, and each body of a lock is another one.
#![expect(clippy::panic, clippy::unwrap_used, reason = "parts of tests fail where they stand, too")]

use std::collections::BTreeSet;
use std::sync::Arc;

use alchemy_core::Realm;
use alchemy_state::StateStore;
use alchemy_state::conformance::{key, put, request};
use alchemy_tests::e2e::{Client, Emulator, Kind, Proxy, bucket_url, gcs_url, open_bucket};
use alchemy_tests::gcs::Gcs;

/// A changing request as both services know it.
struct Write {
    path: String,
    body: String,
    /// What it may replace: nothing, or one version; none if it is not said.
    condition: Option<Replaces>,
}

#[derive(PartialEq, Eq)]
enum Replaces {
    Nothing,
    Version,
}

/// Everything that a store does to others: a realm, runs that end well, one that does not and is taken over.
async fn live(store: &Arc<dyn StateStore>) {
    let key = key("myapp", "dev");
    store.realm(Some(Realm::from_bits([1; 16]))).await.unwrap();
    for round in 0..5 {
        let lock = store.lock(&key, request("sam")).await.unwrap();
        lock.append(&[put(&format!("Thing{round}"))]).await.unwrap();
        lock.commit().await.unwrap();
        if round == 2 {
            // Taken over by the next round.
            drop(lock);
        } else {
            lock.release().await.unwrap();
        }
    }
}

fn judge(writes: &[Write], removed: &[String]) {
    assert!(writes.len() > 30, "{}", writes.len());
    let swapped = ["/locks/", "stages/myapp/dev/", "/probe"];
    for Write { path, condition, .. } in writes {
        let may_swap = swapped.iter().any(|place| path.contains(place));
        match condition {
            Some(Replaces::Nothing) => {}
            Some(Replaces::Version) => assert!(may_swap, "{path} is replaced"),
            None => panic!("{path} is written without a condition"),
        }
    }
    assert!(removed.iter().any(|path| path.contains("/journal/")), "{removed:?}");
    for path in removed {
        let may_go = ["/journal/", "/history/", "/probe/"];
        assert!(may_go.iter().any(|place| path.contains(place)), "{path} is removed");
    }
    let locks: Vec<_> = writes.iter().filter(|write| write.path.contains("/locks/")).collect();
    let distinct: BTreeSet<_> = locks.iter().map(|write| &write.body).collect();
    assert!(locks.len() >= 9 && distinct.len() == locks.len(), "{}", locks.len());
    assert!(locks.iter().all(|write| write.body.contains("\"nonce\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_s3() {
    let emulator = Emulator::start(Kind::MiniStack);
    let client = Client::new(&emulator.url(), "test");
    client.call("s3", "create_bucket", &serde_json::json!({"Bucket": "state"}));
    let proxy = tokio::task::block_in_place(|| Proxy::start(&emulator.url(), Vec::new()));
    live(&open_bucket(&bucket_url(&proxy.url(), "p"))).await;
    let calls = proxy.calls();
    tokio::task::block_in_place(|| drop(proxy));
    let writes = calls.iter().filter(|call| call.operation == "PutObject").map(|call| Write {
        path: call.path.clone(),
        body: call.body.clone(),
        condition: call.condition.as_deref().map(|condition| match condition {
            "if-none-match: *" => Replaces::Nothing,
            other => {
                assert!(other.starts_with("if-match: "), "{call:?}");
                Replaces::Version
            }
        }),
    });
    let writes: Vec<_> = writes.collect();
    let removed = calls.iter().filter(|call| call.operation.starts_with("Delete"));
    judge(&writes, &removed.map(|call| call.path.clone()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn to_gcs() {
    let gcs = Gcs::start();
    gcs.make_bucket("state", false);
    live(&open_bucket(&gcs_url(&gcs.url(), "p"))).await;
    let requests = gcs.requests();
    let path = |asked: &alchemy_tests::gcs::Asked| format!("/{}/{}", asked.bucket, asked.key);
    let of = |method: &'static str| {
        requests.iter().map(|logged| &logged.asked).filter(move |asked| asked.method == method)
    };
    let writes = of("PUT").map(|asked| Write {
        path: path(asked),
        body: asked.text(),
        condition: asked.generation().map(|generation| match generation {
            "0" => Replaces::Nothing,
            _ => Replaces::Version,
        }),
    });
    judge(&writes.collect::<Vec<_>>(), &of("DELETE").map(path).collect::<Vec<_>>());
    let malformed =
        requests.iter().filter(|logged| !matches!(logged.status, 200 | 204 | 404 | 412));
    assert_eq!(malformed.map(|logged| logged.asked.to_string()).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(of("POST").count() + of("HEAD").count(), 0, "nothing else is asked");
}
