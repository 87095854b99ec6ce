// What an evaluation declares, in order. One program, one registry.

export const registry = {
  stack: undefined,
  resources: [],
  // Stages of stacks whose outputs are used: `{ stack, stage, at }`.
  references: [],
  closures: [],
  problems: [],
  // The prop whose Effect is being run, so that its failure can be told from the program's own.
  resolving: undefined,
};

// Frames kept of a declaration's stack: enough to leave the library and a package or two.
const FRAMES = 12;

// The stack at a call of the library; the first frame that is the program's own says where that is.
export const here = () => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const stack = new Error().stack;
  Error.stackTraceLimit = limit;
  return stack;
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
