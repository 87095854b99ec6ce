// The stack: what a program exports, and what its resources can ask about.
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import host from "alchemy:host";
import { stackClass } from "alchemy:reference";
import { here, ProgramError } from "alchemy:registry";

const service = Context.Service("alchemy/Stack");
// The same service twice: to provide it, and to use it, which is to read the stage.
const provided = Context.Service("alchemy/Stage");
export const Stage = Context.Service("alchemy/Stage");
Object.defineProperty(Stage, "key", {
  get() {
    host.readStage();
    return provided.key;
  },
});
export const StackName = Context.Service("alchemy/StackName");

const DEFINITION = Symbol("alchemy/Stack/definition");

// `Alchemy.Stack(name, options, effect)` makes the program; `yield* Stack` gives `{ name, stage }`;
// `Alchemy.Stack<Self, Outputs>()(name)` names another program.
export function Stack(name, options, effect) {
  if (arguments.length === 0) return (other) => stackClass(other, define);
  return define(name, options, effect);
}

const define = (name, options, effect) => {
  if (effect === undefined && Effect.isEffect(options)) [options, effect] = [{}, options];
  if (typeof name !== "string") {
    throw new ProgramError("bad-stack", "Alchemy.Stack takes the stack's name, a text, as its first argument");
  }
  if (!Effect.isEffect(effect)) {
    throw new ProgramError("bad-stack", `Alchemy.Stack("${name}", …) takes an Effect as its third argument`, [
      "write Effect.gen(function* () { … })",
    ]);
  }
  checkStore(name, options?.state);
  return { [DEFINITION]: { name, options: options ?? {}, effect, at: here() } };
};

const checkStore = (name, state) => {
  if (state === undefined || state === null || typeof state.url === "string") return;
  const text = typeof state === "string" ? state : "";
  const store = text.startsWith("gs://") ? "GCS.state" : "AWS.S3.state";
  const url = /^(s3|gs):\/\//.test(text) ? text : "s3://my-state/team";
  throw new ProgramError("bad-store", `\`state\` of Alchemy.Stack("${name}", …) is not a store`, [
    `write state: ${store}(${JSON.stringify(url)})`,
  ]);
};

// Yieldable, and with useSync and use, as any service of Effect.
Object.setPrototypeOf(Stack, Object.getPrototypeOf(service));
Object.defineProperty(Stack, "key", { value: service.key });

// What `Alchemy.Stack(…)` was given, or undefined for any other value.
export const definitionOf = (value) =>
  value !== null && typeof value === "object" ? value[DEFINITION] : undefined;

// `effect` with the stack, its name and the stage.
export const provide = (effect, name) =>
  effect.pipe(
    Effect.provideService(Stack, host.makeStack(name)),
    Effect.provideService(provided, host.stage),
    Effect.provideService(StackName, name),
  );
