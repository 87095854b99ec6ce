//! `AWS.IAM.Policy`.

use alchemy_core::{Attribute, Descriptor, Prop, PropType, Refusal};

use super::iam_role::PATH;
use super::schema::{TAGS_DOC, tags};
use super::{arn as arns, finding, names};

pub(super) const TYPE: &str = "AWS.IAM.Policy";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "EntityAlreadyExists",
        when: "a policy of that name exists, whatever its path and case",
        source: "CreatePolicy",
    },
    Refusal {
        code: "LimitExceeded",
        when: "a sixth version would be made",
        source: "CreatePolicyVersion",
    },
    Refusal {
        code: "DeleteConflict",
        when: "a policy to delete is attached, or has versions besides the default",
        source: "DeletePolicy",
    },
    Refusal {
        code: "NoSuchEntity",
        when: "the policy is not there, or not visible yet",
        source: "GetPolicy",
    },
    Refusal {
        code: "MalformedPolicyDocument",
        when: "the document is malformed",
        source: "CreatePolicy",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: props(),
        attributes: vec![
            Attribute::new("policyArn", "Its ARN.").at_plan(|c| {
                let path = arns::text_or(c, "path", PATH)?;
                Some(arns::global(c, "iam", &format!("policy{path}{}", c.name?)))
            }),
            Attribute::new("policyName", "Its physical name.").at_plan(arns::name),
            Attribute::new("policyId", "The id that IAM gave it."),
            Attribute::new("defaultVersionId", "The version that counts.").changing(),
        ],
        global: true,
        refusals: REFUSALS,
        check: Some(|resource, _, found| finding::check_tags(resource, found)),
        console_url: "https://console.aws.amazon.com/iam/home#/policies",
        ..Descriptor::new(
            TYPE,
            "A managed IAM policy: permissions to attach to roles.",
            names::iam_policy(),
        )
    }
}

fn props() -> Vec<Prop> {
    vec![
        Prop::new(
            "policyName",
            "Its name, if it must be this one in every stage: up to 128 of letters, digits and `_+=,.@-`, unique in the account \
ignoring case (\"IAM and AWS STS quotas\"). Another name needs another policy.",
            PropType::Str { min: 1, max: 128 },
        )
        .replaces(),
        Prop::new(
            "path",
            "Its path. Another path needs another policy (\"IAM identifiers\").",
            PropType::Str { min: 1, max: 512 },
        )
        .default(PATH)
        .replaces(),
        Prop::new(
            "policyDocument",
            "The permissions, at most 6,144 characters without white space (\"IAM and AWS STS quotas\"). A change makes a new \
default version; IAM keeps five.",
            PropType::Document,
        )
        .required(),
        Prop::new(
            "description",
            "A text for people, up to 1000 characters. IAM cannot change it: another text needs another policy.",
            PropType::Str { min: 0, max: 1000 },
        )
        .default("")
        .replaces(),
        tags(TAGS_DOC),
    ]
}
