// Outputs: values that are known only after another resource has been made.
import { pipeArguments } from "effect/Pipeable";
import { closure, here, nearest, problem, ProgramError } from "alchemy:registry";

// Kinds of node on the wire; `alchemy_program::wire` reads the same numbers.
export const SCALAR = 0;
export const LIST = 1;
export const MAP = 2;
export const ATTR = 3;
export const CALL = 4;
export const CONCAT = 5;
export const SECRET = 6;
export const REF = 7;

const NODE = Symbol("alchemy/Output/node");
const RESOURCE = Symbol("alchemy/Output/resource");

// The node behind an output, or undefined for any other value.
export const nodeOf = (value) =>
  value !== null && typeof value === "function" ? value[NODE] : undefined;

// What a whole resource (not one of its attributes) is: `{ fqn, attributes }`.
export const resourceOf = (value) =>
  value !== null && typeof value === "function" ? value[RESOURCE] : undefined;

const coercion = (label, into) => () => {
  throw new ProgramError(
    "output-coercion",
    `\`${label}\` is known only after it has been deployed: it cannot be turned into ${into} while planning`,
    [
      "to build a text from it, write Output.interpolate`…${value}…`",
      "to compute with it, write value.pipe(Output.map((value) => …))",
    ],
  );
};

const texts = { toString: "text", valueOf: "a number", toLocaleString: "text", toJSON: "JSON" };

// What every output and resource answers to names that are not its members.
const special = (label, key) => {
  if (key === Symbol.toPrimitive) return (hint) => coercion(label, hint === "number" ? "a number" : "text")();
  if (key === Symbol.iterator || key === Symbol.asyncIterator) return coercion(label, "a list or an Effect");
  if (typeof key === "symbol") return undefined;
  if (Object.hasOwn(texts, key)) return coercion(label, texts[key]);
  return undefined;
};

// Names that libraries probe on any value; never members of an output.
const probed = (key) =>
  typeof key === "symbol" || key.startsWith("~") || key === "then" || key === "constructor" || key === "prototype" ||
  key === "asEffect" || key === "length" || key === "name" || key === "_tag" || key === "$$typeof" || key === "caller";

// An output of another stack may well be called so.
const named = (node, key) => node[0] === REF && (key === "name" || key === "length");

// What a proxy stands for cannot be changed, taken apart or called. One object for each proxy, and what it does but once:
// a program has many.
class Unknown {
  constructor(label) {
    this.label = label;
  }
  set() {
    throw new ProgramError("output-assignment", `\`${this.label}\` cannot be assigned to`);
  }
  ownKeys() {
    return coercion(this.label, "an object with known members")();
  }
  apply() {
    throw new ProgramError(
      "output-coercion",
      `\`${this.label}\` is not a function: the value it belongs to is known only after it has been deployed`,
      ["to call a method on the value, write value.pipe(Output.map((value) => …))"],
    );
  }
}

function pipe() {
  return pipeArguments(this, arguments);
}

class OutputTraps extends Unknown {
  constructor(node, label) {
    super(label);
    this.node = node;
  }
  get(_, key) {
    const { node, label } = this;
    if (key === NODE) return node;
    const answer = special(label, key);
    if (answer !== undefined || Object.hasOwn(texts, key)) return answer;
    if (key === "pipe") return pipe;
    if (probed(key) && !named(node, key)) return undefined;
    return member(node, label, key);
  }
  has(_, key) {
    return key === NODE || key === "pipe";
  }
}

// An output of `node`, called `label` in messages.
export const output = (node, label) => new Proxy(() => undefined, new OutputTraps(node, label));

const member = (node, label, key) => {
  const name = `${label}.${key}`;
  if (node[0] === ATTR) return output([ATTR, node[1], [...node[2], key]], name);
  if (node[0] === REF) return output([REF, node[1], node[2], [...node[3], key]], name);
  return output([CALL, closure((value) => value?.[key]), node], name);
};

class AttributesTraps extends Unknown {
  constructor(fqn, type, attributes) {
    super(fqn);
    this.type = type;
    this.attributes = attributes;
  }
  get(_, key) {
    const { label: fqn, type, attributes } = this;
    if (key === RESOURCE) return { fqn, attributes };
    if (key === NODE) return undefined;
    if (typeof key === "string" && attributes.includes(key)) return output([ATTR, fqn, [key]], `${fqn}.${key}`);
    const answer = special(fqn, key);
    if (answer !== undefined || Object.hasOwn(texts, key)) return answer;
    if (key === "pipe") return pipe;
    if (probed(key)) return undefined;
    const meant = nearest(key, attributes);
    problem("unknown-attribute", `${type} has no attribute \`${key}\``, {
      help: [meant ? `did you mean \`${meant}\`?` : `it has ${attributes.join(", ")}`],
      member: key,
    });
    return output([SCALAR, null], `${fqn}.${key}`);
  }
  has(_, key) {
    return key === RESOURCE || key === "pipe" || this.attributes.includes(key);
  }
}

// A resource's attributes, each of them an output.
export const attributesOf = (fqn, type, attributes) =>
  new Proxy(() => undefined, new AttributesTraps(fqn, type, attributes));

// Whether `value` is an output.
export const isOutput = (value) => nodeOf(value) !== undefined;

// Applies `f` to the value once it is known. Both forms: `Output.map(out, f)` and `out.pipe(Output.map(f))`.
export const map = (...args) => {
  if (args.length === 1) return (self) => map(self, args[0]);
  const [self, f] = args;
  if (typeof f !== "function") {
    throw new ProgramError("output-map", "Output.map takes a function of the value");
  }
  return output([CALL, closure(f), input(self)], "Output.map(…)");
};

// Several outputs as one: `Output.all(a, b)` is known when all of them are.
export const all = (...values) => {
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  if (values.length === 1 && !Array.isArray(values[0]) && !isOutput(values[0])) return struct(values[0]);
  return output([LIST, list.map(input)], "Output.all(…)");
};

const struct = (members) =>
  output([MAP, Object.entries(members).map(([key, value]) => [key, input(value)])], "Output.all(…)");

// A text made of outputs: Output.interpolate`arn:aws:s3:::${bucket.bucketName}/*`.
export const interpolate = (strings, ...values) => {
  const parts = [];
  for (let i = 0; i < strings.length; i++) {
    if (strings[i] !== "") parts.push([SCALAR, strings[i]]);
    if (i < values.length) parts.push(input(values[i]));
  }
  return output([CONCAT, parts], "Output.interpolate`…`");
};

// A known value as an output.
export const literal = (value) => output(input(value), "Output.literal(…)");
export const of = literal;
export const succeed = literal;

let encoder;

// Set once by `alchemy:encode`, which needs this module.
export const useEncoder = (encode) => {
  encoder = encode;
};

const input = (value) => {
  const pending = [];
  const node = encoder(value, { at: here(input), what: "an Output" }, [], pending);
  if (pending.length > 0) {
    throw new ProgramError("output-effect", "an Effect cannot be part of an Output", ["yield* it first"]);
  }
  return node;
};
