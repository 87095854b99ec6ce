//! The store's bucket: versions, their end, encryption, who may read it.

use std::collections::BTreeMap;

use alchemy_engine::ProviderError;
use alchemy_providers::{AwsConnection, BucketLook, StateBucket};
use alchemy_state::StateUrl;

use super::finding::{Finding, Status};
use crate::settings::Surroundings;

/// The settings of a bucket of S3.
pub(super) async fn of_s3(url: &StateUrl, connection: &AwsConnection) -> Vec<Finding> {
    let StateUrl::S3 { bucket, prefix, .. } = url else { return Vec::new() };
    let bucket = StateBucket {
        bucket: bucket.clone(),
        prefix: prefix.clone(),
        region: connection.region().to_owned(),
    };
    let look = bucket.look(connection).await;
    let advice = format!("bring it into shape: alchemy state init '{url}'");
    findings(look, &advice)
}

fn findings(look: BucketLook, advice: &str) -> Vec<Finding> {
    let weak = |check, text: &str| Finding::new(check, Status::Warning, text).help(advice);
    let unread = |check, error: &ProviderError| {
        Finding::new(check, Status::Unknown, format!("it cannot be read: {error}"))
    };
    let (versions, expiry) = ("bucket.versions", "bucket.expiry");
    vec![
        match look.versions {
            Ok(true) => Finding::good(versions, "every version of every object is kept"),
            Ok(false) => {
                weak(versions, "earlier versions are not kept: what is overwritten is gone")
            }
            Err(error) => unread(versions, &error),
        },
        match look.expiry {
            Ok([Some(locks), Some(journal), Some(rest)]) => Finding::good(
                expiry,
                format!(
                    "earlier versions go after {locks} days (locks), {journal} (journal), {rest} (the rest)"
                ),
            ),
            Ok(_) => {
                weak(expiry, "earlier versions never go: each lock is written every 10 s of a run")
            }
            Err(error) => unread(expiry, &error),
        },
        match look.encryption {
            Ok(Some(how)) => Finding::good("bucket.encryption", how),
            Ok(None) => weak("bucket.encryption", "nothing is set"),
            Err(error) => unread("bucket.encryption", &error),
        },
        match look.private {
            Ok(true) => Finding::good("bucket.access", "all public access is blocked"),
            Ok(false) => weak("bucket.access", "public access is not blocked"),
            Err(error) => unread("bucket.access", &error),
        },
    ]
}

/// What can be said of a bucket of Google Cloud Storage: its settings are not in the API that is spoken here.
pub(super) fn of_gcs(around: &Surroundings, bucket: &str) -> Vec<Finding> {
    vec![
        Finding::good("credentials.gcs", gcs_credentials(around)),
        Finding::new("bucket.versions", Status::Unknown, "it is not read here").help(format!(
            "gcloud storage buckets describe gs://{bucket} --format='yaml(versioning_enabled,lifecycle_config,public_access_prevention,uniform_bucket_level_access)'"
        )),
    ]
}

/// Where tokens come from, in the order in which they are looked for: the process environment, not `.env`.
fn gcs_credentials(around: &Surroundings) -> String {
    let named = [
        "GOOGLE_BEARER_TOKEN",
        "SERVICE_ACCOUNT",
        "GOOGLE_SERVICE_ACCOUNT",
        "GOOGLE_SERVICE_ACCOUNT_PATH",
        "GOOGLE_SERVICE_ACCOUNT_KEY",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ];
    let set: BTreeMap<_, _> =
        named.iter().filter_map(|name| Some((*name, around.variable(name)?))).collect();
    if let Some(name) = named.iter().find(|name| set.contains_key(**name)) {
        return format!("the environment (${name})");
    }
    let file =
        around.home().map(|home| home.join(".config/gcloud/application_default_credentials.json"));
    match file.filter(|file| file.is_file()) {
        Some(file) => format!("{} (gcloud auth application-default login)", around.shown(&file)),
        None => {
            "the metadata server of a machine of Google's; nothing else is configured".to_owned()
        }
    }
}
