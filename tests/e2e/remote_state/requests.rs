//! The requests themselves, from the log of a proxy: nothing is written but under a condition, no lock is ever removed,
//! and each body of a lock is another one.

use std::collections::BTreeSet;

use alchemy_core::Realm;
use alchemy_state::conformance::{key, put, request};
use alchemy_tests::e2e::{Client, Emulator, Kind, Proxy, bucket_url, open_bucket};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_without_a_condition() {
    let emulator = Emulator::start(Kind::MiniStack);
    let client = Client::new(&emulator.url(), "test");
    client.call("s3", "create_bucket", &serde_json::json!({"Bucket": "state"}));
    let proxy = tokio::task::block_in_place(|| Proxy::start(&emulator.url(), Vec::new()));
    let (store, key) = (open_bucket(&bucket_url(&proxy.url(), "p")), key("myapp", "dev"));
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
    let calls = proxy.calls();
    tokio::task::block_in_place(|| drop(proxy));
    let puts: Vec<_> = calls.iter().filter(|call| call.operation == "PutObject").collect();
    assert!(puts.len() > 30, "{}", puts.len());
    for call in &puts {
        let condition = call.condition.as_deref().unwrap_or_default();
        let swapped = ["/locks/", "stages/myapp/dev/", "/probe"];
        let create_only = !swapped.iter().any(|place| call.path.contains(place));
        assert!(
            condition == "if-none-match: *" || !condition.is_empty() && !create_only,
            "{call:?}"
        );
    }
    let removed: Vec<_> = calls
        .iter()
        .filter(|call| call.operation.starts_with("Delete"))
        .map(|call| &call.path)
        .collect();
    assert!(removed.iter().any(|path| path.contains("/journal/")), "{removed:?}");
    for path in removed {
        let may_go = ["/journal/", "/history/", "/probe/"];
        assert!(may_go.iter().any(|place| path.contains(place)), "{path}");
    }
    let locks: Vec<_> =
        puts.iter().filter(|call| call.path.contains("/locks/")).map(|call| &call.body).collect();
    let distinct: BTreeSet<_> = locks.iter().collect();
    assert!(locks.len() >= 9 && distinct.len() == locks.len(), "{}", locks.len());
    assert!(locks.iter().all(|body| body.contains("\"nonce\"")));
}
