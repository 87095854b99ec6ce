// Bundles the extension into one file, and each test into one of its own.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";

const minify = process.argv.includes("--minify");
const shared = { bundle: true, platform: "node", target: "node18", format: "cjs", logLevel: "warning" };

await build({
  ...shared,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  external: ["vscode"],
  minify,
  legalComments: "none",
});

if (!minify) {
  rmSync("dist/test", { recursive: true, force: true });
  const tests = readdirSync("test").filter((file) => file.endsWith(".test.ts"));
  await build({ ...shared, entryPoints: tests.map((file) => `test/${file}`), outdir: "dist/test" });
}
