// A folder that nobody has trusted yet: names are shown, nothing is run.

import assert from "node:assert/strict";
import { hints, openProgram, until } from "./code.mjs";

export async function restricted(page) {
  await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
  await openProgram(page);
  await until("names in an untrusted folder", async () => Object.keys(await hints(page)).length === 4);
  await page.locator(".codelens-decoration a", { hasText: /^Deploy$/ }).first().click();
  await page.locator(".workspace-trust-editor").waitFor();
  assert.equal(await page.locator(".terminal.xterm").count(), 0, "nothing is run");
  console.log("checked: an untrusted folder shows its names; Deploy asks for trust and runs nothing");
}
