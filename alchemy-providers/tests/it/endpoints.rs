//! What people are told about endpoints and regions that do not work.

use alchemy_engine::{ProviderError, ProviderErrorKind};
use alchemy_providers::{AwsConnection, AwsCredentials, AwsSettings, NamedRegion};
use tokio::net::TcpListener;

fn settings(region: &str, endpoint: Option<String>) -> AwsSettings {
    AwsSettings {
        region: Some(NamedRegion::of_aws(region, "`region` of `x`".to_owned())),
        endpoint_url: endpoint,
        credentials: AwsCredentials::StaticKeys {
            access_key_id: "AKIAEXAMPLE".to_owned(),
            secret_access_key: "very-secret".to_owned(),
            session_token: None,
        },
        explicit: true,
    }
}

async fn identity_at(endpoint: String) -> ProviderError {
    let settings = settings("eu-west-1", Some(endpoint));
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

#[tokio::test]
async fn a_region_that_cannot_be_is_refused_before_any_call() {
    let open = |region: &str, endpoint: Option<&str>| {
        let settings = settings(region, endpoint.map(str::to_owned));
        async move { AwsConnection::open(&settings).await }
    };
    let error = open("eu-central1", None).await.expect_err("no region of AWS");
    assert_eq!(error.kind, ProviderErrorKind::Invalid);
    assert_eq!(
        error.message,
        "`eu-central1`, from `region` of `x`, is no region: it should look like `eu-central-1`"
    );
    assert_eq!(
        error.advice.as_deref(),
        Some("Correct `region` of `x`: did you mean `eu-central-1`?")
    );
    open("eusc-de-east-1", None).await.expect("a region");
    let mut of_another = settings("auto", None);
    of_another.region.as_mut().expect("given").elsewhere = true;
    AwsConnection::open(&of_another).await.expect("the region of a bucket elsewhere");
    open("auto", Some("http://127.0.0.1:1")).await.expect("the endpoint may call it anything");
}
