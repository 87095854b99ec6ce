//! What the services themselves say about names, independent of the rules in the product: the constraints of
//! botocore 1.44.5's service models where they have them, documentation pages for S3 and SQS.

use alchemy_core::{NameRule, name_rules};
use regex::{Regex, RegexBuilder};

/// One kind of name.
pub(crate) struct Limit {
    /// The resource type.
    pub(crate) ty: &'static str,
    /// The product's rule for it.
    pub(crate) rule: NameRule,
    /// Fewest and most characters.
    pub(crate) length: (usize, usize),
    /// The pattern; the whole name must match it.
    pub(crate) pattern: &'static str,
    /// Forms that are refused though they match.
    pub(crate) refused: &'static str,
    /// Model and shape, or documentation page.
    pub(crate) source: &'static str,
}

/// Nothing is refused.
const NONE: &str = "^$";

/// Types and their limits.
pub(crate) const LIMITS: [Limit; 9] = [
    Limit {
        ty: "AWS.S3.Bucket",
        rule: name_rules::S3_BUCKET,
        length: (3, 63),
        pattern: r"[a-z0-9][a-z0-9.-]*[a-z0-9]",
        refused: r"\.\.|^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$|^xn--|^sthree-|^amzn-s3-demo-|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$",
        source: "Amazon S3 User Guide, General purpose bucket naming rules",
    },
    Limit {
        ty: "AWS.SQS.Queue",
        rule: name_rules::SQS_QUEUE,
        length: (1, 80),
        pattern: r"[A-Za-z0-9_-]+",
        refused: NONE,
        source: "Amazon SQS API Reference, CreateQueue; the model has no constraint",
    },
    Limit {
        ty: "AWS.SQS.Queue (FIFO)",
        rule: name_rules::SQS_FIFO_QUEUE,
        length: (6, 80),
        pattern: r"[A-Za-z0-9_-]+\.fifo",
        refused: NONE,
        source: "Amazon SQS API Reference, CreateQueue; the model has no constraint",
    },
    Limit {
        ty: "AWS.Lambda.Function",
        rule: name_rules::LAMBDA_FUNCTION,
        // The model's 140 count for a full ARN; its documentation limits a name alone to 64.
        length: (1, 64),
        pattern: r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
        refused: "[^A-Za-z0-9_-]",
        source: "lambda/2015-03-31 CreateFunction.FunctionName",
    },
    Limit {
        ty: "AWS.IAM.Role",
        rule: name_rules::IAM_ROLE,
        length: (1, 64),
        pattern: r"[\w+=,.@-]+",
        refused: NONE,
        source: "iam/2010-05-08 CreateRole.RoleName (roleNameType)",
    },
    Limit {
        ty: "AWS.IAM.Policy",
        rule: name_rules::IAM_POLICY,
        length: (1, 128),
        pattern: r"[\w+=,.@-]+",
        refused: NONE,
        source: "iam/2010-05-08 CreatePolicy.PolicyName (policyNameType)",
    },
    Limit {
        ty: "AWS.IAM.RolePolicy",
        rule: name_rules::IAM_ROLE_POLICY,
        length: (1, 128),
        pattern: r"[\w+=,.@-]+",
        refused: NONE,
        source: "iam/2010-05-08 PutRolePolicy.PolicyName (policyNameType)",
    },
    Limit {
        ty: "AWS.Logs.LogGroup",
        rule: name_rules::LOG_GROUP,
        length: (1, 512),
        pattern: r"[\.\-_/#A-Za-z0-9]+",
        refused: "^aws/",
        source: "logs/2014-03-28 CreateLogGroup.logGroupName (LogGroupName); its page reserves aws/",
    },
    Limit {
        ty: "AWS.Lambda.Permission",
        rule: name_rules::PERMISSION_STATEMENT,
        length: (1, 100),
        pattern: r"([a-zA-Z0-9-_]+)",
        refused: NONE,
        source: "lambda/2015-03-31 AddPermission.StatementId",
    },
];

/// A limit, ready to check many names.
pub(crate) struct Judge {
    length: (usize, usize),
    whole: Regex,
    refused: Regex,
    source: &'static str,
}

impl Judge {
    pub(crate) fn new(limit: &Limit) -> Self {
        // The services' `\w` is ASCII.
        let whole = RegexBuilder::new(&format!("^(?:{})$", limit.pattern)).unicode(false).build();
        Self {
            length: limit.length,
            whole: whole.expect("a legal pattern"),
            refused: Regex::new(limit.refused).expect("a legal pattern"),
            source: limit.source,
        }
    }

    /// What the service would not take in this name.
    pub(crate) fn fault(&self, name: &str) -> Option<String> {
        let (min, max) = self.length;
        let legal = (min..=max).contains(&name.len())
            && self.whole.is_match(name)
            && !self.refused.is_match(name);
        (!legal).then(|| format!("`{name}` ({} bytes) breaks {}", name.len(), self.source))
    }
}

#[test]
fn the_rules_are_as_long_as_the_services_allow_and_take_what_they_take() {
    let samples = [
        "jobs",
        "my-jobs_1",
        "Jobs",
        "a.b",
        "a+b@c",
        "a/b",
        "a#b",
        "a b",
        "",
        "\u{e9}",
        "jobs.fifo",
    ];
    for limit in &LIMITS {
        let judge = Judge::new(limit);
        assert_eq!(
            (limit.rule.max, limit.rule.min <= limit.length.0),
            (limit.length.1, true),
            "{}",
            limit.ty
        );
        for sample in samples {
            let (ours, theirs) = (limit.rule.check(sample).is_ok(), judge.fault(sample).is_none());
            assert_eq!(ours, theirs, "{} {sample:?}", limit.ty);
        }
    }
}

#[test]
fn s3_s_reserved_forms_are_refused_by_both() {
    let judge = Judge::new(&LIMITS[0]);
    let reserved = [
        "xn--a",
        "sthree-a",
        "amzn-s3-demo-a",
        "a-s3alias",
        "a--ol-s3",
        "a.mrap",
        "a--x-s3",
        "a--table-s3",
        "a..b",
        "-ab",
        "ab-",
        ".ab",
        "ab.",
        "10.0.0.1",
        "ab",
        "aB1",
    ];
    for name in reserved {
        assert!(judge.fault(name).is_some() && LIMITS[0].rule.check(name).is_err(), "{name}");
    }
}
