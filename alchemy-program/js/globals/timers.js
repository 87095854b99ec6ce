// Timers may be set; an evaluation that can go on only by waiting for one is an error. Timers without a delay are turns.
export default function (host) {
  const ready = [];
  const waiting = new Map();
  let last = 0;

  class Timer {
    constructor(id) {
      this.id = id;
    }
    ref() {
      return this;
    }
    unref() {
      return this;
    }
    hasRef() {
      return true;
    }
    [Symbol.toPrimitive]() {
      return this.id;
    }
  }

  const add = (what, f, delay, args, repeats) => {
    if (typeof f !== "function") throw new TypeError(`${what} takes a function`);
    const timer = new Timer(++last);
    const run = () => f(...args);
    if (!repeats && !(delay > 0)) ready.push({ timer, run });
    else waiting.set(timer.id, { what, delay: Number(delay) || 0, stack: new Error().stack });
    return timer;
  };
  const remove = (timer) => {
    const id = typeof timer === "object" && timer !== null ? timer.id : timer;
    waiting.delete(id);
    const at = ready.findIndex((entry) => entry.timer.id === id);
    if (at >= 0) ready.splice(at, 1);
  };
  host.define("setTimeout", (f, delay, ...args) => add("setTimeout", f, delay, args, false));
  host.define("setInterval", (f, delay, ...args) => add("setInterval", f, delay, args, true));
  host.define("setImmediate", (f, ...args) => add("setImmediate", f, 0, args, false));
  host.define("clearTimeout", remove);
  host.define("clearInterval", remove);
  host.define("clearImmediate", remove);
  if (typeof queueMicrotask !== "function") {
    host.define("queueMicrotask", (f) => void Promise.resolve().then(f));
  }

  // Runs one timer that waits for nothing; says whether there was one.
  host.turn = () => {
    const next = ready.shift();
    if (next === undefined) return false;
    next.run();
    return true;
  };
  // The timer that would be next, as JSON, or undefined.
  host.waiting = () => {
    const [first] = [...waiting.values()].sort((a, b) => a.delay - b.delay);
    return first === undefined ? undefined : JSON.stringify(first);
  };
}
