import * as Alchemy from "alchemy";

/** What the program in backend.ts returns. */
export class Backend extends Alchemy.Stack<Backend, { bucket: string; pace: `${number} seconds` }>()("Backend") {}
