import * as Alchemy from "alchemy";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";

const key = "arn:aws:kms:us-east-1:111111111111:key/11111111-1111-1111-1111-111111111111";
const tags = { team: "a" };
const may = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: [action], Resource: "*" }],
});
const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: ["sts:AssumeRole"] }],
};

export default Alchemy.Stack("defaults", { providers: AWS.providers() }, Effect.gen(function* () {
  const all = (yield* Alchemy.Config.string("ALL")) === "1";
  const layer = yield* Alchemy.Config.string("LAYER");
  const given = <P extends object>(props: P): Partial<P> => (all ? props : {});

  const dead = yield* AWS.SQS.Queue("Dead");
  const boundary = yield* AWS.IAM.Policy("Boundary", { policyDocument: may("s3:GetObject"), ...given({ tags }) });

  const jobs = yield* AWS.SQS.Queue("Jobs", given({
    visibilityTimeout: "2 minutes",
    messageRetentionPeriod: "1 day",
    delay: "5 seconds",
    receiveMessageWaitTime: "20 seconds",
    maximumMessageSize: 2048,
    redrivePolicy: { deadLetterTargetArn: dead.queueArn, maxReceiveCount: 3 },
    redriveAllowPolicy: { redrivePermission: "denyAll" },
    policy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" }],
    },
    sqsManagedSseEnabled: false,
    tags,
  }));
  yield* AWS.SQS.Queue("Keyed", given({
    kmsMasterKeyId: "alias/aws/sqs",
    kmsDataKeyReusePeriod: "10 minutes",
  }));
  yield* AWS.SQS.Queue("Ordered", {
    fifo: true,
    ...given({
      contentBasedDeduplication: true,
      deduplicationScope: "messageGroup",
      fifoThroughputLimit: "perMessageGroupId",
    }),
  });

  yield* AWS.S3.Bucket("Uploads", given({
    forceDestroy: true,
    versioning: "Enabled", // Moto lacks
    encryption: { sseAlgorithm: "aws:kms", bucketKeyEnabled: true },
    publicAccessBlock: { blockPublicAcls: true, ignorePublicAcls: false, blockPublicPolicy: true, restrictPublicBuckets: false },
    objectOwnership: "BucketOwnerPreferred",
    cors: [{ allowedMethods: ["GET"], allowedOrigins: ["https://example.com"], maxAge: "1 minute" }],
    policy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:DeleteBucket", Resource: "arn:aws:s3:::*" }],
    },
    lifecycleRules: [{ id: "old", prefix: "logs/", expiration: "30 days" }],
    tags,
  }));

  yield* AWS.Logs.LogGroup("Lines", given({
    retention: "7 days",
    kmsKeyId: key, // neither has DisassociateKmsKey: MiniStack lacks // Moto lacks
    tags,
  }));

  const role = yield* AWS.IAM.Role("Runner", {
    assumeRolePolicyDocument: trust,
    ...given({
      description: "for people",
      maxSessionDuration: "2 hours",
      managedPolicyArns: [boundary.policyArn],
      inlinePolicies: { more: may("s3:PutObject") },
      permissionsBoundary: boundary.policyArn,
      tags,
    }),
  });

  const api = yield* AWS.Lambda.Function("Api", {
    main: "./src/api.ts",
    ...given({
      handler: "other",
      runtime: "nodejs20.x",
      architecture: "arm64", // Moto lacks
      memory: 256,
      timeout: "15 seconds",
      env: { SIZE: "1" },
      description: "for people",
      ephemeralStorage: 1024, // Moto lacks
      reservedConcurrentExecutions: 5,
      logRetention: "7 days",
      functionUrl: { authType: "AWS_IAM" },
      policyStatements: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }],
      tracing: "Active", // Moto lacks
      layers: [layer],
      deadLetterConfig: { targetArn: dead.queueArn }, // Moto lacks
      kmsKeyArn: key, // Moto lacks
      tags,
    }),
  });
  // With a role of its own, and a URL whose settings go back.
  const web = yield* AWS.Lambda.Function("Web", {
    main: "./src/api.ts",
    functionUrl: {
      authType: "AWS_IAM",
      ...given({
        invokeMode: "RESPONSE_STREAM", // Moto lacks
        cors: { allowOrigins: ["https://example.com"], allowMethods: ["GET"], maxAge: "1 minute" }, // Moto lacks
      }),
    },
    ...given({ role: role.roleArn }),
  });

  yield* AWS.Lambda.Permission("ByBucket", {
    functionName: api.functionName,
    action: "lambda:InvokeFunction",
    principal: "s3.amazonaws.com",
    ...given({
      sourceArn: "arn:aws:s3:::some-bucket",
      sourceAccount: "111111111111",
      principalOrgId: "o-1234567890",
      eventSourceToken: "token",
    }),
  });
  yield* AWS.Lambda.Permission("ByUrl", {
    functionName: web.functionName,
    action: "lambda:InvokeFunctionUrl",
    principal: "111111111111",
    ...given({
      functionUrlAuthType: "AWS_IAM", // Moto lacks
    }),
  });
  yield* AWS.Lambda.Permission("ThroughUrl", {
    functionName: web.functionName,
    action: "lambda:InvokeFunction",
    principal: "111111111111",
    ...given({
      invokedViaFunctionUrl: true, // Moto lacks
    }),
  });

  yield* AWS.Lambda.EventSourceMapping("JobsToApi", {
    functionName: api.functionName,
    eventSourceArn: jobs.queueArn,
    ...given({
      batchSize: 5,
      maximumBatchingWindow: "20 seconds",
      enabled: false,
      functionResponseTypes: ["ReportBatchItemFailures"],
      filterCriteria: { filters: [{ pattern: { body: { kind: ["photo"] } } }] },
      scalingConfig: { maximumConcurrency: 7 },
      tags,
    }),
  });
}));
