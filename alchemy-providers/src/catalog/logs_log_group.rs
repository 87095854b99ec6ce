//! `AWS.Logs.LogGroup`.

use alchemy_core::{Attribute, Descriptor, Prop, PropType, Refusal, Value};

use super::schema::{TAGS_DOC, arn, tags};
use super::{arn as arns, finding, names};

pub(super) const TYPE: &str = "AWS.Logs.LogGroup";

/// Numbers of days that "PutRetentionPolicy" takes.
pub(super) const RETENTION_DAYS: &[i64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "ResourceAlreadyExistsException",
        when: "a log group of that name exists",
        source: "CreateLogGroup",
    },
    Refusal {
        code: "ResourceNotFoundException",
        when: "the log group is not there",
        source: "DeleteLogGroup",
    },
    Refusal {
        code: "OperationAbortedException",
        when: "several requests to change the same log group conflict",
        source: "PutRetentionPolicy",
    },
    Refusal {
        code: "InvalidParameterException",
        when: "the retention is not one of the listed numbers of days",
        source: "PutRetentionPolicy",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: props(),
        attributes: vec![
            Attribute::new("logGroupName", "Its physical name.").at_plan(arns::name),
            Attribute::new("logGroupArn", "Its ARN, without the `:*` that stands for its streams.")
                .at_plan(|c| {
                    let resource = format!("log-group:{}", c.name?);
                    Some(arns::regional(c, "logs", &resource))
                }),
        ],
        holds_data: true,
        refusals: REFUSALS,
        check: Some(|resource, _, found| finding::check_tags(resource, found)),
        console_url: "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{name}",
        ..Descriptor::new(
            TYPE,
            "A CloudWatch log group: log lines and how long they are kept.",
            names::log_group(),
        )
    }
}

fn props() -> Vec<Prop> {
    vec![
        Prop::new(
            "logGroupName",
            "Its name, if it must be this one in every stage: up to 512 of letters, digits and `_-/.#` (\"CreateLogGroup\"). \
Another name needs another log group.",
            PropType::Str { min: 1, max: 512 },
        )
        .replaces(),
        Prop::new(
            "retention",
            "How long lines are kept, as one of the numbers of days that \"PutRetentionPolicy\" lists; for ever if not given.",
            PropType::DaysOf(RETENTION_DAYS),
        ),
        Prop::new("kmsKeyId", "ARN of the KMS key that encrypts it (\"AssociateKmsKey\").", arn()),
        Prop::new(
            "logGroupClass",
            "What it offers and costs. Another class needs another log group (\"Log classes\").",
            PropType::Enum(&["STANDARD", "INFREQUENT_ACCESS"]),
        )
        .default(Value::from("STANDARD"))
        .replaces(),
        tags(TAGS_DOC),
    ]
}
