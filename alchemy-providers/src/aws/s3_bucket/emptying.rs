//! Deleting a bucket, with everything in it if the program allowed that.
//!
//! Amazon S3 API reference: "DeleteBucket", "ListObjectVersions", "DeleteObjects".

use alchemy_engine::{ProviderError, ProviderErrorKind, StepContext};
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::GONE;
use super::setting::Place;
use super::shapes::unbuilt;
use crate::aws::classify::classify;
use crate::aws::limits::{EMPTYING_ROUNDS, OBJECTS_AT_ONCE};
use crate::aws::step::{absent, has_code, permit, refused};

const NOT_EMPTY: &[&str] = &["BucketNotEmpty"];

/// Deletes the bucket; its absence is success.
pub(super) async fn delete(
    ctx: &StepContext,
    place: &Place,
    allow_data_loss: bool,
) -> Result<(), ProviderError> {
    let mut rounds = 0;
    loop {
        match delete_bucket(ctx, place).await {
            Err(error) if has_code(&error, NOT_EMPTY) && !allow_data_loss => {
                return Err(holds_objects(place, error));
            }
            Err(error) if has_code(&error, NOT_EMPTY) && rounds < EMPTYING_ROUNDS => {
                empty(ctx, place).await?;
            }
            Err(error) if has_code(&error, NOT_EMPTY) => {
                let message =
                    format!("bucket {} is written to while it is being emptied", place.bucket);
                let advice = Some("Stop what writes to it and run the command again.".to_owned());
                return Err(ProviderError {
                    kind: ProviderErrorKind::Invalid,
                    message,
                    advice,
                    ..error
                });
            }
            other => return other,
        }
        rounds += 1;
    }
}

fn holds_objects(place: &Place, error: ProviderError) -> ProviderError {
    ProviderError {
        kind: ProviderErrorKind::Invalid,
        message: format!("bucket {} holds objects and was not deleted", place.bucket),
        advice: Some(
            "Say `forceDestroy: true` and deploy, then try again; or empty it, or keep it with `RemovalPolicy.retain`.".to_owned(),
        ),
        ..error
    }
}

async fn delete_bucket(ctx: &StepContext, place: &Place) -> Result<(), ProviderError> {
    const CALL: &str = "s3:DeleteBucket";
    permit(ctx, CALL)?;
    let delete =
        place.client.delete_bucket().bucket(&place.bucket).expected_bucket_owner(&place.account);
    absent(delete.send().await.map_err(|e| classify(CALL, e)), GONE).map(|_| ())
}

/// Deletes all versions of all objects, and delete markers, a page at a time.
async fn empty(ctx: &StepContext, place: &Place) -> Result<(), ProviderError> {
    const CALL: &str = "s3:ListObjectVersions";
    let mut deleted = 0;
    let mut after: (Option<String>, Option<String>) = (None, None);
    loop {
        let list =
            place.client.list_object_versions().bucket(&place.bucket).max_keys(OBJECTS_AT_ONCE);
        let list = list.set_key_marker(after.0.take()).set_version_id_marker(after.1.take());
        let sent = list.expected_bucket_owner(&place.account).send().await;
        let Some(page) = absent(sent.map_err(|e| classify(CALL, e)), GONE)? else { return Ok(()) };
        let versions = page.versions().iter().map(|v| identifier(v.key(), v.version_id()));
        let markers = page.delete_markers().iter().map(|m| identifier(m.key(), m.version_id()));
        let all = versions
            .chain(markers)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| unbuilt(CALL, &e))?;
        if !all.is_empty() {
            deleted += all.len();
            delete_objects(ctx, place, all).await?;
            (ctx.note)(format!("emptying bucket {}: {deleted} objects deleted", place.bucket));
        }
        if page.is_truncated() != Some(true) {
            return Ok(());
        }
        after = (page.next_key_marker, page.next_version_id_marker);
    }
}

fn identifier(key: Option<&str>, version: Option<&str>) -> Result<ObjectIdentifier, BuildError> {
    ObjectIdentifier::builder()
        .key(key.unwrap_or_default())
        .set_version_id(version.map(str::to_owned))
        .build()
}

async fn delete_objects(
    ctx: &StepContext,
    place: &Place,
    objects: Vec<ObjectIdentifier>,
) -> Result<(), ProviderError> {
    const CALL: &str = "s3:DeleteObjects";
    permit(ctx, CALL)?;
    let delete = Delete::builder()
        .set_objects(Some(objects))
        .quiet(true)
        .build()
        .map_err(|e| unbuilt(CALL, &e))?;
    let sent = place.client.delete_objects().bucket(&place.bucket).delete(delete);
    let answer =
        sent.expected_bucket_owner(&place.account).send().await.map_err(|e| classify(CALL, e))?;
    let Some(failed) = answer.errors().first() else { return Ok(()) };
    let (key, code) = (failed.key().unwrap_or_default(), failed.code().unwrap_or_default());
    let message = format!(
        "{code}: object `{key}` cannot be deleted: {}",
        failed.message().unwrap_or_default()
    );
    let kind =
        if code == "AccessDenied" { ProviderErrorKind::Denied } else { ProviderErrorKind::Invalid };
    Err(ProviderError {
        code: Some(code.to_owned()),
        advice: Some("It may be locked, or a policy forbids it: delete it by hand, then run the command again.".to_owned()),
        ..refused(kind, CALL, message)
    })
}
