// What an evaluation declares, in order. One program, one registry.
import host from "alchemy:host";

export const registry = {
  stack: undefined,
  resources: [],
  // Stages of stacks whose outputs are used: `{ stack, stage, at }`.
  references: [],
  closures: [],
  problems: [],
  // The prop whose Effect failed last, `{ prop, thrown }`, so that its failure can be told from the program's own.
  failed: undefined,
};

// Frames kept of a call's stack: the library's own and the one that calls it; where that is not the program's, enough to
// leave a package or two. Each frame takes time, and most programs call the library themselves.
const NEAR = 3;
const FRAMES = 12;

const { captureStackTrace } = Error;

// The frames that led to the call of `from`.
const capture = (frames, from) => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  const at = {};
  captureStackTrace(at, from);
  Error.stackTraceLimit = limit;
  return at.stack;
};

const own = `(${host.root}/`;
const inProgram = (stack) => stack.includes(own) && !stack.includes("/node_modules/");

// The stack at a call of the library; the first frame that is the program's own says where that is. `from` is the function
// of the library, running now, whose frame and those of all that it called are of no interest.
// Of that, `enough` frames lead to the program if it calls the library itself.
export const here = (from = here, enough = NEAR) => {
  const near = capture(enough, from);
  return inProgram(near) ? near : capture(FRAMES, from);
};

// A finding that does not stop the evaluation.
export const problem = (code, summary, more = {}) => {
  registry.problems.push({ code, summary, at: here(), ...more });
};

// A mistake of the program that cannot be gone past. `help` is shown as advice.
export class ProgramError extends Error {
  constructor(code, message, help = []) {
    super(message);
    this.name = "ProgramError";
    this.code = code;
    this.help = help;
  }
}

// Adds a closure to the session; apply calls it by this number.
export const closure = (f) => registry.closures.push(f) - 1;

const thrownIn = (cause) => cause.reasons.map((reason) => (reason._tag === "Fail" ? reason.error : reason.defect));

// Notes that the Effect of `prop` failed. A failure that comes from a prop further in is left to that one.
export const blame = (prop, cause) => {
  if (blamed(cause) === undefined) registry.failed = { prop, thrown: thrownIn(cause) };
};

// The prop whose Effect failed so. The program may have caught the failure of one, and failed elsewhere.
export const blamed = (cause) => {
  const { prop, thrown } = registry.failed ?? { thrown: [] };
  return thrownIn(cause).some((one) => thrown.includes(one)) ? prop : undefined;
};

// The nearest of `names`, if one is near enough to be what was meant.
export const nearest = (name, names) => {
  let best;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
};

const editDistance = (a, b) => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
};
