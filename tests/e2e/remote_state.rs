//! Remote state on what emulates S3, on a real store that speaks its protocol, on our own Google Cloud Storage, and on a
//! store that lies.

/// One scenario on each server that state may be kept on. One thread each: `IdleClock` asks for that.
macro_rules! on_every_server {
    ($scenario:ident) => {
        mod $scenario {
            use alchemy_tests::e2e::{StateServer, StateServerKind};

            fn run(kind: StateServerKind) {
                let server = StateServer::start(kind);
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(super::$scenario(&server));
            }

            #[test]
            fn on_ministack() {
                run(StateServerKind::MiniStack);
            }

            #[test]
            fn on_moto() {
                run(StateServerKind::Moto);
            }

            #[test]
            fn on_seaweedfs() {
                run(StateServerKind::SeaweedFs);
            }

            #[test]
            fn on_gcs() {
                run(StateServerKind::Gcs);
            }
        }
    };
}

mod contention;
mod liar;
mod many;
mod network;
mod requests;
mod suite;
