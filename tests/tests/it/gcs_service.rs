//! The Google Cloud Storage of our tests is held to the suite that `object_store` runs against the real one.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use alchemy_tests::gcs::{Gcs, TOKEN};
use object_store::gcp::{GcpCredential, GoogleCloudStorage, GoogleCloudStorageBuilder};
use object_store::path::Path;
use object_store::{
    ClientOptions, Error, ObjectStore as _, ObjectStoreExt as _, PutMode, RetryConfig,
    StaticCredentialProvider, UpdateVersion, integration,
};

/// A client that tries nothing twice.
fn builder(gcs: &Gcs, token: &str) -> GoogleCloudStorageBuilder {
    let credential = GcpCredential { bearer: token.to_owned() };
    GoogleCloudStorageBuilder::new()
        .with_bucket_name("state")
        .with_base_url(&gcs.url())
        .with_credentials(Arc::new(StaticCredentialProvider::new(credential)))
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .with_client_options(ClientOptions::new().with_allow_http(true))
}

fn client(gcs: &Gcs) -> GoogleCloudStorage {
    builder(gcs, TOKEN).build().unwrap()
}

/// `object_store`'s own suite, in the order in which it is run against the real service, less
/// `copy_rename_nonexistent_object`, which is not run there either.
#[tokio::test(flavor = "multi_thread")]
async fn passes_the_suite_of_its_client() {
    let gcs = Gcs::start();
    // `get_opts` reads a former generation, which only a bucket with versions has.
    gcs.make_bucket("state", true);
    let tagging = builder(&gcs, TOKEN)
        .with_http_connector(integration::MarkerHttpConnector::default())
        .build()
        .unwrap();
    let store = &client(&gcs);
    integration::put_get_delete_list(store).await;
    integration::list_with_offset_exclusivity(store).await;
    integration::list_uses_directories_correctly(store).await;
    integration::list_with_delimiter(store).await;
    integration::rename_and_copy(store).await;
    integration::copy_if_not_exists(store).await;
    integration::stream_get(store).await;
    integration::multipart(store, store).await;
    integration::multipart_with_opts(store, store).await;
    integration::multipart_put_part_out_of_order(store, store).await;
    integration::multipart_race_condition(store, true).await;
    integration::multipart_out_of_order(store).await;
    integration::list_paginated(store, store).await;
    integration::get_opts(store).await;
    integration::put_opts(store, true).await;
    integration::put_get_attributes(store).await;
    integration::response_extensions(&tagging, true).await;
    let requests = gcs.requests();
    let malformed = requests.iter().filter(|one| {
        matches!(one.status, 400 | 401 | 411 | 501) || one.code == Some("NoSuchUpload")
    });
    let malformed: Vec<String> = malformed.map(|one| one.asked.to_string()).collect();
    assert!(malformed.is_empty(), "{malformed:#?}");
}

/// Of a crowd that creates one key one succeeds; of a crowd that replaces one generation, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conditions_exclude() {
    let gcs = Gcs::start();
    gcs.make_bucket("state", false);
    let (store, path) = (client(&gcs), Path::from("lock"));
    let mut mode = PutMode::Create;
    for round in 0..20 {
        let mut tasks = Vec::new();
        for writer in 0..16 {
            let (store, path, mode) = (store.clone(), path.clone(), mode.clone());
            let body = format!("{round} {writer}");
            tasks.push(tokio::spawn(async move {
                store.put_opts(&path, body.into(), mode.into()).await
            }));
        }
        let mut won = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(put) => won.push(put),
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(won.len(), 1, "round {round}");
        mode = PutMode::Update(UpdateVersion { e_tag: None, version: won.remove(0).version });
    }
}

/// What a client may rely on is there: equal contents have equal entity tags and different generations, a bucket that
/// is missing is told from an object that is, and nobody is answered without a token.
#[tokio::test(flavor = "multi_thread")]
async fn says_what_the_service_says() {
    let gcs = Gcs::start();
    gcs.make_bucket("state", false);
    let (store, path) = (client(&gcs), Path::from("one"));
    let first = store.put(&path, "same".into()).await.unwrap();
    let second = store.put(&path, "same".into()).await.unwrap();
    assert_eq!(first.e_tag, second.e_tag);
    assert_ne!(first.version, second.version);
    let missing = store.get(&Path::from("two")).await.unwrap_err().to_string();
    assert!(missing.contains("<Code>NoSuchKey</Code>"), "{missing}");
    let elsewhere = builder(&gcs, TOKEN).with_bucket_name("elsewhere").build().unwrap();
    let missing = elsewhere.get(&path).await.unwrap_err().to_string();
    assert!(missing.contains("<Code>NoSuchBucket</Code>"), "{missing}");
    let stranger = builder(&gcs, "stolen").build().unwrap();
    assert!(matches!(stranger.get(&path).await, Err(Error::Unauthenticated { .. })));
    assert!(stranger.put(&path, "theirs".into()).await.is_err());
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "same");
}

/// Requests that the real service would refuse, or would take and ignore, by hand.
#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_it_must() {
    let gcs = Gcs::start();
    gcs.make_bucket("state", false);
    for (request, status) in [
        ("PUT /state/a HTTP/1.1\r\ncontent-length: 1\r\nif-none-match: *\r\n", 501),
        ("PUT /state/a HTTP/1.1\r\ncontent-length: 1\r\nif-match: \"x\"\r\n", 501),
        ("PUT /state/a HTTP/1.1\r\ncontent-length: 1\r\nx-goog-if-generation-match: no\r\n", 400),
        ("PUT /state/a HTTP/1.1\r\ncontent-length: 1\r\nx-goog-if-generation-match: 7\r\n", 412),
        ("PUT /state/a%2 HTTP/1.1\r\ncontent-length: 1\r\n", 400),
        ("PUT /state/a?acl HTTP/1.1\r\ncontent-length: 1\r\n", 501),
        ("PUT /state HTTP/1.1\r\ncontent-length: 1\r\n", 501),
        ("GET /state?list-type=1 HTTP/1.1\r\ncontent-length: 1\r\n", 400),
        ("GET /state?list-type=2&continuation-token=mine HTTP/1.1\r\ncontent-length: 1\r\n", 400),
        ("POST /state/a?uploadId=none HTTP/1.1\r\ncontent-length: 1\r\n", 404),
        ("PUT /state/a HTTP/1.1\r\ntransfer-encoding: chunked\r\n", 411),
        ("PUT /state/a HTTP/1.1\r\ncontent-length: 1\r\n", 200),
    ] {
        assert_eq!(by_hand(&gcs, request), status, "{request}");
    }
    assert_eq!(gcs.keys("state"), ["a"]);
}

/// Sends a request's head with a token and a body of one byte; gives the status of the answer.
fn by_hand(gcs: &Gcs, head: &str) -> u16 {
    let mut stream = TcpStream::connect(gcs.metadata_host()).unwrap();
    let body = if head.contains("chunked") { "1\r\nx\r\n0\r\n\r\n" } else { "x" };
    let head = format!("{head}host: x\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\n");
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
