//! AWS: one connection, and a provider for each resource type.

mod classify;
mod connection;
mod document;
mod fresh;
mod halfway;
mod iam_policy;
mod iam_role;
mod iam_role_policy;
mod iam_tags;
mod lambda_function;
mod lambda_mapping;
mod lambda_permission;
mod lambda_tags;
mod lambda_url;
mod limits;
mod log_group;
mod own_names;
mod reading;
mod s3_bucket;
mod sqs_queue;
mod state_bucket;
mod step;
mod tags;
mod wanted;

use std::sync::Arc;

use alchemy_core::ResourceType;
use alchemy_engine::{Provider, ProviderRegistry};

pub use connection::{
    AwsConnection, AwsCredentials, AwsKeys, AwsSettings, CallerIdentity, MISSING_REGION,
    NamedRegion,
};
pub use state_bucket::{BucketLook, StateBucket};

/// The providers of all types of the catalog, over one connection.
pub fn registry(connection: Arc<AwsConnection>) -> ProviderRegistry {
    let aws = move || Arc::clone(&connection);
    let all: [(&str, Arc<dyn Provider>); 10] = [
        ("AWS.IAM.Policy", Arc::new(iam_policy::PolicyProvider::new(aws()))),
        ("AWS.IAM.Role", Arc::new(iam_role::RoleProvider::new(aws()))),
        ("AWS.IAM.RolePolicy", Arc::new(iam_role_policy::RolePolicyProvider::new(aws()))),
        ("AWS.Lambda.EventSourceMapping", Arc::new(lambda_mapping::MappingProvider::new(aws()))),
        ("AWS.Lambda.Function", Arc::new(lambda_function::FunctionProvider::new(aws()))),
        ("AWS.Lambda.FunctionUrl", Arc::new(lambda_url::FunctionUrlProvider::new(aws()))),
        ("AWS.Lambda.Permission", Arc::new(lambda_permission::PermissionProvider::new(aws()))),
        ("AWS.Logs.LogGroup", Arc::new(log_group::LogGroupProvider::new(aws()))),
        ("AWS.S3.Bucket", Arc::new(s3_bucket::BucketProvider::new(aws()))),
        ("AWS.SQS.Queue", Arc::new(sqs_queue::QueueProvider::new(aws()))),
    ];
    let mut registry = ProviderRegistry::default();
    for (ty, provider) in all {
        registry.insert(ResourceType::new(ty), provider);
    }
    registry
}

fn ty(name: &str) -> ResourceType {
    ResourceType::new(name)
}
