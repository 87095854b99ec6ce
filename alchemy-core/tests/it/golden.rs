//! Physical names must stay what they are: a name that changes between versions is a lost object.

use alchemy_core::{
    Fqn, Generation, Identity, Realm, ResourceType, StackName, Stage, physical_name,
};

use crate::service_limits::LIMITS;

/// Stack, stage, full name, generation.
const SAMPLES: [(&str, &str, &str, u32); 16] = [
    ("myapp", "dev_sam", "Photos", 0),
    ("myapp", "pr-147", "Photos", 0),
    ("myapp", "pr-147", "Photos", 1),
    ("myapp", "prod", "Photos", 0),
    ("MyApp", "prod", "Photos", 0),
    ("myapp", "prod", "photos", 0),
    ("myapp", "prod", "Site/Bucket", 0),
    ("myapp", "prod", "Site_Bucket", 0),
    ("myapp", "prod", "Site/Blog/Images.v2", 12),
    ("sthree", "prod", "Reserved", 0),
    ("xn--app", "prod", "Reserved", 0),
    ("amzn", "s3-demo-", "Reserved", 0),
    ("a", "b", "c", u32::MAX),
    (
        "a-stack-with-a-rather-long-name_",
        "dev_somebody_with_a_long_user_name",
        "AndAResource.With-AnEvenLongerId/Role",
        0,
    ),
    (
        "short",
        "prod",
        "AVeryLongResourceName/InAVeryLongNamespace/ThatGoesOnAndOn/ForMuchLongerThanAnyServiceWouldTake",
        3,
    ),
    ("sixty-four-letters-of-a-stack-name-are-as-many-as-it-may-have-at", "s", "i", 0),
];

fn table() -> String {
    let mut lines = String::new();
    for limit in &LIMITS {
        for (stack, stage, fqn, generation) in SAMPLES {
            let identity = Identity {
                realm: Realm::from_bits(*b"golden name test"),
                stack: StackName::parse(stack).expect("a stack name"),
                stage: Stage::parse(stage).expect("a stage"),
                fqn: Fqn::parse(fqn).expect("a full name"),
                ty: ResourceType::new(limit.ty),
                generation: Generation(generation),
            };
            let name = physical_name(&identity, &limit.rule);
            lines.extend([format!("{} {stack} {stage} {fqn} {generation}\n  {name}\n", limit.ty)]);
        }
    }
    lines
}

#[test]
fn names_are_those_of_every_version_before() {
    let now = table();
    assert!(
        now == include_str!("golden/names.txt"),
        "names have changed; if no version was ever released:\n{now}"
    );
}
