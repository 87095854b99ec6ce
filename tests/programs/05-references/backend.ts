import * as AWS from "alchemy/AWS";
import * as Effect from "effect/Effect";
import { Backend } from "./stacks.ts";

export default Backend.make(
  { providers: AWS.providers() },
  Effect.gen(function* () {
    const photos = yield* AWS.S3.Bucket("Photos", { forceDestroy: true });
    return { bucket: photos.bucketName, pace: "5 seconds" as const };
  }),
);
