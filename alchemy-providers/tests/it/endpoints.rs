//! What people are told about endpoints that do not work.

use alchemy_engine::{ProviderError, ProviderErrorKind};
use alchemy_providers::{AwsConnection, AwsCredentials, AwsSettings};
use tokio::net::TcpListener;

async fn identity_at(endpoint: String) -> ProviderError {
    let settings = AwsSettings {
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some(endpoint),
        credentials: AwsCredentials::StaticKeys {
            access_key_id: "AKIAEXAMPLE".to_owned(),
            secret_access_key: "very-secret".to_owned(),
            session_token: None,
        },
        explicit: true,
    };
    let connection = AwsConnection::open(&settings).await.expect("nothing is called yet");
    let error = connection.caller_identity().await.expect_err("no such endpoint");
    assert_eq!(error.call, "sts:GetCallerIdentity");
    assert!(!format!("{error:?}{settings:?}").contains("very-secret"));
    error
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let error = identity_at(endpoint).await;
    assert_eq!(error.kind, ProviderErrorKind::Unreachable, "{error:?}");
    assert!(error.advice.is_some_and(|advice| advice.contains("AWS_ENDPOINT_URL")));
}

#[tokio::test]
async fn no_such_host() {
    let error = identity_at("http://no-such-host.invalid".to_owned()).await;
    assert_eq!(error.kind, ProviderErrorKind::Unreachable, "{error:?}");
}

#[tokio::test]
async fn the_reply_is_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
    let hanging_up = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let mut request = [0; 64];
            connection.readable().await.expect("a request");
            let _ = connection.try_read(&mut request);
        }
    });
    let error = identity_at(endpoint).await;
    hanging_up.abort();
    assert_eq!(error.kind, ProviderErrorKind::Transient, "{error:?}");
}
