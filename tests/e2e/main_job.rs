//! The main job: one program, three stages, one destroyed; the API itself shows that only its objects went.

use alchemy_tests::e2e::{Client, Emulator, Project};

fn of_stage<'a>(names: &'a [String], part: &str) -> Vec<&'a String> {
    let dashed = part.replace('_', "-");
    names.iter().filter(|name| name.contains(part) || name.contains(&dashed)).collect()
}

/// Objects of one stage of the example: bucket, two queues, function, its role with two inline policies, log group, mapping.
const OBJECTS: usize = 9;

/// Destroys pr-147 beside the developer's stage, then that one; the API shows each time what went.
fn destroyed_alone(project: &Project, here: &Client) {
    let before = here.names();
    let (dev, pr) = (of_stage(&before, "photos-dev_sam"), of_stage(&before, "photos-pr_147"));
    assert_eq!((dev.len(), pr.len()), (OBJECTS, OBJECTS), "{before:#?}");
    assert_eq!(before.len(), 2 * OBJECTS, "nothing else: {before:#?}");

    project.alchemy(&["destroy", "--stage", "pr-147", "--yes"]).ok();
    let after = here.names();
    assert_eq!(of_stage(&after, "photos-pr_147"), Vec::<&String>::new(), "{after:#?}");
    assert_eq!(of_stage(&after, "photos-dev_sam"), dev);

    project.alchemy(&["destroy", "--yes"]).ok();
    assert_eq!(here.names(), Vec::<String>::new());
}

fn stages_are_apart(emulator: &Emulator) {
    let project = Project::example(&emulator.url(), "photos");
    let here = project.client(&emulator.url());
    project.alchemy(&["deploy", "--yes"]).ok();
    project.alchemy(&["deploy", "--stage", "pr-147", "--yes"]).ok();
    destroyed_alone(&project, &here);
}
// moto knows one account, and its GetBucketVersioning answers under another root element than S3's, which the SDK
// refuses once versioning is on: production is the other emulator's.
emulated!(stages_are_apart: Moto);

fn production_in_another_account(emulator: &Emulator) {
    let project = Project::example(&emulator.url(), "photos");
    let here = project.client(&emulator.url());
    let prod = Client::new(&emulator.url(), "222222222222");
    project.alchemy(&["deploy", "--yes"]).ok();
    project.alchemy(&["deploy", "--stage", "pr-147", "--yes"]).ok();
    let keys =
        ["profile", "create", "prod", "--method", "static-keys", "--access-key-id", "222222222222"];
    project
        .bare(&[&keys[..], &["--region", "us-east-1"]].concat())
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .ok();
    let deployed =
        project.alchemy(&["deploy", "--stage", "prod", "--profile", "prod", "--yes"]).ok();
    deployed.says(&["222222222222", "prod"]);
    assert_eq!(of_stage(&prod.names(), "photos-prod").len(), OBJECTS, "{:#?}", prod.names());
    destroyed_alone(&project, &here);
    assert_eq!(of_stage(&prod.names(), "photos-prod").len(), OBJECTS, "{:#?}", prod.names());
    kept_in_prod(&project, &prod);
}
emulated!(production_in_another_account: MiniStack, MiniStackAuth);

/// In prod the bucket is kept, said so, and taken up again by the next deploy.
fn kept_in_prod(project: &Project, prod: &Client) {
    let destroyed =
        project.alchemy(&["destroy", "--stage", "prod", "--profile", "prod", "--yes"]).ok();
    let left = prod.names();
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(left[0].starts_with("buckets: photos-prod-uploads-"), "{left:#?}");
    let bucket = left[0].trim_start_matches("buckets: ").to_owned();
    destroyed.says(&[&bucket]);
    let again = project.alchemy(&["deploy", "--stage", "prod", "--profile", "prod", "--yes"]).ok();
    again.says(&["adopt"]);
    assert!(prod.names().contains(&format!("buckets: {bucket}")));
    assert_eq!(prod.names().iter().filter(|name| name.starts_with("buckets")).count(), 1);
}
