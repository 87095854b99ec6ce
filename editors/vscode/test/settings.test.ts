import assert from "node:assert/strict";
import { test } from "node:test";
import { binaryPath, serverSettings, type Read } from "../src/settings";

const reader = (values: Record<string, unknown>): Read => (name) => values[name] as never;

test("the server is told what is set, and null for the rest", () => {
  const nothing = { stages: [], stage: null, state: null, profile: null, envFile: null, trusted: true };
  assert.deepEqual(serverSettings(reader({}), undefined, true), nothing);
  const set = { stages: ["prod", "pr-1"], stage: "prod", state: "s3://b", profile: "p", envFile: ".env.prod" };
  assert.deepEqual(serverSettings(reader(set), undefined, true), { ...set, trusted: true });
});

test("the stage picked by hand wins over the setting", () => {
  assert.equal(serverSettings(reader({ stage: "prod" }), "pr-1", true).stage, "pr-1");
  assert.equal(serverSettings(reader({ stage: "prod" }), "", true).stage, "prod");
});

test("a setting of the wrong type is as if it were not there", () => {
  const settings = serverSettings(reader({ stages: ["a", 3, null, ""], state: 7, stage: "" }), undefined, true);
  assert.deepEqual(settings, { stages: ["a"], stage: null, state: null, profile: null, envFile: null, trusted: true });
  assert.deepEqual(serverSettings(reader({ stages: "prod" }), undefined, true).stages, []);
});

test("the server is told whether the workspace is trusted", () => {
  assert.equal(serverSettings(reader({}), undefined, false).trusted, false);
  assert.equal(serverSettings(reader({ trusted: true }), undefined, false).trusted, false, "no setting says so");
});

test("the binary's path", () => {
  assert.equal(binaryPath(reader({}), "/work"), "alchemy");
  assert.equal(binaryPath(reader({ path: "  " }), "/work"), "alchemy");
  assert.equal(binaryPath(reader({ path: "~/bin/alchemy" }), "/work", "/home/sam"), "/home/sam/bin/alchemy");
  assert.equal(binaryPath(reader({ path: "/opt/~/alchemy" }), "/work", "/home/sam"), "/opt/~/alchemy");
  assert.equal(binaryPath(reader({ path: "${workspaceFolder}/bin/alchemy" }), "/work"), "/work/bin/alchemy");
  assert.equal(binaryPath(reader({ path: "${workspaceFolder}/bin/alchemy" }), undefined), "${workspaceFolder}/bin/alchemy");
});
