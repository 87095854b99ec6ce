//! `$ALCHEMY_LOG`: traces for developers, on standard error. Off, and free, unless it is set.

use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::settings::Surroundings;

/// Whose traces are shown: those that tell of connections, settings, files and modules. An SDK also traces requests,
/// answers and errors whole, with the redacted values in them; what is not named here is never shown.
const SHOWN: &[&str] = &[
    "alchemy",
    "aws_config",
    "aws_runtime",
    "aws_smithy_http_client",
    "aws_smithy_runtime::client::identity",
    "hyper_util",
    "oxc",
    "rolldown",
    "rustls",
];

/// Starts tracing if `$ALCHEMY_LOG` holds a filter (`debug`, `hyper_util=trace`). A bad filter logs everything at `info`.
pub(crate) fn start(around: &Surroundings) {
    let Some(filter) = around.variable("ALCHEMY_LOG") else { return };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let shown = filter_fn(|metadata| is_shown(metadata.target()));
    // A second start in one process (tests) keeps the first one's subscriber.
    tracing_subscriber::registry().with(filter).with(lines.with_filter(shown)).try_init().ok();
}

fn is_shown(target: &str) -> bool {
    SHOWN.iter().any(|shown| target.starts_with(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_answers_and_errors_are_not_traced() {
        for target in ["aws_runtime::env_config", "oxc_resolver", "alchemy_engine::apply"] {
            assert!(is_shown(target), "{target}");
        }
        for target in [
            "aws_smithy_runtime::client::orchestrator",
            "aws_smithy_runtime_api::client::interceptors::context",
            "aws_sigv4::http_request::sign",
            "aws_sdk_lambda::operation::create_function",
            "object_store::client",
        ] {
            assert!(!is_shown(target), "{target}");
        }
    }
}
