//! `AWS.Lambda.Function`.

mod check;
mod environment;
mod expand;
mod url;

use std::sync::LazyLock;

use alchemy_core::{Attribute, Descriptor, Prop, PropType, Refusal, Value};

use super::logs_log_group::RETENTION_DAYS;
use super::schema::{TAGS_DOC, arn, no_items, no_members, seconds, tags, texts};
use super::{arn as arns, lambda_function_url, names};

pub(super) use expand::managed_role;

pub(super) const TYPE: &str = "AWS.Lambda.Function";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "ResourceConflictException",
        when: "a function of that name exists",
        source: "CreateFunction",
    },
    Refusal {
        code: "InvalidParameterValueException",
        when: "the role cannot be assumed by Lambda yet",
        source: "Defining Lambda function permissions with an execution role",
    },
    Refusal {
        code: "ResourceConflictException",
        when: "the function is being created or updated",
        source: "Lambda function states",
    },
    Refusal {
        code: "PreconditionFailedException",
        when: "the function has another revision than the request names",
        source: "UpdateFunctionConfiguration",
    },
    Refusal {
        code: "RequestEntityTooLargeException",
        when: "the zip exceeds 50 MB, or the request 70 MB",
        source: "Lambda quotas",
    },
    Refusal {
        code: "InvalidParameterValueException",
        when: "the environment exceeds 4 KB or names a reserved variable",
        source: "Working with Lambda environment variables",
    },
    Refusal {
        code: "CodeStorageExceededException",
        when: "the account's code storage is full",
        source: "Lambda quotas",
    },
    Refusal {
        code: "ResourceNotFoundException",
        when: "the function is not there",
        source: "GetFunction",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: [code(), settings(), access(), more()].concat(),
        attributes: attributes(),
        refusals: REFUSALS,
        expand: Some(expand::expand),
        check: Some(check::check),
        console_url: "https://{region}.console.aws.amazon.com/lambda/home?region={region}#/functions/{name}",
        ..Descriptor::new(
            TYPE,
            "A Lambda function, bundled from a TypeScript file of the project. It comes with a log group, a role that may write to \
it and nothing else, and, if asked for, a URL.",
            names::lambda_function(),
        )
    }
}

/// The descriptor, made once: checks ask it for defaults, for every resource.
pub(super) fn own() -> &'static Descriptor {
    static OWN: LazyLock<Descriptor> = LazyLock::new(descriptor);
    &OWN
}

fn code() -> Vec<Prop> {
    vec![
        Prop::new(
            "main",
            "The source file, relative to the program's folder. Bundled with what it imports, zipped, uploaded when its content \
changes; the zip may have 50 MB (\"Lambda quotas\").",
            PropType::Code,
        )
        .required(),
        Prop::new(
            "handler",
            "The export of `main` that answers events; the default export if not given.",
            PropType::Str { min: 1, max: 122 },
        )
        .default("default"),
        Prop::new(
            "runtime",
            "What runs it (\"Lambda runtimes\").",
            PropType::Enum(&["nodejs22.x", "nodejs20.x", "nodejs24.x"]),
        )
        .default("nodejs22.x"),
        Prop::new(
            "architecture",
            "Which processor it runs on.",
            PropType::Enum(&["x86_64", "arm64"]),
        )
        .default("x86_64"),
        Prop::new(
            "functionName",
            "Its name, if it must be this one in every stage: up to 64 of letters, digits, `-` and `_` (\"CreateFunction\"). \
Another name needs another function.",
            PropType::Str { min: 1, max: 64 },
        )
        .replaces(),
    ]
}

fn settings() -> Vec<Prop> {
    vec![
        Prop::new(
            "memory",
            "Memory in MB, 128 to 10,240, and with it the share of a processor; 128 if not given \
(\"Configure Lambda function memory\").",
            PropType::Int { min: 128, max: 10_240 },
        )
        .default(128)
        .alias("memorySize"),
        Prop::new(
            "timeout",
            "How long one invocation may take: 1 second to 15 minutes, 3 seconds if not given \
(\"Configure Lambda function timeout\").",
            seconds(1, 900),
        )
        .default(3),
        Prop::new(
            "env",
            "Environment variables, 4 KB together (\"Working with Lambda environment variables\"). `ALCHEMY_STACK_NAME` and \
`ALCHEMY_STAGE` are always there.",
            PropType::Map(Box::new(PropType::Text)),
        )
        .default(no_members()),
        Prop::new("description", "A text for people, up to 256 characters.", PropType::Str { min: 0, max: 256 }).default(""),
        Prop::new(
            "ephemeralStorage",
            "Size of `/tmp` in MB, 512 to 10,240; 512 if not given (\"Configure ephemeral storage for Lambda functions\").",
            PropType::Int { min: 512, max: 10_240 },
        )
        .default(512),
        Prop::new(
            "reservedConcurrentExecutions",
            "How many invocations may run at once, kept aside from the account's total; 0 stops it \
(\"Configuring reserved concurrency for a function\").",
            PropType::Int { min: 0, max: 1_000_000 },
        ),
        Prop::new(
            "logRetention",
            "How long its log lines are kept, as one of the numbers of days that \"PutRetentionPolicy\" lists; 30 days if not given.",
            PropType::DaysOf(RETENTION_DAYS),
        )
        .default(30)
        .local(),
    ]
}

