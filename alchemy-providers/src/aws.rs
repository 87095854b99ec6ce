//! AWS: one connection, and a provider for each resource type.

mod classify;
mod connection;
mod limits;
mod tags;

use std::sync::Arc;

use alchemy_engine::ProviderRegistry;

pub use connection::{AwsConnection, AwsCredentials, AwsSettings, CallerIdentity};

/// The providers of all types of the catalog, over one connection.
pub fn registry(connection: Arc<AwsConnection>) -> ProviderRegistry {
    drop(connection);
    ProviderRegistry::default()
}
