// Turns what a program gives into nodes: values, outputs, redacted values, durations; Effects are run on the way.
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import * as Redacted from "effect/Redacted";
import { inertOf } from "alchemy:inert";
import { ATTR, CONCAT, LIST, MAP, nodeOf, resourceOf, SCALAR, SECRET, useEncoder } from "alchemy:output";
import { blame, nearest, problem } from "alchemy:registry";

// Deeper than any document of a cloud service; a value that contains itself ends here. A level is up to three lists of
// the report, whose reader follows 128.
const MAX_DEPTH = 32;

const nothing = () => [SCALAR, null];

const refuse = (where, path, message, help) => {
  const prop = path.length > 0 ? `\`${path.join(".")}\` of ` : "";
  problem("bad-value", `${prop}${where.what ?? `\`${where.fqn}\``}: ${message}`, {
    help: help === undefined ? [] : [help],
    at: where.at,
    curried: where.curried,
    fqn: where.fqn,
    path: path.join("."),
  });
  return nothing();
};

// Whether something in `node` would be known later and not be redacted then. A text is, once one of its parts is.
const escapes = (node) => {
  switch (node[0]) {
    case SCALAR:
    case SECRET:
      return false;
    case LIST:
      return node[1].some(escapes);
    case MAP:
      return node[1].some(([, member]) => escapes(member));
    case CONCAT:
      return node[1].length > 0 && node[1].every(escapes);
    default:
      return true;
  }
};

const refuseUnknown = (where, path) =>
  refuse(where, path, "a redacted value must be known while planning",
    "redact the parts of it that are known: Output.interpolate`…${Redacted.make(…)}…` is redacted as a whole");

// The node of `value`. Effects inside it get an empty slot and are added to `pending`.
export const encode = (value, where, path, pending) => {
  switch (typeof value) {
    case "undefined":
      return nothing();
    case "boolean":
    case "string":
      return [SCALAR, value];
    case "number":
      return Number.isFinite(value) ? [SCALAR, value] : refuse(where, path, `${value} is not a number that can be stored`);
    case "bigint":
      return refuse(where, path, "a bigint cannot be stored", "write a number or a text");
    case "symbol":
      return refuse(where, path, "a symbol cannot be stored");
  }
  if (value === null) return nothing();
  if (path.length > MAX_DEPTH) return refuse(where, [], "it contains itself or is nested too deeply");
  return encodeObject(value, where, path, pending);
};

// Whether `value` is an object of the program's own, as it is written: `{ … }`. Values of Effect have members that begin so.
const isPlain = (value) => {
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (key.charCodeAt(0) === TILDE) return false;
  return true;
};

const TILDE = 126;

const encodeObject = (value, where, path, pending) => {
  if (isPlain(value)) return encodeMembers(value, where, path, pending);
  const node = nodeOf(value);
  if (node !== undefined) return where.redacted && escapes(node) ? refuseUnknown(where, path) : node;
  const resource = resourceOf(value);
  if (resource !== undefined) return where.redacted ? refuseUnknown(where, path) : encodeResource(resource, where, path);
  if (typeof value === "object" || typeof value === "function") {
    if (Redacted.isRedacted(value)) {
      return [SECRET, encode(Redacted.value(value), { ...where, redacted: true }, path, pending)];
    }
    if (Duration.isDuration(value)) return encodeDuration(value, where, path);
    if (Option.isOption(value)) return encode(Option.getOrUndefined(value), where, path, pending);
    if (Effect.isEffect(value)) return delay(value, where, path, pending);
  }
  const inert = inertOf(value);
  if (inert !== undefined) return refuse(where, path, `\`${inert}\` is not loaded while planning`, "use it inside the handler");
  if (typeof value === "function") return refuse(where, path, "a function cannot be stored", "call it, or give its result");
  if (Array.isArray(value)) return [LIST, value.map((item, i) => encodeAt(String(i), item, where, path, pending))];
  if (value instanceof Date) return [SCALAR, value.toISOString()];
  if (value instanceof URL) return [SCALAR, value.href];
  return encodeInstance(value, where, path, pending);
};

const encodeInstance = (value, where, path, pending) => {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    const name = value.constructor?.name ?? "an unknown class";
    if (typeof value.then === "function") {
      return refuse(where, path, "a Promise cannot be waited for here", "wrap it: Effect.promise(() => …)");
    }
    return refuse(where, path, `a value of class ${name} cannot be stored`, "give a plain object");
  }
  return encodeMembers(value, where, path, pending);
};

const encodeMembers = (value, where, path, pending) => {
  const keys = Object.keys(value);
  const members = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const member = value[key];
    if (member !== undefined) members.push([key, encodeAt(key, member, where, path, pending)]);
  }
  return [MAP, members];
};

// The node of what stands one step below `path`, which is as it was when this returns.
const encodeAt = (key, value, where, path, pending) => {
  path.push(key);
  const node = encode(value, where, path, pending);
  path.pop();
  return node;
};

const encodeDuration = (value, where, path) => {
  const millis = Duration.toMillis(value);
  if (!Number.isFinite(millis)) return refuse(where, path, "an infinite Duration cannot be stored");
  return [SCALAR, `${millis} millis`];
};

const encodeResource = ({ fqn, attributes }, where, path) => {
  if (where.outputs) return [MAP, attributes.map((name) => [name, [ATTR, fqn, [name]]])];
  const meant = nearest(path.at(-1) ?? "", attributes) ?? attributes[0];
  return refuse(where, path, `the whole resource \`${fqn}\` is not a value`, `give one of its attributes, e.g. \`.${meant}\``);
};

const delay = (effect, where, path, pending) => {
  const slot = nothing();
  pending.push({ effect, where, path: path.slice(), slot });
  return slot;
};

// The node of `value`, and an Effect that runs every Effect inside it once, in order, after which the node is whole; none if
// it is whole already.
export const encodeFirst = (value, where) => {
  const pending = [];
  const node = encode(value, where, [], pending);
  return { node, rest: pending.length === 0 ? undefined : settle(pending) };
};

// An Effect that gives the node of `value`, every Effect inside it run once, in order.
export const encodeAll = (value, where) =>
  Effect.suspend(() => {
    const { node, rest } = encodeFirst(value, where);
    return rest === undefined ? Effect.succeed(node) : Effect.as(rest, node);
  });

const settle = (pending) =>
  Effect.gen(function* () {
    for (let i = 0; i < pending.length; i++) {
      const { effect, where, path, slot } = pending[i];
      const prop = { at: where.at, curried: where.curried, fqn: where.fqn, path: path.join(".") };
      const value = yield* Effect.tapCause(effect, (cause) => Effect.sync(() => blame(prop, cause)));
      slot.splice(0, slot.length, ...encode(value, where, path, pending));
    }
  });

useEncoder(encode);
