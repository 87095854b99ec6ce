//! The HTTP client of all calls: the SDK's own, made ready at the first call.
//!
//! The SDK's reads the machine's certificates when a service's client is made, which takes longer than a whole plan that
//! calls nothing.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared as _;

/// One client for all services.
pub(super) fn client() -> SharedHttpClient {
    let made = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    AtFirstCall(made).into_shared()
}

/// Passes every call on, but not the validation when a service's client is made: that is what reads the certificates.
#[derive(Debug)]
struct AtFirstCall(SharedHttpClient);

impl HttpClient for AtFirstCall {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}
