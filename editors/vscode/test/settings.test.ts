import assert from "node:assert/strict";
import { test } from "node:test";
import { binaryPath, serverSettings, type Read } from "../src/settings";

const reader = (values: Record<string, unknown>): Read => (name) => values[name] as never;

test("the server is told what is set, and null for the rest", () => {
  assert.deepEqual(serverSettings(reader({}), undefined), { stages: [], stage: null, state: null, profile: null, envFile: null });
  const set = { stages: ["prod", "pr-1"], stage: "prod", state: "s3://b", profile: "p", envFile: ".env.prod" };
  assert.deepEqual(serverSettings(reader(set), undefined), set);
});

test("the stage picked by hand wins over the setting", () => {
  assert.equal(serverSettings(reader({ stage: "prod" }), "pr-1").stage, "pr-1");
  assert.equal(serverSettings(reader({ stage: "prod" }), "").stage, "prod");
});

test("a setting of the wrong type is as if it were not there", () => {
  const settings = serverSettings(reader({ stages: ["a", 3, null, ""], state: 7, stage: "" }), undefined);
  assert.deepEqual(settings, { stages: ["a"], stage: null, state: null, profile: null, envFile: null });
  assert.deepEqual(serverSettings(reader({ stages: "prod" }), undefined).stages, []);
});

test("the binary's path", () => {
  assert.equal(binaryPath(reader({}), "/work"), "alchemy");
  assert.equal(binaryPath(reader({ path: "  " }), "/work"), "alchemy");
  assert.equal(binaryPath(reader({ path: "~/bin/alchemy" }), "/work", "/home/sam"), "/home/sam/bin/alchemy");
  assert.equal(binaryPath(reader({ path: "/opt/~/alchemy" }), "/work", "/home/sam"), "/opt/~/alchemy");
  assert.equal(binaryPath(reader({ path: "${workspaceFolder}/bin/alchemy" }), "/work"), "/work/bin/alchemy");
  assert.equal(binaryPath(reader({ path: "${workspaceFolder}/bin/alchemy" }), undefined), "${workspaceFolder}/bin/alchemy");
});
