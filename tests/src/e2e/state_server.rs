//! Servers that a remote store is tested on.

use std::sync::Arc;

use alchemy_state::StateUrl;
use alchemy_state::remote::Objects;
use tokio::sync::Mutex;

use super::bucket::{InFolder, bucket_url, gcs_url, open_bucket_objects};
use super::{Client, Emulator, Kind, ObjectServer, ObjectServerKind};
use crate::gcs::Gcs;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateServerKind {
    /// MiniStack, for S3.
    MiniStack,
    /// moto, for S3.
    Moto,
    /// SeaweedFS, a real store that speaks S3's protocol.
    SeaweedFs,
    /// Our own Google Cloud Storage.
    Gcs,
}

/// A running server with an empty bucket `state`; stopped when dropped.
#[derive(Debug)]
pub struct StateServer {
    kind: StateServerKind,
    running: Running,
    turn: Option<Arc<Mutex<()>>>,
}

#[derive(Debug)]
enum Running {
    Emulator(Emulator),
    Server(ObjectServer),
    Gcs(Gcs),
}

impl StateServer {
    /// Starts one.
    ///
    /// # Panics
    /// If it does not start, or takes no bucket.
    pub fn start(kind: StateServerKind) -> Self {
        let running = match kind {
            StateServerKind::MiniStack => Running::Emulator(emulator(Kind::MiniStack)),
            StateServerKind::Moto => Running::Emulator(emulator(Kind::Moto)),
            StateServerKind::SeaweedFs => {
                Running::Server(ObjectServer::start(ObjectServerKind::SeaweedFs))
            }
            StateServerKind::Gcs => {
                let gcs = Gcs::start();
                gcs.make_bucket("state", false);
                Running::Gcs(gcs)
            }
        };
        // moto looks at a condition and writes without a lock between: several at once may succeed.
        let turn = (kind == StateServerKind::Moto).then(Arc::default);
        Self { kind, running, turn }
    }

    /// The URL of a store in it.
    pub fn url(&self, prefix: &str) -> StateUrl {
        match &self.running {
            Running::Emulator(emulator) => bucket_url(&emulator.url(), prefix),
            Running::Server(server) => bucket_url(&server.url(), prefix),
            Running::Gcs(gcs) => gcs_url(&gcs.url(), prefix),
        }
    }

    /// A client of its bucket.
    pub fn objects(&self) -> Arc<dyn Objects> {
        open_bucket_objects(&self.url("suite"))
    }

    /// A folder of it as a store by itself, through `objects`.
    pub fn folder(&self, objects: Arc<dyn Objects>, name: &str) -> Arc<dyn Objects> {
        Arc::new(InFolder { objects, folder: name.to_owned(), turn: self.turn.clone() })
    }

    /// Which one it is.
    pub fn kind(&self) -> StateServerKind {
        self.kind
    }
}

fn emulator(kind: Kind) -> Emulator {
    let emulator = Emulator::start(kind);
    let client = Client::new(&emulator.url(), "test");
    let made = client.call("s3", "create_bucket", &serde_json::json!({"Bucket": "state"}));
    assert!(made.get("error").is_none(), "{made}");
    emulator
}
