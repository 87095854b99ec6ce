//! The clients of one region, made when first asked for.

use std::sync::OnceLock;

use aws_config::SdkConfig;

/// Clients are cheap to clone and share connections.
pub(super) struct Clients {
    config: SdkConfig,
    path_style: bool,
    s3: OnceLock<aws_sdk_s3::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    lambda: OnceLock<aws_sdk_lambda::Client>,
    iam: OnceLock<aws_sdk_iam::Client>,
    logs: OnceLock<aws_sdk_cloudwatchlogs::Client>,
}

impl Clients {
    /// `path_style`: S3 at an endpoint of the user's own, whose host name need not resolve with a bucket in front
    /// ("Virtual hosting of general purpose buckets").
    pub(super) fn new(config: SdkConfig, path_style: bool) -> Self {
        Self {
            config,
            path_style,
            s3: OnceLock::new(),
            sqs: OnceLock::new(),
            lambda: OnceLock::new(),
            iam: OnceLock::new(),
            logs: OnceLock::new(),
        }
    }

    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        let make = || {
            let config =
                aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.path_style);
            aws_sdk_s3::Client::from_conf(config.build())
        };
        self.s3.get_or_init(make).clone()
    }
    pub(super) fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| aws_sdk_sqs::Client::new(&self.config)).clone()
    }
    pub(super) fn lambda(&self) -> aws_sdk_lambda::Client {
        self.lambda.get_or_init(|| aws_sdk_lambda::Client::new(&self.config)).clone()
    }
    pub(super) fn iam(&self) -> aws_sdk_iam::Client {
        self.iam.get_or_init(|| aws_sdk_iam::Client::new(&self.config)).clone()
    }
    pub(super) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        self.logs.get_or_init(|| aws_sdk_cloudwatchlogs::Client::new(&self.config)).clone()
    }
}
