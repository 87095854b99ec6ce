//! `AWS.SQS.Queue`.

use std::sync::LazyLock;

use alchemy_core::{
    Attribute, Descriptor, Diagnostic, Graph, Prop, PropType, Refusal, Resource, Value,
};

use super::schema::{TAGS_DOC, arn, seconds, tags, text};
use super::{arn as arns, finding, names};

pub(super) const TYPE: &str = "AWS.SQS.Queue";

/// Props that SQS takes for FIFO queues only.
const FIFO_ONLY: [&str; 3] =
    ["contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"];

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "AWS.SimpleQueueService.QueueDeletedRecently",
        when: "a queue of that name was deleted less than 60 seconds ago",
        source: "CreateQueue",
    },
    Refusal {
        code: "QueueAlreadyExists",
        when: "a queue of that name exists with other attributes",
        source: "CreateQueue",
    },
    Refusal {
        code: "AWS.SimpleQueueService.NonExistentQueue",
        when: "the queue is not there, or not visible yet",
        source: "GetQueueUrl",
    },
    Refusal {
        code: "InvalidAttributeValue",
        when: "an attribute is out of range",
        source: "SetQueueAttributes",
    },
    Refusal {
        code: "InvalidParameterValue",
        when: "the dead-letter queue does not exist, or is FIFO when the queue is not",
        source: "Using dead-letter queues in Amazon SQS",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: [timing(), limits(), policies(), encryption(), fifo()].concat(),
        attributes: attributes(),
        holds_data: true,
        refusals: REFUSALS,
        check: Some(check),
        console_url: "https://{region}.console.aws.amazon.com/sqs/v3/home?region={region}#/queues",
        ..Descriptor::new(
            TYPE,
            "An SQS queue: messages that stay until a consumer deletes them.",
            names::sqs_queue(),
        )
    }
}

fn timing() -> Vec<Prop> {
    vec![
        Prop::new(
            "queueName",
            "Its name, if it must be this one in every stage: up to 80 of letters, digits, `-` and `_`; a FIFO queue's ends \
with `.fifo` (\"CreateQueue\"). Another name needs another queue.",
            PropType::Str { min: 1, max: 80 },
        )
        .replaces(),
        Prop::new(
            "visibilityTimeout",
            "How long a received message stays hidden from other consumers: 0 seconds to 12 hours, 30 seconds if not given \
(\"Amazon SQS visibility timeout\"). Of a queue that feeds a function: at least the function's timeout, better six times it.",
            seconds(0, 43_200),
        )
        .default(30),
        Prop::new(
            "messageRetentionPeriod",
            "How long a message is kept: 1 minute to 14 days, 4 days if not given (\"Amazon SQS message quotas\").",
            seconds(60, 1_209_600),
        )
        .default(345_600),
        Prop::new(
            "delay",
            "How long a new message stays hidden: 0 seconds to 15 minutes (\"Amazon SQS delay queues\").",
            seconds(0, 900),
        )
        .default(0),
        Prop::new(
            "receiveMessageWaitTime",
            "How long a receive call waits for a message: 0 to 20 seconds (\"Amazon SQS short and long polling\").",
            seconds(0, 20),
        )
        .default(0),
    ]
}

fn limits() -> Vec<Prop> {
    vec![
        Prop::new(
            "maximumMessageSize",
            "Largest message, in bytes: 1 KiB to 1 MiB; not given: what SQS gives new queues (\"Amazon SQS message quotas\").",
            PropType::Int { min: 1024, max: 1_048_576 },
        ),
        Prop::new(
            "redrivePolicy",
            "Where messages go that were received too often (\"Using dead-letter queues in Amazon SQS\").",
            PropType::Object(vec![
                Prop::new(
                    "deadLetterTargetArn",
                    "ARN of the queue they go to; FIFO if and only if this one is.",
                    arn(),
                )
                .required(),
                Prop::new(
                    "maxReceiveCount",
                    "How often a message may be received, 1 to 1000.",
                    PropType::Int { min: 1, max: 1000 },
                )
                .required(),
            ]),
        )
        .names_existing(),
        Prop::new(
            "redriveAllowPolicy",
            "Which queues may name this one as their dead-letter queue (\"SetQueueAttributes\").",
            PropType::Object(vec![
                Prop::new("redrivePermission", "All, none, or the listed ones.", {
                    PropType::Enum(&["allowAll", "denyAll", "byQueue"])
                })
                .required(),
                Prop::new(
                    "sourceQueueArns",
                    "The queues that may, at most 10; only with `byQueue`.",
                    PropType::List(Box::new(arn())),
                ),
            ]),
        ),
    ]
}

