// node:path, POSIX.
import { nodeModule } from "alchemy:inert";

const normalizeParts = (parts, absolute) => {
  const out = [];
  for (const part of parts) {
    if (part === "" || part === ".") continue;
    if (part !== "..") out.push(part);
    else if (out.length > 0 && out.at(-1) !== "..") out.pop();
    else if (!absolute) out.push("..");
  }
  return out;
};
export const isAbsolute = (path) => path.startsWith("/");
export const normalize = (path) => {
  if (path === "") return ".";
  const absolute = isAbsolute(path);
  const joined = normalizeParts(path.split("/"), absolute).join("/");
  const slash = path.endsWith("/") && joined !== "" ? "/" : "";
  return (absolute ? "/" : "") + (joined === "" && !absolute ? "." : joined) + slash;
};
export const join = (...parts) => normalize(parts.filter((part) => part !== "").join("/"));
export const resolve = (...parts) => {
  let path = "";
  for (const part of [...parts].reverse()) {
    if (part === "") continue;
    path = path === "" ? part : `${part}/${path}`;
    if (isAbsolute(part)) break;
  }
  if (!isAbsolute(path)) path = `${process.cwd()}/${path}`;
  return `/${normalizeParts(path.split("/"), true).join("/")}`;
};
export const dirname = (path) => {
  const clean = path.replace(/\/+$/, "");
  const at = clean.lastIndexOf("/");
  if (at < 0) return path.startsWith("/") ? "/" : ".";
  return at === 0 ? "/" : clean.slice(0, at);
};
export const basename = (path, ending = "") => {
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return ending !== "" && name !== ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
};
export const extname = (path) => {
  const name = basename(path);
  const at = name.lastIndexOf(".");
  return at <= 0 ? "" : name.slice(at);
};
export const relative = (from, to) => {
  const a = resolve(from).split("/").filter(Boolean);
  const b = resolve(to).split("/").filter(Boolean);
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return [...a.slice(same).map(() => ".."), ...b.slice(same)].join("/");
};
export const parse = (path) => {
  const base = basename(path);
  const ext = extname(path);
  const dir = path.includes("/") ? dirname(path) : "";
  return { root: isAbsolute(path) ? "/" : "", dir, base, ext, name: ext === "" ? base : base.slice(0, -ext.length) };
};
export const format = ({ root = "", dir = root, name = "", ext = "", base = name + ext }) =>
  dir === "" ? base : dir.endsWith("/") ? dir + base : `${dir}/${base}`;
export const toNamespacedPath = (path) => path;
export const sep = "/";
export const delimiter = ":";
const api = { basename, delimiter, dirname, extname, format, isAbsolute, join, normalize, parse, relative, resolve, sep, toNamespacedPath };
api.posix = api;
export const posix = api;
export default nodeModule("node:path", api);
