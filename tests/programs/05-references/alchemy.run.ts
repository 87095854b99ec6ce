import * as Alchemy from "alchemy";
import * as Output from "alchemy/Output";
import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
import { Backend } from "./stacks.ts";

export default Alchemy.Stack(
  "Frontend",
  { providers: AWS.providers() },
  Effect.gen(function* () {
    const { stage } = yield* Alchemy.Stack;
    const backend = stage.startsWith("pr-") ? yield* Backend.stage.staging : yield* Backend;
    const untyped = Output.stackRef("Backend", { stage: stage.startsWith("pr-") ? "staging" : stage });

    const role = yield* AWS.IAM.Role("Reader", {
      assumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: ["sts:AssumeRole"] }],
      },
      inlinePolicies: {
        read: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: ["s3:GetObject"], Resource: [Output.interpolate`arn:aws:s3:::${backend.bucket}/*`] },
          ],
        },
      },
    });
    const jobs = yield* AWS.SQS.Queue("Jobs", { delay: untyped.pace.pipe(Output.map((pace) => pace)) });
    return { roleArn: role.roleArn, bucket: backend.bucket, queue: jobs.queueUrl };
  }),
);
