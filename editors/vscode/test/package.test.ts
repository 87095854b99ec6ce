// The packaged extension: exactly the files it needs, and a manifest that keeps its promises.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));

/** Names in a zip's central directory. */
function entries(file: string): string[] {
  const zip = readFileSync(file);
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    assert.equal(zip.readUInt32LE(at), 0x02014b50);
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field)) as [number, number, number];
    const text = zip.toString("utf8", at + 46, at + 46 + name);
    at += 46 + name + extra + comment;
    return text;
  });
}

test("the .vsix holds exactly what the extension needs", () => {
  assert.deepEqual(entries("dist/alchemy.vsix").sort(), [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/LICENSE.txt",
    "extension/dist/extension.js",
    "extension/media/stages.svg",
    "extension/package.json",
    "extension/readme.md",
  ]);
});

test("the bundle needs nothing but the editor and Node", () => {
  const bundle = readFileSync("dist/extension.js", "utf8");
  const wanted = new Set([...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => match[1] as string));
  const builtin = new Set(["vscode", ...process.getBuiltinModule("module").builtinModules]);
  assert.deepEqual([...wanted].filter((name) => !builtin.has(name.replace(/^node:/, ""))), []);
});

test("every command that is declared is registered, and the reverse", () => {
  const source = readFileSync("src/extension.ts", "utf8");
  const registered = [...source.matchAll(/register\("(alchemy\.\w+)"/g)].map((match) => match[1]);
  const declared = manifest.contributes.commands.map((command: { command: string }) => command.command);
  assert.deepEqual([...registered].sort(), [...declared].sort());
});

test("an untrusted workspace chooses no binary, store, profile or file, and runs nothing", () => {
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.equal(supported, "limited");
  assert.deepEqual(restrictedConfigurations, ["alchemy.path", "alchemy.state", "alchemy.profile", "alchemy.envFile"]);
  for (const { command, enablement } of manifest.contributes.commands) {
    if (["alchemy.plan", "alchemy.deploy", "alchemy.destroy"].includes(command)) assert.equal(enablement, "isWorkspaceTrusted", command);
  }
});

test("the server is told of trust, then and when it is granted", () => {
  assert.match(readFileSync("src/session.ts", "utf8"), /serverSettings\(.*vscode\.workspace\.isTrusted\)/);
  assert.match(readFileSync("src/extension.ts", "utf8"), /onDidGrantWorkspaceTrust\(\(\) => session\.settingsChanged\(\)\)/);
});

test("names are not cut short in any language that is served", () => {
  const [, list] = /const LANGUAGES = \[(.*)\]/.exec(readFileSync("src/session.ts", "utf8")) ?? [];
  const served = [...(list ?? "").matchAll(/"(\w+)"/g)].map((match) => `[${match[1]}]`);
  assert.deepEqual(served, ["[typescript]", "[typescriptreact]", "[javascript]", "[javascriptreact]"]);
  assert.deepEqual(Object.keys(manifest.contributes.configurationDefaults).sort(), [...served].sort());
});

test("the setting's pattern is the rule of the names", () => {
  const { pattern, maxLength } = manifest.contributes.configuration.properties["alchemy.stages"].items;
  assert.equal(maxLength, 64);
  assert.ok(new RegExp(pattern).test("pr-147") && !new RegExp(pattern).test("PR/147") && !new RegExp(pattern).test("-x"));
});

test("the lock file names no host", () => {
  assert.doesNotMatch(readFileSync("package-lock.json", "utf8"), /"resolved"/);
});
