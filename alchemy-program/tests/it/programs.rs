//! The programs of the issue, as they stand.

use insta::assert_snapshot;

use crate::kit::{Project, graph};

fn photos() -> Project {
    Project::program(include_str!("../../../tests/programs/04-photos/alchemy.run.ts"))
}

fn per_stage() -> Project {
    Project::program(include_str!("../../../tests/programs/02-per-stage/alchemy.run.ts"))
}

fn module_scope() -> Project {
    Project::program(include_str!("../../../tests/programs/03-module-scope/alchemy.run.ts"))
        .file("src/job.ts", include_str!("../../../tests/programs/03-module-scope/src/job.ts"))
}

#[test]
fn minimal_declares_a_bucket_and_a_queue() {
    let project =
        Project::program(include_str!("../../../tests/programs/01-minimal/alchemy.run.ts"));
    assert_snapshot!(graph(&project.evaluate()), @r#"
    myapp @ dev_test
    AWS.S3.Bucket Photos (alchemy.run.ts:9:27)
    AWS.SQS.Queue Jobs (alchemy.run.ts:10:25)
    -> {bucket: Photos.bucketName, queue: Jobs.queueUrl}
    "#);
}

#[test]
fn per_stage_retains_in_prod() {
    assert_snapshot!(graph(&per_stage().stage("prod").evaluate()), @r#"
    myapp @ prod
    AWS.SQS.Queue Jobs Retain (alchemy.run.ts:15:26)
    -> {name: "myapp", stage: "prod", url: Jobs.queueUrl}
    "#);
}

#[test]
fn per_stage_destroys_in_a_preview_stage() {
    assert_snapshot!(graph(&per_stage().stage("pr-147").evaluate()), @r#"
    myapp @ pr-147
    AWS.SQS.Queue Jobs Destroy (alchemy.run.ts:15:26)
    -> {name: "myapp", stage: "pr-147", url: Jobs.queueUrl}
    "#);
}

#[test]
fn module_scope_in_prod() {
    let project = module_scope().stage("prod");
    assert_snapshot!(project.text(&graph(&project.evaluate())), @r#"
    myapp @ prod
    AWS.Lambda.Function JobFunction (src/job.ts:5:34)
      main = "$PROJECT/src/job.ts" (src/job.ts:8:5)
      memory = 1024 (src/job.ts:9:5)
    -> {arn: JobFunction.functionArn, name: JobFunction.functionName}
    "#);
}

#[test]
fn module_scope_in_a_sandbox() {
    let project = module_scope();
    assert_snapshot!(project.text(&graph(&project.evaluate())), @r#"
    myapp @ dev_test
    AWS.Lambda.Function JobFunction (src/job.ts:5:34)
      main = "$PROJECT/src/job.ts" (src/job.ts:8:5)
      memory = 512 (src/job.ts:9:5)
    -> {arn: JobFunction.functionArn, name: JobFunction.functionName}
    "#);
}

#[test]
fn photos_in_a_preview_stage() {
    assert_snapshot!(graph(&photos().stage("pr-147").evaluate()), @r#"
    photos @ pr-147
    AWS.S3.Bucket Uploads Destroy (alchemy.run.ts:14:28)
      forceDestroy = true (alchemy.run.ts:15:7)
      versioning = "Suspended" (alchemy.run.ts:16:7)
    AWS.SQS.Queue Dead (alchemy.run.ts:19:25)
      messageRetentionPeriod = "14 days" (alchemy.run.ts:19:49)
    AWS.SQS.Queue Jobs (alchemy.run.ts:20:25)
      redrivePolicy = {deadLetterTargetArn: Dead.queueArn, maxReceiveCount: 3} (alchemy.run.ts:22:7)
      visibilityTimeout = "30 seconds" (alchemy.run.ts:21:7)
    AWS.Lambda.Function Api (alchemy.run.ts:25:24)
      env = {BUCKET: Uploads.bucketName, QUEUE: Jobs.queueUrl, STAGE: "pr-147"} (alchemy.run.ts:31:7)
      functionUrl = {"authType":"NONE"} (alchemy.run.ts:30:7)
      handler = "handler" (alchemy.run.ts:27:7)
      main = "./src/api.ts" (alchemy.run.ts:26:7)
      memory = 256 (alchemy.run.ts:28:7)
      timeout = "15 seconds" (alchemy.run.ts:29:7)
    AWS.Lambda.EventSourceMapping JobsToApi (alchemy.run.ts:34:12)
      batchSize = 5 (alchemy.run.ts:37:7)
      eventSourceArn = Jobs.queueArn (alchemy.run.ts:36:7)
      functionName = Api.functionName (alchemy.run.ts:35:7)
    -> {bucket: Uploads.bucketName, label: `Uploads.bucketName+"@"+"pr-147"`, url: Api.functionUrl}
    "#);
}

#[test]
fn photos_in_prod() {
    assert_snapshot!(graph(&photos().stage("prod").evaluate()), @r#"
    photos @ prod
    AWS.S3.Bucket Uploads Retain (alchemy.run.ts:14:28)
      forceDestroy = false (alchemy.run.ts:15:7)
      versioning = "Enabled" (alchemy.run.ts:16:7)
    AWS.SQS.Queue Dead (alchemy.run.ts:19:25)
      messageRetentionPeriod = "14 days" (alchemy.run.ts:19:49)
    AWS.SQS.Queue Jobs (alchemy.run.ts:20:25)
      redrivePolicy = {deadLetterTargetArn: Dead.queueArn, maxReceiveCount: 3} (alchemy.run.ts:22:7)
      visibilityTimeout = "2 minutes" (alchemy.run.ts:21:7)
    AWS.Lambda.Function Api (alchemy.run.ts:25:24)
      env = {BUCKET: Uploads.bucketName, QUEUE: Jobs.queueUrl, STAGE: "prod"} (alchemy.run.ts:31:7)
      functionUrl = {"authType":"NONE"} (alchemy.run.ts:30:7)
      handler = "handler" (alchemy.run.ts:27:7)
      main = "./src/api.ts" (alchemy.run.ts:26:7)
      memory = 1024 (alchemy.run.ts:28:7)
      timeout = "15 seconds" (alchemy.run.ts:29:7)
    AWS.Lambda.EventSourceMapping JobsToApi (alchemy.run.ts:34:12)
      batchSize = 5 (alchemy.run.ts:37:7)
      eventSourceArn = Jobs.queueArn (alchemy.run.ts:36:7)
      functionName = Api.functionName (alchemy.run.ts:35:7)
    -> {bucket: Uploads.bucketName, label: `Uploads.bucketName+"@"+"prod"`, url: Api.functionUrl}
    "#);
}

#[test]
fn the_same_request_gives_the_same_graph() {
    let project = photos();
    assert_eq!(project.evaluate().graph, project.evaluate().graph);
}
