//! A function's code: the zip to upload, refused before any call if it is too large.

use std::sync::Arc;

use alchemy_engine::{ProviderError, ProviderErrorKind, StepContext};
use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::primitives::Blob;

use super::super::connection::upload_timeouts;
use super::super::limits::ZIP_LIMIT;
use super::super::step::refused;
use super::super::wanted::Wanted;

/// The code a function is to have.
#[derive(Debug)]
pub(super) struct Code {
    /// SHA-256 of the zip in base64, as the service reports it.
    pub sha256: String,
    zip: Option<Arc<[u8]>>,
}

impl Code {
    /// The code that the props name. Refuses a zip over the service's limit.
    pub(super) fn find(ctx: &StepContext, wanted: Wanted<'_>) -> Result<Self, ProviderError> {
        let sha256 = wanted.text("main").unwrap_or_default();
        let zip = ctx.artifacts.get(&sha256);
        match zip.as_ref().map(|zip| zip.len()) {
            Some(size) if size > ZIP_LIMIT => Err(too_large(size)),
            _ => Ok(Self { sha256, zip }),
        }
    }
    /// Limits of the call that uploads it: sent in base64, over a line that may be slow.
    pub(super) fn patience(&self) -> Builder {
        let sent = self.zip.as_ref().map_or(0, |zip| zip.len().div_ceil(3) * 4);
        Builder::new().timeout_config(upload_timeouts(sent))
    }
    /// The bytes, for an upload.
    pub(super) fn blob(&self, call: &str) -> Result<Blob, ProviderError> {
        self.zip.as_ref().map(|zip| Blob::new(zip.to_vec())).ok_or_else(|| ProviderError {
            advice: Some("Run deploy again, so that the code is bundled.".to_owned()),
            ..refused(
                ProviderErrorKind::Invalid,
                call,
                "the function's code was not bundled in this run",
            )
        })
    }
}

fn too_large(size: usize) -> ProviderError {
    ProviderError {
        advice: Some(
            "Import less, or move large files out of the bundle (to a layer or a bucket) and read them at run time."
                .to_owned(),
        ),
        ..refused(
            ProviderErrorKind::Invalid,
            "lambda:CreateFunction",
            format!("the zipped code has {size} bytes; Lambda takes at most {ZIP_LIMIT} (50 MB) in a call"),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alchemy_core::{Owner, Target, Value};
    use alchemy_engine::ArtifactStore;

    use super::*;

    struct Zip(usize);

    impl ArtifactStore for Zip {
        fn get(&self, sha256: &str) -> Option<Arc<[u8]>> {
            (sha256 == "sum").then(|| vec![0; self.0].into())
        }
    }

    fn find(size: usize, sha256: &str) -> Result<Code, ProviderError> {
        let owner = Owner {
            realm: String::new(),
            stack: String::new(),
            stage: String::new(),
            id: String::new(),
            generation: 0,
        };
        let target =
            Target { provider: "aws".into(), account: "1".into(), region: "eu-west-1".into() };
        let ctx = StepContext {
            owner,
            target,
            artifacts: Arc::new(Zip(size)),
            note: Arc::new(|_| {}),
            may_continue: Arc::new(|| Ok(())),
        };
        let props = BTreeMap::from([("main".to_owned(), Value::str(sha256))]);
        Code::find(&ctx, Wanted(&props))
    }

    #[test]
    fn fifty_megabytes_pass_and_one_byte_more_does_not() {
        assert_eq!(find(ZIP_LIMIT, "sum").map(|code| code.sha256).ok().as_deref(), Some("sum"));
        let error = find(ZIP_LIMIT + 1, "sum").map(|code| code.sha256).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Invalid);
        assert!(error.message.contains("52428801"), "{error}");
    }

    #[test]
    fn code_of_another_run_cannot_be_uploaded() {
        let code = find(1, "other").unwrap();
        assert_eq!(
            code.blob("lambda:CreateFunction").unwrap_err().kind,
            ProviderErrorKind::Invalid
        );
    }
}
