// Resources: inert until they are yielded inside a Stack's Effect.
import * as Effect from "effect/Effect";
import * as Effectable from "effect/Effectable";
import { encodeFirst } from "alchemy:encode";
import { attributesOf } from "alchemy:output";
import { here, ProgramError, registry } from "alchemy:registry";
import { Adopt, Path, Removal, Renames, takeRenames } from "alchemy:scope";
import { Stack } from "alchemy:stack";

const DECLARATION = Symbol("alchemy/Resource/declaration");

const proto = Effectable.Prototype({
  label: "Resource",
  evaluate(fiber) {
    return register(this[DECLARATION], fiber);
  },
});

// Frames of a stack up to a program that calls a constructor itself: that one and the program's.
const CALLER = 2;

const declaration = (type, attributes, args, curried) => {
  const id = args[0];
  const props = args[1];
  if (typeof id !== "string") {
    throw new ProgramError("bad-id", `${type} takes its logical id, a text, as its first argument`, [
      `for example ${type}("Main")`,
    ]);
  }
  if (args.length > 2) {
    throw new ProgramError("inline-function", `${type} takes an id and props; code written inline is not supported`, [
      "put the function's code into a module and name it in `main`",
    ]);
  }
  return { type, attributes, id, props, curried, at: here(declaration, CALLER), made: new Map() };
};

const declare = (made) => {
  const resource = Object.create(proto);
  resource[DECLARATION] = made;
  return resource;
};

// `class X extends Type()("X", props) {}`: the class itself is the Effect.
const declareClass = (made) => {
  function Resource() {}
  Object.setPrototypeOf(Resource, proto);
  Resource[DECLARATION] = made;
  return Resource;
};

// The constructor of a resource type, in both forms. Its name is how its calls are found in a stack.
export const resourceType = (type, attributes) => {
  const name = type.split(".").at(-1);
  const named = (f) => Object.defineProperty(f, "name", { value: name });
  return named(function (...args) {
    if (args.length === 0) return named((...inner) => declareClass(declaration(type, attributes, inner, true)));
    return declare(declaration(type, attributes, args, false));
  });
};

// Declares it in the ambient namespace and gives its attributes; the second time it gives the same ones.
const register = (made, fiber) => {
  if (!fiber.context.mapUnsafe.has(Stack.key)) {
    throw new ProgramError("outside-stack", `\`${made.id}\` is yielded outside a Stack`, [
      "yield* it inside the Effect given to Alchemy.Stack",
    ]);
  }
  const path = fiber.getRef(Path);
  const segments = path.map(({ segment }) => String(segment));
  const fqn = segments.length === 0 ? made.id : [...segments, made.id].join("/");
  const before = made.made.get(fqn);
  if (before !== undefined) return before;
  const attributes = attributesOf(fqn, made.type, made.attributes);
  const known = Effect.succeed(attributes);
  made.made.set(fqn, known);
  const { type, id, at, curried } = made;
  // What is not said of it is as it usually is.
  const entry = {
    type,
    id,
    path: some(path),
    removal: fiber.getRef(Removal),
    adopt: fiber.getRef(Adopt) || undefined,
    renamedFrom: some(takeRenames(fiber.getRef(Renames), segments)),
    at,
    curried: curried || undefined,
    props: undefined,
  };
  const { node, rest } = encodeFirst(made.props, { at, curried, fqn });
  const declared = () => {
    entry.props = node;
    registry.resources.push(entry);
    return attributes;
  };
  if (rest !== undefined) return Effect.map(rest, declared);
  declared();
  return known;
};

const some = (list) => (list.length === 0 ? undefined : list);
