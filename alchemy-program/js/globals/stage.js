// The program's stage, and what the program asks about it: an editor evaluates once for all stages that would be
// answered the same. Whatever lets the stage itself, or what hangs on it, into the program counts as asking everything.
export default function (host) {
  const { stage } = host;
  const names = new Set();
  let everything = false;
  let loud;
  let quiet;

  // The stage, for whatever purpose.
  host.readStage = () => {
    everything = true;
    return stage;
  };

  // What `yield* Stack` gives. Asked through `__alchemyAsk`, it is one whose stage may be read: the transformer puts that
  // where the stage is only compared with texts, and names them all.
  host.makeStack = (name) => {
    quiet = Object.freeze({ name, stage });
    loud = Object.freeze({
      name,
      get stage() {
        return host.readStage();
      },
    });
    return loud;
  };
  const ask = (stack, ...texts) => {
    if (loud === undefined || stack !== loud) return stack;
    for (const text of texts) names.add(text);
    return quiet;
  };
  Object.defineProperty(globalThis, "__alchemyAsk", { value: ask });

  // The texts that the stage was compared with, or nothing if more was asked.
  host.asked = () => (everything ? undefined : Array.from(names));
}
