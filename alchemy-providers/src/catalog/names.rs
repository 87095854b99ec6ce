//! Where each type's objects get their names.

use alchemy_core::{NameRule, NameUse, name_rules as rules};

const fn named(prop: &'static str, rule: NameRule) -> NameUse {
    NameUse::Named { prop, rule, rule_if: None }
}

pub(super) const fn s3_bucket() -> NameUse {
    named("bucketName", rules::S3_BUCKET)
}

pub(super) const fn sqs_queue() -> NameUse {
    let rule_if = Some(("fifo", rules::SQS_FIFO_QUEUE));
    NameUse::Named { prop: "queueName", rule: rules::SQS_QUEUE, rule_if }
}

pub(super) const fn lambda_function() -> NameUse {
    named("functionName", rules::LAMBDA_FUNCTION)
}

pub(super) const fn iam_role() -> NameUse {
    named("roleName", rules::IAM_ROLE)
}

pub(super) const fn iam_policy() -> NameUse {
    named("policyName", rules::IAM_POLICY)
}

pub(super) const fn iam_role_policy() -> NameUse {
    named("policyName", rules::IAM_ROLE_POLICY)
}

pub(super) const fn log_group() -> NameUse {
    named("logGroupName", rules::LOG_GROUP)
}

pub(super) const fn statement_id() -> NameUse {
    named("statementId", rules::PERMISSION_STATEMENT)
}
