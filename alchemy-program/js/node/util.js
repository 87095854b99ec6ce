// node:util
import { nodeModule } from "alchemy:inert";

export const inspect = Object.assign((value) => (typeof value === "string" ? value : JSON.stringify(value) ?? String(value)), {
  custom: Symbol.for("nodejs.util.inspect.custom"),
});
export const format = (text, ...args) => {
  if (typeof text !== "string") return [text, ...args].map(inspect).join(" ");
  let at = 0;
  const filled = text.replace(/%[sdifjoO%]/g, (mark) => {
    if (mark === "%%") return "%";
    if (at >= args.length) return mark;
    const value = args[at++];
    return mark === "%d" || mark === "%i" || mark === "%f" ? String(Number(value)) : inspect(value);
  });
  return [filled, ...args.slice(at).map(inspect)].join(" ");
};
export const promisify = (f) => (...args) =>
  new Promise((done, failed) => f(...args, (error, value) => (error ? failed(error) : done(value))));
export const inherits = (child, parent) => {
  Object.setPrototypeOf(child.prototype, parent.prototype);
};
export const deprecate = (f) => f;
export const types = {
  isDate: (value) => value instanceof Date,
  isRegExp: (value) => value instanceof RegExp,
  isPromise: (value) => value instanceof Promise,
  isMap: (value) => value instanceof Map,
  isSet: (value) => value instanceof Set,
};
export const { TextEncoder, TextDecoder } = globalThis;
export default nodeModule("node:util", { deprecate, format, inherits, inspect, promisify, TextDecoder, TextEncoder, types });
