//! What each service asks of a name, with the title of the documentation page it is taken from.

use super::{CaseRule, NameRule};

/// Letters, digits, `-` and `_`, both cases told apart, nothing reserved: what most services take.
const PLAIN: NameRule = NameRule {
    min: 1,
    max: 64,
    underscore: true,
    by_hand: "",
    case: CaseRule::Sensitive,
    ending: "",
    reserved_prefixes: &[],
    reserved_suffixes: &[],
};

/// "General purpose bucket naming rules" (Amazon S3 User Guide).
pub const S3_BUCKET: NameRule = NameRule {
    min: 3,
    max: 63,
    underscore: false,
    by_hand: ".",
    case: CaseRule::Lower,
    reserved_prefixes: &["xn--", "sthree-", "amzn-s3-demo-"],
    reserved_suffixes: &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"],
    ..PLAIN
};

/// "CreateQueue" (Amazon SQS API Reference): up to 80 letters, digits, `-` and `_`, case-sensitive.
pub const SQS_QUEUE: NameRule = NameRule { max: 80, ..PLAIN };

/// "CreateQueue" (Amazon SQS API Reference): the name of a FIFO queue ends with `.fifo`, which counts.
pub const SQS_FIFO_QUEUE: NameRule = NameRule { max: 80, ending: ".fifo", ..PLAIN };

/// "CreateFunction" (AWS Lambda API Reference): a name alone is limited to 64 characters.
pub const LAMBDA_FUNCTION: NameRule = NameRule { max: 64, ..PLAIN };

/// "CreateRole" (IAM API Reference): up to 64 of `[\w+=,.@-]`, distinct ignoring case.
pub const IAM_ROLE: NameRule =
    NameRule { max: 64, by_hand: "+=,.@", case: CaseRule::Insensitive, ..PLAIN };

/// "CreatePolicy" (IAM API Reference): up to 128 of `[\w+=,.@-]`, distinct ignoring case.
pub const IAM_POLICY: NameRule = NameRule { max: 128, ..IAM_ROLE };

/// "PutRolePolicy" (IAM API Reference): up to 128 of `[\w+=,.@-]`, within its role.
pub const IAM_ROLE_POLICY: NameRule = NameRule { max: 128, ..IAM_ROLE };

/// "CreateLogGroup" (Amazon CloudWatch Logs API Reference): up to 512 of `[.\-_/#A-Za-z0-9]`, not beginning with
/// `aws/`.
pub const LOG_GROUP: NameRule =
    NameRule { max: 512, by_hand: "./#", reserved_prefixes: &["aws/"], ..PLAIN };

/// "AddPermission" (AWS Lambda API Reference): a statement id of up to 100 letters, digits, `-` and `_`.
pub const PERMISSION_STATEMENT: NameRule = NameRule { max: 100, ..PLAIN };
