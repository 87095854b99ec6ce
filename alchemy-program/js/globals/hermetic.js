// Time, randomness and the environment, as inputs; what would reach outside refuses by name.
export default function (host) {
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

  // A use of something that planning cannot do. The message names it; the stack says where.
  class Refused extends Error {
    constructor(what, help) {
      super(`\`${what}\` cannot be used while planning: a program sees its files, its declared environment, its stack and its stage, nothing else`);
      this.name = "Refused";
      this.code = "not-hermetic";
      this.help = [help ?? "do it in the deployed function, or pass the value in through the environment"];
    }
  }
  class Outside extends Refused {
    constructor(path) {
      super(path, "move the file into the project");
      this.message = `${path} lies outside the project: a program may read only the project's files`;
      this.code = "outside-project";
    }
  }
  host.Refused = Refused;
  host.Outside = Outside;
  host.define = define;
  const refusing = (what, help) => {
    const refuse = function () {
      throw new Refused(what, help);
    };
    Object.defineProperty(refuse, "name", { value: what });
    return refuse;
  };
  host.refusing = refusing;

  // Time stands still, in UTC: whatever the engine does in the machine's own zone is done anew here.
  const RealDate = Date;
  function FixedDate(...args) {
    if (new.target === undefined) return new RealDate(host.now).toString();
    return Reflect.construct(RealDate, args.length === 0 ? [host.now] : localAsUtc(args), new.target);
  }
  const localAsUtc = (args) => {
    if (args.length > 1) return [RealDate.UTC(...args)];
    const value = primitive(args[0]);
    return [typeof value === "string" ? parse(value) : value];
  };
  // As the language makes it without a hint; a Date stays one.
  const primitive = (value) => {
    if (Object(value) !== value || value instanceof RealDate) return value;
    const exotic = value[Symbol.toPrimitive];
    if (exotic !== undefined && exotic !== null) return exotic.call(value, "default");
    const plain = typeof value.valueOf === "function" ? value.valueOf() : value;
    return Object(plain) === plain ? String(value) : plain;
  };
  // A zone is added to texts without one: after ISO texts with a time; before all others, where the engine lets a zone
  // that is written further on win.
  const ISO_TIME = /^(?:\d{4}|[+-]\d{6})(?:-\d\d){0,2}T/;
  const WITHOUT_ZONE = /T\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?$/;
  const parse = (text) => {
    if (!ISO_TIME.test(text)) return RealDate.parse(`UTC ${text}`);
    return RealDate.parse(WITHOUT_ZONE.test(text) ? `${text}Z` : text);
  };
  FixedDate.prototype = RealDate.prototype;
  FixedDate.prototype.constructor = FixedDate;
  Object.defineProperty(FixedDate, "name", { value: "Date" });
  FixedDate.now = () => host.now;
  FixedDate.parse = (text) => parse(String(text));
  FixedDate.UTC = RealDate.UTC;
  const change = (name, value) => Object.defineProperty(RealDate.prototype, name, { value, writable: true, configurable: true });
  for (const part of ["FullYear", "Month", "Date", "Hours", "Minutes", "Seconds", "Milliseconds", "Day"]) {
    for (const access of ["get", "set"]) {
      const utc = RealDate.prototype[`${access}UTC${part}`];
      if (utc !== undefined) change(`${access}${part}`, utc);
    }
  }
  change("getTimezoneOffset", () => 0);
  change("getYear", function getYear() {
    return this.getUTCFullYear() - 1900;
  });
  change("setYear", function setYear(year) {
    const whole = Math.trunc(year);
    return this.setUTCFullYear(whole >= 0 && whole <= 99 ? whole + 1900 : whole);
  });

  // The engine's own formats.
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (number) => String(number).padStart(2, "0");
  const yearOf = (date) => {
    const year = date.getUTCFullYear();
    return (year < 0 ? "-" : "") + String(Math.abs(year)).padStart(4, "0");
  };
  const clock = (date, hours) => `${two(hours)}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const printers = {
    toDateString: (date) => `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${yearOf(date)}`,
    toTimeString: (date) => `${clock(date, date.getUTCHours())} GMT+0000`,
    toString: (date) => `${printers.toDateString(date)} ${printers.toTimeString(date)}`,
    toLocaleDateString: (date) => `${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())}/${yearOf(date)}`,
    toLocaleTimeString: (date) => {
      const hours = date.getUTCHours();
      return `${clock(date, ((hours + 11) % 12) + 1)} ${hours < 12 ? "AM" : "PM"}`;
    },
    toLocaleString: (date) => `${printers.toLocaleDateString(date)}, ${printers.toLocaleTimeString(date)}`,
  };
  const time = RealDate.prototype.getTime;
  for (const [name, print] of Object.entries(printers)) {
    const printer = { [name]() { return Number.isNaN(time.call(this)) ? "Invalid Date" : print(this); } };
    change(name, printer[name]);
  }
  define("Date", FixedDate);
  const performance = { timeOrigin: host.now, now: () => 0, mark: () => undefined, measure: () => undefined, toJSON: () => ({}) };
  define("performance", performance);

  // One stream of numbers for a stack and stage: mulberry32 over a 32-bit state.
  let seed = host.seed >>> 0;
  const next = () => {
    host.readStage();
    seed = (seed + 0x6d2b79f5) >>> 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  Math.random = () => (next() * 2097152 + (next() >>> 11)) / 9007199254740992;
  const getRandomValues = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = next() & 255;
    return array;
  };
  const randomUUID = () => {
    const bytes = getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
  const subtle = new Proxy({}, { get: (_, name) => (typeof name === "string" ? refusing(`crypto.subtle.${name}`) : undefined) });
  define("crypto", { getRandomValues, randomUUID, subtle });

  // The declared environment, read only.
  const env = new Proxy(Object.freeze({ ...host.environment }), {
    get: (target, name) => (typeof name === "string" && Object.hasOwn(target, name) ? target[name] : undefined),
    set(_, name) {
      throw new Refused(`process.env.${String(name)} = …`, "set the variable outside, or in the .env file");
    },
    deleteProperty(_, name) {
      throw new Refused(`delete process.env.${String(name)}`, "unset the variable outside, or in the .env file");
    },
  });
  const process = {
    env,
    argv: [],
    execArgv: [],
    platform: "linux",
    arch: "x64",
    pid: 0,
    version: "",
    versions: {},
    exitCode: undefined,
    cwd: () => host.root,
    uptime: () => 0,
    nextTick: (f, ...args) => queueMicrotask(() => f(...args)),
    on: () => process,
    once: () => process,
    off: () => process,
    emitWarning: () => undefined,
    hrtime: Object.assign(() => [0, 0], { bigint: () => 0n }),
    stdout: { write: () => true, isTTY: false },
    stderr: { write: () => true, isTTY: false },
  };
  for (const name of ["exit", "abort", "kill", "chdir", "dlopen", "reallyExit", "setuid", "setgid", "umask", "memoryUsage", "cpuUsage"]) {
    process[name] = refusing(`process.${name}`, name === "exit" ? "to stop the plan, throw an error or Effect.fail(…)" : undefined);
  }
  define("process", process);

  // Nothing is printed while planning.
  const quiet = () => undefined;
  const methods = ["assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group", "groupCollapsed",
    "groupEnd", "info", "log", "table", "time", "timeEnd", "timeLog", "timeStamp", "trace", "warn"];
  define("console", Object.fromEntries(methods.map((name) => [name, quiet])));

  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "Worker", "BroadcastChannel", "alert", "prompt"]) {
    define(name, refusing(name, "read what the plan needs from a file of the project or from the environment"));
  }
  define("global", globalThis);
  let file = -1;
  let offset = 0;
  const at = (f, o) => {
    file = f;
    offset = o;
  };
  host.mark = () => (file < 0 ? undefined : [file, offset]);
  Object.defineProperty(globalThis, "__alchemyAt", { value: at });
  Object.defineProperty(globalThis, "__alchemyHost", { value: host, configurable: true });
  Error.stackTraceLimit = host.frames;
}
