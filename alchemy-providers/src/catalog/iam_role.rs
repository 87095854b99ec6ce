//! `AWS.IAM.Role`.

use alchemy_core::{Attribute, Descriptor, Prop, PropType, Refusal};

use super::schema::{TAGS_DOC, arn, no_items, no_members, seconds, tags};
use super::{arn as arns, finding, names};

pub(super) const TYPE: &str = "AWS.IAM.Role";

/// Path of every role and policy we make, so that they can be listed apart from others.
pub(crate) const PATH: &str = "/alchemy/";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "EntityAlreadyExists",
        when: "a role of that name exists, whatever its path and case",
        source: "CreateRole",
    },
    Refusal {
        code: "DeleteConflict",
        when: "a role to delete has policies or instance profiles",
        source: "DeleteRole",
    },
    Refusal {
        code: "NoSuchEntity",
        when: "the role is not there, or not visible yet",
        source: "GetRole",
    },
    Refusal {
        code: "MalformedPolicyDocument",
        when: "the trust policy is malformed or names a principal that does not exist",
        source: "CreateRole",
    },
    Refusal {
        code: "ConcurrentModification",
        when: "several requests change the same role",
        source: "UpdateAssumeRolePolicy",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: props(),
        attributes: vec![
            Attribute::new("roleArn", "Its ARN.").at_plan(|c| {
                let path = arns::text_or(c, "path", PATH)?;
                Some(arns::global(c, "iam", &format!("role{path}{}", c.name?)))
            }),
            Attribute::new("roleName", "Its physical name.").at_plan(arns::name),
            Attribute::new("roleId", "The id that IAM gave it."),
        ],
        global: true,
        refusals: REFUSALS,
        check: Some(|resource, _, found| finding::check_tags(resource, found)),
        console_url: "https://console.aws.amazon.com/iam/home#/roles/details/{name}",
        ..Descriptor::new(
            TYPE,
            "An IAM role: permissions that a service or person can take on.",
            names::iam_role(),
        )
    }
}

fn props() -> Vec<Prop> {
    vec![
        Prop::new(
            "roleName",
            "Its name, if it must be this one in every stage: up to 64 of letters, digits and `_+=,.@-`, unique in the account \
ignoring case (\"IAM and AWS STS quotas\"). Another name needs another role.",
            PropType::Str { min: 1, max: 64 },
        )
        .replaces(),
        Prop::new(
            "path",
            "Its path. Another path needs another role (\"IAM identifiers\").",
            PropType::Str { min: 1, max: 512 },
        )
        .default(PATH)
        .replaces(),
        Prop::new(
            "assumeRolePolicyDocument",
            "The trust policy: who may take it on (\"Roles terms and concepts\").",
            PropType::Document,
        )
        .required(),
        Prop::new("description", "A text for people, up to 1000 characters.", PropType::Str { min: 0, max: 1000 }).default(""),
        Prop::new(
            "maxSessionDuration",
            "How long a session may last: 1 to 12 hours, 1 hour if not given (\"CreateRole\").",
            seconds(3600, 43_200),
        )
        .default(3600),
        Prop::new(
            "managedPolicyArns",
            "ARNs of managed policies attached to it, 10 unless the account's quota is higher (\"IAM and AWS STS quotas\").",
            PropType::List(Box::new(arn())),
        )
        .default(no_items())
        .names_existing(),
        Prop::new(
            "inlinePolicies",
            "Policies of its own, by name; together at most 10,240 characters (\"IAM and AWS STS quotas\").",
            PropType::Map(Box::new(PropType::Document)),
        )
        .default(no_members()),
        Prop::new(
            "permissionsBoundary",
            "ARN of the policy that limits what it can be allowed (\"Permissions boundaries for IAM entities\").",
            arn(),
        )
        .names_existing(),
        tags(TAGS_DOC),
    ]
}
