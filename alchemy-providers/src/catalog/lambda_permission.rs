//! `AWS.Lambda.Permission`.

use alchemy_core::{Attribute, Descriptor, Prop, PropType, Refusal, Value};

use super::schema::{arn, text};
use super::{arn as arns, names};

pub(super) const TYPE: &str = "AWS.Lambda.Permission";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "ResourceConflictException",
        when: "the function's policy has a statement of that id",
        source: "AddPermission",
    },
    Refusal {
        code: "ResourceNotFoundException",
        when: "the function is not there",
        source: "AddPermission",
    },
    Refusal {
        code: "PolicyLengthExceededException",
        when: "the function's policy would exceed 20 KB",
        source: "Lambda quotas",
    },
    Refusal {
        code: "PreconditionFailedException",
        when: "the function's policy changed meanwhile",
        source: "AddPermission",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: props(),
        attributes: vec![
            Attribute::new("statementId", "Its id in the function's policy.").at_plan(arns::name),
            Attribute::new("functionName", "The function it belongs to.")
                .at_plan(|c| arns::known_text(c, "functionName").map(Value::from)),
        ],
        taggable: false,
        refusals: REFUSALS,
        ..Descriptor::new(
            TYPE,
            "Allows a service, account or everybody to invoke a function: one statement of its resource policy.",
            names::statement_id(),
        )
    }
}

fn props() -> Vec<Prop> {
    vec![
        Prop::new(
            "statementId",
            "Its id, if it must be this one in every stage: up to 100 of letters, digits, `-` and `_` (\"AddPermission\").",
            PropType::Str { min: 1, max: 100 },
        )
        .replaces(),
        Prop::new("functionName", "Name or ARN of the function.", PropType::Str { min: 1, max: 170 })
            .required()
            .replaces()
            .names_existing(),
        Prop::new("action", "What is allowed, e.g. `lambda:InvokeFunction`.", text()).required(),
        Prop::new("principal", "Who may: a service (`s3.amazonaws.com`), an account, or `*`.", text()).required(),
        Prop::new("sourceArn", "Only on behalf of this resource.", arn()),
        Prop::new("sourceAccount", "Only on behalf of resources of this account.", PropType::Str { min: 12, max: 12 }),
        Prop::new("principalOrgId", "Only for accounts of this organization.", text()).alias("principalOrgID"),
        Prop::new("eventSourceToken", "The token that an Alexa skill must send.", PropType::Str { min: 1, max: 256 })
            .sensitive(),
        Prop::new(
            "functionUrlAuthType",
            "Only through a function URL of this kind (\"Control access to Lambda function URLs\").",
            PropType::Enum(&["NONE", "AWS_IAM"]),
        ),
        Prop::new(
            "invokedViaFunctionUrl",
            "Only through the function's URL (\"Control access to Lambda function URLs\").",
            PropType::Bool,
        )
        .default(false),
    ]
}
