//! `AWS.S3.Bucket`.

use std::sync::LazyLock;

use alchemy_core::{
    Attribute, Descriptor, Diagnostic, Graph, Prop, PropType, Refusal, Resource, Value,
};

use super::schema::{TAGS_DOC, arn, no_items, seconds, tags, texts};
use super::{arn as arns, finding, names};

pub(super) const TYPE: &str = "AWS.S3.Bucket";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "BucketAlreadyExists",
        when: "the name belongs to another account of the partition",
        source: "CreateBucket",
    },
    Refusal {
        code: "BucketAlreadyOwnedByYou",
        when: "the account has a bucket of that name (us-east-1 answers success instead)",
        source: "CreateBucket",
    },
    Refusal {
        code: "OperationAborted",
        when: "another operation on the same bucket name is in progress",
        source: "Error responses (Amazon S3)",
    },
    Refusal {
        code: "BucketNotEmpty",
        when: "a bucket to delete holds objects or versions",
        source: "DeleteBucket",
    },
    Refusal {
        code: "IllegalLocationConstraintException",
        when: "the location constraint does not fit the endpoint's region",
        source: "CreateBucket",
    },
    Refusal {
        code: "InvalidBucketName",
        when: "the name breaks a naming rule",
        source: "General purpose bucket naming rules",
    },
];

pub(super) fn descriptor() -> Descriptor {
    Descriptor {
        props: props(),
        attributes: attributes(),
        holds_data: true,
        names_span_regions: true,
        data_loss_prop: Some("forceDestroy"),
        refusals: REFUSALS,
        check: Some(check),
        console_url: "https://{region}.console.aws.amazon.com/s3/buckets/{name}?region={region}",
        ..Descriptor::new(
            TYPE,
            "An S3 bucket: objects under keys. It is not deleted while it holds objects, unless `forceDestroy` says so. \
Public access is blocked and ACLs are off, as S3 does for new buckets.",
            names::s3_bucket(),
        )
    }
}

fn props() -> Vec<Prop> {
    let mut props = vec![
        Prop::new(
            "bucketName",
            "Its name, if it must be this one in every stage. 3 to 63 of lower-case letters, digits, dots and hyphens \
(\"General purpose bucket naming rules\"). Another name needs another bucket.",
            PropType::Str { min: 3, max: 63 },
        )
        .replaces(),
        Prop::new(
            "forceDestroy",
            "Whether its objects, all versions of them, may be deleted when the bucket is.",
            PropType::Bool,
        )
        .default(false)
        .local(),
        Prop::new(
            "versioning",
            "Whether old versions of objects are kept. A bucket that had versioning cannot go back to never having had it, \
only to `Suspended` (\"Retaining multiple versions of objects with S3 Versioning\").",
            PropType::Enum(&["Enabled", "Suspended"]),
        )
        .default("Suspended"),
        Prop::new(
            "objectLockEnabled",
            "Whether objects can be locked against deletion. Set when the bucket is made; needs versioning \
(\"Locking objects with Object Lock\").",
            PropType::Bool,
        )
        .default(false)
        .replaces(),
    ];
    props.extend([
        encryption(),
        public_access_block(),
        object_ownership(),
        cors(),
        lifecycle(),
        policy(),
    ]);
    props.push(tags(TAGS_DOC));
    props
}

fn encryption() -> Prop {
    Prop::new(
        "encryption",
        "How objects are encrypted at rest; not given: with keys that S3 manages \
(\"Setting default server-side encryption behavior for Amazon S3 buckets\").",
        PropType::Object(vec![
            Prop::new(
                "sseAlgorithm",
                "The algorithm: keys of S3, or of KMS.",
                PropType::Enum(&["AES256", "aws:kms", "aws:kms:dsse"]),
            )
            .required(),
            Prop::new("kmsMasterKeyId", "ARN of the KMS key; only with a KMS algorithm.", arn()),
            Prop::new(
                "bucketKeyEnabled",
                "Whether one key per bucket is used, which saves calls to KMS.",
                PropType::Bool,
            )
            .default(false),
        ]),
    )
}

/// What S3 blocks on a new bucket: everything.
fn all_blocked() -> Value {
    Value::map(BLOCKS.map(|(name, _)| (name, Value::Bool(true))))
}

const BLOCKS: [(&str, &str); 4] = [
    ("blockPublicAcls", "Whether requests that set public ACLs are refused."),
    ("ignorePublicAcls", "Whether public ACLs count for nothing."),
    ("blockPublicPolicy", "Whether a public bucket policy is refused."),
    ("restrictPublicBuckets", "Whether a public bucket policy counts for nothing."),
];

fn public_access_block() -> Prop {
    let members = BLOCKS.map(|(name, doc)| Prop::new(name, doc, PropType::Bool).default(true));
    Prop::new(
        "publicAccessBlock",
        "What public access is blocked; everything, unless a member says `false` \
(\"Blocking public access to your Amazon S3 storage\").",
        PropType::Object(members.into()),
    )
    .default(all_blocked())
}

