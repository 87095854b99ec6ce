// References: outputs of other stages and stacks. Which they are is read from state after the program has run.
import * as Effect from "effect/Effect";
import * as Effectable from "effect/Effectable";
import host from "alchemy:host";
import { output, REF } from "alchemy:output";
import { here, ProgramError, registry } from "alchemy:registry";

const TARGET = Symbol("alchemy/Reference/target");

const text = (what, value, example) => {
  if (typeof value === "string") return value;
  throw new ProgramError("bad-reference", `a reference takes the ${what}'s name, a text`, [`for example ${example}`]);
};

// All outputs of a stage as one output; its members are the stage's outputs.
const outputsOf = ({ stack, stage }, at) => {
  if (!registry.references.some((known) => known.stack === stack && known.stage === stage)) {
    registry.references.push({ stack, stage, at });
  }
  return output([REF, stack, stage, []], `${stack}@${stage}`);
};

const AT = Symbol("alchemy/Reference/at");

const proto = Effectable.Prototype({
  label: "StackReference",
  evaluate() {
    return Effect.succeed(outputsOf(this[TARGET], this[AT]));
  },
});

// Where it is yielded is seen here only: the runtime evaluates it after the generator has gone.
const iterate = function () {
  return Effect.succeed(outputsOf(this[TARGET], here()))[Symbol.iterator]();
};

const known = (self, target) => {
  self[TARGET] = target;
  self[AT] = here();
  Object.defineProperty(self, Symbol.iterator, { value: iterate });
  return self;
};

const reference = (target) => known(Object.create(proto), target);

// `Backend.stage.prod`, `Backend.stage["pr-1"]`
const stagesOf = (stack) =>
  new Proxy({}, {
    get: (_, stage) => (typeof stage === "string" ? reference({ stack, stage }) : undefined),
  });

// `class Backend extends Alchemy.Stack<Backend, Outputs>()("Backend") {}`: an Effect that gives the outputs of the same
// stage.
export const stackClass = (name, define) => {
  const stack = text("stack", name, 'Alchemy.Stack<Backend, { url: string }>()("Backend")');
  function Reference() {}
  Object.setPrototypeOf(Reference, proto);
  known(Reference, { stack, get stage() { return host.readStage(); } });
  Object.defineProperty(Reference, "stage", { value: stagesOf(stack) });
  Object.defineProperty(Reference, "make", { value: (options, effect) => define(stack, options, effect) });
  return Reference;
};

// `Output.stackRef("Backend", { stage: "prod" })`: without a stage, the same one. An output, and an Effect that gives it.
export const stackRef = (name, options) => {
  const stack = text("stack", name, 'Output.stackRef("Backend")');
  const stage = options?.stage === undefined ? host.readStage() : text("stage", options.stage, '{ stage: "prod" }');
  const outputs = outputsOf({ stack, stage }, here());
  return new Proxy(outputs, {
    get: (target, key) =>
      key === Symbol.iterator ? () => Effect.succeed(outputs)[Symbol.iterator]() : target[key],
  });
};
