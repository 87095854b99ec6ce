//! What each service asks of names, from its documentation.

use alchemy_core::{CaseRule, NameRule, NameUse};

/// "General purpose bucket naming rules": 3 to 63 of lower-case letters, digits, dots and hyphens (we use no dots).
const S3_BUCKET: NameRule = NameRule {
    max: 63,
    underscore: false,
    case: CaseRule::Lower,
    ending: "",
    reserved_prefixes: &["xn--", "sthree-", "amzn-s3-demo-"],
    reserved_suffixes: &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"],
};

/// "CreateQueue": up to 80 of letters, digits, hyphens and underscores.
const SQS_QUEUE: NameRule = plain(80, CaseRule::Sensitive);

/// "CreateQueue": a FIFO queue's name ends with `.fifo`, which counts towards the 80.
const SQS_FIFO_QUEUE: NameRule = NameRule { ending: ".fifo", ..SQS_QUEUE };

/// "CreateFunction": up to 64 of letters, digits, hyphens and underscores.
const LAMBDA_FUNCTION: NameRule = plain(64, CaseRule::Sensitive);

/// "IAM and AWS STS quotas": role names up to 64 characters; names are unique ignoring case.
const IAM_ROLE: NameRule = plain(64, CaseRule::Insensitive);

/// "IAM and AWS STS quotas": policy names up to 128 characters; names are unique ignoring case.
const IAM_POLICY: NameRule = plain(128, CaseRule::Insensitive);

/// "CreateLogGroup": up to 512 characters.
const LOG_GROUP: NameRule = plain(512, CaseRule::Sensitive);

/// "AddPermission": statement ids up to 100 of letters, digits, hyphens and underscores.
const STATEMENT_ID: NameRule = plain(100, CaseRule::Sensitive);

const fn plain(max: usize, case: CaseRule) -> NameRule {
    NameRule {
        max,
        underscore: true,
        case,
        ending: "",
        reserved_prefixes: &[],
        reserved_suffixes: &[],
    }
}

const fn named(prop: &'static str, rule: NameRule) -> NameUse {
    NameUse::Named { prop, rule, rule_if: None }
}

pub(super) const fn s3_bucket() -> NameUse {
    named("bucketName", S3_BUCKET)
}

pub(super) const fn sqs_queue() -> NameUse {
    NameUse::Named { prop: "queueName", rule: SQS_QUEUE, rule_if: Some(("fifo", SQS_FIFO_QUEUE)) }
}

pub(super) const fn lambda_function() -> NameUse {
    named("functionName", LAMBDA_FUNCTION)
}

pub(super) const fn iam_role() -> NameUse {
    named("roleName", IAM_ROLE)
}

pub(super) const fn iam_policy() -> NameUse {
    named("policyName", IAM_POLICY)
}

pub(super) const fn log_group() -> NameUse {
    named("logGroupName", LOG_GROUP)
}

pub(super) const fn statement_id() -> NameUse {
    named("statementId", STATEMENT_ID)
}
