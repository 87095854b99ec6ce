// Pictures of the extension: hints and stages, and the hover of a resource.

import { join } from "node:path";
import { PATIENCE, boxOf, hints, openProgram, until } from "./code.mjs";

const { OUT } = process.env;

/** Leaves nothing on the screen that is not the subject. */
async function tidy(page) {
  await page.addStyleTag({ content: ".notifications-toasts, .notification-toast-container { display: none !important }" });
  await until("TypeScript has read the project", async () => {
    const bar = await page.locator(".statusbar").innerText();
    return !bar.includes("Initializing") && !bar.includes("Loading") && bar.includes("TypeScript");
  });
}

/** Makes room for what stands beside a stage. */
async function widen(page, by) {
  const side = await page.locator(".part.sidebar").boundingBox();
  const [x, y] = [side.x + side.width, side.y + side.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by, y, { steps: 5 });
  await page.mouse.up();
}

async function picture(page, name) {
  await page.screenshot({ path: join(OUT, name), animations: "disabled", caret: "hide" });
  console.log(`wrote ${name}`);
}

/** Some stages are deployed, one is not. */
export async function pictures(page) {
  await openProgram(page);
  await until("names", async () => (await hints(page)).Jobs?.mark === "✓");
  await page.locator(".activitybar .action-label[aria-label^='Alchemy']").first().click();
  await page.locator(".monaco-list-row", { hasText: "prod" }).first().waitFor({ timeout: PATIENCE });
  await widen(page, 110);
  await tidy(page);
  await page.mouse.move(900, 690);
  await page.waitForTimeout(1000);
  await picture(page, "vscode-hints.png");
  const box = await boxOf(page, '"Jobs"');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
  await page.locator(".monaco-hover:not(.hidden) .hover-contents table").first().waitFor({ timeout: PATIENCE });
  await page.waitForTimeout(400);
  await picture(page, "vscode-hover.png");
}
