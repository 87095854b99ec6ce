// node:fs: reading under the project root.
import host from "alchemy:host";
import { nodeModule } from "alchemy:inert";

const pathOf = (path) => {
  const text = path instanceof URL ? decodeURIComponent(path.pathname) : String(path);
  return text.startsWith("/") ? text : `${host.root}/${text}`;
};
const answer = (path, call, result) => {
  if (!Array.isArray(result)) return result;
  const [code, message] = result;
  if (code === "OUTSIDE") throw new host.Outside(path);
  throw Object.assign(new Error(`${code}: ${message}, ${call} '${path}'`), { code, path, syscall: call });
};
export const readFileSync = (path, options) => {
  const encoding = typeof options === "string" ? options : options?.encoding;
  const found = answer(path, "readFile", host.readFile(pathOf(path)));
  const bytes = Buffer.from(found.bytes);
  return encoding === undefined || encoding === null ? bytes : bytes.toString(encoding);
};
export const existsSync = (path) => {
  const kind = host.kindOf(pathOf(path));
  if (kind === "outside") throw new host.Outside(path);
  return kind === "file" || kind === "folder";
};
export const readdirSync = (path) => answer(path, "readdir", host.readFolder(pathOf(path))).names.map((name) => name.replace(/\/$/, ""));
export const statSync = (path) => {
  const kind = host.kindOf(pathOf(path));
  if (kind === "outside") throw new host.Outside(path);
  if (kind === undefined) answer(path, "stat", ["ENOENT", "no such file or directory"]);
  return { isFile: () => kind === "file", isDirectory: () => kind === "folder", isSymbolicLink: () => false };
};
const later = (f) => async (...args) => f(...args);
export const promises = nodeModule("node:fs/promises", {
  readFile: later(readFileSync),
  readdir: later(readdirSync),
  stat: later(statSync),
});
export const constants = {};
export default nodeModule("node:fs", { constants, existsSync, promises, readdirSync, readFileSync, statSync });