fn object_ownership() -> Prop {
    Prop::new(
        "objectOwnership",
        "Who owns uploaded objects, and whether ACLs count; `BucketOwnerEnforced` switches ACLs off \
(\"Controlling ownership of objects and disabling ACLs for your bucket\").",
        PropType::Enum(&["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]),
    )
    .default("BucketOwnerEnforced")
}

fn cors() -> Prop {
    let rule = PropType::Object(vec![
        Prop::new(
            "allowedMethods",
            "Methods that pages of other origins may use.",
            PropType::List(Box::new(PropType::Enum(&["GET", "PUT", "HEAD", "POST", "DELETE"]))),
        )
        .required(),
        Prop::new("allowedOrigins", "Origins that may, with at most one `*` each.", texts())
            .required(),
        Prop::new("allowedHeaders", "Request headers that a preflight may ask for.", texts())
            .default(no_items()),
        Prop::new("exposeHeaders", "Response headers that a page may read.", texts())
            .default(no_items()),
        Prop::new(
            "maxAge",
            "How long a browser may keep the answer to a preflight.",
            seconds(0, 2_147_483_647),
        ),
        Prop::new("id", "A name for the rule.", PropType::Str { min: 1, max: 255 }),
    ]);
    Prop::new(
        "cors",
        "Rules for requests from pages of other origins, at most 100 (\"Using cross-origin resource sharing (CORS)\").",
        PropType::List(Box::new(rule)),
    )
    .default(no_items())
}

fn days() -> PropType {
    PropType::Duration { min: 86_400, max: 2_147_483_647 * 86_400, unit_seconds: 86_400 }
}

fn lifecycle() -> Prop {
    let transition = PropType::Object(vec![
        Prop::new("after", "Age of the object, in whole days.", days()).required(),
        Prop::new(
            "storageClass",
            "Where it moves.",
            PropType::Enum(&[
                "STANDARD_IA",
                "ONEZONE_IA",
                "INTELLIGENT_TIERING",
                "GLACIER_IR",
                "GLACIER",
                "DEEP_ARCHIVE",
            ]),
        )
        .required(),
    ]);
    let rule = PropType::Object(vec![
        Prop::new(
            "id",
            "A name for the rule, unlike the others'.",
            PropType::Str { min: 1, max: 255 },
        )
        .required(),
        Prop::new("enabled", "Whether the rule counts.", PropType::Bool).default(true),
        Prop::new(
            "prefix",
            "Only objects whose keys begin with this.",
            PropType::Str { min: 0, max: 1024 },
        )
        .default(""),
        Prop::new("expiration", "Objects of this age are deleted.", days()),
        Prop::new(
            "noncurrentVersionExpiration",
            "Versions are deleted this long after they were replaced.",
            days(),
        ),
        Prop::new(
            "abortIncompleteMultipartUpload",
            "Unfinished uploads of this age are discarded.",
            days(),
        ),
        Prop::new("transitions", "Moves to cheaper storage.", PropType::List(Box::new(transition)))
            .default(no_items()),
    ]);
    Prop::new(
        "lifecycleRules",
        "What happens to objects as they age, at most 1000 rules (\"Managing the lifecycle of objects\").",
        PropType::List(Box::new(rule)),
    )
    .default(no_items())
}

fn policy() -> Prop {
    Prop::new(
        "policy",
        "The bucket's resource policy, at most 20 KB (\"Bucket policies for Amazon S3\").",
        PropType::Document,
    )
}

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::new("bucketName", "Its physical name.").at_plan(arns::name),
        Attribute::new("bucketArn", "Its ARN.")
            .at_plan(|c| Some(Value::Str(format!("arn:{}:s3:::{}", c.partition, c.name?)))),
        Attribute::new("bucketDomainName", "Its host name, whatever its region.")
            .at_plan(|c| Some(Value::Str(format!("{}.s3.{}", c.name?, c.dns_suffix)))),
        Attribute::new("bucketRegionalDomainName", "Its host name in its region.")
            .at_plan(|c| Some(Value::Str(format!("{}.s3.{}.{}", c.name?, c.region, c.dns_suffix)))),
        Attribute::new("region", "The region it lives in.")
            .at_plan(|c| Some(Value::from(c.region))),
        Attribute::new("accountId", "The account it belongs to.")
            .at_plan(|c| Some(Value::from(c.account))),
    ]
}

/// The descriptor, made once: checks ask it for defaults, for every resource.
fn own() -> &'static Descriptor {
    static OWN: LazyLock<Descriptor> = LazyLock::new(descriptor);
    &OWN
}

fn check(resource: &Resource, _: &Graph, found: &mut Vec<Diagnostic>) {
    finding::check_tags(resource, found);
    let own = own();
    let locked = finding::value(resource, own, "objectLockEnabled") == Some(Value::Bool(true));
    if locked && finding::value(resource, own, "versioning") == Some(Value::from("Suspended")) {
        found.push(
            finding::error(
                "object-lock-needs-versioning",
                resource,
                "objectLockEnabled",
                "Object Lock needs versioning".to_owned(),
            )
            .detail("S3 switches versioning on for a bucket with Object Lock and refuses to suspend it.")
            .help("Say `versioning: \"Enabled\"`."),
        );
    }
    check_prefixes(resource, own, found);
}

/// Longest key of an object in bytes of UTF-8 ("Naming Amazon S3 objects").
const KEY: usize = 1024;

/// Refuses prefixes in bytes: they are counted like the keys that they are to begin.
fn check_prefixes(resource: &Resource, own: &Descriptor, found: &mut Vec<Diagnostic>) {
    let rules = finding::value(resource, own, "lifecycleRules");
    for (number, rule) in
        rules.as_ref().and_then(Value::as_list).unwrap_or_default().iter().enumerate()
    {
        let size = rule.get("prefix").and_then(Value::as_str).map_or(0, str::len);
        if size > KEY {
            let summary = format!(
                "The prefix of a rule of `{}` has {size} bytes; a key takes {KEY}",
                resource.fqn
            );
            let path = format!("lifecycleRules.{number}.prefix");
            found.push(
                finding::error("prefix-too-long", resource, &path, summary)
                    .help("Shorten it: letters outside ASCII take two bytes and more."),
            );
        }
    }
}
