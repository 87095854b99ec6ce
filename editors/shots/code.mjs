// A real VS Code with our extension, in a real browser: started, opened on a folder, looked at, ended.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";

const { TOOLS, VSIX, BINARY, WORK, CHROMIUM } = process.env;
const { chromium } = createRequire(join(TOOLS, "package.json"))("playwright-core");
const SERVER = join(TOOLS, "node_modules/code-server/out/node/entry.js");
const DATA = ["--user-data-dir", join(WORK, "data"), "--extensions-dir", join(WORK, "extensions")];
/** How long anything may take, in milliseconds: generous, for a machine with better things to do. */
export const PATIENCE = 120_000;

const SETTINGS = {
  "alchemy.path": BINARY,
  "alchemy.stages": ["pr-147", "prod"],
  "breadcrumbs.enabled": false,
  "chat.commandCenter.enabled": false,
  "editor.fontFamily": "'DejaVu Sans Mono', monospace",
  "editor.fontSize": 13,
  "editor.hover.delay": 100,
  "editor.inlayHints.fontSize": 12,
  "editor.lineHeight": 20,
  "editor.minimap.enabled": false,
  "editor.renderWhitespace": "none",
  "editor.scrollBeyondLastLine": false,
  "editor.stickyScroll.enabled": false,
  "editor.wordWrap": "off",
  "explorer.autoReveal": false,
  "files.autoSave": "off",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "window.commandCenter": false,
  "workbench.colorTheme": "Default Light Modern",
  "workbench.layoutControl.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
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

/** Waits until `what` is so; `look` gives something true once it is. */
export async function until(what, look) {
  const begun = Date.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() - begun > PATIENCE) throw new Error(`waited in vain: ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** Starts server and browser; `end` stops both. With `trust`, a folder is asked about as on a desktop. */
export async function start({ trust = false } = {}) {
  install();
  const port = await freePort();
  const quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
  if (!trust) quiet.push("--disable-workspace-trust");
  const server = spawn(process.execPath, [SERVER, ...DATA, "--bind-addr", `127.0.0.1:${port}`, ...quiet], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => (said += data));
  await until("code-server listens", () => {
    if (server.exitCode !== null) throw new Error(`code-server does not start: ${said}`);
    return said.includes("HTTP server listening");
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--font-render-hinting=none"] });
  return {
    /** A window on a folder. */
    async open(folder, viewport, scale) {
      const page = await browser.newPage({ viewport, deviceScaleFactor: scale });
      await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
      return page;
    },
    async end() {
      await browser.close();
      const gone = once(server, "exit");
      if (server.exitCode === null) server.kill();
      await gone;
    },
  };
}

/** Opens the program from the explorer. */
export async function openProgram(page) {
  const file = page.locator(".explorer-folders-view .monaco-list-row", { hasText: "alchemy.run.ts" });
  await file.waitFor({ timeout: PATIENCE });
  await file.dblclick();
  await page.locator(".editor-instance .view-lines").waitFor({ timeout: PATIENCE });
}

/** The text of the editor's lines as they are on the screen, hints included. */
export async function lines(page) {
  const texts = await page.locator(".editor-instance .view-line").allInnerTexts();
  return texts.map((text) => text.replaceAll("\u00a0", " "));
}

const HINT = /"(\w+)"\s*([a-z0-9_.-]+-[a-z2-7]{10}) ([✓+~±⚓?])/;

/** The names on the screen and their marks, by the id that they stand after. */
export async function hints(page) {
  const found = {};
  for (const line of await lines(page)) {
    const match = line.includes("→") ? null : HINT.exec(line);
    if (match) found[match[1]] = { name: match[2], mark: match[3] };
  }
  return found;
}

/** Chooses a stage as a person does, in the status bar. */
export async function pickStage(page, stage) {
  await page.locator(".statusbar-item[id*='alchemy.stage']").click();
  await page.locator(".quick-input-list .monaco-list-row", { hasText: stage }).first().click();
}

/** Where a text stands in the editor, in pixels. */
export async function boxOf(page, text) {
  const line = page.locator(".editor-instance .view-line", { hasText: text }).first();
  return line.locator("span", { hasText: text }).last().boundingBox();
}
