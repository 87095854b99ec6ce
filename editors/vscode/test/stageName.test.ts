import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOfStageName } from "../src/stageName";

test("names that the command line takes", () => {
  for (const name of ["prod", "pr-147", "dev_sam", "0", "a".repeat(64)]) assert.equal(problemOfStageName(name), undefined, name);
});

test("names that it refuses, with a better one", () => {
  assert.match(problemOfStageName("PR/42") ?? "", /`P`.*Did you mean `pr_42`/);
  assert.match(problemOfStageName("Prod") ?? "", /Did you mean `prod`/);
  assert.match(problemOfStageName("über") ?? "", /`ü`.*Did you mean `ber`/);
  assert.match(problemOfStageName("💥") ?? "", /^`💥`[^?]*$/);
  assert.match(problemOfStageName("_x") ?? "", /begins with/);
  assert.match(problemOfStageName("a".repeat(65)) ?? "", /65/);
  assert.match(problemOfStageName("") ?? "", /has a name/);
});
