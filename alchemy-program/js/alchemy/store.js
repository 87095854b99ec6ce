// Stores of state that a program names: `state: AWS.S3.state("s3://…")`, `state: GCS.state("gs://…")`.
import { ProgramError } from "alchemy:registry";

export const bucketStore = (name, scheme) => (url) => {
  const text = typeof url === "string" ? url : "";
  if (text.startsWith(`${scheme}://`)) return { url: text };
  throw new ProgramError("bad-store", `${name} takes the URL of a bucket, which begins with ${scheme}://`, [
    `for example ${name}("${scheme}://my-state/team")`,
  ]);
};
