//! `AWS.IAM.RolePolicy`: an inline policy, made by expansion only.

use std::collections::BTreeMap;

use alchemy_core::{Attribute, Descriptor, Expr, Prop, PropType, Refusal, Value};

use super::{arn as arns, names};

pub(super) const TYPE: &str = "AWS.IAM.RolePolicy";

/// The version of the policy language that every document names ("IAM JSON policy elements: Version").
const LANGUAGE: &str = "2012-10-17";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "NoSuchEntity",
        when: "the role or the policy is not there",
        source: "GetRolePolicy",
    },
    Refusal {
        code: "LimitExceeded",
        when: "the role's inline policies exceed 10,240 characters together",
        source: "IAM and AWS STS quotas",
    },
    Refusal {
        code: "MalformedPolicyDocument",
        when: "the document is malformed",
        source: "PutRolePolicy",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: props(),
        attributes: vec![
            Attribute::new("policyName", "Its physical name.").at_plan(arns::name),
            Attribute::new("roleName", "The role it belongs to.")
                .at_plan(|c| arns::known_text(c, "roleName").map(Value::from)),
        ],
        taggable: false,
        global: true,
        refusals: REFUSALS,
        public: false,
        ..Descriptor::new(TYPE, "A policy inside an IAM role.", names::iam_role_policy())
    }
}

fn props() -> Vec<Prop> {
    vec![
        Prop::new("policyName", "Its name in the role.", PropType::Str { min: 1, max: 128 })
            .replaces(),
        Prop::new("roleName", "The role it belongs to.", PropType::Str { min: 1, max: 64 })
            .required()
            .replaces()
            .names_existing(),
        Prop::new("policyDocument", "The permissions.", PropType::Document).required(),
    ]
}

/// A policy document of these statements.
pub(super) fn document(statements: Vec<Expr>) -> Expr {
    Expr::map(BTreeMap::from([
        ("Version".to_owned(), Expr::Value(Value::from(LANGUAGE))),
        ("Statement".to_owned(), Expr::list(statements)),
    ]))
}

/// A statement that allows `actions` on `resource`.
pub(super) fn allow(actions: &[&str], resource: Expr) -> Expr {
    let actions = actions.iter().map(|action| Value::from(*action)).collect();
    Expr::map(BTreeMap::from([
        ("Effect".to_owned(), Expr::Value(Value::from("Allow"))),
        ("Action".to_owned(), Expr::Value(Value::List(actions))),
        ("Resource".to_owned(), resource),
    ]))
}
