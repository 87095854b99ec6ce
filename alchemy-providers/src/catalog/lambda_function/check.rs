//! What Lambda asks of several props together, and what people should know.

use alchemy_core::{Diagnostic, Graph, Resource, Value};

use super::{environment, url::Wish};
use crate::catalog::finding;

/// "Managing Lambda dependencies with layers": up to five layers a function.
const LAYERS: usize = 5;

pub(super) fn check(function: &Resource, _: &Graph, found: &mut Vec<Diagnostic>) {
    finding::check_tags(function, found);
    let own = super::own();
    environment::check(function, own, found);
    if let Some(Value::List(layers)) = finding::value(function, own, "layers")
        && layers.len() > LAYERS
    {
        let summary =
            format!("A function takes at most {LAYERS} layers, here are {}", layers.len());
        found.push(
            finding::error("too-many-layers", function, "layers", summary)
                .help("Join some of them into one."),
        );
    }
    if Wish::of(function).is_ok_and(|wish| wish.is_public()) {
        let summary = format!("The URL of `{}` is PUBLIC", function.fqn);
        found.push(
            Diagnostic::warning("public-url", summary)
                .detail("`authType: \"NONE\"`: everybody on the internet may call it.")
                .help("Say `authType: \"AWS_IAM\"` if only signed requests should reach it.")
                .resource(&function.fqn)
                .at(finding::span(function, "functionUrl.authType"), ""),
        );
    }
}
