// What a scope of the program says about the resources in it; read when a resource is declared.
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import { here, problem, ProgramError } from "alchemy:registry";

export const Removal = Context.Reference("alchemy/RemovalPolicy", { defaultValue: () => undefined });
export const Adopt = Context.Reference("alchemy/adopt", { defaultValue: () => false });
export const Renames = Context.Reference("alchemy/renamedFrom", { defaultValue: () => undefined });
export const Path = Context.Reference("alchemy/Namespace", { defaultValue: () => [] });

// Provides `value` to all that `self` declares. `value` may be an Effect.
const within = (reference, value) => (self) => {
  if (!Effect.isEffect(self)) {
    throw new ProgramError("not-an-effect", "this is piped on a resource or on an Effect that declares resources");
  }
  return Effect.isEffect(value)
    ? Effect.flatMap(value, (known) => Effect.provideService(self, reference, known))
    : Effect.provideService(self, reference, value);
};

const policy = (keep) => (keep ? "retain" : "destroy");

// Keeps the cloud objects when their resources leave the program or the stage is destroyed; `false` deletes them.
export const retain = (keep = true) =>
  within(Removal, Effect.isEffect(keep) ? Effect.map(keep, policy) : policy(keep));

// Deletes the cloud objects when their resources leave the program or the stage is destroyed.
export const destroy = () => within(Removal, "destroy");

// Lets existing objects of the same names be taken over.
export const adopt = (take = true) => within(Adopt, Effect.isEffect(take) ? Effect.map(take, Boolean) : Boolean(take));

// The resource was called this before: its object, name and generation move to it.
export const renamedFrom = (...names) => {
  if (!names.every((name) => typeof name === "string" || typeof name?.fqn === "string")) {
    throw new ProgramError("bad-rename", "renamedFrom takes the resource's former ids, each a text or { fqn: … }", [
      'for example renamedFrom("Old"), or renamedFrom({ fqn: "Site/Old" }) if it was in another namespace',
    ]);
  }
  const at = here();
  return (self) => Effect.suspend(() => within(Renames, { names, at, used: false })(self));
};

// Puts what `self` declares under `segment/`.
export const push = (segment) => {
  if (typeof segment !== "string") {
    const given = segment === undefined ? "undefined" : `a value of type ${typeof segment}`;
    throw new ProgramError("bad-id", `Namespace takes its name, a text; it was given ${given}`, [
      'a variable that is not set is undefined; write for example Namespace(process.env.TEAM ?? "dev")',
    ]);
  }
  const at = here();
  return (self) => Effect.flatMap(Path, (path) => within(Path, [...path, { segment, at }])(self));
};

// `Namespace("Site", effect)` and `effect.pipe(Namespace("Site"))`.
export function Namespace(segment, self) {
  return self === undefined ? push(segment) : push(segment)(self);
}
Namespace.push = push;

// The former names that the scope gives to the one resource piped into it.
export const takeRenames = (renames, path) => {
  if (renames === undefined) return [];
  if (renames.used) {
    problem("rename-of-many", "renamedFrom stands on more than one resource", {
      help: ["pipe it on the one resource that was renamed"],
      at: renames.at,
    });
    return [];
  }
  renames.used = true;
  return renames.names.map((name) =>
    typeof name === "string" ? [...path, name].join("/") : name.fqn);
};
