//! `AWS.Lambda.FunctionUrl`: made by expansion of a function only.

use alchemy_core::{Attribute, Descriptor, NameUse, Prop, PropType, Refusal};

use super::schema::{no_items, seconds, texts};

pub(super) const TYPE: &str = "AWS.Lambda.FunctionUrl";

const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "ResourceConflictException",
        when: "the function has a URL, or is being changed",
        source: "CreateFunctionUrlConfig",
    },
    Refusal {
        code: "ResourceNotFoundException",
        when: "the function or its URL is not there",
        source: "GetFunctionUrlConfig",
    },
];

pub(super) fn descriptor() -> Descriptor {
    let mut props = vec![
        Prop::new(
            "functionName",
            "The function it belongs to.",
            PropType::Str { min: 1, max: 170 },
        )
        .required()
        .replaces()
        .names_existing(),
    ];
    props.extend(settings());
    Descriptor {
        props,
        attributes: vec![Attribute::new("functionUrl", "The URL.")],
        taggable: false,
        refusals: REFUSALS,
        public: false,
        ..Descriptor::new(
            TYPE,
            "A function's own HTTPS address.",
            NameUse::Natural { key: &["functionName"] },
        )
    }
}

/// What a program can say about a function's URL.
pub(super) fn settings() -> Vec<Prop> {
    vec![
        Prop::new(
            "authType",
            "Who may call it: `NONE` means everybody on the internet, `AWS_IAM` means signed requests \
(\"Control access to Lambda function URLs\").",
            PropType::Enum(&["NONE", "AWS_IAM"]),
        )
        .required(),
        Prop::new(
            "invokeMode",
            "Whether the answer is sent when complete or as it comes (\"Response streaming for Lambda functions\").",
            PropType::Enum(&["BUFFERED", "RESPONSE_STREAM"]),
        )
        .default("BUFFERED"),
        Prop::new(
            "cors",
            "Rules for requests from pages of other origins (\"Cross-origin resource sharing (CORS)\").",
            PropType::Object(vec![
                Prop::new("allowOrigins", "Origins that may call it.", texts()).default(no_items()),
                Prop::new("allowMethods", "Methods that they may use.", texts()).default(no_items()),
                Prop::new("allowHeaders", "Request headers that they may send.", texts()).default(no_items()),
                Prop::new("exposeHeaders", "Response headers that a page may read.", texts()).default(no_items()),
                Prop::new("allowCredentials", "Whether cookies are sent along.", PropType::Bool).default(false),
                Prop::new("maxAge", "How long a browser may keep the answer to a preflight, up to a day.", seconds(0, 86_400))
                    .default(0),
            ]),
        ),
    ]
}
