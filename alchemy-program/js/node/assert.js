// node:assert
import { nodeModule } from "alchemy:inert";

export class AssertionError extends Error {
  constructor({ message, actual, expected }) {
    super(message);
    this.name = "AssertionError";
    this.code = "ERR_ASSERTION";
    Object.assign(this, { actual, expected });
  }
}
const check = (right, message, otherwise, actual, expected) => {
  if (right) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message: message ?? otherwise, actual, expected });
};
const same = (a, b) => Object.is(a, b) || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
export const ok = (value, message) => check(value, message, "the value is not truthy", value, true);
export const equal = (a, b, message) => check(Object.is(a, b), message, `${String(a)} is not ${String(b)}`, a, b);
export const notEqual = (a, b, message) => check(!Object.is(a, b), message, `both are ${String(a)}`, a, b);
export const deepEqual = (a, b, message) => check(same(a, b), message, "the values are not equal", a, b);
export const strictEqual = equal;
export const notStrictEqual = notEqual;
export const deepStrictEqual = deepEqual;
export const fail = (message) => check(false, message, "failed");
export const throws = (f, message) => {
  try {
    f();
  } catch {
    return;
  }
  fail(typeof message === "string" ? message : "nothing was thrown");
};
const assert = nodeModule("node:assert", Object.assign((value, message) => ok(value, message), {
  AssertionError, deepEqual, deepStrictEqual, equal, fail, notEqual, notStrictEqual, ok, strictEqual, throws,
}));
export const strict = assert;
assert.strict = assert;
export default assert;