fn access() -> Vec<Prop> {
    vec![
        Prop::new(
            "functionUrl",
            "Its own HTTPS address; off unless asked for. `authType: \"NONE\"` makes it PUBLIC: everybody on the internet may call it \
(\"Control access to Lambda function URLs\").",
            PropType::OneOf(vec![
                PropType::Literal(Value::Bool(false)),
                PropType::Object(lambda_function_url::settings()),
            ]),
        )
        .default(false)
        .local(),
        Prop::new(
            "role",
            "ARN of a role of yours to run as. Not given: a role is made that may write to the function's log group and do what \
`policyStatements` and event source mappings ask for.",
            arn(),
        )
        .names_existing(),
        Prop::new(
            "policyStatements",
            "What the function may do, as IAM statements; only with a role that is made for it \
(\"IAM JSON policy element reference\").",
            PropType::List(Box::new(statement())),
        )
        .default(no_items())
        .local(),
    ]
}

fn statement() -> PropType {
    let one_or_more = || PropType::OneOf(vec![PropType::Str { min: 1, max: 2048 }, texts()]);
    PropType::Object(vec![
        Prop::new("Sid", "A name for the statement.", PropType::Str { min: 1, max: 128 }),
        Prop::new("Effect", "Whether it allows or denies.", PropType::Enum(&["Allow", "Deny"]))
            .required(),
        Prop::new("Action", "What, e.g. `s3:GetObject`.", one_or_more()),
        Prop::new("NotAction", "Everything but this.", one_or_more()),
        Prop::new("Resource", "On what: ARNs.", one_or_more()),
        Prop::new("NotResource", "On everything but this.", one_or_more()),
        Prop::new("Condition", "When.", PropType::Document),
    ])
}

fn more() -> Vec<Prop> {
    vec![
        Prop::new(
            "tracing",
            "Whether X-Ray traces are taken: always (`Active`) or when the caller asks (`PassThrough`) \
(\"Visualize Lambda function invocations using AWS X-Ray\").",
            PropType::Enum(&["PassThrough", "Active"]),
        )
        .default("PassThrough"),
        Prop::new(
            "layers",
            "ARNs of layer versions, at most 5, in the order they are laid (\"Managing Lambda dependencies with layers\").",
            PropType::List(Box::new(arn())),
        )
        .default(no_items()),
        Prop::new(
            "deadLetterConfig",
            "Where events go that an asynchronous invocation failed to handle (\"Adding a dead-letter queue\").",
            PropType::Object(vec![Prop::new("targetArn", "ARN of a queue or topic.", arn()).required()]),
        ),
        Prop::new(
            "kmsKeyArn",
            "ARN of the KMS key that encrypts the environment (\"Securing Lambda environment variables\").",
            arn(),
        ),
        tags(TAGS_DOC),
    ]
}

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::new("functionArn", "Its ARN.").at_plan(|c| {
            let resource = format!("function:{}", c.name?);
            Some(arns::regional(c, "lambda", &resource))
        }),
        Attribute::new("functionName", "Its physical name.").at_plan(arns::name),
        Attribute::new("functionUrl", "Its HTTPS address, if it has one.")
            .ts_type("string | undefined")
            .at_plan(|_| Some(Value::Null)),
        Attribute::new("roleArn", "ARN of the role it runs as.")
            .changing()
            .at_plan(|c| arns::known_text(c, "role").map(Value::from)),
        Attribute::new("roleName", "Name of the role it runs as.")
            .changing()
            .at_plan(|c| arns::known_text(c, "role")?.rsplit('/').next().map(Value::from)),
    ]
}
