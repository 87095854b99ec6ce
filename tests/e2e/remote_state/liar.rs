//! A store that takes conditional writes and ignores the conditions is refused on first use, with the reason; so are a
//! bucket that is not there and keys that are wrong.

use std::path::Path;
use std::sync::Arc;

use alchemy_core::Realm;
use alchemy_state::conformance::{key, request};
use alchemy_state::{
    GcsTokenSource, OpenOptions, S3CredentialSource, S3Credentials, StateError, StateUrl,
};
use alchemy_tests::e2e::{ObjectServer, ObjectServerKind, bucket_url, gcs_url, open_bucket};
use alchemy_tests::gcs::Gcs;
use async_trait::async_trait;

#[tokio::test(flavor = "multi_thread")]
async fn rclone_is_refused() {
    let server = ObjectServer::start(ObjectServerKind::Rclone);
    let url = bucket_url(&server.url(), "p");
    let store = open_bucket(&url);
    let told = store.guarantees().await.unwrap();
    assert!(!told.create_excludes && !told.swap_excludes, "{told:?}");
    let realm = store.realm(Some(Realm::from_bits([1; 16]))).await.map(|_| ());
    let lock = store.lock(&key("myapp", "dev"), request("sam")).await.map(|_| ());
    for refused in [realm, lock] {
        match refused {
            Err(StateError::Unfit { store, reason }) => {
                assert_eq!(store, url.to_string());
                assert!(reason.contains("If-None-Match"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(store.realm(None).await.unwrap(), None, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_bucket_is_named() {
    let (server, gcs) = (ObjectServer::start(ObjectServerKind::SeaweedFs), Gcs::start());
    for text in [
        format!("s3://elsewhere/p?region=us-east-1&endpoint={}", server.url()),
        format!("gs://elsewhere/p?endpoint={}", gcs.url()),
    ] {
        let url = StateUrl::parse(&text, Path::new("/")).unwrap();
        let store = open_bucket(&url);
        for refused in [
            store.realm(None).await.map(|_| ()),
            store.stages().await.map(|_| ()),
            store.lock(&key("myapp", "dev"), request("sam")).await.map(|_| ()),
        ] {
            match refused {
                Err(StateError::NoBucket { bucket, .. }) => assert_eq!(bucket, "elsewhere"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[derive(Debug)]
struct Keys(Result<&'static str, &'static str>);

#[async_trait]
impl S3CredentialSource for Keys {
    async fn credentials(&self) -> Result<S3Credentials, String> {
        Ok(S3Credentials {
            access_key_id: "test".to_owned(),
            secret_access_key: self.0?.to_owned(),
            session_token: None,
        })
    }
}

#[async_trait]
impl GcsTokenSource for Keys {
    async fn token(&self) -> Result<String, String> {
        self.0.map(str::to_owned).map_err(str::to_owned)
    }
}

/// The same of a token, and of none.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_and_none() {
    let gcs = Gcs::start();
    gcs.make_bucket("state", false);
    let url = gcs_url(&gcs.url(), "p");
    for (token, reason, requests) in
        [(Ok("wrong"), "AuthenticationRequired", 1), (Err("nobody is signed in"), "signed in", 1)]
    {
        let options = OpenOptions { gcs: Some(Arc::new(Keys(token))), ..OpenOptions::default() };
        let store = alchemy_state::open(&url, options).unwrap();
        match store.realm(Some(Realm::from_bits([1; 16]))).await {
            Err(StateError::Io { source, .. }) => {
                assert!(source.to_string().contains(reason), "{source}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(gcs.requests().len(), requests, "nothing is tried twice");
    }
}

/// Nothing is tried twice, and the reason is the service's own, or that of whoever has no keys.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_and_none() {
    let server = ObjectServer::start(ObjectServerKind::SeaweedFs);
    let url = bucket_url(&server.url(), "p");
    for (keys, reason) in [
        (Ok("wrong"), "SignatureDoesNotMatch"),
        (Err("the session of profile `dev` has expired"), "profile `dev` has expired"),
    ] {
        let options = OpenOptions { s3: Some(Arc::new(Keys(keys))), ..OpenOptions::default() };
        let store = alchemy_state::open(&url, options).unwrap();
        match store.realm(Some(Realm::from_bits([1; 16]))).await {
            Err(StateError::Io { source, .. }) => {
                assert!(source.to_string().contains(reason), "{source}");
            }
            other => panic!("{other:?}"),
        }
    }
}
