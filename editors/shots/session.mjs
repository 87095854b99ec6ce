// What a person does with a program, from the first look to goodbye; each step is held to what the deployed stages are really called.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { boxOf, hints, lines, openProgram, pickStage, until } from "./code.mjs";

const { BINARY, FRESH_URL } = process.env;
const STAGES = ["dev_sam", "pr-147", "prod"];
const NAMED = ["Api", "Dead", "Jobs", "Uploads"];
const checked = (what) => console.log(`checked: ${what}`);

function alchemy(folder, ...args) {
  const done = spawnSync(BINARY, args, { cwd: folder, encoding: "utf8", env: { ...process.env, AWS_ENDPOINT_URL: FRESH_URL } });
  assert.equal(done.status, 0, `alchemy ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** Names of what the program declares, as state has them after a deploy. */
function recorded(folder, stage) {
  const objects = alchemy(folder, "state", "ls", "--stage", stage, "--json").split("\n").filter((line) => line.startsWith("{"));
  const named = objects.map((line) => JSON.parse(line)).filter((object) => object.name && !object.resource.includes("/"));
  return Object.fromEntries(named.map((object) => [object.resource, object.name]));
}

const names = (shown) => Object.fromEntries(Object.entries(shown).map(([id, { name }]) => [id, name]));

/** The names on the screen once they are those of `stage` and `id` is among them. */
async function shown(page, stage, id = "Jobs") {
  const begin = `photos-${stage.replace("-", "_")}-${id.toLowerCase()}-`;
  const all = await until(`a hint ${begin}…`, async () => {
    const found = await hints(page);
    return found[id]?.name.startsWith(begin) && Object.keys(found).length === NAMED.length && found;
  });
  return names(all);
}

/** Replaces a word by typing. */
async function retype(page, quoted, word) {
  const box = await boxOf(page, quoted);
  await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
  await page.keyboard.type(word);
}

/** The error of ours in the list of problems, beside TypeScript's. */
const errors = (page) => page.locator(".markers-panel-container .monaco-list-row", { hasText: /alchemy\W*syntax-error/ });

function servers() {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(`${BINARY}\0lsp`);
    } catch {
      return false;
    }
  });
}

/** Everything but the goodbye, in an open window. */
export async function session(page, folder) {
  await openProgram(page);
  const before = {};
  for (const stage of STAGES) {
    if (stage !== "dev_sam") await pickStage(page, stage);
    before[stage] = await shown(page, stage);
    assert.deepEqual(Object.keys(before[stage]).sort(), NAMED);
  }
  checked(`names of ${NAMED.join(", ")} next to the code in ${STAGES.join(", ")}, before any deploy`);
  for (const stage of STAGES) {
    alchemy(folder, "deploy", "--stage", stage, "--yes");
    assert.deepEqual(before[stage], recorded(folder, stage));
  }
  checked("they are the names that a deploy of each stage created");
  await until("marks that say deployed", async () => Object.values(await hints(page)).every(({ mark }) => mark === "✓"));
  checked("the deploy showed in the editor without a keystroke");
  await retype(page, '"Jobs"', "Tasks");
  await shown(page, "prod", "Tasks");
  await retype(page, '"Tasks"', "Jobs");
  assert.deepEqual(await shown(page, "prod"), before.prod);
  checked("hints follow what is typed");
  await broken(page, before.prod);
}

async function broken(page, good) {
  await page.keyboard.press("Control+Shift+M");
  await page.locator(".markers-panel-container .monaco-list-row").first().waitFor();
  assert.equal(await errors(page).count(), 0, "no error before the program is broken");
  const place = await boxOf(page, "const prod");
  await page.mouse.click(place.x + 5, place.y + place.height / 2);
  await page.keyboard.press("End");
  await page.keyboard.type(" = =");
  await errors(page).first().waitFor();
  assert.ok((await lines(page)).some((line) => line.endsWith("; = =")));
  assert.deepEqual(names(await hints(page)), good);
  checked(`a broken program keeps the last good names, and is reported: ${(await errors(page).first().innerText()).split("\n")[0]}`);
  for (let i = 0; i < 4; i++) await page.keyboard.press("Backspace");
  await until("no error after the repair", async () => (await errors(page).count()) === 0);
  assert.deepEqual(await shown(page, "prod"), good);
  checked("repaired: the error is gone, the names are there");
}

/** Ends the editor; no server is left. */
export async function goodbye(code) {
  assert.ok(servers().length > 0, "a language server runs");
  await code.end();
  await until("the language server's end", () => servers().length === 0);
  checked("the language server went with the editor");
}
