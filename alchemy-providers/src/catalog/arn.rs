//! ARNs that can be computed before the object exists.
//! Source: "Identify AWS resources with Amazon Resource Names (ARNs)".

use alchemy_core::{AttributeContext, Expr, Value};

/// `arn:<partition>:<service>:<region>:<account>:<resource>`, of an object in the context's account and region.
pub(super) fn regional(context: &AttributeContext<'_>, service: &str, resource: &str) -> Value {
    let AttributeContext { partition, region, account, .. } = context;
    Value::Str(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
}

/// As [`regional`], of a service whose objects live in no region (IAM).
pub(super) fn global(context: &AttributeContext<'_>, service: &str, resource: &str) -> Value {
    let AttributeContext { partition, account, .. } = context;
    Value::Str(format!("arn:{partition}:{service}::{account}:{resource}"))
}

/// The physical name.
pub(super) fn name(context: &AttributeContext<'_>) -> Option<Value> {
    context.name.map(Value::from)
}

/// A prop's value, if it is a known text.
pub(super) fn known_text<'a>(context: &AttributeContext<'a>, prop: &str) -> Option<&'a str> {
    context.props.get(prop)?.as_value()?.as_str()
}

/// A prop's text, `default` if it is not given, none if it is not known yet.
pub(super) fn text_or<'a>(
    context: &AttributeContext<'a>,
    prop: &str,
    default: &'a str,
) -> Option<&'a str> {
    match context.props.get(prop) {
        None | Some(Expr::Value(Value::Null)) => Some(default),
        Some(expr) => expr.as_value()?.as_str(),
    }
}
