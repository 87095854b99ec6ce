import assert from "node:assert/strict";
import { test } from "node:test";
import type { StageInfo, Stages } from "../src/protocol";
import { ago, atHand, stackNodes, stageNode, statusText, summary } from "../src/stageModel";

const now = new Date("2026-11-26T12:00:00Z");
const info = (stage: string, more: Partial<StageInfo> = {}): StageInfo => ({
  stage, stack: "photos", program: "file:///w/alchemy.run.ts", state: "not-deployed", source: "default", resources: 0, ...more,
});

test("stacks by name; in each the current stage first, then by name", () => {
  const stages = [info("prod"), info("dev_sam"), info("pr-1"), info("dev_sam", { stack: "blog", program: "file:///b/alchemy.run.ts" })];
  const nodes = stackNodes({ current: "pr-1", stages }, now);
  assert.deepEqual(nodes.map((node) => [node.stack, node.stages.map((stage) => stage.label)]), [
    ["blog", ["dev_sam"]],
    ["photos", ["pr-1", "dev_sam", "prod"]],
  ]);
});

test("two programs with one stack's name are two nodes", () => {
  const stages = [info("dev"), info("dev", { program: "file:///other/alchemy.run.ts" })];
  assert.equal(stackNodes({ current: "dev", stages }, now).length, 2);
});

test("what a stage says of itself", () => {
  const deployed = info("prod", { state: "deployed", resources: 11, deployedAt: "2026-11-26T09:30:00Z", deployedBy: "sam", retained: 1 });
  assert.equal(summary(deployed, now), "deployed 2 h ago by sam · 11 resources · 1 retained");
  assert.equal(summary(info("a", { state: "deployed", resources: 1, deployedAt: null, deployedBy: null }), now), "deployed · 1 resource");
  assert.equal(summary(info("a"), now), "not deployed");
  assert.equal(summary(info("a", { state: "destroyed", deployedAt: "2026-11-24T12:00:00Z" }), now), "destroyed 2 days ago");
  assert.equal(summary(info("a", { state: "unreadable", deployedAt: "2026-11-24T12:00:00Z" }), now), "state unreadable");
});

test("only what has objects can be destroyed", () => {
  const context = (more: Partial<StageInfo>, current = "other") => stageNode(info("a", more), current, now).context;
  assert.equal(context({ state: "deployed" }), "stage.destroyable");
  assert.equal(context({ state: "interrupted" }, "a"), "stage.current.destroyable");
  assert.equal(context({ state: "not-deployed" }, "a"), "stage.current");
  assert.equal(context({ state: "destroyed" }), "stage");
  assert.equal(context({ state: "unreadable" }), "stage");
});

test("the current stage is said to be it", () => {
  assert.equal(stageNode(info("a"), "a", now).description, "current · not deployed");
  assert.equal(stageNode(info("a"), "b", now).description, "not deployed");
});

test("the tooltip says why a stage is listed, and what an interruption means", () => {
  assert.match(stageNode(info("a", { source: "settings" }), "a", now).tooltip, /alchemy\.stages/);
  assert.match(stageNode(info("a", { state: "interrupted" }), "a", now).tooltip, /next deploy finishes/);
});

test("the status bar warns of a current stage that needs a look", () => {
  assert.equal(statusText({ current: "dev", stages: [info("dev")] }), "$(layers) dev");
  assert.equal(statusText({ current: "dev", stages: [info("dev", { state: "interrupted" })] }), "$(layers) dev $(warning)");
  assert.equal(statusText({ current: "dev", stages: [info("prod", { state: "interrupted" })] }), "$(layers) dev");
});

test("without a current stage the status bar has nothing to say", () => {
  assert.equal(statusText({ current: "", stages: [] }), undefined);
});

test("a file that belongs to no program is shown the stages of all", async () => {
  const all = { current: "dev", stages: [info("dev"), info("prod")] };
  const own = { current: "dev", stages: [info("dev")] };
  const asked = (answer: Stages | undefined) => (here?: string) => Promise.resolve(here === undefined ? all : answer);
  assert.equal(await atHand(asked(own), "here"), own);
  assert.equal(await atHand(asked({ current: "", stages: [] }), "here"), all);
  assert.equal(await atHand(asked(undefined), "here"), all);
  assert.equal(await atHand(asked(own), undefined), all);
});

test("how long ago", () => {
  const at = (seconds: number) => ago(new Date(now.getTime() - seconds * 1000), now);
  assert.deepEqual([-5, 0, 59, 60, 3599, 3600, 86_399, 86_400, 200_000].map(at), [
    "just now", "just now", "just now", "1 min ago", "59 min ago", "1 h ago", "23 h ago", "1 day ago", "2 days ago",
  ]);
  assert.equal(ago(new Date("nonsense"), now), "");
});
