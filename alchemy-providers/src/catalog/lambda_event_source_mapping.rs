//! `AWS.Lambda.EventSourceMapping`.

mod check;
mod expand;

use std::sync::LazyLock;

use alchemy_core::{Attribute, Descriptor, NameUse, Prop, PropType, Refusal};

use super::schema::{TAGS_DOC, arn, no_items, seconds, tags};

pub(super) const TYPE: &str = "AWS.Lambda.EventSourceMapping";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "ResourceConflictException",
        when: "the function has a mapping from that source",
        source: "CreateEventSourceMapping",
    },
    Refusal {
        code: "InvalidParameterValueException",
        when: "the function's role may not receive from the queue, or the queue's visibility timeout is below the function's timeout",
        source: "Creating and configuring an Amazon SQS event source mapping",
    },
    Refusal {
        code: "ResourceInUseException",
        when: "the mapping is being created, updated or deleted",
        source: "UpdateEventSourceMapping",
    },
    Refusal {
        code: "ResourceNotFoundException",
        when: "the mapping or the function is not there",
        source: "GetEventSourceMapping",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: props(),
        attributes: vec![
            Attribute::new("uuid", "The id that Lambda gave it."),
            Attribute::new("eventSourceMappingArn", "Its ARN."),
            Attribute::new("functionArn", "ARN of its function.").changing(),
        ],
        refusals: REFUSALS,
        expand: Some(expand::expand),
        check: Some(check::check),
        ..Descriptor::new(
            TYPE,
            "Feeds a function from a queue: Lambda receives messages in batches, invokes the function, and deletes what it handled. \
The right to receive is added to the function's role if that role is managed here.",
            NameUse::Natural { key: &["functionName", "eventSourceArn"] },
        )
    }
}

/// The descriptor, made once: checks ask it for defaults, for every resource.
fn own() -> &'static Descriptor {
    static OWN: LazyLock<Descriptor> = LazyLock::new(descriptor);
    &OWN
}

fn props() -> Vec<Prop> {
    vec![
        Prop::new(
            "functionName",
            "Name or ARN of the function. Another function needs another mapping.",
            PropType::Str { min: 1, max: 170 },
        )
        .required()
        .replaces()
        .names_existing(),
        Prop::new("eventSourceArn", "ARN of the queue. Another queue needs another mapping.", arn())
            .required()
            .replaces()
            .names_existing(),
        Prop::new(
            "batchSize",
            "Most messages in one invocation: 10 if not given, 10,000 at most, 10 at most for a FIFO queue \
(\"CreateEventSourceMapping\").",
            PropType::Int { min: 1, max: 10_000 },
        )
        .default(10),
        Prop::new(
            "maximumBatchingWindow",
            "How long messages are gathered before an invocation, up to 5 minutes; not for FIFO queues; at least a second if \
`batchSize` is above 10 (\"CreateEventSourceMapping\").",
            seconds(0, 300),
        )
        .default(0),
        Prop::new("enabled", "Whether it receives.", PropType::Bool).default(true),
        Prop::new(
            "functionResponseTypes",
            "`ReportBatchItemFailures` if the function answers which messages failed \
(\"Handling errors for an SQS event source in Lambda\").",
            PropType::List(Box::new(PropType::Enum(&["ReportBatchItemFailures"]))),
        )
        .default(no_items()),
        Prop::new(
            "filterCriteria",
            "Only messages that match one of these patterns reach the function; the others are deleted \
(\"Control which events Lambda sends to your function\").",
            PropType::Object(vec![
                Prop::new(
                    "filters",
                    "The patterns, 5 unless the account's quota is higher.",
                    PropType::List(Box::new(PropType::Object(vec![
                        Prop::new("pattern", "What a message must look like.", PropType::Document).required(),
                    ]))),
                )
                .required(),
            ]),
        ),
        Prop::new(
            "scalingConfig",
            "Limits of its own (\"Configuring scaling behavior for SQS event source mappings\").",
            PropType::Object(vec![
                Prop::new(
                    "maximumConcurrency",
                    "Most invocations at once, 2 to 1000.",
                    PropType::Int { min: 2, max: 1000 },
                )
                .required(),
            ]),
        ),
        tags(TAGS_DOC),
    ]
}