fn policies() -> Vec<Prop> {
    vec![Prop::new(
        "policy",
        "The queue's resource policy (\"Using policies with Amazon SQS\").",
        PropType::Document,
    )]
}

fn encryption() -> Vec<Prop> {
    vec![
        Prop::new(
            "sqsManagedSseEnabled",
            "Whether messages are encrypted with keys that SQS manages; not given: as SQS does for new queues \
(\"Encryption at rest in Amazon SQS\"). Not together with `kmsMasterKeyId`.",
            PropType::Bool,
        ),
        Prop::new(
            "kmsMasterKeyId",
            "Id, alias or ARN of the KMS key that encrypts messages (\"Amazon SQS Key management\").",
            text(),
        ),
        Prop::new(
            "kmsDataKeyReusePeriod",
            "How long SQS reuses a data key: 1 minute to 24 hours, 5 minutes if not given; only with `kmsMasterKeyId`.",
            seconds(60, 86_400),
        )
        .default(300),
        tags(TAGS_DOC),
    ]
}

fn fifo() -> Vec<Prop> {
    vec![
        Prop::new(
            "fifo",
            "Whether messages keep their order and are delivered once. Another value needs another queue \
(\"Amazon SQS FIFO queues\").",
            PropType::Bool,
        )
        .default(false)
        .replaces(),
        Prop::new(
            "contentBasedDeduplication",
            "Whether a message's body stands for its deduplication id; only with `fifo`.",
            PropType::Bool,
        )
        .default(false),
        Prop::new(
            "deduplicationScope",
            "Where duplicates are looked for; only with `fifo` (\"High throughput for FIFO queues\").",
            PropType::Enum(&["queue", "messageGroup"]),
        ),
        Prop::new(
            "fifoThroughputLimit",
            "What the throughput quota counts; `perMessageGroupId` needs `deduplicationScope: \"messageGroup\"`; only with `fifo`.",
            PropType::Enum(&["perQueue", "perMessageGroupId"]),
        ),
    ]
}

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::new("queueUrl", "The URL that SQS calls take.").at_plan(|c| {
            let url =
                |name| format!("https://sqs.{}.{}/{}/{name}", c.region, c.dns_suffix, c.account);
            (!c.custom_endpoint).then(|| c.name.map(url).map(Value::Str)).flatten()
        }),
        Attribute::new("queueName", "Its physical name.").at_plan(arns::name),
        Attribute::new("queueArn", "Its ARN.").at_plan(|c| Some(arns::regional(c, "sqs", c.name?))),
    ]
}

/// The descriptor, made once: checks ask it for defaults, for every resource.
pub(super) fn own() -> &'static Descriptor {
    static OWN: LazyLock<Descriptor> = LazyLock::new(descriptor);
    &OWN
}

fn check(resource: &Resource, _: &Graph, found: &mut Vec<Diagnostic>) {
    finding::check_tags(resource, found);
    let own = own();
    let fifo = finding::value(resource, own, "fifo") == Some(Value::Bool(true));
    for prop in FIFO_ONLY.into_iter().filter(|prop| !fifo && is_set(resource, own, prop)) {
        found.push(
            finding::error(
                "fifo-only",
                resource,
                prop,
                format!("`{prop}` is for FIFO queues only"),
            )
            .help("Say `fifo: true`, or leave it out."),
        );
    }
    let managed = finding::value(resource, own, "sqsManagedSseEnabled") == Some(Value::Bool(true));
    if managed && finding::given(resource, "kmsMasterKeyId") {
        found.push(
            finding::error(
                "two-encryptions",
                resource,
                "sqsManagedSseEnabled",
                "A queue is encrypted with keys of SQS or of KMS, not both".to_owned(),
            )
            .help("Leave out `sqsManagedSseEnabled` or `kmsMasterKeyId`."),
        );
    }
    let per_group = finding::value(resource, own, "fifoThroughputLimit")
        == Some(Value::from("perMessageGroupId"));
    if per_group
        && finding::value(resource, own, "deduplicationScope") != Some(Value::from("messageGroup"))
    {
        found.push(
            finding::error(
                "throughput-needs-scope",
                resource,
                "fifoThroughputLimit",
                "`perMessageGroupId` needs deduplication per message group".to_owned(),
            )
            .help("Say `deduplicationScope: \"messageGroup\"` too."),
        );
    }
}

/// Whether the normalised prop differs from its default.
fn is_set(resource: &Resource, own: &Descriptor, prop: &str) -> bool {
    let default = own.prop(prop).map(|p| p.default.clone());
    finding::given(resource, prop) && finding::value(resource, own, prop) != default
}
