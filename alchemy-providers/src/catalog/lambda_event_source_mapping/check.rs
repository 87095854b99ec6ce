//! What Lambda asks of a mapping's queue and function together.

use alchemy_core::{Diagnostic, Graph, Resource, Value};

use crate::catalog::{finding, lambda_function, sqs_queue};

/// Largest batch that needs no batching window, and largest of a FIFO queue ("CreateEventSourceMapping").
const PLAIN_BATCH: i64 = 10;

pub(super) fn check(mapping: &Resource, graph: &Graph, found: &mut Vec<Diagnostic>) {
    finding::check_tags(mapping, found);
    let function =
        finding::referred(mapping, "functionName", &["functionName", "functionArn"], graph)
            .filter(|r| r.ty.as_str() == lambda_function::TYPE);
    let queue = finding::referred(mapping, "eventSourceArn", &["queueArn"], graph)
        .filter(|r| r.ty.as_str() == sqs_queue::TYPE);
    if let (Some(function), Some(queue)) = (function, queue) {
        check_visibility(mapping, function, queue, found);
    }
    check_batch(mapping, queue, found);
}

fn check_visibility(
    mapping: &Resource,
    function: &Resource,
    queue: &Resource,
    found: &mut Vec<Diagnostic>,
) {
    let seconds = |resource: &Resource, own, prop| finding::value(resource, own, prop)?.as_int();
    let visibility = seconds(queue, sqs_queue::own(), "visibilityTimeout");
    let timeout = seconds(function, lambda_function::own(), "timeout");
    let (Some(visibility), Some(timeout)) = (visibility, timeout) else { return };
    if visibility >= timeout {
        return;
    }
    let summary = format!(
        "The visibility timeout of `{}` ({visibility} s) is below the timeout of `{}` ({timeout} s)",
        queue.fqn, function.fqn
    );
    found.push(
        finding::error("visibility-below-timeout", queue, "visibilityTimeout", summary)
            .at(finding::span(function, "timeout"), "the function's timeout")
            .at(mapping.span.as_ref(), "connected here")
            .detail("A message would be handed out again while the function still works on it; Lambda refuses the mapping \
(\"Creating and configuring an Amazon SQS event source mapping\").")
            .help(format!("Say `visibilityTimeout: \"{} seconds\"` (six times the timeout, as AWS advises).", (6 * timeout).min(43_200))),
    );
}

fn check_batch(mapping: &Resource, queue: Option<&Resource>, found: &mut Vec<Diagnostic>) {
    let number = |prop| finding::value(mapping, super::own(), prop).and_then(|v| v.as_int());
    let (Some(batch), Some(window)) = (number("batchSize"), number("maximumBatchingWindow")) else {
        return;
    };
    let fifo = queue.is_some_and(|queue| {
        finding::value(queue, sqs_queue::own(), "fifo") == Some(Value::Bool(true))
    });
    if fifo && batch > PLAIN_BATCH {
        found.push(
            finding::error(
                "batch-of-fifo",
                mapping,
                "batchSize",
                format!("A batch from a FIFO queue holds at most {PLAIN_BATCH} messages"),
            )
            .help(format!("Say `batchSize: {PLAIN_BATCH}` or less.")),
        );
    } else if fifo && window > 0 {
        found.push(
            finding::error(
                "window-of-fifo",
                mapping,
                "maximumBatchingWindow",
                "A FIFO queue takes no batching window".to_owned(),
            )
            .help("Leave `maximumBatchingWindow` out."),
        );
    } else if !fifo && batch > PLAIN_BATCH && window == 0 {
        found.push(
            finding::error(
                "batch-needs-window",
                mapping,
                "batchSize",
                format!("A batch of more than {PLAIN_BATCH} messages needs a batching window"),
            )
            .help("Say `maximumBatchingWindow: \"1 second\"` or more."),
        );
    }
}
