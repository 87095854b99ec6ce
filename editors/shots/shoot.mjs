// Pictures of the extension in a real VS Code: hints, hover, stages. Run by `cargo xtask editor-shots`, which sets
// TOOLS (where node_modules is), VSIX, PROJECT, BINARY, WORK (a fresh folder), OUT (for the pictures) and CHROMIUM.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";

const { TOOLS, VSIX, PROJECT, BINARY, WORK, OUT, CHROMIUM } = process.env;
const require = createRequire(join(TOOLS, "package.json"));
const { chromium } = require("playwright-core");
const SERVER = join(TOOLS, "node_modules/code-server/out/node/entry.js");
const DATA = ["--user-data-dir", join(WORK, "data"), "--extensions-dir", join(WORK, "extensions")];
const SIZE = { width: 1280, height: 860 };
const PATIENCE = 90_000;

const SETTINGS = {
  "alchemy.path": BINARY,
  "alchemy.stages": ["pr-147"],
  "breadcrumbs.enabled": false,
  "chat.commandCenter.enabled": false,
  "editor.fontFamily": "'DejaVu Sans Mono', monospace",
  "editor.fontSize": 13,
  "editor.inlayHints.fontSize": 12,
  "editor.hover.delay": 100,
  "editor.lineHeight": 20,
  "editor.minimap.enabled": false,
  "editor.renderWhitespace": "none",
  "editor.scrollBeyondLastLine": false,
  "editor.stickyScroll.enabled": false,
  "editor.wordWrap": "off",
  "explorer.autoReveal": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "typescript.inlayHints.parameterNames.enabled": "none",
  "typescript.tsserver.experimental.enableProjectDiagnostics": false,
  "window.commandCenter": false,
  "workbench.activityBar.location": "default",
  "workbench.colorTheme": "Default Light Modern",
  "workbench.layoutControl.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
};

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}

function install() {
  mkdirSync(join(WORK, "data/User"), { recursive: true });
  writeFileSync(join(WORK, "data/User/settings.json"), JSON.stringify(SETTINGS, null, 2));
  const done = spawnSync(process.execPath, [SERVER, ...DATA, "--install-extension", VSIX], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`the extension cannot be installed: ${done.stdout}${done.stderr}`);
}

async function serve(port) {
  const quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust", "--disable-getting-started-override"];
  const server = spawn(process.execPath, [SERVER, ...DATA, "--bind-addr", `127.0.0.1:${port}`, ...quiet], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => (said += data));
  const begun = Date.now();
  while (!said.includes("HTTP server listening")) {
    if (server.exitCode !== null || Date.now() - begun > PATIENCE) throw new Error(`code-server does not start: ${said}`);
    await new Promise((next) => setTimeout(next, 50));
  }
  return server;
}

/** The text of an editor line on the screen, hints included. */
const lines = (page) => page.locator(".editor-instance .view-line").allInnerTexts();

async function waitForText(page, text) {
  await page.locator(".editor-instance .view-line", { hasText: text }).first().waitFor({ timeout: PATIENCE });
}

async function openProgram(page) {
  const file = page.locator(".explorer-folders-view .monaco-list-row", { hasText: "alchemy.run.ts" });
  await file.waitFor({ timeout: PATIENCE });
  await file.dblclick();
  await page.locator(".editor-instance .view-lines").waitFor({ timeout: PATIENCE });
}

/** Leaves nothing on the screen that is not the subject. */
async function tidy(page) {
  await page.addStyleTag({ content: ".notifications-toasts, .notification-toast-container { display: none !important }" });
}

async function picture(page, name) {
  await page.screenshot({ path: join(OUT, name), animations: "disabled", caret: "hide" });
  console.log(`wrote ${name}`);
}

async function hover(page, text) {
  const line = page.locator(".editor-instance .view-line", { hasText: text }).first();
  const word = line.locator("span", { hasText: text }).last();
  const box = await word.boundingBox();
  await page.mouse.move(box.x + Math.min(box.width / 2, 20), box.y + box.height / 2, { steps: 4 });
  await page.locator(".monaco-hover:not(.hidden) .hover-contents table").first().waitFor({ timeout: PATIENCE });
  await page.waitForTimeout(400);
}

async function shoot(page) {
  await openProgram(page);
  await tidy(page);
  await waitForText(page, "photos-dev_sam-jobs-");
  // TypeScript's own colours come a little later; the server beside ours has to be up as well.
  await page.waitForTimeout(6000);
  await page.locator("[id='workbench.view.extension.alchemy'], .action-label[aria-label^='Alchemy']").first().click();
  await page.locator(".monaco-list-row", { hasText: "prod" }).first().waitFor({ timeout: PATIENCE });
  await page.mouse.move(640, 840);
  await page.waitForTimeout(1000);
  await picture(page, "vscode-hints.png");
  await hover(page, '"Jobs"');
  await picture(page, "vscode-hover.png");
  console.log((await lines(page)).filter((line) => line.includes("photos-dev")).join("\n"));
}

install();
const port = await freePort();
const server = await serve(port);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--font-render-hinting=none"] });
try {
  const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: 2 });
  await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(PROJECT)}`);
  try {
    await shoot(page);
  } catch (error) {
    await page.screenshot({ path: join(WORK, "failed.png") });
    throw new Error(`${error.message}\nthe screen is in ${join(WORK, "failed.png")}`);
  }
} finally {
  await browser.close();
  server.kill();
}
