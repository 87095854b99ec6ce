// A person's session in a real VS Code, and pictures of it. Run by `cargo xtask editor-shots`, which sets TOOLS (where node_modules
// is), VSIX, BINARY, WORK (a fresh folder), CHROMIUM, FRESH (a project that was never deployed; its cloud is
// FRESH_URL), PROJECT (one that was), OUT.

import { join } from "node:path";
import { start } from "./code.mjs";
import { pictures } from "./pictures.mjs";
import { restricted } from "./restricted.mjs";
import { goodbye, session } from "./session.mjs";

const { FRESH, PROJECT, WORK } = process.env;

async function watched(page, work) {
  page.setDefaultTimeout(120_000);
  try {
    await work();
  } catch (error) {
    await page.screenshot({ path: join(WORK, "failed.png") });
    throw new Error(`${error.stack}\nthe screen is in ${join(WORK, "failed.png")}`);
  }
}

const strict = await start({ trust: true });
try {
  const page = await strict.open(FRESH, { width: 1280, height: 1500 }, 1);
  await watched(page, () => restricted(page));
} finally {
  await strict.end();
}
const code = await start();
try {
  const tall = await code.open(FRESH, { width: 1280, height: 1500 }, 1);
  await watched(tall, () => session(tall, FRESH));
  await tall.close();
  const page = await code.open(PROJECT, { width: 1280, height: 760 }, 1.4);
  await watched(page, () => pictures(page));
  await goodbye(code);
} catch (error) {
  await code.end().catch(() => undefined);
  throw error;
}
