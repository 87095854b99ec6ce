import assert from "node:assert/strict";
import { test } from "node:test";
import { destroyQuestion, isRunTarget, runArguments, runTitle } from "../src/commandLine";

const target = { program: "/work/my app/alchemy.run.ts", folder: "/work/my app", stage: "pr-147", stack: "photos" };
const none = { state: null, profile: null, envFile: null };

test("a button is a command line with the program and the stage in it", () => {
  assert.deepEqual(runArguments("deploy", target, none), ["deploy", "/work/my app/alchemy.run.ts", "--stage", "pr-147"]);
});

test("settings go along", () => {
  assert.deepEqual(runArguments("plan", target, { state: "s3://b/p", profile: "prod", envFile: ".env.prod" }), [
    "plan", "/work/my app/alchemy.run.ts", "--stage", "pr-147", "--profile", "prod", "--state", "s3://b/p", "--env-file", ".env.prod",
  ]);
});

test("no run says yes by itself", () => {
  for (const action of ["plan", "deploy", "destroy"] as const) {
    const line = runArguments(action, target, none);
    assert.ok(!line.includes("--yes") && !line.includes("-y"), line.join(" "));
  }
});

test("a destroy asks, naming stage and stack", () => {
  assert.equal(destroyQuestion(target).message, "Destroy stage pr-147 of photos?");
  assert.equal(runTitle("destroy", target), "alchemy destroy · photos · pr-147");
});

test("only what a code lens sends is taken for a target", () => {
  assert.ok(isRunTarget(target));
  for (const other of [undefined, null, 3, {}, { ...target, stage: "" }, { ...target, folder: undefined }, { kind: "stage" }]) {
    assert.ok(!isRunTarget(other), JSON.stringify(other));
  }
});
