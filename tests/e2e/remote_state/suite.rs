//! The suite that every store passes, two clients at a time, on each server: behind a good network, and
//! behind a bad one.
#![expect(clippy::unwrap_used, reason = "parts of tests fail where they stand, too")]

use std::sync::Arc;
use std::time::Duration;

use alchemy_state::conformance::{Pair, all, retention, torn_tail_does_not_count};
use alchemy_state::remote::{FaultPlan, FaultyObjects, RemoteStore, ThisMachine};
use alchemy_tests::e2e::StateServer;

use super::network::{bad, good};

/// Two clients of an empty store on `server`, each behind a network of its own.
fn pair(server: &StateServer, name: &str, plan: fn() -> FaultPlan) -> Pair {
    let host = Arc::new(ThisMachine::new());
    let client = || {
        let folder = server.folder(server.objects(), name);
        // A client gives up waiting early, so that the test need not.
        let patience = Duration::from_millis(30);
        let way = FaultyObjects::new(folder, host.clone(), patience, plan());
        Arc::new(RemoteStore::new(Arc::new(way), host.clone()).keeping(3))
    };
    Pair { a: client(), b: client() }
}

async fn passes_the_suite(server: &StateServer) {
    for (name, plan) in [("good", good as fn() -> FaultPlan), ("bad", bad)] {
        let mut count = 0;
        all(|| {
            count += 1;
            pair(server, &format!("{name}{count}"), plan)
        })
        .await;
        retention(pair(server, &format!("{name}-retention"), plan)).await;
        let folder = format!("{name}-torn");
        let tear = async |_: &_| {
            // The last segment never landed.
            let objects = server.folder(server.objects(), &folder);
            objects.delete("journal/myapp/dev/1-2.ndjson").await.unwrap();
        };
        torn_tail_does_not_count(pair(server, &folder, plan), tear).await;
    }
}
on_every_server!(passes_the_suite);
