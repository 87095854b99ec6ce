// Runs a program and hands over what it declared, as one JSON text.
import * as Effect from "effect/Effect";
import { encode, encodeAll } from "alchemy:encode";
import { blamed, registry } from "alchemy:registry";
import { definitionOf, provide } from "alchemy:stack";

let outcome;
let failure;
let resolving;

// Begins the program that a module exports. Returns what is wrong with the export, or undefined.
export const start = (module) => {
  if (!("default" in module)) return "none";
  const definition = definitionOf(module.default);
  if (definition === undefined) return typeof module.default;
  registry.stack = { name: definition.name, at: definition.at, state: definition.options.state?.url };
  const program = provide(
    Effect.flatMap(definition.effect, (result) =>
      encodeAll(result, { what: "the program's result", at: definition.at, outputs: true })),
    definition.name,
  );
  Effect.runFork(program).addObserver((exit) => {
    if (exit._tag === "Success") outcome = exit.value;
    else {
      failure = exit.cause.reasons.map(reason);
      resolving = blamed(exit.cause);
    }
  });
  return undefined;
};

const reason = (found) => {
  switch (found._tag) {
    case "Fail":
      return { kind: "fail", ...describe(found.error) };
    case "Die":
      return { kind: "die", ...describe(found.defect) };
    default:
      return { kind: "interrupt", message: "the program interrupted itself" };
  }
};

// What is known of anything that can be thrown.
export const describe = (thrown) => {
  if (thrown instanceof Error || (thrown !== null && typeof thrown === "object" && "message" in thrown)) {
    const tag = typeof thrown._tag === "string" ? thrown._tag : undefined;
    return {
      name: String(tag ?? thrown.name ?? "Error"),
      message: String(thrown.message ?? ""),
      stack: typeof thrown.stack === "string" ? thrown.stack : undefined,
      code: typeof thrown.code === "string" ? thrown.code : undefined,
      help: Array.isArray(thrown.help) ? thrown.help.map(String) : [],
    };
  }
  return { name: "", message: text(thrown), help: [] };
};

const text = (value) => {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
};

// Whether the program has ended, well or not.
export const ended = () => outcome !== undefined || failure !== undefined;

// Everything declared so far.
export const report = () =>
  JSON.stringify({
    stack: registry.stack,
    resources: registry.resources,
    references: registry.references,
    problems: registry.problems,
    resolving,
    outputs: outcome,
    failure,
  });

// Calls closure `id` with a JSON value; gives the node of its result, as JSON.
export const call = (id, input) => {
  const problems = registry.problems.length;
  const pending = [];
  const node = encode(registry.closures[id](JSON.parse(input)), { what: "the result of Output.map" }, [], pending);
  if (registry.problems.length > problems) throw new Error(registry.problems.pop().summary);
  if (pending.length > 0) throw new Error("a function given to Output.map may not return an Effect");
  return JSON.stringify(node);
};
