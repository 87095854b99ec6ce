// Modules that are not loaded: Node's own beyond their pure parts, and packages of no use while planning.
import host from "alchemy:host";

const { refusing, Refused } = host;

// A name of one of Node's modules: refuses when it is called.
export const refuse = (module, name) =>
  name === "" ? nodeModule(module, {}) : refusing(`${module} ${name}`);

// A Node module as a whole: `api` works, every other name refuses when it is called. What a class of the program's asks
// of `api` because it extends it, is that class's own.
export const nodeModule = (module, api) => {
  const whole = new Proxy(api, {
    get: (target, name, asked) =>
      asked !== whole || typeof name !== "string" || name in target || name === "then" || name === "__esModule"
        ? target[name]
        : refusing(`${module} ${name}`),
  });
  return whole;
};

const INERT = Symbol("alchemy/inert");

// A name of a package that is not loaded. Clients may be made at module scope; their results may not be used.
export const inert = (module, name) => stand(module, name === "" ? "default" : name);

const stand = (module, what) => {
  const use = () => {
    throw new Refused(`${what} of ${module}`, `"${module}" is not loaded while planning; use it inside the handler`);
  };
  function Inert() {}
  return new Proxy(Inert, {
    get(target, key) {
      if (key === INERT) return `${what} of ${module}`;
      if (key === "prototype") return target.prototype;
      if (key === "then" || key === "toString" || key === "valueOf" || key === "toJSON") return use();
      if (key === Symbol.hasInstance) return () => false;
      if (key === Symbol.toPrimitive || key === Symbol.iterator || key === Symbol.asyncIterator) return use;
      if (typeof key === "symbol" || key.startsWith("~")) return undefined;
      return stand(module, `${what}.${key}`);
    },
    has: () => false,
    construct: () => stand(module, `new ${what}(…)`),
    apply: () => stand(module, `${what}(…)`),
  });
};

// What an inert value is, or undefined for any other.
export const inertOf = (value) => (typeof value === "function" ? value[INERT] : undefined);
